//! Photographs, scans and pictures of a digit, as images like MNIST's.
//!
//! A picture is red, green, blue and opacity, row by row. It becomes luminance (Rec. 601) over white
//! paper; over black where all that is drawn is light. Where that shows faint ink or none, the darkest
//! of the three colours is looked at. What the light does to the paper is taken away, ink is told from
//! paper (`ink`), the marks that make a digit are kept (`marks`), and they are fitted as a drawing is
//! (`fit`): into 20 × 20 pixels with their aspect kept, with the centre of mass in the middle of 28 × 28.
//! Strokes of a thin pen are widened to MNIST's (`pen`).
//! Either may be the lighter: paper is what most of the picture's rim shows, unless the other has
//! clearly the thinner marks.
//!
//! A picture of 28 × 28 in grey, also enlarged to blocks of equal pixels, is a digit already
//! (`exact`): what this page saves is read again as it was, bit for bit.
//!
//! A picture that shows no single digit still gives an image, and [`Doubt`] says what was noticed.
//!
//! Tests: `tests/suite/photo.rs`.

mod exact;
mod fit;
mod grown;
mod ink;
mod marks;
mod pen;
mod shape;
#[cfg(test)]
mod tests;

use super::{DigitError, PIXELS};
use ink::Paper;

/// Largest picture that is read, in pixels.
pub const MOST_PIXELS: usize = 4 << 20;

/// More ink than digits have: of MNIST's test set none comes to 257 pixels. An outline has 400.
const BLOCK: f32 = 280.0;

/// Ink that differs less from its paper, of 255, is faint.
const FAINT: f32 = 40.0;

/// Marks are thinner than others if the share of their area that they fill is less than so much of
/// the others' share.
const THINNER: f32 = 0.75;

/// Strokes that are thicker, of the digit's larger side, may be what lies between others.
const BOLD: f32 = 0.2;

/// The same for marks that lie within the others.
const THINNER_WITHIN: f32 = 0.5;

/// What makes a picture doubtful.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// There is no ink.
    Nothing,
    /// It looks like no single digit.
    Busy,
    /// The ink hardly differs from the paper.
    Faint,
}

impl Doubt {
    /// Its stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Doubt::Nothing => "nothing",
            Doubt::Busy => "busy",
            Doubt::Faint => "faint",
        }
    }
}

/// A digit, and where it was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Photograph {
    /// `[28, 28]` in `[0, 1]`, 0 paper and 1 ink.
    pub image: Vec<f32>,
    /// Column, row, width and height of what was taken, in the picture's pixels.
    pub crop: [u32; 4],
    /// Whether the ink is lighter than the paper.
    pub inverted: bool,
    /// What is doubtful, if anything.
    pub doubt: Option<Doubt>,
}

/// Numbers of a picture, row by row.
#[derive(Clone)]
struct Plane {
    width: usize,
    height: usize,
    values: Vec<f32>,
}

impl Plane {
    fn at(&self, x: usize, y: usize) -> f32 {
        self.values[y * self.width + x]
    }

    fn map(&self, other: &Plane, of: impl Fn(f32, f32) -> f32) -> Plane {
        let values = self.values.iter().zip(&other.values).map(|(a, b)| of(*a, *b)).collect();
        Plane { values, ..*self }
    }
}

/// Makes a digit of a picture: `pixels` are four bytes each, red, green, blue and opacity.
///
/// # Errors
/// [`DigitError::PictureSize`] where there is nothing, or more than [`MOST_PIXELS`];
/// [`DigitError::PictureLength`] where the bytes are not four a pixel.
pub fn photograph(pixels: &[u8], width: u32, height: u32) -> Result<Photograph, DigitError> {
    let count = width as usize * height as usize;
    if count == 0 || count > MOST_PIXELS {
        return Err(DigitError::PictureSize { width, height });
    }
    if pixels.len() != 4 * count {
        return Err(DigitError::PictureLength { required: 4 * count, found: pixels.len() });
    }
    if let Some(digit) = exact::digit(pixels, width as usize, height as usize) {
        return Ok(digit);
    }
    let paper = paper(pixels);
    let seen_as = |of: fn(&[u8]) -> f32| {
        let values = pixels.chunks_exact(4).map(|pixel| over(paper, of(pixel), pixel[3]));
        found(
            &Plane { width: width as usize, height: height as usize, values: values.collect() },
            true,
        )
    };
    let grey = seen_as(luma);
    // Yellow is nearly as light as white: its blue is not.
    let pale = matches!(grey.doubt, Some(Doubt::Nothing | Doubt::Faint));
    let coloured = pale.then(|| seen_as(darkest)).filter(|found| found.doubt.is_none());
    Ok(coloured.unwrap_or(grey))
}

/// The digit in a plane of luminances; `flat` takes uneven light away.
///
/// A table, a shadow or a lamp's reflection is as dark or as light as ink, but no stroke. Where what
/// is found is no single digit, the paper is looked for anew with smaller squares, which follow such
/// edges more closely. So it is where strokes are thick: they may be paper between thin ones.
fn found(plane: &Plane, flat: bool) -> Photograph {
    let squares = if flat { ink::SQUARES.map(Some).to_vec() } else { vec![None] };
    let light = ink::is_light(plane);
    let mut each = squares.into_iter().map(|square| Found::on(plane, light, square));
    let first = each.next().expect("there is a square");
    if first.is_sure() && !first.is_thick() {
        return first.photograph;
    }
    let better = each.find(|found| found.is_sure() && (!first.is_sure() || found.unveils(&first)));
    better.unwrap_or(first).photograph
}

/// What was found on some paper.
struct Found {
    photograph: Photograph,
    reading: Option<Reading>,
}

impl Found {
    /// What the likelier of ink and paper shows, on paper of one brightness or that fills a square.
    ///
    /// Shadows and a desk at the rim hide which is paper: then the other reading has a digit's thin
    /// strokes, where the first has what lies between them.
    /// The ink is the lighter of both where the other is no likelier, if `light` says so.
    fn on(plane: &Plane, light: bool, square: Option<f32>) -> Found {
        let first = read(plane, light, square);
        let second = read(plane, !light, square);
        let other = match (&first, &second) {
            (Ok(a), Ok(b)) => b.outdoes(a),
            (Err(Doubt::Busy), Ok(b)) => !b.marks.busy,
            _ => false,
        };
        let (inverted, reading) = if other { (!light, second) } else { (light, first) };
        // Light on dark is a screen or a chalkboard: no shadow falls on it.
        let reading = reading
            .and_then(|read| if inverted { Ok(read) } else { Reading::on(read.paper, true) });
        let photograph = match &reading {
            Err(doubt) => Photograph {
                image: vec![0.0; PIXELS],
                crop: [0, 0, plane.width as u32, plane.height as u32],
                inverted,
                doubt: Some(*doubt),
            },
            Ok(Reading { ink, marks, .. }) => {
                let faint = (ink.level < FAINT).then_some(Doubt::Faint);
                let image = fit::fitted(ink, marks);
                // The lines of squared paper, which a thin pen's widening has grown together.
                let block = image.iter().sum::<f32>() > BLOCK;
                let doubt = if marks.busy || block { Some(Doubt::Busy) } else { faint };
                Photograph { image, crop: marks.area.crop(), inverted, doubt }
            }
        };
        Found { photograph, reading: reading.ok() }
    }

    /// Whether there is a single digit.
    fn is_sure(&self) -> bool {
        matches!(self.photograph.doubt, None | Some(Doubt::Faint))
    }

    fn is_thick(&self) -> bool {
        self.reading.as_ref().is_some_and(|reading| reading.marks.thickness > BOLD)
    }

    /// Whether it has the strokes, of which the other has what lies between.
    fn unveils(&self, other: &Found) -> bool {
        let (Some(mine), Some(others)) = (&self.reading, &other.reading) else { return false };
        self.photograph.inverted != other.photograph.inverted && mine.outdoes(others)
    }
}

/// A picture's ink, and the digit in it.
struct Reading {
    paper: Paper,
    ink: ink::Ink,
    marks: marks::Digit,
}

impl Reading {
    fn on(paper: Paper, lit: bool) -> Result<Reading, Doubt> {
        let ink = paper.ink(lit)?;
        let marks = marks::digit(&ink).ok_or(Doubt::Nothing)?;
        Ok(Reading { paper, ink, marks })
    }

    /// Whether it is the likelier one of the two: ink is thin, and paper between strokes is not. Within
    /// the other only what is much thinner counts, since a bold digit has its holes there.
    fn outdoes(&self, other: &Reading) -> bool {
        let [mine, others] = [self, other].map(|reading| reading.marks.fill());
        let within = other.marks.area.contains(&self.marks.area);
        let thinner = mine < others * if within { THINNER_WITHIN } else { THINNER };
        let strong = self.ink.level > other.ink.level / 2.0;
        let finer = self.marks.thickness < other.marks.thickness;
        !self.marks.busy && strong && thinner && finer
    }
}

/// The digit in a picture with light or dark ink.
fn read(plane: &Plane, inverted: bool, square: Option<f32>) -> Result<Reading, Doubt> {
    Reading::on(Paper::of(plane, inverted, square), false)
}

/// Luminance of what is seen through a transparent picture: white, but black where all that is drawn
/// is light, which would not be seen on white.
fn paper(pixels: &[u8]) -> f32 {
    let clear = pixels.iter().skip(3).step_by(4).any(|opacity| *opacity < 128);
    let mut drawn = pixels.chunks_exact(4).filter(|pixel| pixel[3] >= 128).peekable();
    let light = drawn.peek().is_some() && drawn.all(|pixel| luma(pixel) > 127.5);
    if clear && light { 0.0 } else { 255.0 }
}

/// What is seen of a value that lies over paper with such an opacity.
fn over(paper: f32, value: f32, opacity: u8) -> f32 {
    paper + (value - paper) * f32::from(opacity) / 255.0
}

/// The least of red, green and blue.
fn darkest(pixel: &[u8]) -> f32 {
    f32::from(pixel[0].min(pixel[1]).min(pixel[2]))
}

/// Luminance from 0 to 255 of a colour (Rec. ITU-R BT.601).
fn luma(pixel: &[u8]) -> f32 {
    let [red, green, blue] = [0, 1, 2].map(|at| f32::from(pixel[at]));
    0.299 * red + 0.587 * green + 0.114 * blue
}
