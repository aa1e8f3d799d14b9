//! What experiments refuse, and what can fail on the way.

use crate::attack::AttackError;
use crate::code::Code;
use crate::count::counted;
use crate::exec::ExecError;

use super::units::UnitsError;

/// Why an experiment could not be made.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StudyError {
    /// More digits were asked for than there are.
    #[error("{what} has {}, not the {asked} that were asked for", counted(there, "digit"))]
    TooFewDigits {
        /// Which digits.
        what: &'static str,
        /// Digits asked for.
        asked: usize,
        /// Digits there.
        there: usize,
    },
    /// An experiment that needs training digits was given none.
    #[error("{experiment} needs the training digits")]
    NoTrainingDigits {
        /// Which experiment.
        experiment: String,
    },
    /// The training digits are not the 60,000 that the paper splits.
    #[error(
        "the training set has {}; the split into P1 and P2 is one of {required}",
        counted(actual, "digit")
    )]
    NotTheTrainingSet {
        /// Digits that are split.
        required: usize,
        /// Digits given.
        actual: usize,
    },
    /// A network that an experiment needs is not there.
    #[error("the network {name} is not among those of this run")]
    NoNetwork {
        /// Its name.
        name: String,
    },
    /// A name that is no experiment.
    #[error("there is no experiment {name}; experiments are {known}")]
    NoExperiment {
        /// The name given.
        name: String,
        /// All names.
        known: String,
    },
    /// A shard that cannot be.
    #[error("{given} is no shard: K/N with K from 1 to N is required, for example 2/8")]
    BadShard {
        /// What was given.
        given: String,
    },
    /// Parts that do not belong together, or not to a whole.
    #[error("the parts do not fit together: {reason}")]
    Mismatch {
        /// In which respect.
        reason: String,
    },
    /// A result that cannot be read back.
    #[error("the result of {key} cannot be read: {reason}")]
    Unreadable {
        /// Which piece of work or experiment.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An attack failed.
    #[error(transparent)]
    Attack(#[from] AttackError),
    /// Units could not be looked at.
    #[error(transparent)]
    Units(#[from] UnitsError),
    /// The backend failed.
    #[error(transparent)]
    Exec(#[from] ExecError),
}

impl StudyError {
    /// Stable name for programs.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            StudyError::TooFewDigits { .. } => Code::TooFewDigits,
            StudyError::NoTrainingDigits { .. } => Code::NoTrainingDigits,
            StudyError::NotTheTrainingSet { .. } => Code::NotTheTrainingSet,
            StudyError::NoNetwork { .. } => Code::NoNetwork,
            StudyError::NoExperiment { .. } => Code::NoExperiment,
            StudyError::BadShard { .. } => Code::BadShard,
            StudyError::Mismatch { .. } => Code::Mismatch,
            StudyError::Unreadable { .. } => Code::Unreadable,
            StudyError::Attack(error) => error.code(),
            StudyError::Units(error) => error.code(),
            StudyError::Exec(error) => error.code(),
        }
    }
}
