//! What came of the tests, as the table of operators.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use blindspots::import::operators::{LEARNED, OPERATORS};

use crate::judge::{Outcome, Proof};

/// What became of one variant of one test.
pub(crate) struct Entry {
    pub(crate) test: String,
    /// The operator, where the test's model has one node only.
    pub(crate) operator: Option<String>,
    /// Whether an input is the image, rather than all of them constants.
    pub(crate) of_image: bool,
    pub(crate) outcome: Outcome,
}

/// Counts of outcomes.
#[derive(Clone, Copy, Default)]
struct Counts {
    passed: usize,
    refused: usize,
    failed: usize,
    outside: usize,
    on_device: usize,
    slopes: usize,
}

impl Counts {
    fn of<'a>(entries: impl Iterator<Item = &'a Entry>) -> Counts {
        let mut counts = Counts::default();
        for entry in entries {
            match &entry.outcome {
                Outcome::Passed(Proof { slopes, device, .. }) => {
                    counts.passed += 1;
                    counts.slopes += slopes;
                    counts.on_device += usize::from(*device);
                }
                Outcome::Refused(_) => counts.refused += 1,
                Outcome::Failed(_) => counts.failed += 1,
                Outcome::Outside => counts.outside += 1,
            }
        }
        counts
    }

    fn cells(&self) -> String {
        format!("{} | {} | {}", self.passed, self.refused, self.failed)
    }
}

/// The first three columns of an operator's row, which the code alone decides.
pub(crate) fn beginning(operator: &blindspots::import::operators::Operator) -> String {
    let limits = if operator.limits.is_empty() { "all" } else { operator.limits };
    format!("| {} | {} | {limits} |", operator.name, operator.since)
}

/// The whole document.
pub(crate) fn markdown(entries: &[Entry], package: &str, device: Option<&str>) -> String {
    let mut text = String::from(HEAD);
    let all = Counts::of(entries.iter());
    let of_image = Counts::of(entries.iter().filter(|e| e.of_image));
    let device = match device {
        Some(name) => format!(
            "The device ({name}) answered in {} of them like the standard, with the processor's gradients.",
            all.on_device
        ),
        None => "There was no device: only the processor was tried.".into(),
    };
    let _ = writeln!(
        text,
        "Of {} tests of {package} became {} networks: {} passed ({} of them with an input as the \
         image, with {} slopes compared), {} were refused by name, {} failed; {} tests are of \
         strings, sequences, empty tensors or other things that no network of numbers has. {device}\n",
        entries.iter().map(|e| &e.test).collect::<std::collections::BTreeSet<_>>().len(),
        entries.len() - all.outside,
        all.passed,
        of_image.passed,
        all.slopes,
        all.refused,
        all.failed,
        all.outside,
    );
    text += "| operator | since | read | image: passed | refused | failed | constants: passed | refused | failed |\n";
    text += "|---|---|---|---|---|---|---|---|---|\n";
    let mut by_name: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        by_name.entry(entry.operator.as_deref().unwrap_or("")).or_default().push(entry);
    }
    let row = |entries: &[&Entry]| {
        let half = |image| Counts::of(entries.iter().copied().filter(|e| e.of_image == image));
        format!(" {} | {} |", half(true).cells(), half(false).cells())
    };
    for operator in OPERATORS.iter().chain(LEARNED) {
        let own = by_name.remove(operator.name).unwrap_or_default();
        let _ = writeln!(text, "{}{}", beginning(operator), row(&own));
    }
    let composed = by_name.remove("").unwrap_or_default();
    let _ = writeln!(text, "| several in one test | | |{}", row(&composed));
    let others: Vec<&Entry> = by_name.values().flatten().copied().collect();
    let _ = writeln!(text, "| {} that are not read | | |{}", by_name.len(), row(&others));
    let names: Vec<&str> = by_name.keys().copied().collect();
    let _ = writeln!(text, "\nNot read, and refused by name: {}.", names.join(", "));
    text
}

const HEAD: &str = "# Operators

The operators of ONNX that Blind Spots reads (`operators.rs`), and behind them those of ONNX-ML, held \
against the standard's own node tests. `cargo xtask conformance` writes this table.

A test is tried with each of its float inputs as the image and the others as constants, and with \
constants alone; each of its outputs is read. A gradient is compared with differences of the network \
in double precision, except where it jumps.

";
