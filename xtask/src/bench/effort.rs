//! How much is measured: everything, or enough to see in minutes that all works.

use serde_json::{Value, json};

use super::machine;

/// Networks that every section knows.
const DENSE: &str = "fc100-100-10";
const CONVOLUTIONAL: &str = "cnn";

/// Networks whose attacks are compared by quality.
const OTHERS: [&str; 10] = [
    "fc10-1e-4",
    "fc10-1e-2",
    "fc10-1",
    "fc200-200-10",
    "ae400-10",
    "fc100-100-10-p1",
    "fc100-100-10-p2",
    "fc123-456-10-p1",
    "fc100-100-10-hardened",
    "cnn-robust",
];

/// What the share of the peak is computed from, by its names in `lib/gradients.mjs`.
const OURS_AND_PEAKS: [&str; 5] = [
    "blindspots cpu",
    "blindspots cpu, page's thread",
    "blindspots cpu, SIMD128, page's thread",
    "peak",
    "relaxed peak",
];

/// How thorough a run is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Effort {
    pub(super) quick: bool,
    /// Networks of the native attacks; the usual ones of a section where it is `None`.
    pub(super) models: Option<Vec<String>>,
    /// Digits of attacks on whole batches.
    pub(super) count: u32,
}

impl Effort {
    /// The usual one, where nothing else is asked for.
    pub(super) fn new(quick: bool, models: Option<Vec<String>>, count: Option<u32>) -> Effort {
        Effort { quick, models, count: count.unwrap_or(if quick { 10 } else { 1000 }) }
    }

    fn pick<T>(&self, quick: T, full: T) -> T {
        if self.quick { quick } else { full }
    }

    /// For `lib/gradients.mjs`; `all` contenders, or only ours and the peaks.
    pub(super) fn gradients(&self, all: bool) -> Value {
        json!({
            "models": [DENSE, CONVOLUTIONAL],
            "lanes": self.pick(vec![1, 10, 160], vec![1, 10, 160, 1000]),
            "only": if all { Value::Null } else { json!(OURS_AND_PEAKS) },
            "rounds": self.pick(3, 15),
            "block": self.pick(20, 60),
            "budget": self.pick(1, 8),
            "limit": self.pick(5, 45),
        })
    }

    /// For `lib/attacks.mjs` on the graphics device: one target, to count what one
    /// evaluation takes, and all nine.
    pub(super) fn device(&self) -> Value {
        let case = |model, method, targets| json!({ "model": model, "backend": "webgpu", "method": method, "targets": targets });
        json!({
            "cases": [
                case(DENSE, "nearest-boundary", "one"),
                case(DENSE, "nearest-boundary", "nine"),
                case(DENSE, "szegedy", "one"),
                case(DENSE, "szegedy", "nine"),
                case(CONVOLUTIONAL, "nearest-boundary", "one"),
                case(CONVOLUTIONAL, "nearest-boundary", "nine"),
            ],
            "count": self.pick(1, 20),
            "limit": self.pick(10, 120),
        })
    }

    /// For `lib/attacks.mjs` on the processor.
    pub(super) fn browser_attacks(&self) -> Value {
        let case = |model, method| json!({ "model": model, "backend": "cpu", "method": method, "targets": "nine" });
        json!({
            "cases": [
                case(DENSE, "nearest-boundary"),
                case(DENSE, "szegedy"),
                case(CONVOLUTIONAL, "nearest-boundary"),
            ],
            "count": self.pick(10, 50),
            "limit": self.pick(10, 60),
        })
    }

    /// For `benches/peers/run.py`, without the paths.
    pub(super) fn native_attacks(&self) -> Value {
        json!({
            "methods": ["nearest-boundary", "szegedy", "szegedy-polished"],
            "models": self.models_or(&[DENSE, CONVOLUTIONAL]),
            "count": self.count,
            "one_by_one": self.pick(2, 200),
            "threads": machine::cores(),
            "limit": self.pick(15, 300),
        })
    }

    /// For the same on other networks, where attacks that go digit by digit are left out.
    pub(super) fn other_attacks(&self) -> Value {
        json!({
            "methods": ["nearest-boundary", "szegedy-polished"],
            "models": self.models_or(&OTHERS),
            "count": self.count,
            "one_by_one": 0,
            "threads": machine::cores(),
            "limit": 0,
        })
    }

    /// Digits of a network that both backends attack. A device in software takes a hundred times
    /// as long for convolutions.
    pub(super) fn agreement(&self, model: &str) -> u32 {
        if model.starts_with(CONVOLUTIONAL) { self.count.div_ceil(10) } else { self.count }
    }

    /// Digits of a network that are attacked with and without 8 bits.
    pub(super) fn eight_bit(&self) -> u32 {
        self.count.min(200)
    }

    fn models_or(&self, usual: &[&str]) -> Vec<String> {
        self.models.clone().unwrap_or_else(|| usual.iter().map(|name| (*name).into()).collect())
    }

    /// For `lib/page.mjs`: a phone on a fair line, and an old one on a bad line.
    pub(super) fn page(&self) -> Value {
        let line = |megabits, latency, slower| json!({ "megabits": megabits, "latency": latency, "slower": slower });
        json!({ "lines": [line(9.0, 60, 1), line(1.6, 150, 4)], "rounds": self.pick(1, 3) })
    }

    /// For `lib/drawing.mjs`.
    pub(super) fn drawing(&self) -> Value {
        json!({ "strokes": self.pick(10, 60) })
    }

    /// For `lib/scaling.mjs`.
    pub(super) fn scaling(&self) -> Value {
        let case = |model, backend| json!({ "model": model, "backend": backend });
        json!({
            "cases": [
                case(DENSE, "cpu"),
                case(CONVOLUTIONAL, "cpu"),
                case(DENSE, "webgpu"),
                case(CONVOLUTIONAL, "webgpu"),
            ],
            "lanes": self.pick(vec![1, 16, 256, 4096], vec![1, 4, 16, 64, 256, 1024, 4096]),
            "rounds": self.pick(1, 3),
            "block": self.pick(5, 30),
            "limit": self.pick(8, 60),
        })
    }
}
