//! What the page takes from Rust: message types and the paper's cells.

use anyhow::Result;

use crate::command::{cargo, run};

/// Writes `www/src/engine/messages.ts` and `www/src/lab/paper.ts`. The tests that compare them also
/// write them.
pub(crate) fn write() -> Result<()> {
    run(cargo()
        .args(["test", "--package", "blindspots", "--lib", "are_up_to_date"])
        .env("BLINDSPOTS_WRITE_TYPES", "1"))
}
