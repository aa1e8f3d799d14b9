//! NumPy's `.npy`, version 1.0: float32, `[n, 784]`, row-major.
//!
//! Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.

use std::io::{self, Write};

use super::PIXELS;

/// The header fills a multiple of this many bytes.
const ALIGN: usize = 64;

/// Writes images, 784 floats each, as an array `[n, 784]`.
///
/// # Errors
/// Those of the writer, and [`io::ErrorKind::InvalidInput`] where the number
/// of floats is no multiple of 784.
pub fn write(mut out: impl Write, images: &[f32]) -> io::Result<()> {
    if !images.len().is_multiple_of(PIXELS) {
        let message = format!("{} floats are no whole number of images of {PIXELS}", images.len());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    let count = images.len() / PIXELS;
    let mut header =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({count}, {PIXELS}), }}");
    let preamble = b"\x93NUMPY\x01\x00";
    let unpadded = preamble.len() + 2 + header.len() + 1;
    header.extend(std::iter::repeat_n(' ', unpadded.next_multiple_of(ALIGN) - unpadded));
    header.push('\n');
    out.write_all(preamble)?;
    out.write_all(&(header.len() as u16).to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    for value in images {
        out.write_all(&value.to_le_bytes())?;
    }
    out.flush()
}
