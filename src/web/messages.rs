//! The messages between a page and its worker: one schema, in Rust.
//!
//! The TypeScript types in `www/src/engine/messages.ts` are generated from
//! this file by `cargo xtask types` and compared in the tests. A request
//! carries a run number chosen by the page; every answer repeats it, so that a
//! late answer to a question nobody asks any more is dropped.

mod attacks;
mod bounds;
mod lessons;
mod methods;
mod models;
mod photographs;
mod readings;
mod slice;
mod transfers;
#[cfg(test)]
mod types;
mod units;

use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::digit::Stroke;
use crate::lesson::{Answer, Lesson, SameAs, Verified};

pub use super::buffers::{Bytes, Classes, Pixels};
pub use attacks::{AttackReport, AttackRequest, Attempt, CostReport, Progress};
pub use bounds::{
    BoundsReport, BoundsRequest, CertificateReport, CertifyRequest, LayerBound, QuotedBound,
};
pub use lessons::{KnownModel, StudentWork};
pub use models::{
    Backend, BackendChoice, BackendKind, MemoryReport, ModelInfo, OtherPixels, PixelsInfo,
    Placement,
};
pub use photographs::PhotographReport;
pub use readings::Reading;
pub use slice::{SliceReport, SliceRequest};
pub use transfers::{
    CompareReport, CompareRequest, Compared, ExamplesReport, ExamplesRequest, LabelsReport,
    ShowReport, ShowRequest, TransferReport, TransferRequest, TransferRow,
};
pub use units::{
    ComparisonReport, ContrastReport, CurvePoint, LayerInfo, MadeImage, ObserveRequest,
    ProportionReport, RowsReport, UnitsRequest, UnitsResponse,
};

/// What a page asks of its worker.
///
/// In JavaScript the kind stands among the other fields, for serde around them
/// (`web/tagged.rs`): what serde has to look for among fields it keeps in a form
/// of its own, and the code for that took 7 % of the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(tag = "kind"))]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// Choose a backend; may be asked again at any time. Answered by `Backend`.
    Open {
        /// The visitor's wish.
        backend: BackendChoice,
    },
    /// Load a network that the importer lowered. Answered by `Model`.
    Load {
        /// Its bytes.
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
        /// `[n, C·H·W]` pixels.
        #[cfg_attr(test, ts(type = "Float32Array"))]
        images: Pixels,
    },
    /// ∂ cross-entropy / ∂ image, an image at a time. Answered by `Gradient`.
    Gradient {
        /// The model.
        model: u32,
        /// `[n, C·H·W]` pixels.
        #[cfg_attr(test, ts(type = "Float32Array"))]
        images: Pixels,
        /// `[n]`: the class whose cross-entropy is differentiated.
        #[serde(deserialize_with = "crate::web::buffers::classes")]
        #[cfg_attr(test, ts(type = "Uint32Array"))]
        labels: Vec<u32>,
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
        /// `[n, C·H·W]` pixels.
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
        /// Pixels in [0, 1].
        #[cfg_attr(test, ts(type = "Float32Array"))]
        image: Pixels,
        /// How many images they are, one after the other; 1 where it is not given.
        #[serde(default)]
        #[cfg_attr(test, ts(optional))]
        count: Option<u32>,
        /// √(Σ(x′−x)²/n) after clipping, as near as clipping allows.
        distortion: f32,
        /// Same seed, same noise; every image has its own.
        seed: u32,
    },
    /// Show images made of originals and count who misreads them. Answered by `Shown`.
    Show(ShowRequest),
    /// Show an example, and noise of the same size. Answered by `Compared`.
    Compare(CompareRequest),
    /// Turn strokes into an image like MNIST's. Answered by `Image`.
    Rasterise {
        /// The drawing.
        strokes: Vec<Stroke>,
    },
    /// Turn a picture of a digit into an image like MNIST's. Answered by `Photographed`.
    Photograph {
        /// Red, green, blue and opacity of each pixel, row by row.
        #[cfg_attr(test, ts(type = "Uint8Array"))]
        pixels: Bytes,
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// Read the digits of a NumPy array or an IDX file, gzipped or not. Answered by `Pictures`.
    Pictures {
        /// The file.
        #[cfg_attr(test, ts(type = "Uint8Array"))]
        file: Bytes,
    },
    /// Read IDX files, gzipped or not. Answered by `Digits`.
    Digits {
        /// The images' file.
        #[cfg_attr(test, ts(type = "Uint8Array"))]
        images: Bytes,
        /// The labels' file.
        #[cfg_attr(test, ts(type = "Uint8Array"))]
        labels: Bytes,
        /// Whether the engine keeps them as a data set; it does not where this is not given.
        #[serde(default)]
        #[cfg_attr(test, ts(optional))]
        keep: Option<bool>,
    },
    /// Keep images with their classes as a data set, to be named later. Answered by `Kept`.
    Keep {
        /// `[n, C·H·W]` pixels in [0, 1].
        #[cfg_attr(test, ts(type = "Float32Array"))]
        images: Pixels,
        /// `[n]` classes.
        #[serde(deserialize_with = "crate::web::buffers::classes")]
        #[cfg_attr(test, ts(type = "Uint32Array"))]
        labels: Vec<u32>,
    },
    /// Forget a data set. Answered by `Done`.
    Forget {
        /// The data set.
        set: u32,
    },
    /// Look at hidden units. Answered by `Units`.
    Units(UnitsRequest),
    /// Read a lesson's file. Answered by `Lesson`.
    Lesson {
        /// What is in it.
        text: String,
    },
    /// Which of two rows is the unit's, so many times. Answered by `Sides`.
    Sides {
        /// Same seed, same rows.
        seed: u32,
        /// How many times.
        count: u32,
    },
    /// Mark what a student did. Answered by `Marked`.
    Mark {
        /// The lesson's file.
        lesson: String,
        /// Which of its tasks, from 0.
        task: u32,
        /// What was done.
        work: StudentWork,
        /// The bundled networks; those that the task names are needed.
        known: Vec<KnownModel>,
    },
    /// Make the file that a student hands in. Answered by `Result`.
    Result {
        /// The lesson's file.
        lesson: String,
        /// Who did it.
        student: String,
        /// What was marked, at most one answer a task: JSON of a list of them.
        answers: String,
        /// The bundled networks, all of them: the file names their collection.
        known: Vec<KnownModel>,
    },
    /// Work out again what a result file says. Answered by `Verified`.
    Verify {
        /// The file.
        #[cfg_attr(test, ts(type = "Uint8Array"))]
        file: Bytes,
        /// The file of the lesson that it has to answer, where that is known.
        #[serde(default)]
        #[cfg_attr(test, ts(optional))]
        lesson: Option<String>,
        /// The bundled networks, all of them.
        known: Vec<KnownModel>,
    },
    /// Which images several students handed in. Answered by `Copies`.
    Copies {
        /// The files' names.
        names: Vec<String>,
        /// What was found of each.
        results: Vec<Verified>,
    },
    /// How much memory the engine holds. Answered by `Memory`.
    Memory {},
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
        /// Where each loaded model runs now.
        placements: Vec<Placement>,
    },
    /// To `Load`.
    Model(ModelInfo),
    /// To `Unload` and `Forget`.
    Done,
    /// To `Classify`: one list a model, one reading an image.
    Readings {
        /// `[models][images]`
        readings: Vec<Vec<Reading>>,
    },
    /// To `Gradient`.
    Gradient {
        /// `[n, C·H·W]` numbers.
        #[cfg_attr(test, ts(type = "Float32Array"))]
        gradient: Pixels,
        /// Which backend computed it.
        backend: BackendKind,
    },
    /// To `Attack`.
    Attacked(AttackReport),
    /// To `Transfer`.
    Transferred(TransferReport),
    /// To `Examples`.
    Examples(ExamplesReport),
    /// To `Show`.
    Shown(ShowReport),
    /// To `Compare`.
    Compared(CompareReport),
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
        /// Pixels in [0, 1]; of `Noise`, as many images as were given.
        #[cfg_attr(test, ts(type = "Float32Array"))]
        image: Pixels,
    },
    /// To `Photograph`.
    Photographed(PhotographReport),
    /// To `Pictures`.
    Pictures {
        /// `[n, 784]` pixels in [0, 1].
        #[cfg_attr(test, ts(type = "Float32Array"))]
        images: Pixels,
    },
    /// To `Digits`.
    Digits {
        /// `[n, C·H·W]` pixels in [0, 1].
        #[cfg_attr(test, ts(type = "Float32Array"))]
        images: Pixels,
        /// `[n]` classes.
        labels: Vec<u32>,
        /// The data set, where it was to be kept.
        set: Option<u32>,
    },
    /// To `Keep`.
    Kept {
        /// The data set.
        set: u32,
    },
    /// To `Units`.
    Units(UnitsResponse),
    /// To `Lesson`.
    Lesson {
        /// What is to be done.
        lesson: Lesson,
        /// The file as it is written, whoever wrote it.
        text: String,
    },
    /// To `Sides`.
    Sides {
        /// Whether the first row is the unit's.
        first: Vec<bool>,
    },
    /// To `Mark`.
    Marked {
        /// The work with what was measured of it; not passed is an answer, too.
        answer: Answer,
    },
    /// To `Result`.
    Result {
        /// The file.
        text: String,
        /// Its code.
        code: String,
    },
    /// To `Verify`.
    Verified(Verified),
    /// To `Copies`.
    Copies {
        /// In the order of files and tasks.
        same: Vec<SameAs>,
    },
    /// To `Memory`.
    Memory(MemoryReport),
}

/// A failure: a stable code for programs, a sentence for the visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Failure {
    /// Stable name, for example "unsupported-op".
    #[cfg_attr(test, ts(type = "ErrorCode"))]
    pub code: Code,
    /// What was wrong and what would be right.
    pub message: String,
}
