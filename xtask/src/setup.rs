//! What must be on the machine: installed where it may be, named where not.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::command::{npm, output, program, run, succeeds};

/// What Rust calls WebAssembly in browsers.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// Names a browser for the tests; otherwise the usual places are looked at.
const CHROMIUM: &str = "CHROMIUM";

/// Names a Firefox likewise.
const FIREFOX: &str = "FIREFOX";

/// Rust's Wasm target.
pub(crate) fn wasm_target() -> Result<()> {
    let sysroot = output(program("rustc").args(["--print", "sysroot"]))?;
    let library = Path::new(sysroot.trim()).join("lib/rustlib").join(WASM);
    if library.is_dir() {
        return Ok(());
    }
    if !succeeds(program("rustup").arg("--version")) {
        bail!(
            "Rust's {WASM} target is missing and rustup is not there to add it: install the \
             target with what installed Rust (Debian: apt install libstd-rust-dev-wasm32), or \
             Rust through https://rustup.rs"
        );
    }
    run(program("rustup").args(["target", "add", WASM]))
}

/// A folder's JavaScript packages, where they are missing or older than the lock.
pub(crate) fn packages(folder: &Path) -> Result<()> {
    let changed = |path: PathBuf| fs::metadata(path).and_then(|data| data.modified()).ok();
    let installed = changed(folder.join("node_modules/.package-lock.json"));
    let lock = changed(folder.join("package-lock.json"));
    if installed.is_some() && installed >= lock {
        return Ok(());
    }
    run(npm(folder).args(["ci", "--no-audit", "--no-fund"]))
}

/// A Chromium, a Firefox and Chinese letters where Debian has them, and a Vulkan driver; gives the
/// Chromium.
pub(crate) fn browser_and_gpu() -> Result<PathBuf> {
    let mut missing = Vec::new();
    if chromium().is_none() {
        missing.push("chromium");
    }
    if !has_gpu_driver() {
        missing.push("mesa-vulkan-drivers");
    }
    // Debian's name; elsewhere the tests say that they are skipped.
    if firefox().is_none() && cfg!(target_os = "linux") && is_debian() {
        missing.push("firefox-esr");
    }
    // Without them every Chinese letter is an empty box, which is narrower.
    if is_debian() && !has_chinese_letters() {
        missing.extend(["fontconfig", "fonts-droid-fallback"]);
    }
    if !missing.is_empty() {
        apt_install(&missing)?;
    }
    match chromium() {
        Some(path) => Ok(path),
        None => bail!("no Chromium was found: set {CHROMIUM} to the path of one"),
    }
}

/// A Vulkan driver alone, if need be one in software.
pub(crate) fn gpu() -> Result<()> {
    if has_gpu_driver() { Ok(()) } else { apt_install(&["mesa-vulkan-drivers"]) }
}

fn chromium() -> Option<PathBuf> {
    if let Some(path) = env::var_os(CHROMIUM) {
        return Some(path.into());
    }
    let usual = [
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    ];
    usual.iter().map(PathBuf::from).find(|path| path.exists())
}

fn firefox() -> Option<PathBuf> {
    if let Some(path) = env::var_os(FIREFOX) {
        return Some(path.into());
    }
    let usual = [
        "/usr/bin/firefox-esr",
        "/usr/bin/firefox",
        "/Applications/Firefox.app/Contents/MacOS/firefox",
        r"C:\Program Files\Mozilla Firefox\firefox.exe",
    ];
    usual.iter().map(PathBuf::from).find(|path| path.exists())
}

/// Ubuntu's Firefox is no package of apt's, and it has none of this name.
fn is_debian() -> bool {
    fs::read_to_string("/etc/os-release")
        .is_ok_and(|text| text.lines().any(|line| line == "ID=debian"))
}

/// Whether a font here has the first letter of 中文.
fn has_chinese_letters() -> bool {
    output(program("fc-list").arg(":charset=4e2d")).is_ok_and(|fonts| !fonts.trim().is_empty())
}

/// Vulkan on Linux; elsewhere the system brings its own (Metal, Direct3D 12).
fn has_gpu_driver() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    let named =
        ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"].iter().any(|name| env::var_os(name).is_some());
    let folders = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d"];
    named
        || folders
            .iter()
            .any(|folder| fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some()))
}

fn apt_install(packages: &[&str]) -> Result<()> {
    let line = format!("apt-get install {}", packages.join(" "));
    if !succeeds(program("apt-get").arg("--version")) {
        bail!(
            "the tests need {}: install them (Debian and Ubuntu: `{line}`), then try again",
            packages.join(" and ")
        );
    }
    let is_root = output(program("id").arg("-u"))?.trim() == "0";
    let apt = |arguments: &[&str]| {
        let mut command = program(if is_root { "apt-get" } else { "sudo" });
        if !is_root {
            command.args(["-n", "apt-get"]);
        }
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    if !is_root && !succeeds(program("sudo").args(["-n", "true"])) {
        bail!("the tests need {}: run `sudo {line}`, then try again", packages.join(" and "));
    }
    run(&mut apt(&["update"]))?;
    run(apt(&["install", "--yes", "--no-install-recommends"]).args(packages))
}
