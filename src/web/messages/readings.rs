//! What models say of images.

use serde::{Deserialize, Serialize};

use super::models::BackendKind;

/// What a model says of an image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Reading {
    /// The class with the largest logit.
    pub label: u32,
    /// Of each class; the softmax of the logits, unless the network itself ends in probabilities.
    pub probabilities: Vec<f32>,
    /// The network's outputs before a last softmax, one number a class.
    pub logits: Vec<f32>,
    /// Which backend computed it.
    pub backend: BackendKind,
}
