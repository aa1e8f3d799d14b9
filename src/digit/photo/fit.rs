//! From marks to 28 × 28 pixels, as a drawing is fitted (`digit/raster.rs`).
//!
//! The outline fills 20 × 20 pixels with its aspect kept, and the centre of mass goes to the middle of
//! pixel 14; the outline never leaves the image. A pixel is the mean of the ink on its area.

use super::grown::grown;
use super::ink::Ink;
use super::marks::Digit;
use super::shape::Area;
use super::{Plane, pen};
use crate::digit::SIDE;
use crate::digit::raster::{BOX, CENTRE, centre_of_mass};

/// The digit, `[28, 28]` in `[0, 1]`.
pub(super) fn fitted(ink: &Ink, digit: &Digit) -> Vec<f32> {
    let (ink, area) = match pen::widened(digit, ink.depth.width) {
        Some(wide) => {
            let area = Area { left: 0, top: 0, right: wide.width, bottom: wide.height };
            (wide, area)
        }
        None => (shares(ink, digit), digit.area),
    };
    let scale = BOX / area.extent() as f32;
    let half = [area.width(), area.height()].map(|side| side as f32 * scale / 2.0);
    let boxed = [SIDE as f32 / 2.0; 2];
    let mass = centre_of_mass(&averaged(&ink, area, scale, boxed));
    let origin = [0, 1].map(|axis| {
        let wanted = boxed[axis] + CENTRE - mass[axis];
        wanted.clamp(half[axis], SIDE as f32 - half[axis])
    });
    averaged(&ink, area, scale, origin)
}

/// How much of each pixel is ink, on the digit and its soft edge alone.
fn shares(ink: &Ink, digit: &Digit) -> Plane {
    let Plane { width, height, .. } = ink.depth;
    // The edge is as soft as a pixel of the result.
    let reach = (digit.area.extent() as f32 / BOX).ceil() as usize;
    let near = grown(&digit.mask, width, height, reach);
    let share = |depth: f32| ((depth - ink.floor) / (ink.level - ink.floor)).clamp(0.0, 1.0);
    let values = (0..width * height)
        // Ink of another mark is not this digit's edge.
        .map(|at| match near[at] && (digit.mask[at] || !ink.mask[at]) {
            true => share(ink.depth.values[at]),
            false => 0.0,
        })
        .collect();
    Plane { width, height, values }
}

/// Means of areas, where the middle of `area` lies at `origin` of the image.
fn averaged(ink: &Plane, area: Area, scale: f32, origin: [f32; 2]) -> Vec<f32> {
    let middle = [area.left + area.right, area.top + area.bottom].map(|sum| sum as f32 / 2.0);
    let columns = overlaps(ink.width, scale, middle[0], origin[0]);
    let rows = overlaps(ink.height, scale, middle[1], origin[1]);
    let mut wide = vec![0.0; ink.height * SIDE];
    for y in 0..ink.height {
        for (x, places) in columns.iter().enumerate() {
            wide[y * SIDE + x] = places.iter().map(|(at, share)| share * ink.at(*at, y)).sum();
        }
    }
    let mut image = Vec::with_capacity(SIDE * SIDE);
    for places in &rows {
        for x in 0..SIDE {
            let sum: f32 = places.iter().map(|(at, share)| share * wide[at * SIDE + x]).sum();
            image.push(sum.clamp(0.0, 1.0));
        }
    }
    image
}

/// For each pixel of the image, along one axis: which of the picture's lie on it, with their shares.
fn overlaps(size: usize, scale: f32, middle: f32, origin: f32) -> Vec<Vec<(usize, f32)>> {
    let to_picture = |at: f32| (at - origin) / scale + middle;
    (0..SIDE)
        .map(|at| {
            let (begin, end) = (to_picture(at as f32), to_picture(at as f32 + 1.0));
            let first = begin.floor().max(0.0) as usize;
            let last = (end.ceil().max(0.0) as usize).min(size);
            let share = |place: usize| {
                let covered = end.min(place as f32 + 1.0) - begin.max(place as f32);
                (place, covered.max(0.0) * scale)
            };
            (first..last).map(share).collect()
        })
        .collect()
}
