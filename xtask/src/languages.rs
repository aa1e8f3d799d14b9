//! The page's texts in its languages: taken out of the sources, and made into modules.

use anyhow::Result;

use crate::command::{self, program};
use crate::{paths, setup};

/// Writes `www/languages/*.xlf` from the sources, and `www/src/languages/` from the translations there.
pub(crate) fn write() -> Result<()> {
    run(&[])
}

/// Fails where a text is not translated, or `write` would change a file.
pub(crate) fn check() -> Result<()> {
    run(&["--check"])
}

fn run(arguments: &[&str]) -> Result<()> {
    let www = paths::www();
    setup::packages(&www)?;
    command::run(program("node").current_dir(www).arg("languages.js").args(arguments))
}
