//! How far a network's answer can move, between a page and its worker.

use serde::{Deserialize, Serialize};

use super::models::BackendKind;
use crate::web::buffers::Pixels;

/// The constants of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BoundsRequest {
    /// The model.
    pub model: u32,
}

/// What is proved of one digit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CertifyRequest {
    /// The model.
    pub model: u32,
    /// `C·H·W` pixels in [0, 1].
    #[cfg_attr(test, ts(type = "Float32Array"))]
    pub image: Pixels,
    /// The true class; what the model reads where it is not given.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub label: Option<u32>,
}

/// One operation of a network, or the activation behind one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct LayerBound {
    /// Its name in the file.
    pub name: String,
    /// What it is, for people.
    pub what: String,
    /// How many times as long it can make a change; `null` where it has no such number.
    pub constant: Option<f64>,
    /// The norm of a convolution itself, where `constant` is a bound on it.
    pub exact: Option<f64>,
    /// The same of the network up to here; `null` where that is unknown.
    pub from_image: Option<f64>,
    /// Why it has no constant.
    pub unbounded: Option<String>,
}

/// The constants of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BoundsReport {
    /// In the network's order; the image and reshapes left out.
    pub layers: Vec<LayerBound>,
    /// The constant of the logits; `null` where an operation has none.
    pub product: Option<f64>,
    /// AlexNet's, from section 4.3 of the paper: for comparison.
    pub quoted: Vec<QuotedBound>,
}

/// A bound that the paper prints, for another network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct QuotedBound {
    /// Which layer.
    pub layer: String,
    /// Its size.
    pub size: String,
    /// The bound.
    pub bound: f64,
}

/// What is proved of one digit: lower bounds on the `‖r‖₂` of any misreading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CertificateReport {
    /// The true class.
    pub label: u32,
    /// The class that the model reads.
    pub predicted: u32,
    /// Margin over √2 times the product of all constants; `null` where that is unknown.
    pub product: Option<f64>,
    /// The same with the rows of the last layer, where it is dense.
    pub rows: Option<f64>,
    /// Certified by linear relaxation; `null` where an operation has none.
    pub radius: Option<f64>,
    /// Which operation that is, in a sentence.
    pub refused: Option<String>,
    /// Which backend read the digit; the proof itself is always the processor's.
    pub backend: BackendKind,
}
