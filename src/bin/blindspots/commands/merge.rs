//! `blindspots merge`: the parts of a run put together.

use std::path::Path;

use blindspots::study::reproduce::report::RunReport;
use blindspots::study::reproduce::shard::{self, Part};

use super::inputs::read;
use super::reproduce::publish;
use crate::args::Merge;

/// Merges the parts; the results of a whole run are only rendered again.
pub(super) fn run(options: &Merge) -> Result<(), String> {
    let report = match options.parts.as_slice() {
        [alone] if let Ok(report) = serde_json::from_slice::<RunReport>(&read(alone)?) => report,
        paths => {
            let parts: Result<Vec<Part>, String> = paths.iter().map(|path| part(path)).collect();
            shard::merge(&parts?).map_err(|e| e.to_string())?
        }
    };
    publish(&report, options.json.as_deref(), options.markdown.as_deref())
}

fn part(path: &Path) -> Result<Part, String> {
    serde_json::from_slice(&read(path)?)
        .map_err(|e| format!("{} is not what `reproduce --shard` writes: {e}", path.display()))
}
