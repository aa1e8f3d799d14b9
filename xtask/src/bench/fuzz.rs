//! The fuzz targets under libFuzzer, each for a while: `fuzz/`.

use std::fs::{self, File};
use std::path::Path;

use anyhow::{Context as _, Result};

use super::results::Fuzzed;
use crate::command::{cargo, run};
use crate::paths;

/// A file is given up after so many seconds, as by the command line.
const PATIENCE: u32 = 20;

/// Builds the targets and runs each for so many seconds, beginning with its corpus.
pub(super) fn measure(seconds: u32) -> Result<Vec<Fuzzed>> {
    let folder = paths::at("fuzz");
    // What instruments the code is in this folder's Cargo settings, which are read from where Cargo is started.
    run(cargo().args(["build", "--release"]).current_dir(&folder))?;
    let mut targets = fs::read_dir(folder.join("corpus"))?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<Result<Vec<String>>>()?;
    targets.sort();
    targets.into_iter().map(|target| fuzzed(&folder, target, seconds)).collect()
}

fn fuzzed(folder: &Path, target: String, seconds: u32) -> Result<Fuzzed> {
    let found = paths::target().join("fuzz/found").join(&target);
    fs::create_dir_all(&found)?;
    let log = found.with_extension("log");
    let mut fuzzer = cargo();
    fuzzer.args(["run", "--release", "--bin", &target, "--"]).current_dir(folder);
    fuzzer.args(["-fork=1", "-ignore_crashes=1", "-ignore_ooms=1", "-ignore_timeouts=1"]);
    fuzzer.arg(format!("-timeout={PATIENCE}")).arg(format!("-max_total_time={seconds}"));
    fuzzer.arg(format!("-artifact_prefix={}/", found.display()));
    // What is new goes to the first folder.
    fuzzer.arg(&found).arg(folder.join("corpus").join(&target));
    fuzzer.stdout(File::create(&log)?).stderr(File::options().append(true).open(&log)?);
    run(&mut fuzzer)?;
    let said = fs::read(&log)?;
    let state = last_state(&String::from_utf8_lossy(&said));
    let (executions, edges, [out_of_memory, too_slow, crashes]) =
        state.with_context(|| format!("{} says nothing of executions", log.display()))?;
    Ok(Fuzzed { target, seconds, executions, edges, crashes, out_of_memory, too_slow })
}

/// Executions, edges, and how often memory or time was not enough or the target crashed, from the last line
/// that says so: `#1234: cov: 567 ft: 890 corp: 12 exec/s: 100 oom/timeout/crash: 0/0/0 time: 5s …`.
fn last_state(said: &str) -> Option<(u64, u64, [u64; 3])> {
    let state = |line: &str| {
        let (executions, rest) = line.strip_prefix('#')?.split_once(':')?;
        let after = |name: &str| rest.split_once(name)?.1.split_whitespace().next();
        let ends = after("oom/timeout/crash:")?.split('/').map(str::parse);
        let ends: Vec<u64> = ends.collect::<Result<_, _>>().ok()?;
        Some((executions.parse().ok()?, after("cov:")?.parse().ok()?, ends.try_into().ok()?))
    };
    said.lines().filter_map(state).next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_state_is_read() {
        let said = "INFO: -fork=1\n\
            #10: cov: 3 ft: 4 corp: 5 exec/s 6 oom/timeout/crash: 0/0/0 time: 1s job: 1 dft_time: 0\n\
            #7: what a target prints\n\
            #1234: cov: 567 ft: 890 corp: 12 exec/s 100 oom/timeout/crash: 1/2/3 time: 5s job: 2\n\
            INFO: fuzzed for 5 seconds, wrapping up soon\n";
        assert_eq!(last_state(said), Some((1234, 567, [1, 2, 3])));
        assert_eq!(last_state("INFO: -fork=1\n"), None);
    }
}
