//! MNIST's own file format, gzipped or not.
//!
//! An IDX file is a big-endian magic number (two zero bytes, the element type,
//! the number of dimensions), the dimensions as u32, then the elements. MNIST
//! uses 0x0803 (u8 images, `[n, 28, 28]`) and 0x0801 (u8 labels, `[n]`).
//! Intensities 0…255 become 0…1. No byte is believed before it is counted: a
//! lying header allocates nothing.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;

use super::{DigitError, PIXELS, SIDE};

/// Largest number of digits that is read.
pub const LIMIT: u32 = 300_000;

const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The two kinds of file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Images,
    Labels,
}

impl Kind {
    const fn magic(self) -> u32 {
        match self {
            Kind::Images => 0x0803,
            Kind::Labels => 0x0801,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Kind::Images => "images",
            Kind::Labels => "labels",
        }
    }

    const fn meaning(self) -> &'static str {
        match self {
            Kind::Images => "unsigned bytes in three dimensions",
            Kind::Labels => "unsigned bytes in one dimension",
        }
    }

    const fn other(self) -> Self {
        match self {
            Kind::Images => Kind::Labels,
            Kind::Labels => Kind::Images,
        }
    }
}

/// Digits with their labels; transfers also take other images, of `n` pixels each.
#[derive(Clone, Debug, PartialEq)]
pub struct Digits {
    /// `[images, pixels]`, in `[0, 1]`.
    pub images: Vec<f32>,
    /// `[images]`; 0 to 9 for digits.
    pub labels: Vec<u8>,
}

impl Digits {
    /// Pixels of each image.
    #[must_use]
    pub fn pixels(&self) -> usize {
        self.images.len() / self.labels.len().max(1)
    }
}

/// Reads images and their labels from the bytes of two files.
///
/// # Errors
/// Those of [`read_images`] and [`read_labels`], and
/// [`DigitError::IdxCount`] where the counts differ.
pub fn read_digits(images: &[u8], labels: &[u8]) -> Result<Digits, DigitError> {
    let digits = Digits { images: read_images(images)?, labels: read_labels(labels)? };
    let count = digits.images.len() / PIXELS;
    if count != digits.labels.len() {
        return Err(DigitError::IdxCount { images: count, labels: digits.labels.len() });
    }
    Ok(digits)
}

/// Reads images, `[n, 784]` in `[0, 1]`, from the bytes of a file.
///
/// # Errors
/// A [`DigitError`] that says what the file is instead.
pub fn read_images(bytes: &[u8]) -> Result<Vec<f32>, DigitError> {
    let pixels = read(bytes, Kind::Images)?;
    Ok(pixels.into_iter().map(|value| f32::from(value) / 255.0).collect())
}

/// Reads labels, 0 to 9, from the bytes of a file.
///
/// # Errors
/// A [`DigitError`] that says what the file is instead.
pub fn read_labels(bytes: &[u8]) -> Result<Vec<u8>, DigitError> {
    let labels = read(bytes, Kind::Labels)?;
    match labels.iter().position(|&label| label > 9) {
        Some(index) => Err(DigitError::IdxLabel { index, label: labels[index] }),
        None => Ok(labels),
    }
}

/// An IDX file of images `[n, 784]`, rounded to bytes. A last, incomplete image is left out.
#[must_use]
pub fn write_images(images: &[f32]) -> Vec<u8> {
    let count = images.len() / PIXELS;
    let mut bytes = header(Kind::Images, count);
    bytes.extend(images[..count * PIXELS].iter().map(|value| (value * 255.0).round() as u8));
    bytes
}

/// An IDX file of labels `[n]`.
#[must_use]
pub fn write_labels(labels: &[u8]) -> Vec<u8> {
    let mut bytes = header(Kind::Labels, labels.len());
    bytes.extend_from_slice(labels);
    bytes
}

fn header(kind: Kind, count: usize) -> Vec<u8> {
    let mut words = vec![kind.magic(), count as u32];
    if kind == Kind::Images {
        words.extend([SIDE as u32; 2]);
    }
    words.into_iter().flat_map(u32::to_be_bytes).collect()
}

/// The elements of a file that must be of the given kind.
fn read(bytes: &[u8], kind: Kind) -> Result<Vec<u8>, DigitError> {
    if bytes.starts_with(&GZIP) {
        read_plain(MultiGzDecoder::new(bytes), kind)
    } else {
        read_plain(bytes, kind)
    }
}

fn read_plain(mut file: impl Read, kind: Kind) -> Result<Vec<u8>, DigitError> {
    check_magic(&up_to(&mut file, 4)?, kind)?;
    let dimensions = if kind == Kind::Images { 3 } else { 1 };
    let sizes = up_to(&mut file, 4 * dimensions)?;
    let header_length = 4 + 4 * dimensions;
    if (sizes.len() as u64) < 4 * dimensions {
        let found = 4 + sizes.len() as u64;
        return Err(DigitError::IdxTruncated { required: header_length, found });
    }
    let size = |i: usize| u32::from_be_bytes([sizes[i], sizes[i + 1], sizes[i + 2], sizes[i + 3]]);
    let count = size(0);
    if kind == Kind::Images && (size(4), size(8)) != (SIDE as u32, SIDE as u32) {
        return Err(DigitError::IdxWrongSize { rows: size(4), columns: size(8) });
    }
    if count == 0 {
        return Err(DigitError::IdxEmpty { what: kind.name() });
    }
    if count > LIMIT {
        return Err(DigitError::IdxTooLarge { what: kind.name(), found: count, limit: LIMIT });
    }
    let length = u64::from(count) * if kind == Kind::Images { PIXELS as u64 } else { 1 };
    let required = header_length + length;
    // One byte more than announced tells whether the file goes on; at its end
    // the unpacker also compares its checksum.
    let data = up_to(&mut file, length + 1)?;
    match (data.len() as u64).cmp(&length) {
        std::cmp::Ordering::Less => {
            Err(DigitError::IdxTruncated { required, found: header_length + data.len() as u64 })
        }
        std::cmp::Ordering::Greater => Err(DigitError::IdxTrailing { required }),
        std::cmp::Ordering::Equal => Ok(data),
    }
}

fn check_magic(bytes: &[u8], kind: Kind) -> Result<(), DigitError> {
    let magic = match bytes {
        // The element types of the format: u8, i8, i16, i32, f32, f64.
        &[0, 0, element @ (0x08 | 0x09 | 0x0b..=0x0e), dimensions @ 1..=255] => {
            u32::from_be_bytes([0, 0, element, dimensions])
        }
        _ => {
            let found: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let found = if found.is_empty() { "nothing at all".into() } else { found.join(" ") };
            return Err(DigitError::NotIdx { found });
        }
    };
    if magic == kind.magic() {
        Ok(())
    } else if magic == kind.other().magic() {
        Err(DigitError::IdxMislabelled { required: kind.name(), found: kind.other().name() })
    } else {
        let meaning = kind.meaning();
        Err(DigitError::IdxUnsupported { required: kind.magic(), found: magic, meaning })
    }
}

/// At most so many bytes; fewer only at the file's end.
fn up_to(file: &mut impl Read, length: u64) -> Result<Vec<u8>, DigitError> {
    let mut bytes = Vec::new();
    file.by_ref()
        .take(length)
        .read_to_end(&mut bytes)
        .map_err(|error: io::Error| DigitError::DamagedGzip { reason: error.to_string() })?;
    Ok(bytes)
}
