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

mod adapt;
mod along;
mod constant;
mod detect;
mod einsum;
mod elements;
mod equation;
mod graph;
mod guard;
mod halves;
mod image;
mod layout;
mod lower;
mod moves;
mod numbered;
pub mod operators;
mod padding;
mod prepare;
mod quantised;
mod readers;
mod recurrent;
mod simplify;
mod sniff;
mod spatial;
mod spell;
mod transposed;
mod typed;
mod unroll;
mod verify;
mod words;

pub use crate::model::{InputTransform, TransformError};

use std::sync::Arc;

use crate::code::Code;
use crate::digit;
use crate::digit::idx::Digits;
use crate::model::{Expectation, Fit, ImageShape, Network, lowered};

/// Why a file cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ImportError {
    /// The bytes are no ONNX model.
    #[error(
        "this is not an ONNX file: {0}. Export the network with, for example, torch.onnx.export"
    )]
    NotOnnx(String),
    /// A node has no differentiable counterpart here.
    #[error(
        "node “{node}” ({op}) cannot be differentiated here{detail}. Supported are dense, \
         convolutional, pooling, normalising, attention and elementwise layers"
    )]
    UnsupportedOp {
        /// Name in the file.
        node: String,
        /// ONNX or tract operation.
        op: String,
        /// What exactly is not supported; empty or starting with a colon.
        detail: String,
    },
    /// One image's answer depends on the others in its batch.
    #[error(
        "the images of a batch influence each other in this network, so one image alone has no answer; \
         export it in evaluation mode"
    )]
    MixesBatch,
    /// The network's input or output does not fit.
    #[error("this network does not sort images into classes: {0}")]
    NotAnImageClassifier(String),
    /// The shape of the input leaves open which image it is.
    #[error(
        "the network's input is {input}, which does not say what image that is; {}",
        asked(choices)
    )]
    AmbiguousImage {
        /// The input's sizes in the file; `?` is one that is free.
        input: String,
        /// Images that it may be, as far as they are known.
        choices: Vec<ImageShape>,
    },
    /// The transform of pixels is not made of numbers, or is made for other channels.
    #[error("the transform of pixels does not fit: {0}")]
    BadTransform(#[from] TransformError),
    /// A weight or another constant, which the text names, is NaN or infinite.
    #[error("{0} holds a number that is NaN or infinite; train or export the network again")]
    NotFiniteWeights(String),
    /// Names or sizes in the graph do not fit together.
    #[error("the ONNX graph is not consistent: {0}")]
    Malformed(String),
    /// A node that tract cannot read, or whose inputs do not fit it.
    #[error("node “{node}” ({op}) cannot be read here{detail}")]
    Unreadable {
        /// Name in the file.
        node: String,
        /// ONNX operator.
        op: String,
        /// What is known of it; empty or starting with a colon.
        detail: String,
    },
    /// Weights lie in another file, which was not given.
    #[error(
        "the network's weights lie in a second file, “{0}”, which is not there; put it beside the .onnx \
         file, or choose both files together"
    )]
    MissingWeights(String),
    /// More nodes or numbers than can be held.
    #[error("the network is too large: {0}")]
    TooLarge(String),
    /// Reading the file takes longer than was granted.
    #[error("reading the file takes more than {0} s, which is all that it was given")]
    TooSlow(f64),
    /// The reader failed on the file: a damaged file, or a defect of this program.
    #[error(
        "the reader of ONNX files failed on this one, which is damaged or has something that the reader does \
         not know; export the network again, and if that does not help, please report the file"
    )]
    Failed,
    /// The network answers NaN or infinity to every image that it was tried on.
    #[error(
        "the network answers NaN or infinity, also on a plain grey image; train or export it again"
    )]
    NotFiniteAnswers,
    /// The network cannot be run on any image.
    #[error("the network cannot be computed: what its nodes are given does not fit them")]
    NotComputed,
    /// The lowered network and tract disagree: a defect of this program.
    #[error(
        "the network could not be translated faithfully (outputs differ by {difference:.1e} of their \
         spread from the reference); please report the file"
    )]
    Unfaithful {
        /// Largest difference of an output, relative to the spread of an image's outputs.
        difference: f32,
    },
}

impl ImportError {
    /// Stable name for programs.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            ImportError::NotOnnx(_) => Code::NotAnOnnxFile,
            ImportError::UnsupportedOp { .. }
            | ImportError::Unreadable { .. }
            | ImportError::MixesBatch => Code::UnsupportedOp,
            ImportError::MissingWeights(_) => Code::MissingWeights,
            ImportError::TooLarge(_) => Code::TooLarge,
            ImportError::TooSlow(_) => Code::TooSlow,
            ImportError::Failed => Code::ImporterCrashed,
            ImportError::NotAnImageClassifier(_) => Code::NotAnImageClassifier,
            ImportError::AmbiguousImage { .. } => Code::AmbiguousImage,
            ImportError::BadTransform(_) => Code::BadInputTransform,
            ImportError::NotFiniteWeights(_) => Code::NotFiniteWeights,
            ImportError::NotFiniteAnswers => Code::NotANumber,
            ImportError::Malformed(_) | ImportError::NotComputed => Code::MalformedOnnx,
            ImportError::Unfaithful { .. } => Code::UnfaithfulImport,
        }
    }
}

impl ImportError {
    /// The same with the file's words cut where they are too many for a message.
    fn shortened(mut self) -> ImportError {
        let words: &mut [&mut String] = match &mut self {
            ImportError::UnsupportedOp { node, op, detail }
            | ImportError::Unreadable { node, op, detail } => &mut [node, op, detail],
            ImportError::AmbiguousImage { input: words, .. }
            | ImportError::NotOnnx(words)
            | ImportError::NotAnImageClassifier(words)
            | ImportError::NotFiniteWeights(words)
            | ImportError::Malformed(words)
            | ImportError::MissingWeights(words)
            | ImportError::TooLarge(words) => &mut [words],
            _ => &mut [],
        };
        words.iter_mut().for_each(|words| cut(words));
        self
    }
}

/// Most characters of a file's words in a message.
const SAID: usize = 400;

/// Keeps both ends of a long text.
fn cut(text: &mut String) {
    let characters = text.chars().count();
    if characters > SAID {
        let first: String = text.chars().take(SAID * 2 / 3).collect();
        let last: String = text.chars().skip(characters - SAID / 3).collect();
        *text = format!("{first} … {last}");
    }
}

/// “say whether it is 8 × 8 or 4 × 4 × 4”
fn asked(choices: &[ImageShape]) -> String {
    let shown: Vec<String> = choices.iter().map(ToString::to_string).collect();
    match &shown[..] {
        [] | [_] => "say its channels, height and width".into(),
        [first @ .., last] => format!("say whether it is {} or {last}", first.join(", ")),
    }
}

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
    /// The transform, where it is given.
    fn given(&self) -> Option<InputTransform> {
        match (&self.transform, self.invert) {
            (Some(transform), true) => Some(transform.clone().inverted()),
            (Some(transform), false) => Some(transform.clone()),
            (None, true) if self.samples.is_none() => Some(InputTransform::default().inverted()),
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

fn load_unguarded(
    bytes: &[u8],
    beside: Beside,
    options: &LoadOptions,
) -> Result<Network, ImportError> {
    let prepared = prepare::prepare(bytes, beside, options.image)?;
    let mut first_error = None;
    for output in prepared.outputs() {
        match load_output(&prepared, output, options) {
            Ok(network) => return Ok(network),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    Err(first_error.unwrap_or_else(|| ImportError::NotOnnx("it has no outputs".into())))
}

/// Loads a classifier of images from the bytes of an ONNX file that holds all of it.
///
/// Inputs `[N, C, H, W]`, `[N, H, W, C]`, `[N, H, W]` and `[N, 784]` (28 × 28) are known, others
/// with the help of [`LoadOptions::image`]. Images of the network are `[C, H, W]`, in [0, 1].
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
    let typed::Typed { model, words } = prepared.typed(output)?;
    let whole = lower::lower(&model, &prepared.reading);
    let whole = whole.map_err(|error| words.rewritten(error, prepared.graph()))?;
    let image = whole.image;
    let adapted = |expects: &Expectation, image: ImageShape| {
        adapt::adapt(whole.clone(), expects.clone(), image).map(simplify::simplify)
    };
    let plain = adapted(&Expectation::default(), image)?;
    // Executors believe what they are given.
    lowered::check::check(&plain).map_err(|flaw| ImportError::Malformed(flaw.to_string()))?;
    let known = detect::Known { transform: options.given(), invert: options.invert };
    let samples = options.samples.as_ref();
    let detected = samples.and_then(|samples| detect::detect(&plain, samples, &known));
    let assumed = || options.given().map_or_else(Expectation::default, Expectation::given);
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
    probes.verify(&model, prepared.batched(output).as_ref(), &network)?;
    match detected {
        Some(expects) if expects != own || image != digit::IMAGE => adapted(&expects, digit::IMAGE),
        _ => Ok(network),
    }
}

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use tract_onnx::pb::{GraphProto, NodeProto};

    use super::graph::testing::{integers, ints, model, node, value};
    use super::{ImportError, LoadOptions, SAID, load};
    use crate::exec::CpuExecutor;

    #[test]
    fn a_message_is_no_longer_than_a_person_reads() {
        let long = "é".repeat(1_000_000);
        let node = |node: &str| ImportError::Unreadable {
            node: node.into(),
            op: "Relu".into(),
            detail: format!(": {long}, which does not fit"),
        };
        let said = node(&long).shortened().to_string();
        assert!(said.chars().count() < 3 * SAID, "{}", said.len());
        assert!(said.ends_with("which does not fit") && said.contains("(Relu)"));
        // What is short stays.
        let short = ImportError::Malformed("node “a” reads “b”".into());
        assert_eq!(short.clone().shortened(), short);
    }

    #[test]
    fn a_value_is_repeated_along_all_of_its_axes() {
        let largest =
            NodeProto { attribute: vec![ints("axes", &[2, 3, 4])], ..node("ReduceMax", "t", "m") };
        let graph = GraphProto {
            node: vec![
                node("Reshape", "x s", "a"),
                node("Tile", "a r", "t"),
                largest,
                node("Reshape", "m o", "y"),
            ],
            input: vec![value("x", &[1, 28, 28])],
            output: vec![value("y", &[1, 4])],
            initializer: vec![
                integers("s", 7, &[1, 2, 14, 4, 7]),
                integers("r", 7, &[1, 2, 3, 2, 2]),
                integers("o", 7, &[1, 4]),
            ],
            ..GraphProto::default()
        };
        let network = load(&model(graph).encode_to_vec(), &LoadOptions::default()).expect("a Tile");
        // The halves of the image are the two channels, which come again.
        let mut image = vec![0.1; 784];
        (image[5], image[700]) = (0.25, 0.75);
        let mut executor = CpuExecutor::new(std::sync::Arc::new(network));
        assert_eq!(executor.logits(&image), [0.25, 0.75, 0.25, 0.75]);
        image.rotate_left(392);
        assert_eq!(executor.logits(&image), [0.75, 0.25, 0.75, 0.25]);
    }
}
