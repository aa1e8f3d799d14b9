//! The messages between a page and its worker: one schema, in Rust.
//!
//! The TypeScript types in `www/src/engine/messages.ts` are generated from
//! this file by `cargo xtask types` and compared in the tests. A request
//! carries a run number chosen by the page; every answer repeats it, so that a
//! late answer to a question nobody asks any more is dropped.

use serde::{Deserialize, Serialize};

use crate::digit::Stroke;

pub use super::buffers::{Bytes, Pixels};
pub use bounds::{
    BoundsReport, BoundsRequest, CertificateReport, CertifyRequest, LayerBound, QuotedBound,
};
pub use slice::{SliceReport, SliceRequest};
pub use transfers::{ExamplesReport, ExamplesRequest, LabelsReport};
pub use units::{
    ComparisonReport, ContrastReport, CurvePoint, LayerInfo, MadeImage, ObserveRequest,
    ProportionReport, RowsReport, UnitsRequest, UnitsResponse,
};

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

/// How an adversarial example is looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum MethodName {
    /// The paper's: box-constrained L-BFGS with a search over c.
    #[default]
    Szegedy,
    /// The paper's, then the boundary method from its minimisers.
    SzegedyPolished,
    /// Projections onto the linearised decision boundary: as near, in far fewer evaluations.
    Boundary,
    /// One step along the gradient's signs; takes `epsilon`.
    Fgsm,
    /// Steps along the gradient's signs within `epsilon` of every pixel; takes `steps`.
    PgdLinf,
    /// Steps along the gradient within a ball of radius `epsilon`; takes `steps`.
    PgdL2,
    /// Steps along the signs of an accumulated gradient; takes `epsilon` and `steps`.
    MiFgsm,
    /// Steps onto the nearest linearised boundary; takes `steps`.
    #[serde(rename = "deepfool")]
    DeepFool,
    /// Carlini and Wagner's: Adam on the norm plus a hinge of the margin; takes `steps`.
    Cw,
    /// Steps on a sphere that shrinks after every success; takes `steps`.
    Ddn,
    /// No search: Gaussian noise of a `distortion`.
    Noise,
}

/// What attacks and transfers have in common: an original, and how it is to be changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// The original, 784 pixels in [0, 1].
    #[cfg_attr(test, ts(type = "Float32Array"))]
    pub image: Pixels,
    /// The true class; what the model, or most of several, reads where it is not given.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub label: Option<u32>,
    /// How to look for adversarial examples.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub method: Option<MethodName>,
    /// Largest change allowed, for methods that take it; the method's own where it is not given.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub epsilon: Option<f32>,
    /// Steps, for methods that take it.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub steps: Option<u32>,
    /// Of an attack: the distortion of the method `noise`. Of a transfer: every perturbation
    /// is rescaled to it (the paper's Table 4), then clipped.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub distortion: Option<f32>,
    /// Seed of everything random; 0 where it is not given.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub seed: Option<u32>,
}

/// An attack as the page asks for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct AttackRequest {
    /// The model to fool, or several that one change shall fool.
    pub models: Vec<u32>,
    /// The class to reach; any other than the label where it is not given.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub target: Option<u32>,
    /// What to change, and how.
    #[serde(flatten)]
    pub attempt: Attempt,
}

/// A matrix "made for × shown to" for one image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct TransferRequest {
    /// Models that are attacked and shown the results.
    pub models: Vec<u32>,
    /// What to change, and how.
    #[serde(flatten)]
    pub attempt: Attempt,
}

/// What a page asks of its worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Request {
    /// Choose a backend; may be asked again at any time. Answered by `Backend`.
    Open {
        /// The visitor's wish.
        backend: BackendChoice,
    },
    /// Load an ONNX file. Answered by `Model`.
    Load {
        /// The file.
        #[cfg_attr(test, ts(type = "Uint8Array"))]
        bytes: Bytes,
        /// A name for messages.
        name: String,
    },
    /// Forget a model. Answered by `Done`.
    Unload {
        /// The model.
        model: u32,
    },
    /// Read images with models. Answered by `Readings`.
    Classify {
        /// The models.
        models: Vec<u32>,
        /// `[n, 784]` pixels.
        #[cfg_attr(test, ts(type = "Float32Array"))]
        images: Pixels,
    },
    /// ∂ cross-entropy / ∂ image, an image at a time. Answered by `Gradient`.
    Gradient {
        /// The model.
        model: u32,
        /// `[n, 784]` pixels.
        #[cfg_attr(test, ts(type = "Float32Array"))]
        images: Pixels,
        /// `[n]`: the class whose cross-entropy is differentiated.
        #[cfg_attr(test, ts(type = "Uint8Array"))]
        labels: Bytes,
    },
    /// Fool a model, or several by one change. Progress, then `Attacked`.
    Attack(AttackRequest),
    /// Fool every model and show the results to all. Progress, then `Transferred`.
    Transfer(TransferRequest),
    /// Examples of many digits for one model. Progress, then `Examples`.
    Examples(ExamplesRequest),
    /// The classes that models read in many images. Answered by `Labels`.
    Labels {
        /// The models.
        models: Vec<u32>,
        /// `[n, 784]` pixels.
        #[cfg_attr(test, ts(type = "Float32Array"))]
        images: Pixels,
    },
    /// How far each layer can move its answer. Answered by `Bounds`.
    Bounds(BoundsRequest),
    /// Prove how far any misreading is away at least. Progress, then `Certified`.
    Certify(CertifyRequest),
    /// Read points of the plane through an image. Progress, then `Slice`.
    Slice(SliceRequest),
    /// Gaussian noise of a given distortion. Answered by `Image`.
    Noise {
        /// 784 pixels, or several images one after the other.
        #[cfg_attr(test, ts(type = "Float32Array"))]
        image: Pixels,
        /// √(Σ(x′−x)²/784) after clipping, as near as clipping allows.
        distortion: f32,
        /// Same seed, same noise; every image has its own.
        seed: u32,
    },
    /// Turn strokes into an image like MNIST's. Answered by `Image`.
    Rasterise {
        /// The drawing.
        strokes: Vec<Stroke>,
    },
    /// Read IDX files, gzipped or not. Answered by `Digits`.
    Digits {
        /// The images' file.
        #[cfg_attr(test, ts(type = "Uint8Array"))]
        images: Bytes,
        /// The labels' file.
        #[cfg_attr(test, ts(type = "Uint8Array"))]
        labels: Bytes,
    },
    /// Look at hidden units. Answered by `Units`.
    Units(UnitsRequest),
    /// How much memory the engine holds. Answered by `Memory`.
    Memory,
}

/// What a worker answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Response {
    /// To `Open`.
    Backend {
        /// What runs, and why.
        backend: Backend,
    },
    /// To `Load`.
    Model(ModelInfo),
    /// To `Unload`.
    Done,
    /// To `Classify`: one list a model, one reading an image.
    Readings {
        /// `[models][images]`
        readings: Vec<Vec<Reading>>,
    },
    /// To `Gradient`.
    Gradient {
        /// `[n, 784]` numbers.
        #[cfg_attr(test, ts(type = "Float32Array"))]
        gradient: Pixels,
    },
    /// To `Attack`.
    Attacked(AttackReport),
    /// To `Transfer`.
    Transferred(TransferReport),
    /// To `Examples`.
    Examples(ExamplesReport),
    /// To `Labels`.
    Labels(LabelsReport),
    /// To `Bounds`.
    Bounds(BoundsReport),
    /// To `Certify`.
    Certified(CertificateReport),
    /// To `Slice`.
    Slice(SliceReport),
    /// To `Noise` and `Rasterise`.
    Image {
        /// 784 pixels in [0, 1]; of `Noise`, as many images as were given.
        #[cfg_attr(test, ts(type = "Float32Array"))]
        image: Pixels,
    },
    /// To `Digits`.
    Digits {
        /// `[n, 784]` pixels in [0, 1].
        #[cfg_attr(test, ts(type = "Float32Array"))]
        images: Pixels,
        /// `[n]` classes.
        labels: Vec<u32>,
    },
    /// To `Units`.
    Units(UnitsResponse),
    /// To `Memory`.
    Memory(MemoryReport),
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
    /// Number of classes: 10.
    pub classes: u32,
    /// Number of trained constants.
    pub parameters: u32,
    /// What the file ended in: "logits", "probabilities" or "log-probabilities".
    pub output: String,
    /// Which backend runs this model.
    pub backend: BackendKind,
}

/// What a model says of an image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Reading {
    /// The class with the largest logit.
    pub label: u32,
    /// Softmax of the logits, ten numbers.
    pub probabilities: Vec<f32>,
    /// The network's outputs before any softmax, ten numbers.
    pub logits: Vec<f32>,
}

/// What an attack really cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CostReport {
    /// Wall-clock time.
    pub milliseconds: f64,
    /// Kernel launches on the device.
    pub dispatches: u32,
    /// Command buffers submitted.
    pub submits: u32,
    /// Buffers read back.
    pub readbacks: u32,
}

/// The outcome of an attack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct AttackReport {
    /// Whether the image below, measured again, is read as asked.
    pub success: bool,
    /// The adversarial image; `None` where none was found.
    #[cfg_attr(test, ts(type = "Float32Array | null"))]
    pub image: Option<Pixels>,
    /// What the model reads in the adversarial image, or in the original where none was found;
    /// of several models, the first.
    pub label: u32,
    /// What every model reads there.
    pub labels: Vec<u32>,
    /// The class it should have read.
    pub original_label: u32,
    /// ‖r‖₂
    pub l2: f32,
    /// Largest change of a pixel.
    pub linf: f32,
    /// √(Σr²/784)
    pub distortion: f32,
    /// Whether the image rounded to 8 bits still fools.
    pub rounded_still_fools: bool,
    /// Forward passes with input gradient, counted a lane.
    pub evaluations: u32,
    /// Why it ended: "converged", "budget", "cancelled", "vanishing-gradient", "already-misread".
    pub stop: String,
    /// What it cost.
    pub cost: CostReport,
}

/// One row of a transfer matrix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct TransferRow {
    /// The model that was attacked; `None` for Gaussian noise.
    pub source: Option<u32>,
    /// The image that was shown; `None` where the attack found nothing.
    #[cfg_attr(test, ts(type = "Float32Array | null"))]
    pub image: Option<Pixels>,
    /// Its distortion.
    pub distortion: f32,
    /// What each model reads in it.
    pub labels: Vec<u32>,
    /// Whether that is wrong.
    pub errors: Vec<bool>,
}

/// "Made for × shown to" for one image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TransferReport {
    /// Columns.
    pub models: Vec<u32>,
    /// The true class.
    pub label: u32,
    /// One row a model, then one row of noise at each row's distortion.
    pub rows: Vec<TransferRow>,
}

/// A word on the way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Share of the work that is done at most, 0 to 1.
    pub fraction: f32,
    /// Evaluations so far.
    pub evaluations: u32,
    /// ‖r‖₂ of the best image so far.
    pub best_l2: Option<f32>,
    /// The best image so far.
    #[cfg_attr(test, ts(type = "Float32Array | null"))]
    pub best_image: Option<Pixels>,
}

/// A failure: a stable code for programs, a sentence for the visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Failure {
    /// Stable name, for example "unsupported-op".
    pub code: String,
    /// What was wrong and what would be right.
    pub message: String,
}

mod bounds;
mod slice;
mod transfers;
#[cfg(test)]
mod types;
mod units;
