//! The command line: `blindspots models | classify | attack | certify | transfer | reproduce | merge | verify`.
//!
//! Exit status: 0 done, 1 the work failed, 2 wrong arguments, 130 interrupted by Ctrl-C, 143 by SIGTERM, 141 whoever
//! read the results went away (`blindspots … | head -1`), as of programs that SIGPIPE ends.

mod args;
mod bundled;
mod commands;
mod failure;
mod files;
mod interrupt;
mod output;
mod pixels;
mod rows;
mod threads;

use std::process::ExitCode;

use args::Arguments;
use failure::Failure;

fn main() -> ExitCode {
    interrupt::listen();
    failure::status(perform())
}

fn perform() -> Result<(), Failure> {
    let arguments = Arguments::read()?;
    threads::start()?;
    commands::run(&arguments)
}
