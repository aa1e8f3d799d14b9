//! The line and the plane through an image and its adversarial example.

use serde::{Deserialize, Serialize};

use super::models::BackendKind;
use crate::web::buffers::Pixels;

/// Points of the plane through an image, as the page asks for them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SliceRequest {
    /// The model that reads them.
    pub model: u32,
    /// The original x, `C·H·W` pixels in [0, 1].
    #[cfg_attr(test, ts(type = "Float32Array"))]
    pub image: Pixels,
    /// The example x′ = x + r.
    #[cfg_attr(test, ts(type = "Float32Array"))]
    pub towards: Pixels,
    /// `[n, 2]`: a and b of the points clip(x + a·r + b·d).
    #[cfg_attr(test, ts(type = "Float32Array"))]
    pub at: Pixels,
    /// Seed of the random direction d.
    pub seed: u32,
}

/// What a model reads at points of a slice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SliceReport {
    /// Softmax of the logits, `[n, classes]`.
    #[cfg_attr(test, ts(type = "Float32Array"))]
    pub probabilities: Pixels,
    /// How far clipping to [0, 1] moved each point, in lengths of r, `[n]`.
    #[cfg_attr(test, ts(type = "Float32Array"))]
    pub clipped: Pixels,
    /// The random direction d, `[C·H·W]`: orthogonal to r and as long.
    #[cfg_attr(test, ts(type = "Float32Array"))]
    pub aside: Pixels,
    /// Which backend computed it.
    pub backend: BackendKind,
}
