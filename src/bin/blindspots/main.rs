//! The command line: `blindspots models | classify | attack | transfer | reproduce | merge`.
//!
//! Exit status: 0 done, 1 the work failed, 2 wrong arguments.

mod args;
mod bundled;
mod commands;
mod output;

use std::process::ExitCode;

/// What messages begin with.
const NAME: &str = "blindspots: ";

fn main() -> ExitCode {
    let arguments = args::Arguments::read();
    match commands::run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{NAME}{error}");
            ExitCode::FAILURE
        }
    }
}
