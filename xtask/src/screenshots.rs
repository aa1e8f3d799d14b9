//! Pictures of the opening, every chapter and every panel, to be looked at.

use anyhow::Result;

use crate::command::{program, run as run_command};
use crate::wasm::Profile;
use crate::{paths, setup, site};

/// Builds for development, and pictures them at three widths, in light, dark, forced colours and as
/// printed, into `target/screenshots/`.
pub(crate) fn run() -> Result<()> {
    let chromium = setup::browser_and_gpu()?;
    setup::packages(&paths::browser_tests())?;
    let site = paths::served();
    site::assemble(Profile::Development, &site)?;
    let mut pictures = program("node");
    pictures.current_dir(paths::browser_tests()).arg("screenshots.mjs");
    pictures.arg(paths::target().join("screenshots"));
    run_command(pictures.env("CHROMIUM", chromium).env("SITE", site))
}
