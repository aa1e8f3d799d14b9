//! Transfer over many digits: examples in batches, and only the classes that are read.

use serde::{Deserialize, Serialize};

use super::{Bytes, MethodName, Pixels};

/// Examples of many digits for one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ExamplesRequest {
    /// The model to fool.
    pub model: u32,
    /// The originals, `[n, 784]` pixels in [0, 1].
    #[cfg_attr(test, ts(type = "Float32Array"))]
    pub images: Pixels,
    /// Their true classes, `[n]`.
    #[cfg_attr(test, ts(type = "Uint8Array"))]
    pub labels: Bytes,
    /// How to look for the examples.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub method: Option<MethodName>,
    /// Seed of everything random; 0 where it is not given.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub seed: Option<u32>,
}

/// Examples of many digits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ExamplesReport {
    /// `[n, 784]`: the example; the original where it is misread as it is, or was not fooled.
    #[cfg_attr(test, ts(type = "Float32Array"))]
    pub images: Pixels,
    /// `[n]`: 1 where the model misreads the image above as asked, 0 where no example was found.
    #[cfg_attr(test, ts(type = "Uint8Array"))]
    pub fooled: Bytes,
}

/// The classes that models read in many images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct LabelsReport {
    /// `[models, n]`
    #[cfg_attr(test, ts(type = "Uint8Array"))]
    pub labels: Bytes,
}
