//! Ctrl-C: no file is left half written, and the user is told which were written.

use crate::{files, output};

/// What a shell shows for a program that Ctrl-C ended: 128 + SIGINT.
const INTERRUPTED: i32 = 130;

/// Listens for Ctrl-C from here on. Where it was switched off, as by `nohup` and for jobs in the
/// background, it stays so.
pub(crate) fn listen() {
    let _ = ctrlc::try_set_handler(|| {
        let kept = files::give_up();
        output::remark(format_args!("\nblindspots: interrupted; {kept}"));
        std::process::exit(INTERRUPTED);
    });
}
