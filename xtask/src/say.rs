//! What the tasks print. Where nobody reads it any more, a task ends as other programs do.

use std::fmt::Display;
use std::io::{self, Write as _};
use std::process::exit;

/// What a shell shows for a program whose reader went away: 128 + SIGPIPE.
const READER_GONE: i32 = 141;

/// Prints a line on standard output.
pub(crate) fn line(words: impl Display) {
    let mut out = io::stdout().lock();
    match writeln!(out, "{words}").and_then(|()| out.flush()) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => exit(READER_GONE),
        Err(error) => {
            remark(format_args!("xtask: standard output cannot be written: {error}"));
            exit(1)
        }
    }
}

/// Prints a line on standard error. Where that fails, nobody is left to be told.
pub(crate) fn remark(words: impl Display) {
    let _ = writeln!(io::stderr(), "{words}");
}
