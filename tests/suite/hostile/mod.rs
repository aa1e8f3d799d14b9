//! Files from strangers: whatever is in them, the command line reads or refuses them, within its limits.

mod corpus;
#[allow(unreachable_pub, reason = "a library for the fuzz targets")]
#[path = "../../../fuzz/src/lib.rs"]
pub(crate) mod doors;
mod mutate;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use blindspots::import::{self, LoadOptions};
use mutate::Mutator;

/// Limits that files are read with; a tenth more than them is the most that may be taken.
const SECONDS: f64 = 20.0;
const MEGABYTES: f64 = 1024.0;

/// How a file ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Read,
    Refused,
    /// By an error that says only that the reader failed.
    Failed,
    TooSlow,
    TooLarge,
    /// The program itself ended.
    Crashed,
}

impl End {
    fn name(self) -> &'static str {
        match self {
            End::Read => "read",
            End::Refused => "refused",
            End::Failed => "failed",
            End::TooSlow => "too slow",
            End::TooLarge => "too large",
            End::Crashed => "crashed",
        }
    }
}

/// What reading a file came to.
#[derive(Debug)]
struct Reading {
    end: End,
    said: String,
    seconds: f64,
    megabytes: f64,
}

fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile");
    std::fs::create_dir_all(&folder).expect("a folder for temporary files");
    folder.join(name)
}

/// Largest memory of a running process so far, in megabytes; 0 where the system does not say.
fn peak(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok());
    number.map_or(0.0, |kilobytes: f64| kilobytes / 1024.0)
}

/// Reads a file as commands do.
fn read(bytes: &[u8], name: &str) -> Reading {
    let file = scratch(name);
    std::fs::write(&file, bytes).expect("it can be written");
    let started = Instant::now();
    let mut program = Command::new(env!("CARGO_BIN_EXE_blindspots"));
    program.args(["classify", "--count", "1", "--load-megabytes", &MEGABYTES.to_string()]);
    program.args(["--load-seconds", &SECONDS.to_string()]).arg("--model").arg(&file);
    program.arg("--images").arg(crate::testing::models().join("gallery-images-idx3-ubyte.gz"));
    let quiet = program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = quiet.spawn().expect("it starts");
    let mut words = child.stderr.take().expect("a pipe");
    let words = std::thread::spawn(move || {
        let mut said = Vec::new();
        words.read_to_end(&mut said).expect("its words");
        String::from_utf8_lossy(&said).into_owned()
    });
    let mut megabytes = 0.0f64;
    let status = loop {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            break status;
        }
        for process in std::iter::once(child.id()).chain(children(child.id())) {
            megabytes = megabytes.max(peak(process));
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let seconds = started.elapsed().as_secs_f64();
    let said = words.join().expect("its words");
    let end = match status.code() {
        Some(0) => End::Read,
        Some(1) if said.contains("reader of ONNX files failed") => End::Failed,
        Some(1) if said.contains("--load-seconds") => End::TooSlow,
        Some(1) if said.contains("--load-megabytes") => End::TooLarge,
        Some(1) => End::Refused,
        _ => End::Crashed,
    };
    Reading { end, said, seconds, megabytes }
}

/// The processes that a process has started.
fn children(process: u32) -> Vec<u32> {
    let list = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
    list.unwrap_or_default().split_whitespace().filter_map(|id| id.parse().ok()).collect()
}

/// The small networks among the fixtures.
fn whole_files() -> Vec<Vec<u8>> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut paths: Vec<PathBuf> = ["graphs", "onnx", "pixels"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(fixtures.join(folder)).expect("the fixtures"))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "onnx"))
        .collect();
    paths.sort();
    let files = paths.iter().map(|path| std::fs::read(path).expect("a fixture"));
    files.filter(|file| file.len() < 100_000).collect()
}

/// How damaged files ended.
#[derive(Default)]
struct Table {
    ends: BTreeMap<&'static str, usize>,
    seconds: f64,
    megabytes: f64,
    /// What must not be: a program that ended, a reader that failed, more than a tenth over a limit.
    faults: Vec<String>,
}

/// Reads `count` damaged files and keeps those that must not end as they did.
fn damaged(count: usize, seed: u64) -> Table {
    let files = whole_files();
    assert!(files.len() > 100);
    let mut mutator = Mutator::new(&files, seed);
    let mut table = Table::default();
    for index in 0..count {
        let name = format!("damaged-{seed}.onnx");
        let Reading { end, said, seconds, megabytes } = read(&mutator.file(), &name);
        *table.ends.entry(end.name()).or_default() += 1;
        table.seconds = table.seconds.max(seconds);
        table.megabytes = table.megabytes.max(megabytes);
        let over = seconds > 1.1 * SECONDS || megabytes > 1.1 * MEGABYTES;
        if over || [End::Crashed, End::Failed].contains(&end) {
            let kept = scratch(&format!("fault-{seed}-{index}.onnx"));
            std::fs::copy(scratch(&name), &kept).expect("a copy");
            let kept = kept.display();
            table.faults.push(format!("{kept}: {end:?} {seconds:.1} s {megabytes:.0} MB: {said}"));
        }
    }
    table
}

/// A number that the environment may set.
fn set(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().expect(name))
}

#[test]
fn damaged_files_are_read_or_refused() {
    let table = damaged(150, 1);
    assert_eq!(table.faults, [""; 0]);
    // Both happens, or damage does nothing or everything.
    assert!(table.ends["read"] > 10 && table.ends["refused"] > 30, "{:?}", table.ends);
}

#[test]
fn time_and_memory_are_what_was_granted() {
    let cnn = crate::testing::models().join("cnn.onnx");
    let copy = scratch("granted.onnx");
    std::fs::copy(cnn, &copy).expect("a copy");
    let lower = |more: &[&str]| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_blindspots"));
        program.args(["classify", "--count", "1"]).args(more).arg("--model").arg(&copy);
        program.arg("--images").arg(crate::testing::models().join("gallery-images-idx3-ubyte.gz"));
        let output = program.output().expect("it starts");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (status, said) = lower(&["--load-seconds", "0.001"]);
    assert!(status == Some(1) && said.contains("more than 0.001 s"), "{status:?}: {said}");
    assert!(said.contains("--load-seconds grants more"), "{said}");
    let (status, said) = lower(&["--load-megabytes", "1"]);
    assert!(status == Some(1) && said.contains("more than 1 MB"), "{status:?}: {said}");
    assert!(said.contains("--load-megabytes grants more"), "{said}");
    // A file that is larger than the memory, too.
    let longer = std::fs::OpenOptions::new().write(true).open(&copy).expect("it is there");
    let whole = longer.metadata().expect("its length").len();
    longer.set_len(50 << 20).expect("it can grow");
    let (status, said) = lower(&["--load-megabytes", "20"]);
    assert!(status == Some(1) && said.contains("more than 20 MB"), "{status:?}: {said}");
    longer.set_len(whole).expect("it can be cut");
    assert_eq!(lower(&["--load-seconds", "1e6", "--load-megabytes", "1024"]).0, Some(0));
}

/// A file with one fault (`training/hostile.py`).
#[derive(serde::Deserialize)]
struct Case {
    file: String,
    /// What the error is called; none where the file is read all the same.
    code: Option<String>,
    says: String,
}

#[test]
fn every_fault_is_refused_by_its_own_name() {
    #[derive(serde::Deserialize)]
    struct Cases {
        cases: Vec<Case>,
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/hostile");
    let text = std::fs::read_to_string(folder.join("cases.json")).expect("the cases");
    let Cases { cases } = serde_json::from_str(&text).expect("they are valid");
    assert!(cases.len() > 50);
    for Case { file, code, says } in cases {
        let bytes = std::fs::read(folder.join(&file)).expect("the fixture");
        let started = Instant::now();
        let loaded = import::load(&bytes, &LoadOptions::default());
        let error = loaded.err();
        let called = error.as_ref().map(|error| error.code().name());
        let said = error.map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(called, code.as_deref(), "{file}: {said}");
        assert!(said.contains(&says) && said.len() < 1000, "{file}: {said}");
        assert!(started.elapsed() < Duration::from_secs(5), "{file}: {:?}", started.elapsed());
    }
}

#[test]
#[ignore = "long: a part of `cargo xtask soak`"]
fn soak() {
    let (count, seed) = (set("BLINDSPOTS_FILES", 10_000), set("BLINDSPOTS_SEED", 1));
    let Table { ends, seconds, megabytes, faults } = damaged(count, seed as u64);
    let ends = serde_json::to_value(&ends).expect("a table");
    let row = serde_json::json!({
        "files": count, "seed": seed, "ends": ends, "seconds": seconds, "megabytes": megabytes,
        "faults": faults,
    });
    println!("hostile: {row}");
    assert_eq!(faults, [""; 0]);
}
