//! `cargo xtask`: the way to build, serve, check and test Blind Spots.

mod arguments;
mod bench;
mod command;
mod conformance;
mod data;
mod dist;
mod gzip;
mod imports;
mod languages;
mod length;
mod lint;
mod package;
mod paths;
mod repository;
mod say;
mod screenshots;
mod serve;
mod setup;
mod site;
mod test;
mod types;
mod wasm;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser as _;

use arguments::{Arguments, Task};

fn main() -> ExitCode {
    match perform(Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::remark(format_args!("\nxtask: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn perform(task: Task) -> Result<()> {
    match task {
        Task::Serve { port, open } => serve::run(port, open),
        Task::Build => site::build(),
        Task::Test => test::run(),
        Task::Bench(options) => bench::run(&options),
        Task::Soak(options) => bench::soak(&options),
        Task::Screenshots => screenshots::run(),
        Task::Lint => lint::run(),
        Task::Floors => imports::check(),
        Task::Dist => dist::run(),
        Task::Package => package::run(),
        Task::Types => types::write(),
        Task::Languages => languages::write(),
        Task::Data => data::fetch(),
        Task::Conformance => conformance::perform(),
    }
}
