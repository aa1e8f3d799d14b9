//! Transfer: what is made for one network, shown to others and counted.

use serde::{Deserialize, Serialize};

use super::attacks::Attempt;
use super::models::BackendKind;
use super::readings::Reading;
use crate::attack::Method;
use crate::web::buffers::{Bytes, Classes, Pixels};

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
    /// Which backend computed it; of several models, `webgpu` only where all of them ran there.
    pub backend: BackendKind,
}

/// Images made of originals, to be shown to models and counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ShowRequest {
    /// Models that read them.
    pub models: Vec<u32>,
    /// The data set of the originals.
    pub set: u32,
    /// The first of them, from 0; 0 where it is not given.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub first: Option<u32>,
    /// How many, n; all that follow where it is not given.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub count: Option<u32>,
    /// An example of each, `[n, C·H·W]`; Gaussian noise is shown where they are not given.
    #[serde(default)]
    #[cfg_attr(test, ts(optional, type = "Float32Array"))]
    pub examples: Option<Pixels>,
    /// What every change is magnified to, or the noise's distortion; examples are shown as they are,
    /// and originals without noise, where it is not given.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub distortion: Option<f32>,
    /// Seed of the noise; 0 where it is not given.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub seed: Option<u32>,
}

/// What models made of images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ShowReport {
    /// The images that were shown, `[n, C·H·W]`.
    #[cfg_attr(test, ts(type = "Float32Array"))]
    pub images: Pixels,
    /// How many they are.
    pub count: u32,
    /// Sum of their distortions from the originals.
    pub distortion: f64,
    /// How many of them each model misread.
    pub wrong: Vec<u32>,
    /// `[models, n]`: what each model read.
    #[cfg_attr(test, ts(type = "Uint16Array"))]
    pub labels: Classes,
    /// Which backend computed it; of several models, `webgpu` only where all of them ran there.
    pub backend: BackendKind,
}

/// An example beside its original and noise of the same size, for many models to read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct CompareRequest {
    /// Models that read the three images.
    pub models: Vec<u32>,
    /// The original, `C·H·W` pixels in [0, 1].
    #[cfg_attr(test, ts(type = "Float32Array"))]
    pub image: Pixels,
    /// Its true class.
    pub label: u32,
    /// The example.
    #[cfg_attr(test, ts(type = "Float32Array"))]
    pub example: Pixels,
    /// How many times as large its change is shown; 1 where it is not given.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub factor: Option<f32>,
    /// Seed of the noise; 0 where it is not given.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub seed: Option<u32>,
}

/// What models read in an example and in noise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct CompareReport {
    /// The example, its change enlarged.
    #[cfg_attr(test, ts(type = "Float32Array"))]
    pub example: Pixels,
    /// The original with noise of the same distortion.
    #[cfg_attr(test, ts(type = "Float32Array"))]
    pub noise: Pixels,
    /// The distortion of both.
    pub distortion: f32,
    /// One a model.
    pub models: Vec<Compared>,
}

/// What one model reads in the three images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Compared {
    /// In the original.
    pub original: Reading,
    /// In the example.
    pub example: Reading,
    /// In the noise.
    pub noise: Reading,
    /// Whether it misreads the original already, so that nothing counts.
    pub already: bool,
    /// Whether the example fools it.
    pub fooled: bool,
    /// Whether the noise does.
    pub fooled_by_noise: bool,
}

/// Examples of many images for one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ExamplesRequest {
    /// The model to fool.
    pub model: u32,
    /// The data set of the originals.
    pub set: u32,
    /// The first of them, from 0; 0 where it is not given.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub first: Option<u32>,
    /// How many, n; all that follow where it is not given.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub count: Option<u32>,
    /// How to look for the examples.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    #[cfg_attr(test, ts(type = "MethodName | FormerMethodName"))]
    pub method: Option<Method>,
    /// Seed of everything random; 0 where it is not given.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub seed: Option<u32>,
}

/// Examples of many images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ExamplesReport {
    /// `[n, C·H·W]`: the example; the original where it is misread as it is, or was not fooled.
    #[cfg_attr(test, ts(type = "Float32Array"))]
    pub images: Pixels,
    /// `[n]`: 1 where the model misreads the image above as asked, 0 where no example was found.
    #[cfg_attr(test, ts(type = "Uint8Array"))]
    pub fooled: Bytes,
    /// Which backend computed them.
    pub backend: BackendKind,
}

/// The classes that models read in many images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct LabelsReport {
    /// `[models, n]`
    #[cfg_attr(test, ts(type = "Uint16Array"))]
    pub labels: Classes,
    /// Which backend computed it; of several models, `webgpu` only where all of them ran there.
    pub backend: BackendKind,
}
