//! Attacks on one image.

use serde::{Deserialize, Serialize};

use super::models::BackendKind;
use crate::attack::Method;
use crate::web::buffers::Pixels;

/// What attacks and transfers have in common: an original, and how it is to be changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// The original, `C·H·W` pixels in [0, 1].
    #[cfg_attr(test, ts(type = "Float32Array"))]
    pub image: Pixels,
    /// The true class; what the model, or most of several, reads where it is not given.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub label: Option<u32>,
    /// How to look for adversarial examples.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    #[cfg_attr(test, ts(type = "MethodName | FormerMethodName"))]
    pub method: Option<Method>,
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
    /// Whether the adversarial image is to be one that 8 bits hold, so that it fools when it is saved as
    /// a picture; not where it is not given.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub eight_bit: Option<bool>,
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
    /// Other images, `[n, C·H·W]`: where no gradient leads anywhere, the attack looks along the
    /// lines to those that are read as asked.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    #[cfg_attr(test, ts(type = "Float32Array"))]
    pub others: Option<Pixels>,
    /// What to change, and how.
    #[serde(flatten)]
    pub attempt: Attempt,
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
    /// √(Σr²/n), n the image's pixels
    pub distortion: f32,
    /// Whether an image was asked for that 8 bits hold: every number in it is a 255th then.
    pub eight_bit: bool,
    /// Whether the image rounded to 8 bits still fools.
    pub rounded_still_fools: bool,
    /// Classes that the search made for one by one; 0 where the method goes for none in particular.
    pub tried: u32,
    /// Forward passes with input gradient, counted a lane.
    pub evaluations: u32,
    /// Why it ended: "converged", "budget", "cancelled", "vanishing-gradient", "already-misread".
    pub stop: String,
    /// Where the search began that it ended with: "original", "nearby" where the gradient vanished
    /// there, or, where no gradient led anywhere, "line-to-image", "line-to-noise", "line-to-plain".
    pub start: String,
    /// Which backend computed it; of several models, `webgpu` only where all of them ran there.
    pub backend: BackendKind,
    /// What it cost.
    pub cost: CostReport,
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
