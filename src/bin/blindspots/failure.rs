//! Why a command ends before its work is done, and the program's status.

use std::io;
use std::process::ExitCode;

use crate::output;

/// Wrong arguments, as for clap.
const USAGE: u8 = 2;

/// What a shell shows for a program whose reader went away: 128 + SIGPIPE.
const READER_GONE: u8 = 141;

/// What messages of failures begin with.
pub(crate) const NAME: &str = "blindspots: ";

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The work failed: a sentence for the user.
    Work(String),
    /// The arguments cannot be followed; or they ask for help, which ends the program, too.
    Usage(clap::Error),
}

impl From<String> for Failure {
    fn from(sentence: String) -> Failure {
        Failure::Work(sentence)
    }
}

impl From<&str> for Failure {
    fn from(sentence: &str) -> Failure {
        Failure::Work(sentence.into())
    }
}

impl From<clap::Error> for Failure {
    fn from(error: clap::Error) -> Failure {
        Failure::Usage(error)
    }
}

impl Failure {
    /// What it says.
    pub(crate) fn words(self) -> String {
        match self {
            Failure::Work(sentence) => sentence,
            Failure::Usage(error) => error.to_string(),
        }
    }
}

/// Says what failed, and gives the status to end with.
pub(crate) fn status(done: Result<(), Failure>) -> ExitCode {
    match done {
        Err(Failure::Work(sentence)) => {
            output::remark(format_args!("{NAME}{sentence}"));
            return ExitCode::FAILURE;
        }
        Err(Failure::Usage(error)) => {
            output::answer(&error);
            if error.use_stderr() {
                return ExitCode::from(USAGE);
            }
        }
        Ok(()) => {}
    }
    match output::failure() {
        None => ExitCode::SUCCESS,
        Some(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(READER_GONE),
        Some(error) => {
            output::remark(format_args!("{NAME}standard output cannot be written: {error}"));
            ExitCode::FAILURE
        }
    }
}
