//! Lessons, the work that a student hands over, and what results are checked with.

use serde::{Deserialize, Serialize};

use crate::lesson::Work;
use crate::web::buffers::Pixels;

/// A bundled network that is loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct KnownModel {
    /// The name that lessons have for it.
    pub name: String,
    /// Of its ONNX file, in hexadecimal.
    pub sha256: String,
    /// The loaded model.
    pub model: u32,
}

/// What a student did, to be marked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(tag = "kind"))]
#[serde(rename_all = "kebab-case")]
pub enum StudentWork {
    /// A change that fools a network.
    Fool {
        /// The digit, 784 pixels in [0, 1].
        #[cfg_attr(test, ts(type = "Float32Array"))]
        original: Pixels,
        /// The changed digit.
        #[cfg_attr(test, ts(type = "Float32Array"))]
        image: Pixels,
        /// What the digit is.
        label: u32,
    },
    /// A change that fools several networks.
    FoolTogether {
        /// The digit.
        #[cfg_attr(test, ts(type = "Float32Array"))]
        original: Pixels,
        /// The changed digit.
        #[cfg_attr(test, ts(type = "Float32Array"))]
        image: Pixels,
        /// What the digit is.
        label: u32,
    },
    /// A digit that is hard to change.
    Resist {
        /// The digit.
        #[cfg_attr(test, ts(type = "Float32Array"))]
        original: Pixels,
        /// What it is.
        label: u32,
    },
    /// A change that fools a network, and guesses whom else.
    Predict {
        /// The digit.
        #[cfg_attr(test, ts(type = "Float32Array"))]
        original: Pixels,
        /// The changed digit.
        #[cfg_attr(test, ts(type = "Float32Array"))]
        image: Pixels,
        /// What the digit is.
        label: u32,
        /// Whether each of the task's `networks` will be fooled, in their order.
        fooled: Vec<bool>,
    },
    /// Rows that were chosen.
    UnitOrDirection {
        /// The hidden layer, from 1.
        layer: u32,
        /// Of which row is the unit's.
        seed: u32,
        /// The row that was chosen: 0 the first, 1 the second.
        chose: Vec<u32>,
    },
}

impl From<StudentWork> for Work {
    fn from(work: StudentWork) -> Work {
        match work {
            StudentWork::Fool { original, image, label } => {
                Work::Fool { original: original.0, image: image.0, label }
            }
            StudentWork::FoolTogether { original, image, label } => {
                Work::FoolTogether { original: original.0, image: image.0, label }
            }
            StudentWork::Resist { original, label } => Work::Resist { original: original.0, label },
            StudentWork::Predict { original, image, label, fooled } => {
                Work::Predict { original: original.0, image: image.0, label, fooled }
            }
            StudentWork::UnitOrDirection { layer, seed, chose } => {
                Work::UnitOrDirection { layer, seed, chose }
            }
        }
    }
}
