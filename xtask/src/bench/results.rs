//! What the bench measures: the files that Node and Python write, and
//! `benches/results.json`, which keeps the last run of every section.

mod eight_bit;
mod page;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::machine::Machine;
pub(super) use eight_bit::{EightBit, EightBitRow};
#[cfg(test)]
pub(super) use page::Step;
pub(super) use page::{Drawing, Page, Strokes, Visit};

/// `benches/results.json`.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Results {
    pub(super) gradients: Option<Section<Gradients>>,
    /// Only ours and the peak, where they were measured later than the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) peak: Option<Section<Gradients>>,
    pub(super) device: Option<Section<Attacks>>,
    pub(super) attacks: Option<Section<BothAttacks>>,
    pub(super) others: Option<Section<NativeAttacks>>,
    #[serde(default)]
    pub(super) agreement: Option<Section<Agreement>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) eight_bit: Option<Section<EightBit>>,
    pub(super) scaling: Option<Section<Scaling>>,
    #[serde(default)]
    pub(super) page: Option<Section<Page>>,
    #[serde(default)]
    pub(super) drawing: Option<Section<Drawing>>,
    #[serde(default)]
    pub(super) soak: Option<Section<Soak>>,
    #[serde(default)]
    pub(super) fuzz: Option<Section<Vec<Fuzzed>>>,
}

/// The last run of every section, as far as there was any.
pub(super) fn kept(record: &Path) -> Result<Results> {
    if record.exists() { read(record) } else { Ok(Results::default()) }
}

/// What hard work left behind.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Soak {
    pub(super) files: DamagedFiles,
    pub(super) tab: Tab,
}

/// Damaged files on the command line: `tests/suite/hostile`.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct DamagedFiles {
    pub(super) files: u32,
    pub(super) seed: u32,
    /// How many ended how.
    pub(super) ends: BTreeMap<String, u32>,
    /// The longest, and the largest.
    pub(super) seconds: f64,
    pub(super) megabytes: f64,
    pub(super) faults: Vec<String>,
}

/// One tab of a browser: `tests/browser/lib/soak.mjs`.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Tab {
    pub(super) counts: BTreeMap<String, u32>,
    pub(super) done: BTreeMap<String, u32>,
    pub(super) others: Vec<String>,
    pub(super) before: Held,
    pub(super) after: Held,
    pub(super) leaks: Vec<String>,
}

/// Bytes, and how many there are.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Held {
    pub(super) wasm: f64,
    pub(super) heap: f64,
    pub(super) workers: u32,
    pub(super) processes: u32,
}

impl Soak {
    /// What should not have been.
    pub(super) fn faults(&self) -> Vec<String> {
        let Soak { files, tab } = self;
        let all = files.faults.iter().chain(&tab.others).chain(&tab.leaks);
        let missed = tab.counts.iter().filter(|(what, count)| tab.done.get(*what) != Some(count));
        let missed = missed.map(|(what, count)| format!("{what}: not {count}"));
        all.cloned().chain(missed).collect()
    }
}

/// A fuzz target that ran for a while.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Fuzzed {
    pub(super) target: String,
    pub(super) seconds: u32,
    pub(super) executions: u64,
    /// Edges of the code's flow that were run.
    pub(super) edges: u64,
    pub(super) crashes: u64,
    pub(super) out_of_memory: u64,
    pub(super) too_slow: u64,
}

impl Fuzzed {
    /// What should not have been.
    pub(super) fn faults(&self) -> Vec<String> {
        // What reads ONNX files has a process of its own, with limits.
        let limited = self.target == "importer";
        let ends = [
            (self.crashes, "crashes"),
            (if limited { 0 } else { self.out_of_memory }, "times out of memory"),
            (if limited { 0 } else { self.too_slow }, "times too slow"),
        ];
        let ends = ends.into_iter().filter(|(count, _)| *count > 0);
        ends.map(|(count, what)| format!("fuzz target {}: {count} {what}", self.target)).collect()
    }
}

/// One section with where and how it was measured.
#[derive(Serialize, Deserialize)]
pub(super) struct Section<T> {
    pub(super) machine: Machine,
    pub(super) quick: bool,
    pub(super) seconds: f64,
    pub(super) data: T,
}

/// `lib/gradients.mjs`.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Gradients {
    pub(super) version: String,
    pub(super) rows: Vec<GradientRow>,
    pub(super) speeds: Vec<Speed>,
}

/// One contender on one batch.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GradientRow {
    pub(super) model: String,
    pub(super) lanes: u32,
    pub(super) contender: String,
    /// "gradient" or "logits".
    pub(super) gives: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) milliseconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) longer_than: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) failed: Option<String>,
    pub(super) samples: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) off: Option<f64>,
    /// Which build of ours ran: "baseline" or "relaxed".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) simd: Option<String>,
}

/// The peaks of Wasm SIMD beside one batch.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Speed {
    pub(super) model: String,
    pub(super) lanes: u32,
    /// Floating-point operations of one lane's forward pass and input gradient.
    pub(super) work: f64,
    /// With SIMD128: a multiplication and an addition are two instructions.
    pub(super) gigaflops: f64,
    /// With relaxed SIMD, where the browser has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) relaxed: Option<f64>,
}

/// `lib/attacks.mjs`.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Attacks {
    pub(super) version: String,
    pub(super) rows: Vec<AttackRow>,
}

/// One method in the page.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AttackRow {
    pub(super) model: String,
    pub(super) backend: String,
    pub(super) method: String,
    /// "one" or "nine".
    pub(super) targets: String,
    pub(super) layers: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) longer_than: Option<f64>,
    pub(super) digits: Vec<Attacked>,
}

/// One digit attacked in the page.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Attacked {
    pub(super) index: u32,
    pub(super) success: bool,
    pub(super) l2: f64,
    pub(super) evaluations: f64,
    /// Milliseconds until the page had the answer.
    pub(super) waited: f64,
    pub(super) cost: Cost,
}

/// What the library says it cost.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Cost {
    pub(super) milliseconds: f64,
    pub(super) dispatches: f64,
    pub(super) submits: f64,
    pub(super) readbacks: f64,
}

/// Native attacks and attacks in the page on the same digits.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct BothAttacks {
    pub(super) native: NativeAttacks,
    pub(super) browser: Attacks,
}

/// `benches/peers/run.py`.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct NativeAttacks {
    pub(super) threads: usize,
    pub(super) rows: Vec<NativeRow>,
}

/// One attack on one model.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct NativeRow {
    pub(super) model: String,
    pub(super) attack: String,
    pub(super) ours: bool,
    pub(super) convolutional: bool,
    pub(super) seconds: f64,
    /// `‖r‖₂` of each digit; `None` where the image was not misread, or not in the box.
    pub(super) l2: Vec<Option<f64>>,
    /// Places of the digits in the test set, where they were made one after the other.
    pub(super) indices: Vec<u32>,
    /// Their seconds.
    pub(super) each: Vec<f64>,
}

/// The same attacks on both backends.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Agreement {
    pub(super) method: String,
    pub(super) rows: Vec<AgreementRow>,
}

/// One network.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct AgreementRow {
    pub(super) model: String,
    pub(super) digits: u32,
    /// The digits that did not come out the same.
    pub(super) apart: Vec<Apart>,
}

/// One digit that came out otherwise; `‖r‖₂` on each backend, `None` where none was found.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Apart {
    pub(super) index: u32,
    pub(super) cpu: Option<f64>,
    pub(super) webgpu: Option<f64>,
    pub(super) why: String,
}

/// `lib/scaling.mjs`.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Scaling {
    pub(super) version: String,
    pub(super) rows: Vec<ScalingRow>,
}

/// One number of lanes.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ScalingRow {
    pub(super) model: String,
    pub(super) backend: String,
    pub(super) lanes: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) milliseconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) longer_than: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) wasm: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) device: Option<f64>,
}

/// What a JSON file holds.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    serde_json::from_str(&text).with_context(|| format!("{} is not as expected", path.display()))
}

/// Writes a value as JSON, lists of numbers on one line.
pub(super) fn write(path: &Path, value: &impl Serialize) -> Result<()> {
    let text = joined(&serde_json::to_string_pretty(value)?);
    fs::write(path, text + "\n").with_context(|| path.display().to_string())
}

/// Indented JSON with every list of numbers on one line.
fn joined(text: &str) -> String {
    let is_number = |line: &str| {
        let item = line.trim().trim_end_matches(',');
        item == "null" || item.parse::<f64>().is_ok()
    };
    let mut lines: Vec<String> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        let closes = line.trim_start().starts_with(']');
        match lines.last_mut() {
            Some(last) if open && (is_number(line) || closes) => {
                if last.ends_with(',') {
                    last.push(' ');
                }
                last.push_str(line.trim());
                open = !closes;
            }
            _ => {
                lines.push(line.to_owned());
                open = line.ends_with('[');
            }
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn lists_of_numbers_take_one_line_and_stay_the_same() {
        let value =
            json!({ "a": [1, null, 2.5], "b": [{ "c": [], "d": [3] }, ["x", "4"]], "e": 5 });
        let text = joined(&serde_json::to_string_pretty(&value).expect("a value"));
        assert!(text.contains("\"a\": [1, null, 2.5],\n"), "{text}");
        assert!(text.contains("\"d\": [3]\n") && text.contains("\"x\",\n"), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).expect("still JSON"), value);
    }
}
