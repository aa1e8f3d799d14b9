//! All that the program prints: results on standard output, remarks on standard error.
//!
//! Nothing here panics, and nothing stops the work: where nobody reads the results, the files that
//! were asked for are written all the same. The first failure is kept for the end ([`failure`]).

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How printing stands.
struct Printing {
    /// What was in the way of the first result that could not be printed.
    broken: Option<io::Error>,
    /// Whether standard output is one of the files that were asked for.
    taken: bool,
}

static PRINTING: Mutex<Printing> = Mutex::new(Printing { broken: None, taken: false });

fn printing() -> MutexGuard<'static, Printing> {
    PRINTING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Prints a result and ends its line.
pub(crate) fn line(result: impl Display) {
    text(format_args!("{}\n", harmless(&result.to_string())));
}

/// Prints results that end their own lines; on standard error where standard output is taken.
pub(crate) fn text(results: impl Display) {
    let taken = printing().taken;
    if taken {
        let _ = write!(io::stderr(), "{results}");
    } else {
        raw(|out| write!(out, "{results}"));
    }
}

/// Says something about the work on standard error. Where that fails, nobody is left to be told.
pub(crate) fn remark(words: impl Display) {
    let _ = writeln!(io::stderr(), "{}", harmless(&words.to_string()));
}

/// Without what moves a terminal's cursor or turns its text round: files and their nodes may have any
/// name.
fn harmless(words: &str) -> String {
    let mut shown = String::with_capacity(words.len());
    for c in words.chars() {
        let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if turns || (c.is_control() && c != '\n') {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Keeps standard output for a file that was asked for: results go to standard error.
pub(crate) fn take() {
    printing().taken = true;
}

/// Writes to standard output unless that has failed before.
pub(crate) fn raw(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
    let mut printing = printing();
    if printing.broken.is_none() {
        let mut out = io::stdout().lock();
        printing.broken = write(&mut out).and_then(|()| out.flush()).err();
    }
}

/// Prints what clap answers: help and versions as results, errors as remarks.
pub(crate) fn answer(answer: &clap::Error) {
    if answer.use_stderr() {
        let _ = answer.print();
    } else {
        raw(|_| answer.print());
    }
}

/// What was in the way of the first result that could not be printed.
pub(crate) fn failure() -> Option<io::Error> {
    printing().broken.take()
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn names_move_no_cursor_and_turn_no_text_round() {
        assert_eq!(harmless("a\u{1b}[31mred\u{7}\r"), "a\\u{1b}[31mred\\u{7}\\r");
        assert_eq!(harmless("gnp.\u{202e}txt\u{0}"), "gnp.\\u{202e}txt\\u{0}");
        assert_eq!(harmless("“Größe” 中文,\nline"), "“Größe” 中文,\nline");
    }
}
