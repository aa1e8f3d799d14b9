//! From strokes to 28 × 28 pixels like MNIST's.
//!
//! MNIST's digits were fitted into 20 × 20 pixels with their aspect kept, and
//! moved so that their centre of mass lies on pixel (14, 14) of 28 × 28 (LeCun
//! et al., *Gradient-based learning applied to document recognition*, 1998).
//! Here the path is fitted, then drawn with a pen of MNIST's own mean width, so
//! a digit looks the same however large it was drawn. A pixel at distance d
//! from the path has the intensity
//!
//! ```text
//! clamp((PEN / 2 − d) / EDGE + 1/2, 0, 1)
//! ```
//!
//! so the box holds the outline at half intensity, as it held the black and
//! white digits that MNIST was made from. [`PEN`] and [`EDGE`] are the
//! least-squares fit of this profile to the skeletons of MNIST's test digits.
//! The image is a continuous function of the strokes: nothing is rounded to
//! whole pixels.

use super::strokes::Drawing;
use super::{DigitError, PIXELS, SIDE, Stroke};

/// Side of the box that holds a digit, in pixels.
pub(super) const BOX: f32 = 20.0;

/// Diameter of the pen, in pixels.
pub(super) const PEN: f32 = 2.4;

/// Width of the soft edge between ink and paper, in pixels.
const EDGE: f32 = 1.2;

/// Where a digit's centre of mass goes: the middle of pixel 14.
pub(super) const CENTRE: f32 = 14.5;

/// Marks and pens smaller than this, in units of the drawing area's side, are not told from points: the
/// last digits of their coordinates decide on them.
const SMALLEST: f32 = 1e-6;

/// No ink farther than this from the path.
const REACH: f32 = (PEN + EDGE) / 2.0;

/// Points nearer than this to the one before add nothing visible.
const FINEST: f32 = 0.05;

/// Draws strokes as one image `[28, 28]`, row-major, in `[0, 1]`.
///
/// The width of the drawn pen matters only for marks that are shorter than it
/// is wide: they count as dots and are not blown up.
///
/// # Errors
/// [`DigitError::EmptyDrawing`] without any point;
/// [`DigitError::TooManyPoints`] beyond [`MOST_POINTS`](super::MOST_POINTS);
/// [`DigitError::InvalidDrawing`] for numbers that are not finite or a pen
/// without width. Points outside the drawing area count as its nearest edge.
pub fn rasterise(strokes: &[Stroke]) -> Result<Vec<f32>, DigitError> {
    let drawing = Drawing::new(strokes)?;
    let scale = fit(&drawing);
    let middle = [(drawing.low.x + drawing.high.x) / 2.0, (drawing.low.y + drawing.high.y) / 2.0];
    let paths: Vec<Vec<[f32; 2]>> = drawing
        .paths
        .iter()
        .map(|path| {
            thin(path.iter().map(|p| [(p.x - middle[0]) * scale, (p.y - middle[1]) * scale]))
        })
        .collect();

    let half = [
        (drawing.high.x - drawing.low.x) * scale / 2.0 + PEN / 2.0,
        (drawing.high.y - drawing.low.y) * scale / 2.0 + PEN / 2.0,
    ];
    let boxed = [SIDE as f32 / 2.0; 2];
    let mass = centre_of_mass(&ink(&paths, boxed));
    // The mass goes to the centre, but the outline never leaves the image.
    let origin = [0, 1].map(|axis| {
        let wanted = boxed[axis] + CENTRE - mass[axis];
        wanted.clamp(half[axis], SIDE as f32 - half[axis])
    });
    Ok(ink(&paths, origin))
}

/// Pixels per unit of the drawing area, so that the outline fills the box.
fn fit(drawing: &Drawing) -> f32 {
    let extent = (drawing.high.x - drawing.low.x).max(drawing.high.y - drawing.low.y);
    (BOX - PEN) / extent.max(drawing.pen).max(SMALLEST)
}

/// A path without the points that add nothing visible; its ends stay.
fn thin(path: impl ExactSizeIterator<Item = [f32; 2]>) -> Vec<[f32; 2]> {
    let last = path.len().saturating_sub(1);
    let mut kept: Vec<[f32; 2]> = Vec::with_capacity(path.len());
    for (i, p) in path.enumerate() {
        let near = kept.last().is_some_and(|q| (p[0] - q[0]).hypot(p[1] - q[1]) < FINEST);
        if !near || i == last {
            kept.push(p);
        }
    }
    kept
}

/// The intensities of all pixels for paths around `origin`, both in pixels.
fn ink(paths: &[Vec<[f32; 2]>], origin: [f32; 2]) -> Vec<f32> {
    let mut nearest = vec![REACH * REACH; PIXELS];
    for path in paths {
        let moved = |p: [f32; 2]| [p[0] + origin[0], p[1] + origin[1]];
        if let [dot] = path[..] {
            reach_out(&mut nearest, moved(dot), moved(dot));
        }
        for ends in path.windows(2) {
            reach_out(&mut nearest, moved(ends[0]), moved(ends[1]));
        }
    }
    nearest
        .iter()
        .map(|squared| ((PEN / 2.0 - squared.sqrt()) / EDGE + 0.5).clamp(0.0, 1.0))
        .collect()
}

/// Lowers each pixel's squared distance to that of the segment from `a` to `b`.
fn reach_out(nearest: &mut [f32], a: [f32; 2], b: [f32; 2]) {
    let along = [b[0] - a[0], b[1] - a[1]];
    let squared_length = along[0] * along[0] + along[1] * along[1];
    let span = |axis: usize| {
        let first = (a[axis].min(b[axis]) - REACH - 0.5).ceil().max(0.0) as usize;
        let last = (a[axis].max(b[axis]) + REACH + 0.5).floor().max(0.0) as usize;
        first..last.min(SIDE)
    };
    for row in span(1) {
        for column in span(0) {
            let to = [column as f32 + 0.5 - a[0], row as f32 + 0.5 - a[1]];
            let share = if squared_length > 0.0 {
                ((to[0] * along[0] + to[1] * along[1]) / squared_length).clamp(0.0, 1.0)
            } else {
                0.0
            };
            let off = [to[0] - share * along[0], to[1] - share * along[1]];
            let pixel = &mut nearest[row * SIDE + column];
            *pixel = pixel.min(off[0] * off[0] + off[1] * off[1]);
        }
    }
}

/// Mean position of the ink; pixel i spans from i to i + 1.
pub(super) fn centre_of_mass(image: &[f32]) -> [f32; 2] {
    let (mut mass, mut moment) = (0.0, [0.0, 0.0]);
    for (row, pixels) in image.chunks_exact(SIDE).enumerate() {
        for (column, &value) in pixels.iter().enumerate() {
            mass += value;
            moment[0] += value * (column as f32 + 0.5);
            moment[1] += value * (row as f32 + 0.5);
        }
    }
    moment.map(|m| m / mass)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A straight path of so many points, over so many pixels.
    fn straight(points: usize, length: f32) -> Vec<[f32; 2]> {
        (0..points).map(|i| [length * i as f32 / (points - 1) as f32, 3.0]).collect()
    }

    /// Each pointer move draws anew, so the work must follow the path's length, not its points.
    #[test]
    fn the_work_is_bounded_by_a_paths_length() {
        for points in [500, 20_000, 200_000] {
            let kept = thin(straight(points, 15.0).into_iter());
            assert!(kept.len() as f32 <= 15.0 / FINEST + 2.0, "{} of {points}", kept.len());
            assert_eq!((kept[0], kept[kept.len() - 1]), ([0.0, 3.0], [15.0, 3.0]));
            let gaps = kept.windows(2).map(|pair| pair[1][0] - pair[0][0]);
            assert!(gaps.fold(0.0, f32::max) < 2.0 * FINEST, "a path of {points} has a hole");
        }
        // Points that are farther apart all stay.
        assert_eq!(thin(straight(20, 15.0).into_iter()), straight(20, 15.0));
    }

    /// The profile of the module's text, at points whose distance to the path is known.
    #[test]
    fn ink_fades_with_the_distance_to_the_path() {
        let path = [vec![[-5.0, 0.0], [5.0, 0.0]]];
        let image = ink(&path, [14.0, 14.0]);
        let at = |column: usize, row: usize| image[row * SIDE + column];
        // Rows 13 and 14 are half a pixel away, 12 and 15 one and a half.
        assert_eq!((at(14, 13), at(14, 14)), (1.0, 1.0));
        let soft = (PEN / 2.0 - 1.5) / EDGE + 0.5;
        assert!((at(14, 12) - soft).abs() < 1e-6 && (at(14, 15) - soft).abs() < 1e-6);
        assert_eq!((at(14, 11), at(14, 16)), (0.0, 0.0));
        // Beyond an end the distance is that to the end: (19.5, 14.5) is √0.5 away.
        let end = ((PEN / 2.0 - 0.5f32.sqrt()) / EDGE + 0.5).min(1.0);
        assert!((at(19, 14) - end).abs() < 1e-6, "{}", at(19, 14));
        let corner = (PEN / 2.0 - 1.5f32.hypot(0.5)) / EDGE + 0.5;
        assert!((at(20, 14) - corner).abs() < 1e-6, "{}", at(20, 14));
    }
}
