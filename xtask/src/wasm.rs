//! The engine and the importer in Wasm, with the JavaScript that loads them.
//!
//! The importer is a module of its own, with tract in it; the engine has none.
//! The engine is compiled twice: for SIMD128, which every browser has, and with relaxed
//! SIMD, whose multiply-add is one instruction where the processor has one. A
//! browser without relaxed SIMD refuses such a file as a whole, so the page
//! chooses between the two (`www/src/engine/simd.ts`).

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::command::{cargo, run};
use crate::gzip;
use crate::paths;
use crate::setup::{self, WASM};

/// The engine's crate.
const ENGINE: &str = "blindspots";
/// What leaves tract out of it.
pub(crate) const WITHOUT_TRACT: [&str; 3] = ["--no-default-features", "--features", "web"];
/// What is not marked for it is inlined where it is short only, as it is linked: the engine is 6 % smaller, packed.
/// Kernels mark theirs. Batches are as fast; one image at a time may take 3 or 4 % longer.
const LESS_INLINED: &str = "-Cllvm-args=-inline-threshold=40";
/// The importer's crate. Choosing a scale runs the network on samples: kernels are quick there, too.
const IMPORTER: &str = "blindspots-importer";

/// How the engine is compiled: a profile in the workspace's `Cargo.toml`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Back in seconds after a small change.
    Development,
    /// Small and fast, for the site.
    Optimised,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Profile::Development => "web-dev",
            Profile::Optimised => "web",
        }
    }
}

/// Instructions that a build may use.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Simd {
    Baseline,
    Relaxed,
}

impl Simd {
    /// Where the build's bindings are, and its Wasm beside them.
    fn folder(self) -> PathBuf {
        paths::bindings().join(match self {
            Simd::Baseline => "baseline",
            Simd::Relaxed => "relaxed",
        })
    }
}

/// Compiles engine and importer and writes their bindings to where the page imports them.
///
/// For development the engine is compiled once, and both of its folders hold the baseline.
pub(crate) fn build(profile: Profile) -> Result<()> {
    let relaxed = if profile == Profile::Development { Simd::Baseline } else { Simd::Relaxed };
    build_with(profile, relaxed)
}

/// The same, with these instructions in the engine for browsers that have relaxed SIMD.
fn build_with(profile: Profile, relaxed: Simd) -> Result<()> {
    setup::wasm_target()?;
    bind_engine(profile, Simd::Baseline, Simd::Baseline.folder())?;
    bind_engine(profile, relaxed, Simd::Relaxed.folder())?;
    bind(profile, IMPORTER, &[], paths::bindings().join("importer"))
}

fn bind_engine(profile: Profile, instructions: Simd, folder: PathBuf) -> Result<()> {
    // For our own crate only, so that the others are compiled once.
    let mut flags = vec!["--"];
    if instructions == Simd::Relaxed {
        flags.push("-Ctarget-feature=+relaxed-simd");
    }
    if profile == Profile::Optimised {
        flags.push(LESS_INLINED);
    }
    bind(profile, ENGINE, &[&WITHOUT_TRACT, &flags[..]].concat(), folder)
}

/// Compiles a crate, with more arguments of Cargo, and writes its bindings to a folder.
fn bind(profile: Profile, package: &str, more: &[&str], folder: PathBuf) -> Result<()> {
    // As a cdylib only: beside an rlib, Cargo leaves link-time optimisation out.
    let crate_type = ["rustc", "--package", package, "--lib", "--crate-type", "cdylib"];
    let mut compiler = cargo();
    compiler.args(crate_type).args(["--target", WASM, "--profile", profile.name()]).args(more);
    run(&mut compiler)?;
    let name = format!("{}.wasm", package.replace('-', "_"));
    let compiled = paths::target().join(WASM).join(profile.name()).join(name);
    Bindgen::new()
        .input_path(&compiled)
        .typescript(true)
        .remove_name_section(profile == Profile::Optimised)
        .web(true)
        .and_then(|bindgen| bindgen.generate(&folder))
        .with_context(|| format!("no bindings could be made for {}", compiled.display()))?;
    if profile == Profile::Optimised {
        // The page's build takes it where it holds the same module (`www/vite.gzip.ts`).
        let module = folder.join(format!("{}_bg.wasm", package.replace('-', "_")));
        gzip::pack(&module, &module.with_extension("wasm.gz"))?;
    }
    Ok(())
}

/// Makes sure that there are bindings as new as the code that defines them.
pub(crate) fn ensure_bindings() -> Result<()> {
    // The importer's are written last.
    let declarations = paths::bindings().join("importer/blindspots_importer.d.ts");
    let made = fs::metadata(declarations).and_then(|data| data.modified()).ok();
    let sources = [paths::at("src/web"), paths::at("importer/src")];
    let newest = sources.into_iter().map(newest_source).collect::<Result<Vec<_>>>()?;
    if made.is_some() && newest.into_iter().all(|source| made >= source) {
        return Ok(());
    }
    // Their types are the same. Cargo keeps one of the engine's two builds at a time: the site's
    // build, if it comes next, finds this one.
    build_with(Profile::Optimised, Simd::Baseline)
}

/// When a file of a folder was last changed.
fn newest_source(folder: PathBuf) -> Result<Option<SystemTime>> {
    let mut newest = None;
    for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let changed = if entry.file_type()?.is_dir() {
            newest_source(entry.path())?
        } else {
            Some(entry.metadata()?.modified()?)
        };
        newest = newest.max(changed);
    }
    Ok(newest)
}
