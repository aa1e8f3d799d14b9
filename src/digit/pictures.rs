//! Digits of a visitor's file: a NumPy array or an IDX file of images, gzipped or not.
//!
//! An array is `[28, 28]`, `[784]`, `[N, 28, 28]`, `[N, 784]`, `[N, 1, 28, 28]` or `[N, 28, 28, 1]`, of
//! floats from 0 to 1 or whole numbers from 0 to 255. Whole numbers none of which is larger than 1 are
//! taken as they are.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;

use super::{DigitError, PIXELS, SIDE, idx};
use crate::npy;

/// Most digits of a file.
pub const MOST_DIGITS: usize = 10_000;

/// Most bytes of a file, unpacked: digits of doubles, and a header.
const MOST_BYTES: u64 = (MOST_DIGITS * PIXELS * 8 + (1 << 16)) as u64;

const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Reads the digits of a file, `[n, 784]` in `[0, 1]`.
///
/// # Errors
/// A [`DigitError`] that says what the file is instead.
pub fn read_pictures(bytes: &[u8]) -> Result<Vec<f32>, DigitError> {
    let unpacked = if bytes.starts_with(&GZIP) { Some(unpacked(bytes)?) } else { None };
    let bytes = unpacked.as_deref().unwrap_or(bytes);
    if bytes.starts_with(b"\x93NUMPY") {
        return array(bytes);
    }
    if let [0, 0, 8, 3, a, b, c, d, ..] = *bytes {
        let found = u32::from_be_bytes([a, b, c, d]);
        if found as usize > MOST_DIGITS {
            let limit = MOST_DIGITS as u32;
            return Err(DigitError::IdxTooLarge { what: "images", found, limit });
        }
    }
    idx::read_images(bytes)
}

fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, DigitError> {
    let mut out = Vec::new();
    MultiGzDecoder::new(bytes)
        .take(MOST_BYTES + 1)
        .read_to_end(&mut out)
        .map_err(|error| DigitError::DamagedGzip { reason: error.to_string() })?;
    if out.len() as u64 > MOST_BYTES {
        return Err(DigitError::TooManyPictures { limit: MOST_DIGITS });
    }
    Ok(out)
}

fn array(bytes: &[u8]) -> Result<Vec<f32>, DigitError> {
    if bytes.len() as u64 > MOST_BYTES {
        return Err(DigitError::TooManyPictures { limit: MOST_DIGITS });
    }
    let wrong = |error: npy::NpyError| DigitError::NotAnArrayOfDigits { reason: error.to_string() };
    let (shape, images) = match npy::read_floats(bytes) {
        Ok(floats) => (floats.shape, floats.data),
        Err(npy::NpyError::WrongType(..)) => {
            let whole = npy::read_indices(bytes).map_err(wrong)?;
            (whole.shape, from_whole(&whole.data))
        }
        Err(error) => return Err(wrong(error)),
    };
    let count = match shape[..] {
        [PIXELS] | [SIDE, SIDE] => 1,
        [n, PIXELS] | [n, SIDE, SIDE] | [n, 1, SIDE, SIDE] | [n, SIDE, SIDE, 1] => n,
        _ => return Err(DigitError::ArrayShape { shape }),
    };
    if count == 0 {
        return Err(DigitError::ArrayShape { shape });
    }
    if count > MOST_DIGITS {
        return Err(DigitError::TooManyPictures { limit: MOST_DIGITS });
    }
    match images.iter().position(|pixel| !(0.0..=1.0).contains(pixel)) {
        Some(at) => {
            Err(DigitError::PixelOutOfBox { image: at / PIXELS, value: images[at].to_string() })
        }
        None => Ok(images),
    }
}

/// Whole numbers as shares of 255; what is larger stays outside the box.
fn from_whole(values: &[usize]) -> Vec<f32> {
    let binary = values.iter().all(|value| *value <= 1);
    let whole = if binary { 1.0 } else { 255.0 };
    values.iter().map(|value| *value as f32 / whole).collect()
}
