//! How a visit to the page goes, and drawing on it.

use serde::{Deserialize, Serialize};

/// `lib/page.mjs`.
#[derive(Default, Serialize, Deserialize)]
pub(in crate::bench) struct Page {
    pub(in crate::bench) version: String,
    pub(in crate::bench) rows: Vec<Visit>,
}

/// A page on a line.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(in crate::bench) struct Visit {
    /// "blindspots" or "tfjs".
    pub(in crate::bench) page: String,
    /// Whether the host packs scripts and styles.
    pub(in crate::bench) compresses: bool,
    pub(in crate::bench) megabits: f64,
    /// Milliseconds until an answer begins.
    pub(in crate::bench) latency: f64,
    /// How many times as slow the page's thread is made.
    pub(in crate::bench) slower: f64,
    pub(in crate::bench) steps: Vec<Step>,
}

/// How far a visit has come: "first" reading, "all" networks read, "done" reading their files.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(in crate::bench) struct Step {
    pub(in crate::bench) step: String,
    /// Since the visit began.
    pub(in crate::bench) milliseconds: f64,
    /// That the host has sent.
    pub(in crate::bench) bytes: f64,
}

/// `lib/drawing.mjs`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(in crate::bench) struct Drawing {
    pub(in crate::bench) version: String,
    pub(in crate::bench) rows: Vec<Strokes>,
}

/// Strokes drawn while something else goes on.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(in crate::bench) struct Strokes {
    /// "nothing" or "attacks".
    pub(in crate::bench) meanwhile: String,
    /// When the page made frames, in milliseconds.
    pub(in crate::bench) frames: Vec<f64>,
    /// Milliseconds from each stroke's last movement until all networks' readings of it were shown.
    pub(in crate::bench) readings: Vec<f64>,
}
