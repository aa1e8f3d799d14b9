//! Ink and paper: which is which, what the light adds, and where one ends.
//!
//! The paper's brightness is a morphological closing by a square that is wider than any stroke
//! (Serra, *Image Analysis and Mathematical Morphology*, 1982): it fills in what is narrow and dark,
//! and leaves slopes, shadows and a dark table as they are. What is left below it is ink, the black
//! top-hat. Ink begins where Otsu's threshold has it (*A threshold selection method from gray-level
//! histograms*, 1979), but well above the paper's noise, and its outline is at half of its darkness,
//! as in MNIST.

use super::{Doubt, FAINT, Plane};

/// The paper is looked at in at most so many pixels a side.
const COARSE: usize = 256;

/// Side of the square that no stroke fills, of the picture's longer side.
const SQUARE: f32 = 1.0 / 3.0;

/// Paper in a shadow has at least this share of the light, or it is something else.
const SHADOW: f32 = 1.0 / 3.0;

/// Ink is at least so many deviations of the paper's noise above the paper.
const CLEAR: f32 = 4.0;

/// Less than this, of 255, is seen by nobody.
const LEAST: f32 = 12.0;

/// Ink above its paper, and what of it counts.
pub(super) struct Ink {
    /// How far each pixel is from its paper, 0 to 255.
    pub(super) depth: Plane,
    /// Which pixels are ink.
    pub(super) mask: Vec<bool>,
    /// What full ink is.
    pub(super) level: f32,
    /// Up to here it is the paper's noise.
    pub(super) floor: f32,
}

/// A picture as dark ink, and the brightness of the paper under it.
pub(super) struct Paper {
    plane: Plane,
    paper: Plane,
}

/// Whether the ink is lighter than the paper: how the middle differs from a plane through most of the rim.
pub(super) fn is_light(plane: &Plane) -> bool {
    let small = reduced(plane, COARSE);
    let fit = rim_plane(&small);
    let (mut lighter, mut darker) = (0.0, 0.0);
    let (left, top) = (small.width / 10, small.height / 10);
    for y in top..small.height - top {
        for x in left..small.width - left {
            let off = small.at(x, y) - value_of(fit, x, y);
            if off > LEAST {
                lighter += off;
            } else if off < -LEAST {
                darker -= off;
            }
        }
    }
    lighter > darker
}

/// The plane a + b·x + c·y through the rim with the least sum of distances: most of the rim decides.
fn rim_plane(plane: &Plane) -> [f32; 3] {
    let (right, bottom) = (plane.width - 1, plane.height - 1);
    let rows = (0..plane.height).flat_map(|y| [(0, y), (right, y)]);
    let columns = (0..plane.width).flat_map(|x| [(x, 0), (x, bottom)]);
    let rim: Vec<(usize, usize)> = rows.chain(columns).collect();
    let values: Vec<f32> = rim.iter().map(|&(x, y)| plane.at(x, y)).collect();
    let mut fit = [ranked(values, 0.5).unwrap_or_default(), 0.0, 0.0];
    for _ in 0..20 {
        // Weighted least squares; the small diagonal keeps pictures of one row solvable.
        let mut system = [[0.0f64; 4]; 3];
        for &(x, y) in &rim {
            let value = plane.at(x, y);
            let weight = 1.0 / f64::from((value - value_of(fit, x, y)).abs().max(1.0));
            let terms = [1.0, x as f64, y as f64];
            for (row, a) in system.iter_mut().zip(terms) {
                for (cell, b) in row.iter_mut().zip(terms) {
                    *cell += weight * a * b;
                }
                row[3] += weight * a * f64::from(value);
            }
        }
        for (at, row) in system.iter_mut().enumerate() {
            row[at] += 1e-3;
        }
        fit = solved(system);
    }
    fit
}

fn value_of([a, b, c]: [f32; 3], x: usize, y: usize) -> f32 {
    a + b * x as f32 + c * y as f32
}

/// Solves three equations whose matrix is positive definite.
fn solved(mut system: [[f64; 4]; 3]) -> [f32; 3] {
    for at in 0..3 {
        let pivot = system[at];
        for (other, row) in system.iter_mut().enumerate() {
            if other != at {
                let share = row[at] / pivot[at];
                for (cell, value) in row.iter_mut().zip(pivot) {
                    *cell -= share * value;
                }
            }
        }
    }
    [0, 1, 2].map(|at| (system[at][3] / system[at][at]) as f32)
}

impl Paper {
    /// The paper of a picture, one brightness where it is not to be made flat.
    pub(super) fn of(plane: &Plane, inverted: bool, flat: bool) -> Paper {
        let mut plane = plane.clone();
        if inverted {
            plane.values.iter_mut().for_each(|value| *value = 255.0 - *value);
        }
        let mut paper = reduced(&plane, COARSE);
        if flat {
            let square = (paper.width.max(paper.height) as f32 * SQUARE).ceil() as usize;
            paper = extreme(&extreme(&paper, square, f32::max), square, f32::min);
        } else {
            let most = paper.values.iter().copied().fold(0.0, f32::max);
            paper.values.fill(most);
        }
        let paper = enlarged(&paper, plane.width, plane.height);
        Paper { plane, paper }
    }

    /// The ink on it. Where paper is lit, half the light leaves half the difference: ink in a shadow
    /// counts as much as outside of it.
    ///
    /// # Errors
    /// [`Doubt::Nothing`] where there is none, [`Doubt::Busy`] where what differs is no smaller part of
    /// the picture than what does not, as on a chessboard: neither is paper.
    pub(super) fn ink(&self, lit: bool) -> Result<Ink, Doubt> {
        let full = self.paper.values.iter().copied().fold(1.0, f32::max);
        let light = |paper: f32| if lit { paper.max(full * SHADOW) / full } else { 1.0 };
        let depth = self.paper.map(&self.plane, |paper, value| (paper - value) / light(paper));
        let smooth = smoothed(&depth);
        let (middle, noise) = spread(&smooth.values);
        let depth = Plane { values: depth.values.iter().map(|d| d - middle).collect(), ..depth };
        let smooth: Vec<f32> = smooth.values.iter().map(|d| d - middle).collect();
        let first = otsu(&smooth).max(CLEAR * noise);
        let dark: Vec<f32> = smooth.iter().copied().filter(|d| *d > first).collect();
        let level = ranked(dark, 0.75).unwrap_or_default();
        if level < LEAST.max(CLEAR * noise) {
            return Err(if noise < FAINT { Doubt::Nothing } else { Doubt::Busy });
        }
        let edge = (level / 2.0).max((CLEAR * noise).min(level * 0.75));
        let mask = smooth.iter().map(|d| *d > edge).collect();
        // The noise of single pixels is larger than that of their means.
        let floor = (3.0 * noise).min(level / 4.0);
        Ok(Ink { depth, mask, level, floor })
    }
}

/// Median of the numbers, and their deviation from it where most are of one kind (from the median of
/// distances, 1.4826 of which are a normal deviation).
fn spread(values: &[f32]) -> (f32, f32) {
    let median = |values| ranked(values, 0.5).unwrap_or_default();
    let middle = median(values.to_vec());
    let off = median(values.iter().map(|value| (value - middle).abs()).collect());
    (middle, 1.4826 * off)
}

/// The number with such a share of the others below it; none of none.
pub(super) fn ranked(mut values: Vec<f32>, share: f32) -> Option<f32> {
    let place = (values.len() as f32 * share) as usize;
    (place < values.len()).then(|| *values.select_nth_unstable_by(place, f32::total_cmp).1)
}

/// Otsu's threshold: that which parts the numbers into two classes with the largest variance between them.
fn otsu(values: &[f32]) -> f32 {
    let mut histogram = [0u32; 256];
    for value in values {
        histogram[value.clamp(0.0, 255.0) as usize] += 1;
    }
    let all = values.len() as f64;
    let sum: f64 = histogram.iter().enumerate().map(|(i, n)| i as f64 * f64::from(*n)).sum();
    let (mut below, mut mass) = (0.0, 0.0);
    let mut best = (0.0, 0);
    for (at, count) in histogram.iter().enumerate() {
        below += f64::from(*count);
        mass += at as f64 * f64::from(*count);
        if below == 0.0 || below == all {
            continue;
        }
        let apart = mass / below - (sum - mass) / (all - below);
        let between = below * (all - below) * apart * apart;
        if between > best.0 {
            best = (between, at + 1);
        }
    }
    best.1 as f32
}

/// A picture in at most `most` pixels a side, by means of areas; as it is where it is no larger.
fn reduced(plane: &Plane, most: usize) -> Plane {
    let step = plane.width.max(plane.height).div_ceil(most);
    let (width, height) = (plane.width.div_ceil(step), plane.height.div_ceil(step));
    let mut sums = vec![(0.0f32, 0.0f32); width * height];
    for y in 0..plane.height {
        for x in 0..plane.width {
            let (sum, count) = &mut sums[y / step * width + x / step];
            *sum += plane.at(x, y);
            *count += 1.0;
        }
    }
    Plane { width, height, values: sums.into_iter().map(|(sum, count)| sum / count).collect() }
}

/// A reduced picture in its former size, linear between the middles of its pixels.
fn enlarged(small: &Plane, width: usize, height: usize) -> Plane {
    let step = width.div_ceil(small.width).max(height.div_ceil(small.height)) as f32;
    let place = |at: usize, size: usize| {
        let exact = ((at as f32 + 0.5) / step - 0.5).clamp(0.0, (size - 1) as f32);
        let low = exact as usize;
        (low, (low + 1).min(size - 1), exact - low as f32)
    };
    let mut values = Vec::with_capacity(width * height);
    for y in 0..height {
        let (top, bottom, down) = place(y, small.height);
        for x in 0..width {
            let (left, right, across) = place(x, small.width);
            let on = |row| small.at(left, row) * (1.0 - across) + small.at(right, row) * across;
            values.push(on(top) * (1.0 - down) + on(bottom) * down);
        }
    }
    Plane { width, height, values }
}

/// The extreme of the square around each pixel, cut at the rim: rows first, then columns.
fn extreme(plane: &Plane, side: usize, of: fn(f32, f32) -> f32) -> Plane {
    let Plane { width, height, .. } = *plane;
    let reach = side / 2;
    let along = |size: usize, at: usize, value: &dyn Fn(usize) -> f32| {
        let range = at.saturating_sub(reach)..(at + reach + 1).min(size);
        range.map(value).reduce(of).unwrap_or_default()
    };
    let places = || (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let rows = places().map(|(x, y)| along(width, x, &|x| plane.at(x, y))).collect();
    let rows = Plane { values: rows, ..*plane };
    let values = places().map(|(x, y)| along(height, y, &|y| rows.at(x, y))).collect();
    Plane { values, ..*plane }
}

/// Means over 3 × 3 pixels with weights 1, 2, 1, where a picture is large enough to have noise to lose.
fn smoothed(plane: &Plane) -> Plane {
    const LARGE: usize = 100;
    if plane.width.min(plane.height) < LARGE {
        return plane.clone();
    }
    let Plane { width, height, .. } = *plane;
    let three = |at: usize, size: usize| [at.saturating_sub(1), at, (at + 1).min(size - 1)];
    let mean = |[a, b, c]: [f32; 3]| (a + 2.0 * b + c) / 4.0;
    let places = || (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let rows = places().map(|(x, y)| mean(three(x, width).map(|x| plane.at(x, y)))).collect();
    let rows = Plane { values: rows, ..*plane };
    let values = places().map(|(x, y)| mean(three(y, height).map(|y| rows.at(x, y)))).collect();
    Plane { values, ..*plane }
}
