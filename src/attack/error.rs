//! What attacks refuse, and what can fail on the way.

use super::{Method, Setting};
use crate::code::Code;
use crate::count::counted;
use crate::exec::ExecError;
use crate::model::ImageShape;

/// Why an attack could not be made.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AttackError {
    /// An image has the wrong number of pixels.
    #[error("image {index} has {} instead of {required}", counted(actual, "pixel"))]
    WrongSize {
        /// Which problem.
        index: usize,
        /// Pixels that the network reads.
        required: usize,
        /// Pixels given.
        actual: usize,
    },
    /// A pixel lies outside [0, 1].
    #[error("pixel {pixel} of image {index} is {value}; pixels are numbers from 0 to 1")]
    OutOfBox {
        /// Which problem.
        index: usize,
        /// Which pixel.
        pixel: usize,
        /// What it is.
        value: f32,
    },
    /// A class that does not exist.
    #[error("class {class} does not exist; classes are 0 to {}", classes - 1)]
    NoSuchClass {
        /// The class given.
        class: usize,
        /// How many there are.
        classes: usize,
    },
    /// The target is the label.
    #[error("the target {label} is what the image already shows; choose another class")]
    TargetIsLabel {
        /// Both.
        label: usize,
    },
    /// An option with a value that makes no sense.
    #[error("{} must be {required}, not {actual}", option.name())]
    BadOption {
        /// Which.
        option: Setting,
        /// What it may be.
        required: &'static str,
        /// What it is.
        actual: String,
    },
    /// An option that the method does not know.
    #[error("the method {} takes no {}; it takes {}", method.name(), option.name(), names(*method))]
    OptionNotTaken {
        /// The method.
        method: Method,
        /// What was asked of it.
        option: Setting,
    },
    /// An ensemble without members.
    #[error("there is no network to attack")]
    NoNetwork,
    /// The members of an ensemble do not read the same images into the same classes.
    #[error(
        "networks that one change shall fool must read the same images: one reads {} into {}, \
         another {} into {}", first.0, counted(first.1, "class"), other.0, other.1
    )]
    Mismatch {
        /// Image and classes of the first network.
        first: (ImageShape, usize),
        /// Those of one that differs.
        other: (ImageShape, usize),
    },
    /// The network answers with numbers that are not finite.
    #[error("the network answers image {index} with numbers that are NaN or infinite")]
    NotANumber {
        /// Which problem.
        index: usize,
    },
    /// The backend failed.
    #[error(transparent)]
    Exec(#[from] ExecError),
}

impl AttackError {
    /// Stable name for programs.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            AttackError::WrongSize { .. } => Code::WrongLength,
            AttackError::OutOfBox { .. } => Code::OutOfBox,
            AttackError::NoSuchClass { .. } => Code::NoSuchClass,
            AttackError::TargetIsLabel { .. } => Code::TargetIsLabel,
            AttackError::BadOption { .. } => Code::BadOption,
            AttackError::OptionNotTaken { .. } => Code::OptionNotTaken,
            AttackError::NoNetwork => Code::NoNetwork,
            AttackError::Mismatch { .. } => Code::NetworksDiffer,
            AttackError::NotANumber { .. } => Code::NotANumber,
            AttackError::Exec(error) => error.code(),
        }
    }
}

impl AttackError {
    /// The same of a problem that stands `first` places further on.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn shifted(self, first: usize) -> AttackError {
        match self {
            AttackError::NotANumber { index } => AttackError::NotANumber { index: first + index },
            other => other,
        }
    }
}

/// The options of a method, as a list of words.
fn names(method: Method) -> String {
    let names: Vec<&str> = method.settings().iter().map(|s| s.name()).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_named_by_its_place_among_all() {
        let shifted = AttackError::NotANumber { index: 3 }.shifted(20);
        assert!(matches!(shifted, AttackError::NotANumber { index: 23 }), "{shifted}");
        assert!(matches!(AttackError::NoNetwork.shifted(20), AttackError::NoNetwork));
    }
}
