//! Hard work for a long time: damaged files natively, and everything a tab can be asked.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::json;

use super::prepare;
use super::results::{DamagedFiles, Soak, Tab, read};
use crate::command::{TESTED, cargo, program, run, watch};
use crate::paths;

/// What the line of the native test begins with.
const FOUND: &str = "hostile: ";

/// Reads so many damaged files and works in a tab.
pub(super) fn measure(files: u32, chromium: &Path) -> Result<Soak> {
    Ok(Soak { files: damaged(files)?, tab: tab(chromium)? })
}

fn damaged(files: u32) -> Result<DamagedFiles> {
    let mut test = cargo();
    test.arg("test").args(TESTED).args(["--test", "suite", "hostile::soak", "--"]);
    test.args(["--ignored", "--nocapture"]).env("BLINDSPOTS_FILES", files.to_string());
    let mut found = None;
    // What is not as it should be is in what the test prints.
    watch(&mut test, |line| {
        found = line.strip_prefix(FOUND).map(str::to_owned).or_else(|| found.take());
    })?;
    let found = found.context("the test of damaged files printed no result")?;
    serde_json::from_str(&found).context("the result of damaged files is not as expected")
}

fn tab(chromium: &Path) -> Result<Tab> {
    let (plan, found) =
        (prepare::folder().join("soak-plan.json"), prepare::folder().join("soak.json"));
    let counts = json!({
        "attacks": 10_000, "cancellations": 1_000, "loads": 500, "files": 100, "devices": 20,
    });
    std::fs::write(&plan, counts.to_string())?;
    let mut node = program("node");
    node.current_dir(paths::browser_tests()).arg("soak.mjs").arg(&plan).arg(&found);
    node.env("CHROMIUM", chromium).env("SITE", prepare::folder().join("site"));
    run(&mut node)?;
    read(&found)
}
