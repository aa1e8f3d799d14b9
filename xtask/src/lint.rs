//! Formatting, floors, lengths of files, clippy, documentation, dependencies, and the page's types, style and translations. Warnings are errors.

use std::path::Path;
use std::thread;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::command::{self, cargo, npm, package_bin, succeeds};
use crate::{imports, languages, length, paths, say, setup, wasm};

/// Checks everything that needs no run.
pub(crate) fn run() -> Result<()> {
    command::run(cargo().args(["fmt", "--all", "--check"]))?;
    imports::check()?;
    length::check()?;
    setup::wasm_target()?;
    // The page's types come in part from the engine's bindings. Where there are none yet, linking
    // them takes minutes on one core: the others check the code meanwhile.
    thread::scope(|scope| {
        let bindings = scope.spawn(wasm::ensure_bindings);
        let code = code();
        let bindings = bindings.join().expect("making bindings does not panic");
        code.and(bindings)
    })?;
    dependencies()?;
    page()
}

/// The code in Rust, and its documentation.
fn code() -> Result<()> {
    let deny = ["--", "--deny", "warnings"];
    command::run(cargo().args(["clippy", "--workspace", "--all-targets"]).args(deny))?;
    // The library alone, and what the page runs.
    let bare = ["clippy", "--package", "blindspots", "--lib", "--no-default-features"];
    command::run(cargo().args(bare).args(deny))?;
    let mut engine = cargo();
    engine.args(["clippy", "--lib", "--target", setup::WASM]).args(wasm::WITHOUT_TRACT);
    command::run(engine.args(deny))?;
    let importer = ["clippy", "--package", "blindspots-importer", "--target", setup::WASM];
    command::run(cargo().args(importer).args(deny))?;
    let mut documentation = cargo();
    documentation.args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "--deny warnings");
    command::run(&mut documentation)
}

/// The page, its browser tests and benches.
fn page() -> Result<()> {
    let www = paths::www();
    setup::packages(&www)?;
    for folder in [&www, &paths::browser_tests(), &paths::browser_benches()] {
        let mut style = package_bin(&www, "prettier");
        command::run(style.current_dir(folder).args(["--check", "."]))?;
        audit(folder)?;
    }
    for folder in [paths::browser_tests(), paths::browser_benches()] {
        let config = www.join("eslint.scripts.js");
        let mut scripts = package_bin(&www, "eslint");
        scripts.current_dir(folder).arg("--config").arg(config).args(["--max-warnings", "0", "."]);
        command::run(&mut scripts)?;
    }
    languages::check()?;
    command::run(package_bin(&www, "tsc").arg("--noEmit"))?;
    command::run(package_bin(&www, "eslint").args(["--max-warnings", "0", "."]))
}

/// Licences, sources and bans of the crates (`deny.toml`), which needs no network.
fn dependencies() -> Result<()> {
    if !succeeds(cargo().args(["deny", "--version"])) {
        say::line("\nThe crates' licences are not checked: cargo install --locked cargo-deny");
        return Ok(());
    }
    command::run(cargo().args(["deny", "--offline", "check", "licenses", "bans", "sources"]))
}

/// Known weaknesses of a folder's JavaScript packages, where the registry tells them.
fn audit(folder: &Path) -> Result<()> {
    let place = folder.strip_prefix(paths::at("")).unwrap_or(folder).display().to_string();
    // It also fails where it finds something: what it prints counts.
    let answer = npm(folder).args(["audit", "--json"]).output()?;
    match severe(&String::from_utf8_lossy(&answer.stdout)) {
        Some(0) => say::line(format_args!("\n{place}: npm audit knows of no severe weakness")),
        Some(count) => bail!("npm audit knows of {count} severe weaknesses in {place}"),
        None => say::line(format_args!("\n{place}: not audited, the registry gave no answer")),
    }
    Ok(())
}

/// How many weaknesses a report of `npm audit --json` calls high or critical; `None` where it is
/// no report.
fn severe(report: &str) -> Option<u64> {
    let report: Value = serde_json::from_str(report).ok()?;
    let counts = report.pointer("/metadata/vulnerabilities")?;
    Some(["high", "critical"].iter().filter_map(|level| counts[*level].as_u64()).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severe_weaknesses_are_told_from_no_answer() {
        let report = |high| {
            format!(
                r#"{{"metadata":{{"vulnerabilities":{{"low":3,"high":{high},"critical":1}}}}}}"#
            )
        };
        assert_eq!(severe(&report(0)), Some(1));
        assert_eq!(severe(&report(2)), Some(3));
        assert_eq!(severe(r#"{"error":{"summary":"audit endpoint returned an error"}}"#), None);
        assert_eq!(severe(""), None);
    }
}
