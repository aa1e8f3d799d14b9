//! Ink and paper: which is which, what the light adds, and where one ends.
//!
//! The paper's brightness is a morphological closing by a square that is wider than any stroke
//! (Serra, *Image Analysis and Mathematical Morphology*, 1982): it fills in what is narrow and dark,
//! and leaves slopes, shadows and a dark table as they are; at the picture's rim, once a surface that
//! follows the light is taken off. What is left below it is ink, the black top-hat. Ink begins where
//! Otsu's threshold has it (*A threshold selection method from gray-level histograms*, 1979), but well
//! above the paper's noise, and its outline is at half of its darkness, as in MNIST.

use super::{Doubt, FAINT, Plane};

/// The paper is looked at in at most so many pixels a side.
const COARSE: usize = 256;

/// Sides of squares that no stroke fills, of the picture's longer side: of any stroke the first, of
/// smaller digits the others.
pub(super) const SQUARES: [f32; 3] = [1.0 / 3.0, 1.0 / 8.0, 1.0 / 16.0];

/// A rim is curved where a curved surface leaves less than this share of a plane's distances.
const CURVED: f32 = 0.5;

/// How the light falls off is looked at in at most so many places along a side.
const SAMPLES: usize = 64;

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

/// Whether the ink is lighter than the paper: how the middle differs from the light of the rim.
pub(super) fn is_light(plane: &Plane) -> bool {
    let small = reduced(plane, COARSE);
    let fit = light_of_rim(&small);
    let (mut lighter, mut darker) = (0.0, 0.0);
    let (left, top) = (small.width / 10, small.height / 10);
    for y in top..small.height - top {
        for x in left..small.width - left {
            let off = small.at(x, y) - fit.at(x, y) as f32;
            if off > LEAST {
                lighter += off;
            } else if off < -LEAST {
                darker -= off;
            }
        }
    }
    lighter > darker
}

/// How the light falls off over a picture, as most of its rim has it.
fn light_of_rim(plane: &Plane) -> Surface {
    let (right, bottom) = (plane.width - 1, plane.height - 1);
    let rows = (0..plane.height).flat_map(|y| [(0, y), (right, y)]);
    let columns = (0..plane.width).flat_map(|x| [(x, 0), (x, bottom)]);
    let rim: Vec<(usize, usize)> = rows.chain(columns).collect();
    let [flat, curved] = [FLAT, TERMS].map(|terms| Surface::through(plane, &rim, terms));
    // A table or a shadow on the rim bends a surface; a lamp's light is no plane.
    if curved.off(plane, &rim) < flat.off(plane, &rim) * CURVED { curved } else { flat }
}

/// How the light falls off over a picture: the surface of second degree through most of it.
fn light(plane: &Plane) -> Surface {
    let step = plane.width.max(plane.height).div_ceil(SAMPLES);
    let places = |y| (0..plane.width).step_by(step).map(move |x| (x, y));
    let samples: Vec<_> = (0..plane.height).step_by(step).flat_map(places).collect();
    Surface::through(plane, &samples, TERMS)
}

/// A surface over a picture, c·[1, x, y, x², xy, y²], or the first of these terms.
struct Surface {
    fit: [f64; TERMS],
    scale: f64,
    terms: usize,
}

/// Terms of a surface of second degree, and of a plane.
const TERMS: usize = 6;
const FLAT: usize = 3;

impl Surface {
    /// With the least sum of distances at some places: most of them decide.
    fn through(plane: &Plane, places: &[(usize, usize)], terms: usize) -> Surface {
        let values: Vec<f32> = places.iter().map(|&(x, y)| plane.at(x, y)).collect();
        let scale = 1.0 / plane.width.max(plane.height) as f64;
        let mut surface = Surface { fit: [0.0; TERMS], scale, terms };
        surface.fit[0] = f64::from(ranked(values, 0.5).unwrap_or_default());
        for _ in 0..20 {
            // Weighted least squares; the small diagonal keeps pictures of one row solvable, and terms
            // that are not there at 0.
            let mut system = [[0.0; TERMS]; TERMS];
            let mut right = [0.0; TERMS];
            for &(x, y) in places {
                let value = f64::from(plane.at(x, y));
                let terms = surface.terms(x, y);
                let weight = 1.0 / (value - surface.at(x, y)).abs().max(1.0);
                for (row, a) in terms.into_iter().enumerate() {
                    for (cell, b) in system[row].iter_mut().zip(terms) {
                        *cell += weight * a * b;
                    }
                    right[row] += weight * a * value;
                }
            }
            for (at, row) in system.iter_mut().enumerate() {
                row[at] += 1e-6;
            }
            surface.fit = solved(system, right);
        }
        surface
    }

    fn terms(&self, x: usize, y: usize) -> [f64; TERMS] {
        let [x, y] = [x, y].map(|place| place as f64 * self.scale);
        let mut all = [1.0, x, y, x * x, x * y, y * y];
        all[self.terms..].fill(0.0);
        all
    }

    /// Median of its distances at some places.
    fn off(&self, plane: &Plane, places: &[(usize, usize)]) -> f32 {
        let off = |&(x, y): &(usize, usize)| (plane.at(x, y) - self.at(x, y) as f32).abs();
        ranked(places.iter().map(off).collect(), 0.5).unwrap_or_default()
    }

    fn at(&self, x: usize, y: usize) -> f64 {
        self.terms(x, y).iter().zip(&self.fit).map(|(term, c)| term * c).sum()
    }

    /// At every pixel of a picture.
    fn over(&self, plane: &Plane) -> Vec<f32> {
        let (width, height) = (plane.width, plane.height);
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        places.map(|(x, y)| self.at(x, y) as f32).collect()
    }
}

/// Solves equations whose matrix is positive definite.
fn solved(mut system: [[f64; TERMS]; TERMS], mut right: [f64; TERMS]) -> [f64; TERMS] {
    for at in 0..TERMS {
        let (pivot, value) = (system[at], right[at]);
        for other in (0..TERMS).filter(|other| *other != at) {
            let share = system[other][at] / pivot[at];
            for (cell, of) in system[other].iter_mut().zip(pivot) {
                *cell -= share * of;
            }
            right[other] -= share * value;
        }
    }
    std::array::from_fn(|at| right[at] / system[at][at])
}

impl Paper {
    /// The paper of a picture, which no stroke as wide as a square hides; one brightness without a square.
    pub(super) fn of(plane: &Plane, inverted: bool, square: Option<f32>) -> Paper {
        let mut plane = plane.clone();
        if inverted {
            plane.values.iter_mut().for_each(|value| *value = 255.0 - *value);
        }
        let mut paper = reduced(&plane, COARSE);
        if let Some(square) = square {
            paper = filled_in(&paper, square);
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
        let least = LEAST.max(CLEAR * noise);
        let level_above = |first: f32| {
            ranked(smooth.iter().copied().filter(|d| *d > first).collect(), 0.75)
                .filter(|level| *level >= least)
        };
        // Little ink on much paper: Otsu's threshold parts the paper.
        let first = otsu(&smooth).max(CLEAR * noise);
        let Some(level) = level_above(first).or_else(|| level_above(least)) else {
            return Err(if noise < FAINT { Doubt::Nothing } else { Doubt::Busy });
        };
        let edge = (level / 2.0).max((CLEAR * noise).min(level * 0.75));
        let mask = smooth.iter().map(|d| *d > edge).collect();
        // The noise of single pixels is larger than that of their means.
        let floor = (3.0 * noise).min(level / 4.0);
        Ok(Ink { depth, mask, level, floor })
    }
}

/// The brightness of paper: a closing of the picture as it is, or of what it differs by from how the
/// light falls off, whichever is nearer to it. Both lie nowhere below the picture. At its rim, where
/// the square is cut, the first lies above paper whose light falls off, and the second does not; the
/// second does so beside an edge of a table or a shadow.
fn filled_in(plane: &Plane, square: f32) -> Plane {
    let light = Plane { values: light(plane).over(plane), ..*plane };
    let off = plane.map(&light, |value, light| value - light);
    let closed = |plane| closed(plane, square);
    let (plain, lit) = (closed(plane), closed(&off).map(&light, |off, light| off + light));
    plain.map(&lit, f32::min)
}

/// Fills in what is dark and narrower than the square (a closing).
fn closed(plane: &Plane, square: f32) -> Plane {
    let square = (plane.width.max(plane.height) as f32 * square).ceil() as usize;
    extreme(&extreme(plane, square, f32::max), square, f32::min)
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
    let mut values = Vec::with_capacity(width * height);
    for row in plane.values.chunks(width) {
        values.extend(sliding(row, side / 2, of));
    }
    for x in 0..width {
        let column: Vec<f32> = values.iter().skip(x).step_by(width).copied().collect();
        for (y, value) in sliding(&column, side / 2, of).into_iter().enumerate() {
            values[y * width + x] = value;
        }
    }
    Plane { values, ..*plane }
}

/// The extreme of the numbers at most `reach` places from each: of pieces as long as the window, what
/// comes from their start and what comes from their end (M. van Herk, *A fast algorithm for local minimum
/// and maximum filters on rectangular and octagonal kernels*, 1992).
fn sliding(line: &[f32], reach: usize, of: fn(f32, f32) -> f32) -> Vec<f32> {
    let piece = 2 * reach + 1;
    let mut forth = line.to_vec();
    let mut back = line.to_vec();
    for at in 1..line.len() {
        if !at.is_multiple_of(piece) {
            forth[at] = of(forth[at], forth[at - 1]);
        }
        let at = line.len() - 1 - at;
        if !(at + 1).is_multiple_of(piece) {
            back[at] = of(back[at], back[at + 1]);
        }
    }
    let last = line.len().saturating_sub(1);
    let window = |at: usize| {
        let end = (at + reach).min(last);
        match at.checked_sub(reach) {
            // In one piece, since it begins with it or ends with the line.
            Some(start) if start / piece == end / piece => back[start],
            Some(start) => of(back[start], forth[end]),
            None => forth[end],
        }
    };
    (0..line.len()).map(window).collect()
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

#[cfg(test)]
#[path = "ink_tests.rs"]
mod tests;
