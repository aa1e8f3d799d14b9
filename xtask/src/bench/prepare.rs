//! What the bench needs on the machine.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use crate::command::{TESTED, cargo, program, run, succeeds};
use crate::wasm::Profile;
use crate::{data, paths, setup, site};

/// The command line's file.
const PROGRAM: &str = if cfg!(windows) { "blindspots.exe" } else { "blindspots" };

/// Where everything that is made for the bench lies.
pub(super) fn folder() -> PathBuf {
    paths::target().join("bench")
}

/// A Chromium, the built site and the JavaScript packages; gives the Chromium.
pub(super) fn browser() -> Result<PathBuf> {
    let chromium = setup::browser_and_gpu()?;
    data::fetch()?;
    for packages in [paths::browser_tests(), paths::browser_benches()] {
        setup::packages(&packages)?;
    }
    site::assemble(Profile::Optimised, &folder().join("site"))?;
    Ok(chromium)
}

/// The test digits, and a graphics device, if need be in software.
pub(super) fn digits_and_device() -> Result<()> {
    setup::gpu()?;
    data::fetch()
}

/// The command line as tests build it, for what depends on no time; gives the program.
pub(super) fn tested_command_line() -> Result<PathBuf> {
    run(cargo().arg("build").args(TESTED).args(["--bin", "blindspots"]))?;
    Ok(paths::target().join("debug").join(PROGRAM))
}

/// The loop that measures the peak of Wasm SIMD, once for each build of the engine; gives its
/// folder.
pub(super) fn peak() -> Result<PathBuf> {
    setup::wasm_target()?;
    let folder = folder().join("peak");
    fs::create_dir_all(&folder)?;
    for (name, features) in [("baseline", "+simd128"), ("relaxed", "+simd128,+relaxed-simd")] {
        let mut rustc = program("rustc");
        rustc.args(["--edition", "2024", "--crate-type", "cdylib"]);
        rustc.args(["--target", "wasm32-unknown-unknown", "-C", "opt-level=3"]);
        rustc.args(["-C", "panic=abort", "-C"]).arg(format!("target-feature={features}"));
        rustc.arg("-o").arg(folder.join(format!("{name}.wasm")));
        run(rustc.arg(paths::browser_benches().join("peak.rs")))?;
    }
    Ok(folder)
}

/// The command line, as a user builds it; gives the program.
pub(super) fn command_line() -> Result<PathBuf> {
    run(cargo().args(["build", "--release", "--package", "blindspots", "--bin", "blindspots"]))?;
    Ok(paths::target().join("release").join(PROGRAM))
}

/// A virtual environment with the libraries that are compared; gives its Python.
pub(super) fn python() -> Result<PathBuf> {
    let peers = paths::at("benches/peers");
    let wanted = ["requirements.txt", "without-dependencies.txt"].map(|name| peers.join(name));
    let environment = folder().join("venv");
    let python = environment.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    // What is installed, kept beside it.
    let installed = folder().join("installed.txt");
    let lists = read(&wanted)?;
    if python.exists() && fs::read_to_string(&installed).is_ok_and(|text| text == lists) {
        return Ok(python);
    }
    ensure!(
        succeeds(program("python3").args(["-c", "import venv, ensurepip"])),
        "Python 3.11 or newer with venv is required (Debian: apt install python3-venv)"
    );
    run(program("python3").args(["-m", "venv"]).arg(&environment))?;
    let pip = |options: &[&str], list: &Path| {
        let mut command = program(&python.to_string_lossy());
        run(command.args(["-m", "pip", "install", "--quiet"]).args(options).arg("-r").arg(list))
    };
    pip(&[], &wanted[0])?;
    // It asks for libraries that draw, which nothing here needs.
    pip(&["--no-deps"], &wanted[1])?;
    fs::write(installed, lists)?;
    Ok(python)
}

fn read(files: &[PathBuf]) -> Result<String> {
    let texts = files
        .iter()
        .map(|path| fs::read_to_string(path).with_context(|| path.display().to_string()));
    texts.collect()
}
