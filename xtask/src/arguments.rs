//! What `cargo xtask` may be asked.

use crate::bench;

/// Shown for `help` and after a wrong argument.
pub(crate) const USAGE: &str = "\
cargo xtask serve [--port P] [--open]  build for development and serve on 127.0.0.1 (port 8080)
cargo xtask test                       install what the tests need, then run all of them
cargo xtask build                      the optimised site in dist/, for any static host
cargo xtask bench [--quick] [--only …]  speed and quality beside others, written to benches/RESULTS.md
cargo xtask lint                       formatting, clippy (native and Wasm), types and style of the page
cargo xtask types                      write www/src/engine/messages.ts from the schema in Rust
cargo xtask data                       the full MNIST in data/mnist/, checksums verified";

const PORT: u16 = 8080;

/// One of the things to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Task {
    Help,
    Serve { port: u16, open: bool },
    Build,
    Test,
    Bench(bench::Options),
    Lint,
    Types,
    Data,
}

/// Reads the arguments after the program's name; an error is a sentence.
pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Task, String> {
    let task = match arguments.next().as_deref() {
        None | Some("help" | "--help" | "-h") => Task::Help,
        Some("serve") => return parse_serve(arguments),
        Some("build") => Task::Build,
        Some("test") => Task::Test,
        Some("bench") => return parse_bench(arguments),
        Some("lint") => Task::Lint,
        Some("types") => Task::Types,
        Some("data") => Task::Data,
        Some(other) => return Err(format!("There is no task {other:?}.")),
    };
    match arguments.next() {
        Some(extra) => Err(format!("{extra:?} is not understood here.")),
        None => Ok(task),
    }
}

fn parse_serve(mut arguments: impl Iterator<Item = String>) -> Result<Task, String> {
    let (mut port, mut open) = (PORT, false);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--open" => open = true,
            "--port" => {
                let value = arguments.next().ok_or("--port needs a number.")?;
                port = parse_port(&value)?;
            }
            other => match other.strip_prefix("--port=") {
                Some(value) => port = parse_port(value)?,
                None => return Err(format!("{other:?} is not understood here.")),
            },
        }
    }
    Ok(Task::Serve { port, open })
}

/// `--quick`, and `--only`, `--models`, `--count` with a value behind a space or `=`.
fn parse_bench(mut arguments: impl Iterator<Item = String>) -> Result<Task, String> {
    let mut options = bench::Options::default();
    while let Some(argument) = arguments.next() {
        if argument == "--quick" {
            options.quick = true;
            continue;
        }
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (argument, None),
        };
        if !["--only", "--models", "--count"].contains(&&*name) {
            return Err(format!("{name:?} is not understood here."));
        }
        let value = value.or_else(|| arguments.next()).ok_or(format!("{name} needs a value."))?;
        match &*name {
            "--only" => options.only = parse_sections(&value)?,
            "--models" => options.models = Some(value.split(',').map(str::to_owned).collect()),
            _ => options.count = Some(parse_count(&value)?),
        }
    }
    Ok(Task::Bench(options))
}

fn parse_sections(value: &str) -> Result<Vec<String>, String> {
    let known = |name: &str| match bench::SECTIONS.contains(&name) {
        true => Ok(name.to_owned()),
        false => Err(format!("{name:?} is none of {}.", bench::SECTIONS.join(", "))),
    };
    value.split(',').map(known).collect()
}

fn parse_count(value: &str) -> Result<u32, String> {
    match value.parse() {
        Ok(count) if count > 0 => Ok(count),
        _ => Err(format!("{value:?} is no number of digits.")),
    }
}

fn parse_port(value: &str) -> Result<u16, String> {
    match value.parse() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(format!("{value:?} is no port: a number from 1 to 65535 is required.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Task, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn tasks_are_understood() {
        assert_eq!(parsed(""), Ok(Task::Help));
        assert_eq!(parsed("build"), Ok(Task::Build));
        assert_eq!(parsed("serve"), Ok(Task::Serve { port: 8080, open: false }));
        assert_eq!(parsed("serve --open --port 9"), Ok(Task::Serve { port: 9, open: true }));
        assert_eq!(parsed("serve --port=81"), Ok(Task::Serve { port: 81, open: false }));
    }

    #[test]
    fn a_bench_may_be_cut_short() {
        assert_eq!(parsed("bench"), Ok(Task::Bench(bench::Options::default())));
        let wanted = bench::Options {
            quick: true,
            only: vec!["peak".into(), "attacks".into()],
            models: Some(vec!["cnn".into()]),
            count: Some(50),
        };
        let line = "bench --quick --only peak,attacks --models=cnn --count 50";
        assert_eq!(parsed(line), Ok(Task::Bench(wanted)));
    }

    #[test]
    fn wrong_arguments_are_refused() {
        for line in [
            "bild",
            "build fast",
            "serve --port",
            "serve --port 0",
            "serve --port 70000",
            "serve 8080",
            "bench --only speed",
            "bench --only",
            "bench --count 0",
            "bench quick",
        ] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
