//! How typed errors reach a page: a code from the one list, and a sentence.

use super::messages::Failure;
use crate::attack::AttackError;
use crate::code::{Code, shortened};
use crate::digit::DigitError;
use crate::exec::ExecError;
use crate::lesson::LessonError;
use crate::model::lowered::LoweredError;
use crate::study::certify::CertifyError;
use crate::study::slice::SliceError;
use crate::study::units::UnitsError;

/// Most characters of a message, which may hold names that a caller has given.
const MOST_WORDS: usize = 1200;

/// A failure that has no typed error.
pub(super) fn failure(code: Code, message: impl Into<String>) -> Failure {
    Failure { code, message: shortened(message.into(), MOST_WORDS) }
}

/// What is answered where the caller gave up.
pub(super) fn aborted(what: &str) -> Failure {
    failure(Code::Aborted, format!("{what} was cancelled"))
}

macro_rules! fails_with_its_code {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Failure {
                failure(error.code(), error.to_string())
            }
        })+
    };
}

fails_with_its_code!(
    LoweredError,
    ExecError,
    AttackError,
    DigitError,
    SliceError,
    UnitsError,
    CertifyError,
    LessonError,
);
