//! Running other programs: announced, awaited, and an error where they fail.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::repository::root;
use crate::say;

/// A program that runs in the repository's root without reading from the terminal.
pub(crate) fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root()).stdin(Stdio::null());
    command
}

/// The Cargo that runs this program.
pub(crate) fn cargo() -> Command {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let mut command = program(&cargo);
    // Set for this program by Cargo; they would rebuild crates that read them.
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        }) {
            command.env_remove(name);
        }
    }
    command
}

/// All packages but this program's: beside it the others' dependencies have more features, and would
/// all be compiled once more. Whatever is built for tests names the same, and so finds it built.
pub(crate) const TESTED: [&str; 3] = ["--workspace", "--exclude", "xtask"];

/// Node's package manager, in a folder.
pub(crate) fn npm(folder: &Path) -> Command {
    let mut command = program(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(folder);
    command
}

/// A program from a folder's JavaScript packages.
pub(crate) fn package_bin(folder: &Path, name: &str) -> Command {
    let file = if cfg!(windows) { format!("{name}.cmd") } else { name.into() };
    let path = folder.join("node_modules/.bin").join(file);
    let mut command = Command::new(path);
    command.current_dir(folder).stdin(Stdio::null());
    command
}

/// Says what runs, runs it, and fails if it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = announce(command);
    let status = command.status().with_context(|| could_not_start(command))?;
    check(&line, status)
}

/// Runs quietly and tells whether it succeeded; a missing program did not.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs quietly and gives what it printed.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let line = written(command);
    command.stderr(Stdio::inherit());
    let output = command.output().with_context(|| could_not_start(command))?;
    check(&line, output.status)?;
    String::from_utf8(output.stdout).with_context(|| format!("{line} printed no text"))
}

/// Runs, passes its output on and gives each line of it to `see`.
/// `Ok(false)` where the program ran and failed.
pub(crate) fn watch(command: &mut Command, mut see: impl FnMut(&str)) -> Result<bool> {
    announce(command);
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| could_not_start(command))?;
    let stdout = child.stdout.take().context("the program's output is not there")?;
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        say::line(format_args!("{line}"));
        see(&line);
    }
    Ok(child.wait()?.success())
}

fn announce(command: &Command) -> String {
    let line = written(command);
    say::line(format_args!("\n$ {line}"));
    line
}

/// A command as one would type it.
fn written(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

fn could_not_start(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let hint = match &*program {
        "npm" | "npm.cmd" | "node" => ": Node.js 20 or newer, with npm, is required",
        "rustup" => ": rustup is required (https://rustup.rs)",
        _ => "",
    };
    format!("{program} could not be started{hint}")
}

fn check(line: &str, status: ExitStatus) -> Result<()> {
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}
