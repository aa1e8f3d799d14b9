//! Reading an ONNX file in a process of its own, with limits of time and memory.
//!
//! A file from a stranger is parsed by large libraries. Whatever they do with it, only that process ends.

use std::alloc::System;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use blindspots::digit;
use blindspots::import::{self, ImportError, LoadOptions};
use blindspots::model::{Network, lowered};
use cap::Cap;

use crate::args::{Lower, Pixels};
use crate::failure::{Failure, NAME};
use crate::output;

/// Without a limit until a file is read.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// Bytes in a megabyte.
const MEGABYTE: usize = 1 << 20;

/// Status of a process whose time is over, and of one without memory; 1 is a refusal.
const TOO_SLOW: u8 = 3;
const TOO_LARGE: u8 = 4;

/// Whether these are words of Rust's allocator, of its vectors or of tract's, where memory is not there.
fn is_of_memory(words: &str) -> bool {
    let of = ["memory allocation", "capacity overflow", "failed to allocate"];
    of.iter().any(|begin| words.contains(begin))
}

/// Reads the file and writes the network to standard output; on standard error, the names of files
/// beside it that it read.
pub(super) fn run(options: &Lower) -> Result<(), Failure> {
    let pixels = &options.pixels;
    // A panic is an answer, which the other process words; some say that memory is not there.
    std::panic::set_hook(Box::new(|panic| {
        if is_of_memory(&panic.to_string()) {
            std::process::exit(TOO_LARGE.into());
        }
    }));
    let granted = Duration::from_secs_f64(pixels.limits.load_seconds);
    thread::spawn(move || {
        thread::sleep(granted);
        std::process::exit(TOO_SLOW.into());
    });
    // What is there already is this program's own.
    let own = ALLOCATOR.allocated();
    let limit = (pixels.limits.load_megabytes as usize).saturating_mul(MEGABYTE);
    ALLOCATOR.set_limit(limit.saturating_add(own)).map_err(|()| "there is no memory")?;

    let network = read(&options.file, pixels, !options.no_samples)?;
    let bytes = lowered::write(&network);
    output::raw(|out| out.write_all(&bytes));
    Ok(())
}

fn read(file: &Path, pixels: &Pixels, digits: bool) -> Result<Network, Failure> {
    let bytes = whole(file).map_err(|e| e.to_string())?;
    let options = LoadOptions {
        image: pixels.shape,
        transform: pixels.normalize.transform.clone(),
        invert: pixels.invert,
        samples: digits.then(digit::gallery),
    };
    let folder = folder(file);
    let beside = |other: &str| {
        let bytes = whole(&folder.join(other)).ok()?;
        output::remark(other);
        Some(bytes)
    };
    let network = import::load_beside(&bytes, &beside, &options);
    Ok(network.map_err(|error| match error {
        ImportError::AmbiguousImage { .. } => format!("{error}, as --shape C,H,W"),
        _ => error.to_string(),
    })?)
}

/// A file's bytes; ends the process where there is no memory for them.
fn whole(file: &Path) -> io::Result<Vec<u8>> {
    let read = std::fs::read(file);
    if read.as_ref().is_err_and(|e| e.kind() == io::ErrorKind::OutOfMemory) {
        std::process::exit(TOO_LARGE.into());
    }
    read
}

/// Where a file's weights may lie beside it.
fn folder(file: &Path) -> &Path {
    file.parent().unwrap_or(Path::new(""))
}

/// What another process read.
pub(super) struct Isolated {
    pub(super) network: Network,
    /// Files that hold weights.
    pub(super) beside: Vec<PathBuf>,
}

/// Has another process read the file; the error says why there is no network.
pub(super) fn isolated(file: &Path, pixels: &Pixels, digits: bool) -> Result<Isolated, String> {
    let program = std::env::current_exe().map_err(|e| format!("this program is not found: {e}"))?;
    let mut lower = Command::new(program);
    lower.arg("lower").args(["--normalize", &pixels.normalize.words]);
    lower.args(pixels.invert.then_some("--invert")).args((!digits).then_some("--no-samples"));
    if let Some(image) = pixels.shape {
        let sizes = [image.channels, image.height, image.width].map(|size| size.to_string());
        lower.args(["--shape", &sizes.join(",")]);
    }
    lower.args(["--load-seconds", &pixels.limits.load_seconds.to_string()]);
    lower.args(["--load-megabytes", &pixels.limits.load_megabytes.to_string()]);
    lower.arg("--").arg(file).stdin(Stdio::inherit());
    let ended = lower.output().map_err(|e| format!("no process could be started for it: {e}"))?;
    let said = String::from_utf8_lossy(&ended.stderr);
    match ended.status.code() {
        Some(0) => {
            let network = lowered::read(&ended.stdout).map_err(|e| e.to_string())?;
            let beside = said.lines().map(|name| folder(file).join(name)).collect();
            Ok(Isolated { network, beside })
        }
        Some(1) => Err(failure(&said)),
        Some(code) if code == i32::from(TOO_SLOW) => Err(format!(
            "{}; --load-seconds grants more",
            ImportError::TooSlow(pixels.limits.load_seconds)
        )),
        // Rust's allocator says so and ends the process.
        code if code == Some(TOO_LARGE.into()) || is_of_memory(&said) => {
            let needs = format!("reading it needs more than {} MB", pixels.limits.load_megabytes);
            Err(format!("{}; --load-megabytes grants more", ImportError::TooLarge(needs)))
        }
        _ => Err(ImportError::Failed.to_string()),
    }
}

/// What a failure's message says behind the program's name, and behind names of files that were read.
fn failure(said: &str) -> String {
    let message = said.find(NAME).map_or(said, |begin| &said[begin + NAME.len()..]);
    message.trim_end().to_string()
}
