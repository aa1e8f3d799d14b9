//! What lessons and results are refused for, and what can fail on the way.

use crate::attack::AttackError;
use crate::code::Code;

/// Why a lesson or a result cannot be taken.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LessonError {
    /// It is no lesson, or not one that can be done.
    #[error("{0}")]
    Lesson(String),
    /// It is no result, or work that does not fit the task.
    #[error("{0}")]
    Result(String),
    /// A network cannot be loaded.
    #[error("{name} cannot be loaded: {reason}")]
    Network {
        /// Its name.
        name: String,
        /// Why not.
        reason: String,
    },
    /// The caller gave up.
    #[error("the marking was cancelled")]
    Cancelled,
    /// The search of a `resist` failed.
    #[error(transparent)]
    Attack(#[from] AttackError),
}

impl LessonError {
    /// Stable name for programs.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            LessonError::Lesson(_) => Code::BadLesson,
            LessonError::Result(_) => Code::BadResult,
            LessonError::Network { .. } => Code::NoNetwork,
            LessonError::Cancelled => Code::Aborted,
            LessonError::Attack(error) => error.code(),
        }
    }
}
