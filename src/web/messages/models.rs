//! Loaded networks, and what runs them.

use serde::{Deserialize, Serialize};

/// Which backend the visitor asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum BackendChoice {
    /// Whichever a short measurement finds faster for the model at hand.
    Auto,
    /// WebGPU, or an error where there is none.
    Webgpu,
    /// SIMD on the processor.
    Cpu,
}

/// Which backend runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum BackendKind {
    /// WebGPU.
    Webgpu,
    /// SIMD on the processor.
    Cpu,
}

impl BackendKind {
    /// Of work in several pieces, or by several models: WebGPU only where all of it ran there.
    #[must_use]
    pub fn of(pieces: impl IntoIterator<Item = BackendKind>) -> BackendKind {
        let joint = |all, piece| if all == piece { all } else { BackendKind::Cpu };
        pieces.into_iter().reduce(joint).unwrap_or(BackendKind::Cpu)
    }
}

/// What runs, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Backend {
    /// The backend in use.
    pub kind: BackendKind,
    /// Name of the graphics adapter; `None` on the processor.
    pub adapter: Option<String>,
    /// A sentence for the visitor: why this one.
    pub reason: String,
    /// Whether WebGPU could be switched to.
    pub webgpu_available: bool,
}

/// Where a model runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Placement {
    /// The model.
    pub model: u32,
    /// The backend that runs it.
    pub backend: BackendKind,
}

/// A loaded network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ModelInfo {
    /// Handle for later requests.
    pub id: u32,
    /// The name it was loaded under.
    pub name: String,
    /// The image's shape in the file without the batch.
    pub input: Vec<u32>,
    /// The image that it reads: channels, rows, columns.
    #[cfg_attr(test, ts(type = "[channels: number, height: number, width: number]"))]
    pub image: [u32; 3],
    /// Classes that it tells apart.
    pub classes: u32,
    /// Number of trained constants.
    pub parameters: u32,
    /// What the file ended in: "logits", "probabilities" or "log-probabilities" of a softmax;
    /// "distribution", probabilities made otherwise; or "independent", one by itself for each class.
    pub output: String,
    /// The backend that runs it.
    pub backend: BackendKind,
    /// The numbers that it takes for pixels from 0 to 1: "none" (the same), "0-255", "signed", or
    /// means and deviations in turn, "0.1307,0.3081".
    pub normalize: String,
    /// Whether it takes ink for what is paper here.
    pub invert: bool,
    /// Share of sample digits that it reads; none where it was shown none.
    pub accuracy: Option<f64>,
    /// Whether it rounds, and gradients go straight through its roundings.
    pub straight_through: bool,
    /// What its file computes in. It is read in single precision; a change that fools it is clear of the
    /// file's own rounding.
    #[cfg_attr(test, ts(type = "\"single\" | \"half\" | \"bfloat16\""))]
    pub precision: String,
    /// How it came to what it takes for pixels.
    pub pixels: PixelsInfo,
}

/// How a network came to what it takes for the pixels that a person sees, and how sure that is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PixelsInfo {
    /// "given", "detected" or, where nothing is known, "assumed".
    #[cfg_attr(test, ts(type = "\"given\" | \"detected\" | \"assumed\""))]
    pub chosen: String,
    /// What it takes, in English words.
    pub words: String,
    /// How a digit comes to its size.
    #[cfg_attr(test, ts(type = "\"same\" | \"padded\" | \"scaled\" | \"cropped\""))]
    pub fit: String,
    /// Whether its rows are the digit's columns.
    pub transposed: bool,
    /// Which of its outputs each class is, where they are not in order.
    pub classes: Option<Vec<u32>>,
    /// The output that is read, where its file has others.
    pub output: Option<String>,
    /// How many sample digits it was shown.
    pub samples: u32,
    /// The share of them that it reads with pixels from 0 to 1 as they are, where it takes others.
    pub plain: Option<f64>,
    /// Whether it reads so few that it may be for other images.
    pub poor: bool,
    /// Other numbers with which it reads about as many.
    pub others: Vec<OtherPixels>,
}

/// Numbers that a network could take for pixels as well.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OtherPixels {
    /// As in `ModelInfo`.
    pub normalize: String,
    /// As there.
    pub invert: bool,
    /// As there.
    pub accuracy: f64,
    /// As in `PixelsInfo`.
    pub words: String,
}

/// Memory that an engine holds, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MemoryReport {
    /// WebAssembly's linear memory, which never shrinks.
    pub wasm: f64,
    /// Buffers of all loaded models on the graphics device.
    pub device: f64,
}
