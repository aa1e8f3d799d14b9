//! The engine in Wasm, with the JavaScript that loads it.

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::command::{cargo, run};
use crate::{paths, setup};

const TARGET: &str = "wasm32-unknown-unknown";
const NAME: &str = "blindspots";

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

/// Compiles the engine and writes its bindings to where the page imports them.
pub(crate) fn build(profile: Profile) -> Result<()> {
    setup::wasm_target()?;
    // As a cdylib only: beside an rlib, Cargo leaves link-time optimisation out.
    let crate_type = ["rustc", "--lib", "--crate-type", "cdylib"];
    run(cargo().args(crate_type).args(["--target", TARGET, "--profile", profile.name()]))?;
    let compiled = paths::target().join(TARGET).join(profile.name()).join(format!("{NAME}.wasm"));
    Bindgen::new()
        .input_path(&compiled)
        .typescript(true)
        .remove_name_section(profile == Profile::Optimised)
        .web(true)
        .and_then(|bindgen| bindgen.generate(paths::bindings()))
        .with_context(|| format!("no bindings could be made for {}", compiled.display()))
}

/// Makes sure that there are bindings as new as the code that defines them.
pub(crate) fn ensure_bindings() -> Result<()> {
    let declarations = paths::bindings().join(format!("{NAME}.d.ts"));
    let made = fs::metadata(declarations).and_then(|data| data.modified()).ok();
    if made.is_some() && made >= newest_source(paths::at("src/web"))? {
        return Ok(());
    }
    build(Profile::Optimised)
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
