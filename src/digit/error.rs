//! What can be wrong with a drawing or a file of digits.

use thiserror::Error;

use super::strokes::MOST_POINTS;
use crate::code::Code;
use crate::count::counted;
use crate::model::ImageShape;

/// Why no digit could be had. Each variant says what was found and what would
/// be right; [`DigitError::code`] is its stable name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DigitError {
    /// No stroke has a point.
    #[error("The drawing is empty: draw a digit first.")]
    EmptyDrawing,

    /// A coordinate or a pen width that is no usable number.
    #[error("Stroke {stroke} has {found}: {required} is required.")]
    InvalidDrawing {
        /// Which stroke, from 0.
        stroke: usize,
        /// What it has.
        found: String,
        /// What it should have.
        required: &'static str,
    },

    /// More strokes and points than anyone draws.
    #[error("The drawing has {found} strokes and points, but at most {MOST_POINTS} can be drawn.")]
    TooManyPoints {
        /// How many it has.
        found: usize,
    },

    /// The first four bytes are no IDX magic number.
    #[error(
        "This is not an IDX file: it should begin with 00 00 08 and the number of dimensions, but begins with {found}."
    )]
    NotIdx {
        /// The first bytes, in hexadecimal.
        found: String,
    },

    /// Images were given for labels, or labels for images.
    #[error(
        "This IDX file holds {found}, but {required} were expected: are the two files swapped?"
    )]
    IdxMislabelled {
        /// "images" or "labels".
        required: &'static str,
        /// "labels" or "images".
        found: &'static str,
    },

    /// An IDX file of another element type or number of dimensions.
    #[error(
        "This IDX file has magic number {found:#010x}, but {required:#010x} is required ({meaning})."
    )]
    IdxUnsupported {
        /// The magic number that would be right.
        required: u32,
        /// The file's.
        found: u32,
        /// The required one in words.
        meaning: &'static str,
    },

    /// Images that are not 28 × 28.
    #[error("The images are {rows} × {columns} pixels, but 28 × 28 are required.")]
    IdxWrongSize {
        /// Rows in the file.
        rows: u32,
        /// Columns in the file.
        columns: u32,
    },

    /// A file that announces no digit.
    #[error("The IDX file announces no {what}: at least one is required.")]
    IdxEmpty {
        /// "images" or "labels".
        what: &'static str,
    },

    /// A network that reads other images than digits, or other classes.
    #[error(
        "This network sorts images of {image} into {}; for digits it has to read 28 × 28 into ten.",
        counted(classes, "class")
    )]
    NotADigitClassifier {
        /// What it reads.
        image: ImageShape,
        /// Classes that it tells apart.
        classes: usize,
    },

    /// More digits than can be held.
    #[error("The IDX file announces {found} {what}; at most {limit} can be read.")]
    IdxTooLarge {
        /// "images" or "labels".
        what: &'static str,
        /// The file's count.
        found: u32,
        /// The largest count that is read.
        limit: u32,
    },

    /// Fewer bytes than announced.
    #[error(
        "The IDX file is cut short: {required} bytes are required, it has {}.",
        counted(found, "byte")
    )]
    IdxTruncated {
        /// Header and data as announced, in bytes.
        required: u64,
        /// Bytes found, after unpacking.
        found: u64,
    },

    /// More bytes than announced.
    #[error("The IDX file goes on after the {required} bytes that its header announces.")]
    IdxTrailing {
        /// Header and data as announced, in bytes.
        required: u64,
    },

    /// A label that is no digit.
    #[error("Label {index} is {label}: labels from 0 to 9 are required.")]
    IdxLabel {
        /// Which label, from 0.
        index: usize,
        /// Its value.
        label: u8,
    },

    /// As many labels as images are needed.
    #[error(
        "{} and {} are there: the two files do not belong together.",
        counted(images, "image"),
        counted(labels, "label")
    )]
    IdxCount {
        /// Number of images.
        images: usize,
        /// Number of labels.
        labels: usize,
    },

    /// A picture without pixels, or with too many.
    #[error(
        "The picture has {width} × {height} pixels; at least one and at most four million can be read."
    )]
    PictureSize {
        /// Its columns.
        width: u32,
        /// Its rows.
        height: u32,
    },

    /// A picture whose bytes are not four a pixel.
    #[error("The picture should have {required} bytes, four a pixel, but has {found}.")]
    PictureLength {
        /// Four times its pixels.
        required: usize,
        /// What was given.
        found: usize,
    },

    /// A NumPy file that cannot be read.
    #[error("No digits can be read from this file: {reason}.")]
    NotAnArrayOfDigits {
        /// What is wrong with it.
        reason: String,
    },

    /// A NumPy array of another shape.
    #[error(
        "The array has the shape {shape:?}; digits are [28, 28], [784], [N, 28, 28], [N, 784] or [N, 1, 28, 28]."
    )]
    ArrayShape {
        /// Its axes.
        shape: Vec<usize>,
    },

    /// A pixel that is neither paper, ink, nor between the two.
    #[error(
        "Image {image} has a pixel of {value}: floats from 0 to 1, or whole numbers from 0 to 255, are required."
    )]
    PixelOutOfBox {
        /// Which image, from 0.
        image: usize,
        /// The pixel.
        value: String,
    },

    /// More digits in a file than are read.
    #[error("The file holds more than {limit} digits, which is as many as can be read.")]
    TooManyPictures {
        /// The largest number.
        limit: usize,
    },

    /// The gzip wrapping cannot be undone.
    #[error("The gzip file is damaged or cut short ({reason}).")]
    DamagedGzip {
        /// The unpacker's words.
        reason: String,
    },
}

impl DigitError {
    /// The stable name that programs may rely on.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::EmptyDrawing => Code::EmptyDrawing,
            Self::InvalidDrawing { .. } => Code::InvalidDrawing,
            Self::TooManyPoints { .. } => Code::TooLarge,
            Self::NotIdx { .. } => Code::NotAnIdxFile,
            Self::IdxMislabelled { .. } => Code::IdxMislabelled,
            Self::IdxUnsupported { .. } => Code::IdxUnsupported,
            Self::IdxWrongSize { .. } => Code::IdxWrongSize,
            Self::IdxEmpty { .. } => Code::IdxEmpty,
            Self::NotADigitClassifier { .. } => Code::NotADigitClassifier,
            Self::IdxTooLarge { .. } => Code::IdxTooLarge,
            Self::IdxTruncated { .. } => Code::IdxTruncated,
            Self::IdxTrailing { .. } => Code::IdxTrailingBytes,
            Self::IdxLabel { .. } => Code::IdxLabelOutOfRange,
            Self::IdxCount { .. } => Code::IdxCountMismatch,
            Self::PictureSize { .. } | Self::TooManyPictures { .. } => Code::TooLarge,
            Self::PictureLength { .. } => Code::WrongLength,
            Self::NotAnArrayOfDigits { .. } => Code::NotAnImage,
            Self::ArrayShape { .. } => Code::WrongSize,
            Self::PixelOutOfBox { .. } => Code::OutOfBox,
            Self::DamagedGzip { .. } => Code::DamagedGzip,
        }
    }
}
