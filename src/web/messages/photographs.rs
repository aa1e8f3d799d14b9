//! What becomes of a picture of a digit.

use serde::{Deserialize, Serialize};

use crate::web::buffers::Pixels;

/// A digit that was found in a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PhotographReport {
    /// 784 pixels in [0, 1].
    #[cfg_attr(test, ts(type = "Float32Array"))]
    pub image: Pixels,
    /// Column, row, width and height of what was taken, in the picture's pixels.
    pub crop: [u32; 4],
    /// Whether the ink is lighter than the paper.
    pub inverted: bool,
    /// What is doubtful: "nothing" (no ink), "busy" (no single digit), "faint", or nothing of that.
    #[cfg_attr(test, ts(type = "\"nothing\" | \"busy\" | \"faint\" | null"))]
    pub said: Option<String>,
}
