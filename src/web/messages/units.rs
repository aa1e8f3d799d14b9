//! Units against random directions, between a page and its worker.
//!
//! `layers`, then `observe`: the engine keeps what a layer answers to the
//! images as an **exhibit**, and later questions name it, so that images and
//! activations travel once.

use serde::{Deserialize, Serialize};

use super::models::BackendKind;
use crate::web::buffers::Pixels;

/// What a page asks about hidden units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(tag = "task"))]
#[serde(rename_all = "kebab-case")]
pub enum UnitsRequest {
    /// Which hidden layers a model has. Answered by `Layers`.
    Layers {
        /// The model.
        model: u32,
    },
    /// Show images to a layer. Progress, then `Observed`.
    Observe(ObserveRequest),
    /// Compare the units of an exhibit with its directions. Progress, then `Compared`.
    Compare {
        /// The exhibit.
        exhibit: u32,
    },
    /// Make images for units and directions of an exhibit. Progress, then `Made`.
    Make {
        /// The exhibit.
        exhibit: u32,
        /// Numbers of units, from 0.
        units: Vec<u32>,
        /// Numbers of directions, from 0.
        directions: Vec<u32>,
    },
    /// Forget an exhibit. Answered by `Forgotten`.
    Forget {
        /// The exhibit.
        exhibit: u32,
    },
}

/// Images to be shown to a layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ObserveRequest {
    /// The model.
    pub model: u32,
    /// Number of the hidden layer, from 1.
    pub layer: u32,
    /// The data set that is shown.
    pub set: u32,
    /// Images of one row; eight where it is not given.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub top: Option<u32>,
    /// Random directions; 1,000 where it is not given.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub directions: Option<u32>,
    /// Seed of everything random; 0 where it is not given.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub seed: Option<u32>,
}

/// What the worker answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "task", rename_all = "kebab-case")]
pub enum UnitsResponse {
    /// To `Layers`.
    Layers {
        /// From the image to the logits; never empty.
        layers: Vec<LayerInfo>,
    },
    /// To `Observe`.
    Observed {
        /// Handle of the exhibit.
        exhibit: u32,
        /// One row a unit.
        units: RowsReport,
        /// One row a random direction.
        directions: RowsReport,
        /// Which backend computed the layer's answers.
        backend: BackendKind,
    },
    /// To `Compare`.
    Compared(ComparisonReport),
    /// To `Make`.
    Made {
        /// One a unit, then one a direction.
        images: Vec<MadeImage>,
    },
    /// To `Forget`.
    Forgotten,
}

/// A hidden layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LayerInfo {
    /// Its number, from 1.
    pub number: u32,
    /// Its name in the file.
    pub name: String,
    /// Dense units or convolutional channels.
    pub units: u32,
    /// Places over which a channel's answer is the mean; 1 for a dense layer.
    pub places: u32,
}

/// Rows of top images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RowsReport {
    /// `[rows][top]`: places of the images with the largest answers, largest first.
    pub top: Vec<Vec<u32>>,
    /// `[rows][top]`: the answers.
    pub answers: Vec<Vec<f32>>,
    /// Share of the most frequent class in each row.
    pub purity: Vec<f64>,
    /// (μ_max − μ_rest)/(μ_max + μ_rest) of shifted answers.
    pub selectivity: Vec<f64>,
    /// Whether every image gets the same answer, so that the row says nothing.
    pub silent: Vec<bool>,
}

/// A metric of units beside that of random directions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ContrastReport {
    /// Mean over the units.
    pub units: f64,
    /// Mean over the directions.
    pub directions: f64,
    /// Their difference by the standard deviation of the directions.
    pub effect: f64,
    /// Two-sided p-value of a permutation test.
    pub p: f64,
}

/// A share with its 95 % confidence interval by Wilson.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProportionReport {
    /// Trials that succeeded.
    pub hits: u32,
    /// All trials.
    pub trials: u32,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Metrics along a rotation from the units to a random basis.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CurvePoint {
    /// 0: the units; 1: a random basis.
    pub alpha: f64,
    /// Mean purity of the basis.
    pub purity: f64,
    /// Mean selectivity of the basis.
    pub selectivity: f64,
}

/// Units beside random directions, in numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ComparisonReport {
    /// Images that were shown.
    pub images: u32,
    /// Units that the metrics are over.
    pub units: u32,
    /// Units that answer to nothing, and are left out.
    pub silent: u32,
    /// Random directions.
    pub directions: u32,
    /// Share of the most frequent class in a row.
    pub purity: ContrastReport,
    /// Class selectivity.
    pub selectivity: ContrastReport,
    /// How often an automatic judge finds the unit's row among two.
    pub forced_choice: ProportionReport,
    /// Metrics along the rotation.
    pub curve: Vec<CurvePoint>,
}

/// An image made by gradient ascent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MadeImage {
    /// `C·H·W` pixels in [0, 1]; `None` where there was no gradient to climb.
    #[cfg_attr(test, ts(type = "Float32Array | null"))]
    pub image: Option<Pixels>,
    /// The unit's or direction's answer to it.
    pub answer: f32,
    /// Which backend computed it.
    pub backend: BackendKind,
}
