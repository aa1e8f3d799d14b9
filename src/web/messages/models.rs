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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// What the file ended in: "logits", "probabilities" or "log-probabilities".
    pub output: String,
    /// The backend that runs it.
    pub backend: BackendKind,
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
