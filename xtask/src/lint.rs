//! Formatting, clippy, and the page's types and style. Warnings are errors.

use anyhow::Result;

use crate::command::{self, cargo, package_bin};
use crate::{paths, setup, wasm};

/// Checks everything that needs no run.
pub(crate) fn run() -> Result<()> {
    command::run(cargo().args(["fmt", "--all", "--check"]))?;
    let deny = ["--", "--deny", "warnings"];
    command::run(cargo().args(["clippy", "--workspace", "--all-targets"]).args(deny))?;
    setup::wasm_target()?;
    command::run(
        cargo().args(["clippy", "--lib", "--target", "wasm32-unknown-unknown"]).args(deny),
    )?;
    page()
}

/// The page, its browser tests and benches.
fn page() -> Result<()> {
    let www = paths::www();
    setup::packages(&www)?;
    for folder in [&www, &paths::browser_tests(), &paths::browser_benches()] {
        let mut style = package_bin(&www, "prettier");
        command::run(style.current_dir(folder).args(["--check", "."]))?;
    }
    // The page's types come in part from the engine's bindings.
    wasm::ensure_bindings()?;
    command::run(package_bin(&www, "tsc").arg("--noEmit"))?;
    command::run(package_bin(&www, "eslint").args(["--max-warnings", "0", "."]))
}
