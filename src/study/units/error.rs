//! What the analysis of units refuses, and what can fail on the way.

use crate::code::Code;
use crate::count::counted;
use crate::exec::ExecError;

/// Why units could not be looked at.
#[derive(Debug, Clone, thiserror::Error)]
pub enum UnitsError {
    /// The network has no hidden layer.
    #[error(
        "this network has no hidden units: none of its layers of weights is followed by a \
         nonlinearity and by further weights. Softmax regression, for example, goes from pixels to \
         logits in one step, with nothing in between to look into"
    )]
    NoHiddenUnits,
    /// A hidden layer that does not exist.
    #[error("there is no hidden layer {asked}; this network has {there}, counted from 1")]
    NoSuchLayer {
        /// The number asked for, from 1.
        asked: usize,
        /// How many there are.
        there: usize,
    },
    /// A unit that does not exist.
    #[error("there is no unit {asked}; this layer has {there}, counted from 0")]
    NoSuchUnit {
        /// The number asked for, from 0.
        asked: usize,
        /// How many there are.
        there: usize,
    },
    /// Too few images to say anything of.
    #[error("top rows of {top} need at least {required} images, not {actual}")]
    TooFewImages {
        /// Images needed.
        required: usize,
        /// Images given.
        actual: usize,
        /// Images of one row.
        top: usize,
    },
    /// Labels that do not belong to the images.
    #[error("{} for {}; each image needs one", counted(labels, "label"), counted(images, "image"))]
    LabelsDiffer {
        /// Images given.
        images: usize,
        /// Labels given.
        labels: usize,
    },
    /// A label of a class that the network does not have.
    #[error("label {class} of image {index} does not exist; classes are 0 to {}", classes - 1)]
    NoSuchClass {
        /// Which image.
        index: usize,
        /// The label given.
        class: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// A setting with a value that makes no sense.
    #[error("{setting} must be {required}, not {actual}")]
    BadSetting {
        /// Which.
        setting: &'static str,
        /// What it may be.
        required: &'static str,
        /// What it is.
        actual: usize,
    },
    /// The images are not a whole number of images.
    #[error("{} cannot be cut into images of {pixels}", counted(actual, "pixel"))]
    WrongSize {
        /// Pixels of an image.
        pixels: usize,
        /// Pixels given.
        actual: usize,
    },
    /// An activation is NaN or infinite.
    #[error("unit {unit} answers image {index} with a number that is not finite")]
    NotANumber {
        /// Which image.
        index: usize,
        /// Which unit.
        unit: usize,
    },
    /// Every unit of the layer gives one value for all images.
    #[error("every unit of this layer gives the same value for all {images} images")]
    Silent {
        /// How many images.
        images: usize,
    },
    /// The observer asked to stop.
    #[error("looking at units was cancelled")]
    Cancelled,
    /// The executor failed.
    #[error(transparent)]
    Exec(#[from] ExecError),
}

impl UnitsError {
    /// Stable name for programs.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            UnitsError::NoHiddenUnits => Code::NoHiddenUnits,
            UnitsError::NoSuchLayer { .. } => Code::NoSuchLayer,
            UnitsError::NoSuchUnit { .. } => Code::NoSuchUnit,
            UnitsError::TooFewImages { .. } => Code::TooFewImages,
            UnitsError::LabelsDiffer { .. } => Code::LabelsDiffer,
            UnitsError::NoSuchClass { .. } => Code::NoSuchClass,
            UnitsError::BadSetting { .. } => Code::BadOption,
            UnitsError::WrongSize { .. } => Code::WrongSize,
            UnitsError::NotANumber { .. } => Code::NotANumber,
            UnitsError::Silent { .. } => Code::SilentLayer,
            UnitsError::Cancelled => Code::Aborted,
            UnitsError::Exec(error) => error.code(),
        }
    }
}
