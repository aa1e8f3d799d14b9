//! All tests: Rust on processor and GPU, the built site in a real browser. Every part runs even
//! where an earlier one failed.

mod tally;

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::command::{TESTED, cargo, program, watch};
use crate::wasm::Profile;
use crate::{package, paths, say, setup, site};

use tally::Tally;

/// Installs what is missing, runs everything, ends with the sum.
pub(crate) fn run() -> Result<()> {
    let chromium = setup::browser_and_gpu()?;
    setup::wasm_target()?;
    for folder in [paths::www(), paths::browser_tests()] {
        setup::packages(&folder)?;
    }

    let mut parts = Parts::default();
    parts.run("Rust", rust);
    parts.run("site", |_| site::assemble(Profile::Optimised, &paths::dist()).map(|()| true));
    parts.run("package", |_| package::pack(&paths::dist()).map(|_| true));
    parts.run("browser", |tally| browser(&chromium, tally));
    parts.finish()
}

/// Unit, integration and documentation tests. `BLINDSPOTS_REQUIRE_GPU` turns a
/// missing adapter from a skip into a failure.
/// This program's own come apart ([`TESTED`]).
fn rust(tally: &mut Tally) -> Result<bool> {
    let mut passed = true;
    for packages in [&["--package", "xtask"][..], &TESTED] {
        let mut tests = cargo();
        tests.args(["test", "--no-fail-fast"]).args(packages).env("BLINDSPOTS_REQUIRE_GPU", "1");
        passed &= watch(&mut tests, |line| tally.read(line))?;
    }
    Ok(passed)
}

fn browser(chromium: &Path, tally: &mut Tally) -> Result<bool> {
    let mut tests = program("npm");
    tests.current_dir(paths::browser_tests()).args(["test", "--silent"]);
    tests.env("CHROMIUM", chromium).env("SITE", paths::dist()).env("PACKAGE", package::archive());
    // Built with the tests in Rust; the library has to agree with it.
    tests.env("BLINDSPOTS", paths::target().join("debug/blindspots"));
    watch(&mut tests, |line| tally.read(line))
}

/// What ran, how it ended, how long it took.
#[derive(Default)]
struct Parts {
    tally: Tally,
    done: Vec<(&'static str, bool, f32)>,
}

impl Parts {
    fn run(&mut self, name: &'static str, part: impl FnOnce(&mut Tally) -> Result<bool>) {
        let start = Instant::now();
        let passed = part(&mut self.tally).unwrap_or_else(|error| {
            say::remark(format_args!("\n{name}: {error:#}"));
            false
        });
        self.done.push((name, passed, start.elapsed().as_secs_f32()));
    }

    fn finish(self) -> Result<()> {
        say::line("");
        for (name, passed, seconds) in &self.done {
            say::line(format_args!(
                "{:>8} {} in {seconds:.0} s",
                name,
                if *passed { "passed" } else { "FAILED" }
            ));
        }
        say::line(format_args!("\n{}", self.tally));
        let failed: Vec<_> = self.done.iter().filter(|part| !part.1).map(|part| part.0).collect();
        if !failed.is_empty() {
            bail!("failed: {}", failed.join(", "));
        }
        if self.tally.passed == 0 {
            bail!("no test ran");
        }
        Ok(())
    }
}
