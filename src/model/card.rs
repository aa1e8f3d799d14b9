//! Cards: what a bundled network is, how it was trained, what it gets wrong.
//!
//! A card is the JSON file beside an ONNX file in `models/`, written by
//! `training/`. Errors are percentages measured by our own code; what is
//! quoted from the paper is kept apart.

use serde::{Deserialize, Serialize};

/// What a bundled network is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// Name of the file without its ending, for example `fc100-100-10`.
    pub name: String,
    /// Name as in the paper, for example `FC100-100-10`.
    pub title: String,
    /// One sentence.
    pub architecture: String,
    /// Number of trained constants.
    pub parameters: usize,
    /// `train`, `P1` or `P2`.
    pub training_set: String,
    /// Shares of wrong answers.
    pub errors: Errors,
    /// The paper's figures, where it has this network.
    pub paper: Option<Quoted>,
    /// Of the ONNX file, in hexadecimal.
    pub sha256: String,
}

/// Measured errors in percent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Errors {
    /// On all 60,000 training digits.
    pub train: f64,
    /// On the first half of the split.
    pub p1: f64,
    /// On the second half of the split.
    pub p2: f64,
    /// On the 10,000 test digits.
    pub test: f64,
}

/// Figures copied from the paper.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quoted {
    /// Training error in percent.
    pub train_error: Option<f64>,
    /// Test error in percent.
    pub test_error: Option<f64>,
    /// Average minimum distortion.
    pub distortion: Option<f64>,
}
