//! Which marks make the digit: connected ink, without specks and without what comes in from the rim.
//!
//! Marks are connected over corners, too. What touches the picture's rim is a table or a shadow,
//! unless nothing else is there; what stands around other marks is a frame. The largest mark and those
//! near it, near as the strokes of one digit are, make the digit. Strokes are thin and about as thick
//! everywhere: what is not is a shadow, a table, or paper between strokes.

use super::ink::Ink;
use super::shape::{Area, Holes, Thickness};

/// Marks smaller than this, of the picture's shorter side, are specks.
const SPECK: f32 = 0.025;

/// What stands inside is at least so tall, of the shorter side, or what touches the rim counts, too.
const TALL: f32 = 0.12;

/// Strokes of one digit are at most so far apart, of the digit's larger side.
const NEAR: f32 = 0.12;

/// Marks with less ink than this share of the largest are specks.
const SLIGHT: f32 = 0.01;

/// Another mark with at least this share of the digit's ink makes a picture busy.
const OTHER: f32 = 0.2;

/// What is so many times as long as wide may be a pencil, and another mark of so much of its length the
/// digit.
const BAR: f32 = 4.0;
const BESIDE: f32 = 0.2;

/// A digit is at most so many times as wide as tall.
const WIDE: f32 = 1.8;

/// Strokes are at most so thick, of the digit's larger side; of MNIST's 10,000 test digits 6 are thicker.
const THICK: f32 = 0.42;

/// At their thickest they are at most so many times as thick as usual, as pens draw; of MNIST's test
/// digits none reaches 3.5 times.
const UNEVEN: f32 = 4.0;

/// What is no thicker than that, of the digit's larger side, may be a blot.
const BLOT: f32 = 0.1;

/// Marks in a frame are at least so large, of the frame's larger side, and so far from it.
const INSIDE: f32 = 0.15;
const CLEAR: f32 = 0.03;

/// Most holes of a digit.
const HOLES: usize = 3;

/// Most marks of a digit.
const MOST: usize = 6;

/// One connected mark.
struct Mark {
    area: Area,
    pixels: usize,
    /// Whether it touches the rim.
    rim: bool,
}

/// The marks of the digit.
pub(super) struct Digit {
    pub(super) area: Area,
    /// Which pixels are the digit's.
    pub(super) mask: Vec<bool>,
    /// Whether it looks like no single digit.
    pub(super) busy: bool,
    /// Pixels of the digit.
    pixels: usize,
    /// How thick its strokes are at their thickest, of its larger side.
    pub(super) thickness: f32,
}

impl Digit {
    /// The share of its area that the digit fills.
    pub(super) fn fill(&self) -> f32 {
        self.pixels as f32 / (self.area.width() * self.area.height()) as f32
    }
}

/// Finds the digit; `None` where all is specks.
pub(super) fn digit(ink: &Ink) -> Option<Digit> {
    let (width, height) = (ink.depth.width, ink.depth.height);
    let (labels, marks) = connected(&ink.mask, width, height);
    let shorter = width.min(height) as f32;
    let least = (SPECK * shorter).max(2.0);
    let large = |mark: &Mark| mark.area.extent() as f32 >= least;
    let inside = |mark: &Mark| !mark.rim && mark.area.height() as f32 >= TALL * shorter;
    let any_inside = marks.iter().any(inside);
    let counts = |mark: &Mark| large(mark) && !(any_inside && mark.rim);
    let kept: Vec<usize> = (0..marks.len()).filter(|at| counts(&marks[*at])).collect();
    let kept = without_frames(kept, &labels, &marks, width);
    let main = *kept.iter().max_by_key(|at| marks[**at].pixels)?;

    let (chosen, area) = near(main, &kept, &marks);
    let digit: usize = (0..marks.len()).filter(|at| chosen[*at]).map(|at| marks[at].pixels).sum();
    let strokes = chosen.iter().filter(|chosen| **chosen).count();
    let bar = area.extent() as f32 > BAR * area.width().min(area.height()) as f32;
    let another = |at: &usize| {
        let Mark { area: its, pixels, .. } = &marks[*at];
        let beside = bar && its.extent() as f32 >= BESIDE * area.extent() as f32;
        !chosen[*at] && (*pixels as f32 >= OTHER * digit as f32 || beside)
    };
    let full = digit as f32 > 0.9 * (area.width() * area.height()) as f32
        && (area.width() as f32) > 0.7 * area.height() as f32;
    let mask: Vec<bool> =
        labels.iter().map(|label| *label > 0 && chosen[*label as usize - 1]).collect();
    let Thickness { most, usual } = Thickness::of(&mask, width, &area);
    let thickness = most as f32 / area.extent() as f32;
    let uneven = most as f32 > UNEVEN * usual as f32 && thickness > BLOT;
    let label = |x: usize, y: usize| labels[y * width + x] as usize;
    let marked = |x, y| label(x, y) > 0 && chosen[label(x, y) - 1];
    // Loops of the main mark, and holes of all.
    let filled = strokes > 1 && Holes::of(&area, |x, y| label(x, y) == main + 1, marked).filled;
    let holes = Holes::of(&area, marked, |_, _| false).count;
    let busy = kept.iter().any(another)
        || filled
        || holes > HOLES
        || strokes > MOST
        || area.width() as f32 > WIDE * area.height() as f32
        || full
        || thickness > THICK
        || uneven;
    Some(Digit { area, mask, busy, pixels: digit, thickness })
}

/// The main mark with those near it: which they are, and where.
fn near(main: usize, kept: &[usize], marks: &[Mark]) -> (Vec<bool>, Area) {
    let worth = |at: usize| marks[at].pixels as f32 >= SLIGHT * marks[main].pixels as f32;
    let mut area = marks[main].area;
    let mut chosen = vec![false; marks.len()];
    chosen[main] = true;
    // A stroke that joins may bring another one near.
    while let Some(at) = kept.iter().copied().find(|&at| {
        let far = marks[at].area.gap(&area) as f32;
        !chosen[at] && worth(at) && far <= NEAR * area.extent() as f32
    }) {
        chosen[at] = true;
        area = area.with(&marks[at].area);
    }
    (chosen, area)
}

/// Takes away what stands around other marks, clear of them on every side: a printed box, a circle, the
/// edge of a sheet with its shadow.
fn without_frames(
    mut kept: Vec<usize>,
    labels: &[u32],
    marks: &[Mark],
    width: usize,
) -> Vec<usize> {
    while let Some(main) = kept.iter().copied().max_by_key(|at| marks[*at].pixels) {
        let frame = &marks[main].area;
        let clear = (CLEAR * frame.extent() as f32) as usize;
        let stands_inside = |at: &usize| {
            let Area { left, top, right, bottom } = marks[*at].area;
            let tall = marks[*at].area.extent() as f32 >= INSIDE * frame.extent() as f32;
            let room = frame.contains(&marks[*at].area);
            let around = |y: usize| {
                let row =
                    &labels[y * width..][left.saturating_sub(clear)..(right + clear).min(width)];
                row.iter().any(|label| *label as usize == main + 1)
            };
            let rows = top.saturating_sub(clear)..(bottom + clear).min(labels.len() / width);
            *at != main && tall && room && !rows.into_iter().any(around)
        };
        if !kept.iter().any(stands_inside) {
            break;
        }
        let area = *frame;
        kept.retain(|at| *at != main && area.contains(&marks[*at].area));
    }
    kept
}

/// A label for every pixel, 0 where there is no ink, and the marks in the order of labels from 1.
fn connected(mask: &[bool], width: usize, height: usize) -> (Vec<u32>, Vec<Mark>) {
    let mut labels = vec![0u32; mask.len()];
    let mut marks = Vec::new();
    let mut open = Vec::new();
    for first in 0..mask.len() {
        if !mask[first] || labels[first] > 0 {
            continue;
        }
        let label = marks.len() as u32 + 1;
        let (x, y) = (first % width, first / width);
        let area = Area { left: x, top: y, right: x + 1, bottom: y + 1 };
        let mut mark = Mark { area, pixels: 0, rim: false };
        labels[first] = label;
        open.push(first);
        while let Some(at) = open.pop() {
            let (x, y) = (at % width, at / width);
            let here = Area { left: x, top: y, right: x + 1, bottom: y + 1 };
            mark.area = mark.area.with(&here);
            mark.pixels += 1;
            mark.rim |= x == 0 || y == 0 || x + 1 == width || y + 1 == height;
            for row in y.saturating_sub(1)..(y + 2).min(height) {
                for column in x.saturating_sub(1)..(x + 2).min(width) {
                    let next = row * width + column;
                    if mask[next] && labels[next] == 0 {
                        labels[next] = label;
                        open.push(next);
                    }
                }
            }
        }
        marks.push(mark);
    }
    (labels, marks)
}

#[cfg(test)]
#[path = "marks_tests.rs"]
mod tests;
