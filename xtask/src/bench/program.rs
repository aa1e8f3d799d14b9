//! The command line at work on the test digits.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::effort::Effort;
use super::prepare;
use super::results::read;
use crate::{command, data, paths};

#[derive(Deserialize)]
struct Bundled {
    name: String,
}

/// The networks that are asked for, or all bundled ones.
pub(super) fn networks(effort: &Effort) -> Result<Vec<String>> {
    let bundled: Vec<Bundled> = read(&paths::at("models/index.json"))?;
    let names = bundled.into_iter().map(|model| model.name).collect();
    Ok(effort.models.clone().unwrap_or(names))
}

/// Attacks the first test digits; what `blindspots attack --json` writes, as far as it is asked for.
pub(super) fn attack<T: DeserializeOwned>(
    program: &Path,
    model: &str,
    count: u32,
    more: &[&str],
) -> Result<T> {
    let found = prepare::folder().join(format!("attack-{model}{}.json", more.join("-")));
    let [images, labels] = data::TEST_FILES.map(|name| data::folder().join(name));
    let mut attack = command::program(&program.to_string_lossy());
    attack.args(["attack", "--model", model]).args(more);
    attack.arg("--images").arg(images).arg("--labels").arg(labels);
    attack.args(["--count", &count.to_string()]).arg("--json").arg(&found);
    // What an earlier run left is no result of this one.
    if found.exists() {
        fs::remove_file(&found).with_context(|| found.display().to_string())?;
    }
    // Where a digit is not fooled the program says so by its status, which is a result like another.
    attack.status()?;
    read(&found)
}
