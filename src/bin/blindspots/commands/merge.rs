//! `blindspots merge`: the parts of a run put together.

use std::path::Path;

use blindspots::study::reproduce::report::RunReport;
use blindspots::study::reproduce::shard::{self, Part};

use super::reproduce::Outputs;
use crate::args::Merge;
use crate::failure::Failure;
use crate::files;

/// Merges the parts; the results of a whole run are only rendered again.
pub(super) fn run(options: &Merge) -> Result<(), Failure> {
    let outputs = Outputs::wanted(options.json.as_deref(), options.markdown.as_deref())?;
    let report = match options.parts.as_slice() {
        [alone] if let Ok(report) = serde_json::from_slice::<RunReport>(&read(alone)?) => report,
        paths => {
            let parts: Result<Vec<Part>, Failure> = paths.iter().map(|path| part(path)).collect();
            shard::merge(&parts?).map_err(|e| e.to_string())?
        }
    };
    outputs.publish(&report)
}

/// The bytes of a result; of what is no JSON, the first of them: it may have no end.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    files::read_if(path, 64, |bytes| bytes.trim_ascii_start().starts_with(b"{"))
}

fn part(path: &Path) -> Result<Part, Failure> {
    serde_json::from_slice(&read(path)?).map_err(|e| {
        Failure::Work(format!("{} is not what `reproduce --shard` writes: {e}", path.display()))
    })
}
