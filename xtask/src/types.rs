//! What the page takes from Rust: message types, the paper's cells, and those that were measured.

use anyhow::Result;

use crate::command::{TESTED, cargo, run};

/// Writes `www/src/engine/messages.ts`, `www/src/lab/paper.ts` and `www/src/lab/measured.ts`. The tests that
/// compare them also write them.
pub(crate) fn write() -> Result<()> {
    run(cargo()
        .arg("test")
        .args(TESTED)
        .args(["--lib", "are_up_to_date"])
        .env("BLINDSPOTS_WRITE_TYPES", "1"))
}
