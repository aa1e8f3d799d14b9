//! What `cargo xtask` may be asked.

/// Shown for `help` and after a wrong argument.
pub(crate) const USAGE: &str = "\
cargo xtask serve [--port P] [--open]  build for development and serve on 127.0.0.1 (port 8080)
cargo xtask test                       install what the tests need, then run all of them
cargo xtask build                      the optimised site in dist/, for any static host
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
    fn wrong_arguments_are_refused() {
        for line in [
            "bild",
            "build fast",
            "serve --port",
            "serve --port 0",
            "serve --port 70000",
            "serve 8080",
        ] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
