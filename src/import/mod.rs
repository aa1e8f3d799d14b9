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
//! Only this module names tract. It stands above `exec`, whose executor it
//! compares with tract's.

mod constant;
mod einsum;
mod elements;
mod layout;
mod lower;
mod moves;
mod prepare;
mod simplify;
mod spatial;
mod spell;
mod verify;

use crate::digit::{CLASSES, PIXELS};
use crate::model::Network;

use crate::code::Code;

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
        "node “{node}” is a {op}, which cannot be differentiated here{detail}. Supported are dense, \
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
    #[error("this network does not read 28 × 28 digits into ten classes: {0}")]
    NotADigitClassifier(String),
    /// A weight is NaN or infinite.
    #[error(
        "weight “{0}” holds a number that is NaN or infinite; train or export the network again"
    )]
    NotFiniteWeights(String),
    /// tract could not make sense of the graph.
    #[error("the ONNX graph is not consistent: {0}")]
    Malformed(String),
    /// The lowered network and tract disagree: a defect of this program.
    #[error(
        "the network could not be translated faithfully (outputs differ by {difference:.1e} from the \
         reference); please report the file"
    )]
    Unfaithful {
        /// Largest difference of an output.
        difference: f32,
    },
}

impl ImportError {
    /// Stable name for programs.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            ImportError::NotOnnx(_) => Code::NotAnOnnxFile,
            ImportError::UnsupportedOp { .. } | ImportError::MixesBatch => Code::UnsupportedOp,
            ImportError::NotADigitClassifier(_) => Code::NotADigitClassifier,
            ImportError::NotFiniteWeights(_) => Code::NotFiniteWeights,
            ImportError::Malformed(_) => Code::MalformedOnnx,
            ImportError::Unfaithful { .. } => Code::UnfaithfulImport,
        }
    }
}

/// What a file does not say about itself.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {}

/// Loads a classifier of 28 × 28 images from the bytes of an ONNX file.
///
/// # Errors
/// An [`ImportError`] that names what is wrong with the file, or the node that cannot be translated.
pub fn load(bytes: &[u8], _options: &LoadOptions) -> Result<Network, ImportError> {
    let prepared = prepare::prepare(bytes)?;
    let mut first_error = None;
    for output in 0..prepared.outputs() {
        match load_output(&prepared, output) {
            Ok(network) => return Ok(network),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    Err(first_error.unwrap_or_else(|| ImportError::NotOnnx("it has no outputs".into())))
}

fn load_output(prepared: &prepare::Prepared, output: usize) -> Result<Network, ImportError> {
    let model = prepared.typed(output)?;
    let lowered = lower::lower(&model)?;
    let network = simplify::simplify(lowered);
    verify::verify(&model, &network)?;
    if let Some(batched) = prepared.batched(output) {
        verify::verify_batch(&batched, &network)?;
    }
    Ok(network)
}

/// Sizes of the image and the logits.
const INPUT: usize = PIXELS;
const OUTPUT: usize = CLASSES;
