//! Why a file cannot be used, in words for whoever brought it.

use crate::code::{Code, shortened};
use crate::model::{ImageShape, TransformError};

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
    /// What the network answers, its rounding decides.
    #[error(
        "single precision cannot tell what the network answers: rounding alone changes its outputs by \
         {rounding:.1e} of their spread; train it, or normalise between its layers"
    )]
    Imprecise {
        /// Change of an output where weights are off by their last bit, relative to the spread of an
        /// image's outputs.
        rounding: f32,
    },
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
            ImportError::Imprecise { .. } => Code::Imprecise,
            ImportError::Unfaithful { .. } => Code::UnfaithfulImport,
        }
    }
}

impl ImportError {
    /// The same with the file's words cut where they are too many for a message.
    pub(super) fn shortened(mut self) -> ImportError {
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
        words.iter_mut().for_each(|words| **words = shortened(std::mem::take(*words), SAID));
        self
    }
}

/// Most characters of a file's words in a message.
const SAID: usize = 400;

/// “say whether it is 8 × 8 or 4 × 4 × 4”
fn asked(choices: &[ImageShape]) -> String {
    let shown: Vec<String> = choices.iter().map(ToString::to_string).collect();
    match &shown[..] {
        [] | [_] => "say its channels, height and width".into(),
        [first @ .., last] => format!("say whether it is {} or {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
