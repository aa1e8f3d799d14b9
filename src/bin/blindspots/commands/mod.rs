//! The commands themselves, one a file.

mod attack;
mod certify;
mod classify;
mod inputs;
mod labels;
mod lower;
mod merge;
mod models;
mod reproduce;
mod transfer;
mod verify;

use std::fmt::Display;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::args::{Arguments, Command};
use crate::failure::Failure;
use crate::files::PartFile;

/// Runs one command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.command {
        Command::Models => models::run(),
        Command::Classify(options) => classify::run(options),
        Command::Attack(options) => attack::run(options),
        Command::Certify(options) => certify::run(options),
        Command::Transfer(options) => transfer::run(options),
        Command::Reproduce(options) => reproduce::run(options),
        Command::Merge(options) => merge::run(options),
        Command::Verify(options) => verify::run(options),
        Command::Lower(options) => lower::run(options),
    }
}

/// A bar that draws on a terminal's standard error only: quiet in a pipe.
fn progress_bar(length: u64) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} {elapsed} eta {eta}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Says which files hold what is finished of work that a signal ends; `None` where there are none.
fn kept_in<const N: usize>(
    files: [Option<&PartFile>; N],
    finished: impl Display,
) -> Option<String> {
    let paths = files.into_iter().flatten().map(|file| file.path().display().to_string());
    let paths: Vec<String> = paths.collect();
    let hold = if paths.len() == 1 { "holds" } else { "hold" };
    (!paths.is_empty()).then(|| format!("{} {hold} {finished}", paths.join(" and ")))
}
