//! `cargo xtask`: the way to build, serve, check and test Blind Spots.

mod arguments;
mod bench;
mod command;
mod data;
mod lint;
mod paths;
mod serve;
mod setup;
mod site;
mod test;
mod types;
mod wasm;

use std::process::ExitCode;

use anyhow::Result;

use arguments::Task;

fn main() -> ExitCode {
    let task = match arguments::parse(std::env::args().skip(1)) {
        Ok(task) => task,
        Err(message) => {
            eprintln!("{message}\n\n{}", arguments::USAGE);
            return ExitCode::from(2);
        }
    };
    match perform(task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(task: Task) -> Result<()> {
    match task {
        Task::Help => {
            println!("{}", arguments::USAGE);
            Ok(())
        }
        Task::Serve { port, open } => serve::run(port, open),
        Task::Build => site::build(),
        Task::Test => test::run(),
        Task::Bench(options) => bench::run(&options),
        Task::Lint => lint::run(),
        Task::Types => types::write(),
        Task::Data => data::fetch(),
    }
}
