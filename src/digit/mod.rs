//! Digits: from a drawing or from a file to images like MNIST's.
//!
//! An image is 784 floats in `[0, 1]`, 28 rows of 28 columns, 0 paper and 1
//! ink. [`rasterise`] makes one of [`Stroke`]s without any canvas, so that the
//! same drawing gives the same pixels in every browser; [`photograph`] makes one
//! of a picture; [`idx`] reads MNIST's own files, [`read_pictures`] those and
//! NumPy's.
//!
//! Tests: `tests/suite/digit.rs`, `photo.rs`.

mod error;
mod gallery;
pub mod idx;
pub mod photo;
mod pictures;
mod raster;
mod strokes;

pub use error::DigitError;
pub use gallery::gallery;
pub use photo::photograph;
pub use pictures::{MOST_DIGITS, read_pictures};
pub use raster::rasterise;
pub use strokes::{MOST_POINTS, Point, Stroke};

use crate::model::{ImageShape, Network};

/// Rows and columns of a digit.
pub const SIDE: usize = 28;
/// Pixels of a digit.
pub const PIXELS: usize = SIDE * SIDE;
/// Digits that a classifier tells apart.
pub const CLASSES: usize = 10;
/// What a network of digits reads.
pub const IMAGE: ImageShape = ImageShape { channels: 1, height: SIDE, width: SIDE };

/// Whether a network reads digits, 28 × 28 in grey, into ten classes.
///
/// # Errors
/// What it reads, where that is something else.
pub fn check(network: &Network) -> Result<(), DigitError> {
    let (image, classes) = (network.image, network.classes());
    if image == IMAGE && classes == CLASSES {
        return Ok(());
    }
    Err(DigitError::NotADigitClassifier { image, classes })
}
