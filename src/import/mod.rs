//! ONNX bytes → [`Network`].
//!
//! tract parses and types the file; its graph is lowered to [`Op`](crate::ops::Op)s
//! at a batch of one, because executors run the network once a lane. A batch
//! that was fixed at export, or stale shapes left by an exporter, are cleared
//! first (`prepare.rs`). A softmax or log-softmax at the end is peeled off, so
//! that losses are computed from logits. A node that cannot be differentiated
//! is an error with its name, never a wrong answer; the lowered network is
//! compared with tract's own evaluation before it is handed out.
//!
//! What the table of operators does not name is refused before tract sees it ([`operators`]).
//!
//! Only this module names tract. It stands above `exec`, whose executor it
//! compares with tract's.

mod activations;
mod adapt;
mod along;
mod aside;
mod batch;
mod constant;
mod detect;
mod einsum;
mod elements;
mod ends;
mod equation;
mod error;
mod graph;
mod grids;
mod guard;
mod image;
mod kinds;
mod layout;
mod lower;
mod moves;
mod numbered;
pub mod operators;
mod padding;
mod pieces;
mod places;
mod precision;
mod prepare;
mod quantised;
mod readers;
mod recurrent;
mod sampled;
mod simplify;
mod sniff;
mod sorted;
mod spatial;
mod spell;
mod transposed;
mod typed;
mod unroll;
mod verify;
mod words;

pub use crate::model::{InputTransform, TransformError};
pub use error::ImportError;

use std::sync::Arc;

use tract_onnx::prelude::TypedModel;

use crate::digit;
use crate::digit::idx::Digits;
use crate::model::lowered::{self, check::LARGEST_LANE};
use crate::model::{Expectation, Fit, ImageShape, Network};
use aside::{Later, aside};

/// What a file does not say about itself.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadOptions {
    /// The image, where the shape of the input leaves it open; it must fit that shape.
    ///
    /// Where channels may come first or last, they come first.
    pub image: Option<ImageShape>,
    /// What the file expects of its pixels; where it is not given, samples decide.
    pub transform: Option<InputTransform>,
    /// Whether it takes ink for what is paper here, of `1 − x`; with [`LoadOptions::transform`], of
    /// that transform. Without it, `false` leaves the question to the samples.
    pub invert: bool,
    /// Digits of 28 × 28 whose classes are known, to find out what the file expects and to say how
    /// many it reads; the hundred of [`digit::gallery`] by default. Networks that cannot be for digits are not asked.
    ///
    /// With them, a network of other images than 28 × 28 that reads them padded, scaled or in
    /// colour becomes one that reads them as they are. Without them, a file is taken as it is.
    pub samples: Option<Arc<Digits>>,
}

impl Default for LoadOptions {
    fn default() -> LoadOptions {
        LoadOptions { image: None, transform: None, invert: false, samples: Some(digit::gallery()) }
    }
}

impl LoadOptions {
    /// The transform, where it is given; `plain` where nothing is said.
    fn given(&self, plain: &InputTransform) -> Option<InputTransform> {
        match (&self.transform, self.invert) {
            (Some(transform), true) => Some(transform.clone().inverted()),
            (Some(transform), false) => Some(transform.clone()),
            (None, true) if self.samples.is_none() => Some(plain.clone().inverted()),
            (None, _) => None,
        }
    }
}

/// Gives the bytes of another file of the same network by its name, where it is there.
///
/// The name is that of a file in the folder of the ONNX file, never a path.
pub type Beside<'a> = &'a dyn Fn(&str) -> Option<Vec<u8>>;

/// Loads a classifier of images whose weights may lie in files beside the ONNX file.
///
/// # Errors
/// Those of [`load`], and where such a file is not there or does not hold what it should.
pub fn load_beside(
    bytes: &[u8],
    beside: Beside,
    options: &LoadOptions,
) -> Result<Network, ImportError> {
    let load = || load_unguarded(bytes, beside, options).map_err(ImportError::shortened);
    guard::caught(load).unwrap_or(Err(ImportError::Failed))
}

/// Images that are tried at most where a file leaves open which it reads.
const GUESSES: usize = 5;

/// Outputs that are tried at most.
const OUTPUTS: usize = 8;

fn load_unguarded(
    bytes: &[u8],
    beside: Beside,
    options: &LoadOptions,
) -> Result<Network, ImportError> {
    let reason = match load_image(bytes, beside, options, options.image) {
        Err(reason @ ImportError::AmbiguousImage { .. }) => reason,
        certain => return certain,
    };
    let ImportError::AmbiguousImage { choices, .. } = &reason else { return Err(reason) };
    if options.samples.is_none() {
        return Err(reason);
    }
    // What reads digits in one of the images that it may be for is for that one.
    let digits = [1, 3].map(|channels| ImageShape { channels, ..digit::IMAGE });
    for image in digits.iter().chain(choices).take(GUESSES) {
        if let Ok(network) = load_image(bytes, beside, options, Some(*image))
            && network.expects.score.is_some_and(|score| !score.is_poor())
        {
            return Ok(network);
        }
    }
    Err(reason)
}

fn load_image(
    bytes: &[u8],
    beside: Beside,
    options: &LoadOptions,
    image: Option<ImageShape>,
) -> Result<Network, ImportError> {
    let prepared = prepare::prepare(bytes, beside, image)?;
    let (scores, others) = prepared.outputs();
    let several = scores.len() > 1;
    let read = first_that_reads(&prepared, scores, several, options);
    read.or_else(|error| {
        // Scores may be read from what names a class.
        first_that_reads(&prepared, others, true, options).map_err(|_| error)
    })
}

/// Of some outputs the first that reads digits, or that is a classifier's at all; it is `named` where
/// there are others.
fn first_that_reads(
    prepared: &prepare::Prepared,
    outputs: Vec<prepare::NamedOutput>,
    named: bool,
    options: &LoadOptions,
) -> Result<Network, ImportError> {
    let several = outputs.len() > 1;
    let mut first: Option<Network> = None;
    let mut first_error = None;
    for (output, name) in outputs.into_iter().take(OUTPUTS) {
        match load_output(prepared, output, options) {
            Ok(mut network) => {
                network.expects.output = named.then_some(name);
                // Of several the one that reads digits.
                if !several || network.expects.score.is_some_and(|score| !score.is_poor()) {
                    return Ok(network);
                }
                first = first.or(Some(network));
            }
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    let none = || first_error.unwrap_or_else(|| ImportError::NotOnnx("it has no outputs".into()));
    first.ok_or_else(none)
}

/// Loads a classifier of images from the bytes of an ONNX file that holds all of it.
///
/// Inputs `[N, C, H, W]`, `[N, H, W, C]`, `[N, H, W]` and `[N, 784]` (28 × 28) are known, others
/// with the help of [`LoadOptions::image`] or where they read the samples. Images of the network are `[C, H, W]`, in [0, 1].
///
/// A file from a stranger can ask for any amount of time and memory: a program that reads such files
/// does so in a process or a worker of its own, as the command line and the page do.
///
/// # Errors
/// Where the bytes are no ONNX file, where the network is no classifier of images or the image
/// is not certain, and where it has an operation that cannot be differentiated here.
pub fn load(bytes: &[u8], options: &LoadOptions) -> Result<Network, ImportError> {
    load_beside(bytes, &|_| None, options)
}

fn load_output(
    prepared: &prepare::Prepared,
    output: usize,
    options: &LoadOptions,
) -> Result<Network, ImportError> {
    // Of thousands of nodes either takes as long as everything else.
    let read = aside(
        || prepared.batched(output),
        |batched| read_output(prepared, output, options, batched),
    );
    // Where a batch that the file fixed stands in the way, it may stand elsewhere, too.
    read.or_else(|error| {
        if matches!(error, ImportError::TooLarge(_) | ImportError::Malformed(_)) {
            return Err(error);
        }
        // A guess counts only beside the file as it is.
        let freed = prepared.freed();
        let asked = if freed.is_empty() { None } else { prepared.batched(output) };
        let Some(whole) = asked else { return Err(error) };
        let mut reason = error;
        for prepare::Freed { prepared, filled } in freed {
            let whole = Box::new(|| Some(whole.clone()));
            match read_output(&prepared, output, options, whole) {
                Ok(network) => return Ok(network),
                // What does not fit for one image may fit for all: then something else is in the way.
                Err(other) if filled && matches!(reason, ImportError::Unreadable { .. }) => {
                    reason = other;
                }
                Err(_) => {}
            }
        }
        Err(reason)
    })
}

/// `batched` gives the graph for several images, where the file takes them.
fn read_output(
    prepared: &prepare::Prepared,
    output: usize,
    options: &LoadOptions,
    batched: Later<Option<TypedModel>>,
) -> Result<Network, ImportError> {
    let typed::Typed { model, words } = prepared.typed(output)?;
    let whole = lower::lower(&model, &prepared.reading);
    let whole = whole.map_err(|error| words.rewritten(error, prepared.graph()))?;
    let image = whole.image;
    let adapted = |expects: &Expectation, image: ImageShape| {
        adapt::adapt(whole.clone(), expects.clone(), image).map(simplify::simplify)
    };
    let plain = adapted(&Expectation::default(), image)?;
    // Executors believe what they are given.
    // Nothing is wrong with such a file.
    let lane = lowered::check::lane(&plain);
    if lane > LARGEST_LANE {
        let words =
            format!("one image takes {lane} numbers in it; at most {LARGEST_LANE} can be held");
        return Err(ImportError::TooLarge(words));
    }
    lowered::check::check(&plain).map_err(|flaw| ImportError::Malformed(flaw.to_string()))?;
    let integers = prepared.integers;
    let usual = if integers { InputTransform::bytes() } else { InputTransform::default() };
    let given = options.given(&usual);
    let known = detect::Known { transform: given.clone(), invert: options.invert, integers };
    let samples = options.samples.as_ref();
    let detected = samples.and_then(|samples| detect::detect(&plain, samples, &known));
    let untold = || Expectation { transform: usual, ..Expectation::default() };
    let assumed = || given.map_or_else(untold, Expectation::given);
    // The file's own operations, with the pixels that it expects.
    let own = detected.as_ref().map_or_else(assumed, |expects| Expectation {
        fit: Fit::Same,
        transposed: false,
        classes: None,
        ..expects.clone()
    });
    let network = match own.transform == InputTransform::default() {
        true => Network { expects: own.clone(), ..plain },
        false => adapted(&own, image)?,
    };
    let probes = verify::Probes { reading: &prepared.reading, transform: &own.transform };
    let output = probes.verify(&model, batched().as_ref(), &network)?;
    let network = match detected {
        Some(expects) if expects != own || image != digit::IMAGE => {
            adapted(&expects, digit::IMAGE)?
        }
        _ => network,
    };
    let precision = prepared.precision;
    Ok(ends::peel_rounded_softmax(Network { output, precision, ..network }))
}

#[cfg(test)]
mod tests;
