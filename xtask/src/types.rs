//! The page's message types, written from the schema in Rust.

use anyhow::Result;

use crate::command::{cargo, run};

/// Writes `www/src/engine/messages.ts`. The test that compares it also writes it.
pub(crate) fn write() -> Result<()> {
    run(cargo()
        .args(["test", "--package", "blindspots", "--lib", "the_typescript_types_are_up_to_date"])
        .env("BLINDSPOTS_WRITE_TYPES", "1"))
}
