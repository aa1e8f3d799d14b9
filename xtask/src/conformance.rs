//! The node tests of the `onnx` package, fetched and run, and the table of operators written.
//!
//! The package is one file of a pinned version; none of its code is run.

use std::fs;

use anyhow::{Result, ensure};

use crate::command::{TESTED, cargo, program, run};
use crate::data::verify;
use crate::paths;

const PACKAGE: &str = "onnx==1.19.1";
/// One platform's file, whatever this one is: the tests in it are the same.
const PLATFORM: [&str; 4] = ["--platform", "manylinux2014_x86_64", "--python-version", "3.11"];
const WHEEL: &str = "onnx-1.19.1-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl";
const WHEEL_SHA256: &str = "1839af08ab4a909e4af936b8149c27f8c64b96138981024e251906e0539d8bf9";

/// Fetches the tests unless they are there, runs them and writes `src/import/OPERATORS.md`.
pub(crate) fn perform() -> Result<()> {
    let work = paths::target().join("conformance");
    let tests = work.join("onnx/backend/test/data/node");
    if !tests.is_dir() {
        fs::create_dir_all(&work)?;
        let mut fetch = program("python3");
        fetch.current_dir(&work).args(["-m", "pip", "download", "--quiet", "--no-deps"]);
        run(fetch.args(["--only-binary=:all:"]).args(PLATFORM).arg(PACKAGE))?;
        verify(&work.join(WHEEL), WHEEL_SHA256)?;
        run(program("python3").current_dir(&work).args(["-m", "zipfile", "-e", WHEEL, "."]))?;
        ensure!(tests.is_dir(), "{WHEEL} holds no node tests");
    }
    let mut all = cargo();
    all.arg("test").args(TESTED);
    all.args(["--test", "conformance", "--", "--ignored", "--nocapture"]);
    let package = PACKAGE.replace("==", " ");
    run(all.env("BLINDSPOTS_NODE_TESTS", &tests).env("BLINDSPOTS_NODE_TESTS_OF", package))
}
