//! What a student did, and what was measured of it.

use serde::{Deserialize, Serialize};

use super::task::Kind;
use super::{LessonError, text};

/// What is handed over to be marked.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    /// A change that fools a network.
    Fool {
        /// The digit, 784 pixels in [0, 1].
        original: Vec<f32>,
        /// The changed digit.
        image: Vec<f32>,
        /// What the digit is.
        label: u32,
    },
    /// A change that fools several networks.
    FoolTogether {
        /// The digit.
        original: Vec<f32>,
        /// The changed digit.
        image: Vec<f32>,
        /// What the digit is.
        label: u32,
    },
    /// A digit that is hard to change.
    Resist {
        /// The digit.
        original: Vec<f32>,
        /// What it is.
        label: u32,
    },
    /// A change that fools a network, and guesses whom else.
    Predict {
        /// The digit.
        original: Vec<f32>,
        /// The changed digit.
        image: Vec<f32>,
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

impl Work {
    /// The kind of task that it is for.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Work::Fool { .. } => Kind::Fool,
            Work::FoolTogether { .. } => Kind::FoolTogether,
            Work::Resist { .. } => Kind::Resist,
            Work::Predict { .. } => Kind::Predict,
            Work::UnitOrDirection { .. } => Kind::UnitOrDirection,
        }
    }

    /// The digit.
    pub(super) fn original(&self) -> Option<&[f32]> {
        match self {
            Work::Fool { original, .. }
            | Work::FoolTogether { original, .. }
            | Work::Resist { original, .. }
            | Work::Predict { original, .. } => Some(original),
            Work::UnitOrDirection { .. } => None,
        }
    }

    /// The changed digit.
    pub(super) fn image(&self) -> Option<&[f32]> {
        match self {
            Work::Fool { image, .. }
            | Work::FoolTogether { image, .. }
            | Work::Predict { image, .. } => Some(image),
            Work::Resist { .. } | Work::UnitOrDirection { .. } => None,
        }
    }

    /// What the digit is.
    pub(super) fn label(&self) -> Option<u32> {
        match self {
            Work::Fool { label, .. }
            | Work::FoolTogether { label, .. }
            | Work::Resist { label, .. }
            | Work::Predict { label, .. } => Some(*label),
            Work::UnitOrDirection { .. } => None,
        }
    }
}

/// A task that was done: the work, and what was measured of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Which of the lesson's tasks, from 0.
    pub task: u32,
    /// Its kind.
    #[cfg_attr(test, ts(type = "TaskKind"))]
    pub kind: Kind,
    /// Whether it did what the task asks for.
    pub passed: bool,
    /// The digit: its pixels as little-endian floats of 32 bits, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
    /// The changed digit, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// What the digit is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<u32>,
    /// Whom the student expected to be fooled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fooled: Option<Vec<bool>>,
    /// The hidden layer, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<u32>,
    /// Of which row is the unit's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u32>,
    /// The rows that were chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chose: Option<Vec<u32>>,
    /// Of the images' bytes.
    #[serde(default, skip_serializing_if = "Hashes::is_empty")]
    #[cfg_attr(test, ts(as = "Option<Hashes>", optional))]
    pub sha256: Hashes,
    /// The networks that the task names, and what they read.
    pub networks: Vec<NetworkReading>,
    /// The change's `√(Σr²/n)`; of `resist`, the nearest that the search found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distortion: Option<f64>,
    /// How many guesses were right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub right: Option<u32>,
    /// Of how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<u32>,
}

/// Reads a JSON list of answers.
///
/// # Errors
/// [`LessonError::Result`] where it is none.
pub fn read_answers(bytes: &[u8]) -> Result<Vec<Answer>, LessonError> {
    text::list("answers", bytes).map_err(LessonError::Result)
}

/// SHA-256 of images, in hexadecimal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct Hashes {
    /// Of the digit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
    /// Of the changed digit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
}

impl Answer {
    /// The work that it is about; what is missing or cannot be read, in words.
    ///
    /// # Errors
    /// A sentence about the first of them, with whether it is about an image.
    pub(super) fn work(&self) -> Result<Work, (bool, String)> {
        let lacks = |what: &str| (false, format!("{what} is missing"));
        let image = |what: &str, text: &Option<String>| {
            let text = text.as_ref().ok_or_else(|| lacks(what))?;
            text::unpacked(text).map_err(|words| (true, format!("{what} {words}")))
        };
        let original = || image("the original", &self.original);
        let changed = || image("the image", &self.image);
        let label = || self.label.ok_or_else(|| lacks("the label"));
        Ok(match self.kind {
            Kind::Fool => Work::Fool { original: original()?, image: changed()?, label: label()? },
            Kind::FoolTogether => {
                Work::FoolTogether { original: original()?, image: changed()?, label: label()? }
            }
            Kind::Resist => Work::Resist { original: original()?, label: label()? },
            Kind::Predict => Work::Predict {
                original: original()?,
                image: changed()?,
                label: label()?,
                fooled: self.fooled.clone().ok_or_else(|| lacks("what was expected"))?,
            },
            Kind::UnitOrDirection => Work::UnitOrDirection {
                layer: self.layer.ok_or_else(|| lacks("the layer"))?,
                seed: self.seed.ok_or_else(|| lacks("the seed"))?,
                chose: self.chose.clone().ok_or_else(|| lacks("what was chosen"))?,
            },
        })
    }
}

impl Hashes {
    pub(super) fn is_empty(&self) -> bool {
        self.original.is_none() && self.image.is_none()
    }
}

/// What a network reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct NetworkReading {
    /// Its name.
    pub name: String,
    /// Of its ONNX file, in hexadecimal.
    pub sha256: String,
    /// The class before the change and after it; of `resist` the first alone, of `unit-or-direction` none.
    pub reads: Vec<u32>,
}
