//! Which marks make the digit: connected ink, without specks and without what comes in from the rim.
//!
//! Marks are connected over corners, too. What touches the picture's rim is a table or a shadow,
//! unless nothing else is there. The largest mark and those near it, near as the strokes of one digit
//! are, make the digit.

use super::ink::Ink;

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

/// A digit is at most so many times as wide as tall.
const WIDE: f32 = 1.8;

/// Most marks of a digit.
const MOST: usize = 6;

/// Columns and rows, the last ones excluded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) right: usize,
    pub(super) bottom: usize,
}

impl Area {
    pub(super) fn width(&self) -> usize {
        self.right - self.left
    }

    pub(super) fn height(&self) -> usize {
        self.bottom - self.top
    }

    pub(super) fn extent(&self) -> usize {
        self.width().max(self.height())
    }

    /// Column, row, width and height.
    pub(super) fn crop(&self) -> [u32; 4] {
        [self.left, self.top, self.width(), self.height()].map(|value| value as u32)
    }

    /// Whether another area lies within it.
    pub(super) fn contains(&self, other: &Area) -> bool {
        self.with(other) == *self
    }

    fn with(&self, other: &Area) -> Area {
        Area {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// Pixels between two areas, along the axis on which they are farther apart.
    fn gap(&self, other: &Area) -> usize {
        let along =
            |a: usize, b: usize, c: usize, d: usize| c.saturating_sub(b).max(a.saturating_sub(d));
        along(self.left, self.right, other.left, other.right).max(along(
            self.top,
            self.bottom,
            other.top,
            other.bottom,
        ))
    }
}

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
    let main = *kept.iter().max_by_key(|at| marks[**at].pixels)?;

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
    let digit: usize = (0..marks.len()).filter(|at| chosen[*at]).map(|at| marks[at].pixels).sum();
    let strokes = chosen.iter().filter(|chosen| **chosen).count();
    let another = |at: &usize| !chosen[*at] && marks[*at].pixels as f32 >= OTHER * digit as f32;
    let full = digit as f32 > 0.9 * (area.width() * area.height()) as f32
        && (area.width() as f32) > 0.7 * area.height() as f32;
    let within = strokes > 1 && encloses(&labels, main, &chosen, width, height);
    let busy = kept.iter().any(another)
        || within
        || strokes > MOST
        || area.width() as f32 > WIDE * area.height() as f32
        || full;
    let mask = labels.iter().map(|label| *label > 0 && chosen[*label as usize - 1]).collect();
    Some(Digit { area, mask, busy, pixels: digit })
}

/// Whether another of the chosen marks lies within a loop of the main one, as eyes do in a face: no
/// digit is written so.
fn encloses(labels: &[u32], main: usize, chosen: &[bool], width: usize, height: usize) -> bool {
    let wall = |at: usize| labels[at] as usize == main + 1;
    let mut outside = vec![false; labels.len()];
    let rows = (0..height).flat_map(|y| [y * width, (y + 1) * width - 1]);
    let columns = (0..width).flat_map(|x| [x, (height - 1) * width + x]);
    let mut open: Vec<usize> = rows.chain(columns).collect();
    while let Some(at) = open.pop() {
        if wall(at) || std::mem::replace(&mut outside[at], true) {
            continue;
        }
        let (x, y) = (at % width, at / width);
        let next = [
            (x > 0).then(|| at - 1),
            (x + 1 < width).then(|| at + 1),
            (y > 0).then(|| at - width),
            (y + 1 < height).then(|| at + width),
        ];
        open.extend(next.into_iter().flatten());
    }
    let marked = |label: u32| label > 0 && chosen[label as usize - 1];
    (0..labels.len()).any(|at| !outside[at] && !wall(at) && marked(labels[at]))
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
