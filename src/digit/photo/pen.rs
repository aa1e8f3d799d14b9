//! Strokes of a thin pen, drawn again with MNIST's.
//!
//! A ballpoint's line is narrow beside its digit: in 28 × 28 pixels it is a shade of grey, which is not what
//! networks have learned to read. Where strokes are less than half as wide as MNIST's, the digit's outline is
//! moved outwards, by the same distance everywhere (a dilation by a disc), until they are as wide.

use super::Plane;
use super::grown::stretch;
use super::ink::ranked;
use super::marks::Digit;
use crate::digit::raster::{BOX, PEN};

/// Strokes that are narrower than this, in pixels of the result, are drawn again.
const THIN: f32 = PEN / 2.0;

/// Cells along the digit's larger side while it is drawn again.
const CELLS: f32 = 160.0;

/// A black and white digit of cells.
struct Cells {
    width: usize,
    height: usize,
    on: Vec<bool>,
}

/// The digit with wider strokes, cut to its outline, 1 for ink; `None` where they are wide enough.
pub(super) fn widened(digit: &Digit, width: usize) -> Option<Plane> {
    let cells = cells(digit, width);
    let (extent, stroke) = (cells.width.max(cells.height) as f32, cells.stroke());
    if stroke * BOX >= THIN * extent {
        return None;
    }
    // With the outline moved by r on either side, (stroke + 2r) / (extent + 2r) = PEN / BOX.
    let r = (PEN * extent - BOX * stroke) / (2.0 * (BOX - PEN));
    Some(cells.moved_outwards(r))
}

/// The digit's area in cells: one is on where any of its pixels is.
fn cells(digit: &Digit, width: usize) -> Cells {
    let area = digit.area;
    let scale = CELLS / area.extent() as f32;
    let size = |pixels: usize| (pixels as f32 * scale).ceil().max(1.0) as usize;
    let (columns, rows) = (size(area.width()), size(area.height()));
    let span = |at: usize, most: usize| {
        let first = ((at as f32 * scale) as usize).min(most - 1);
        first..(((at + 1) as f32 * scale).ceil() as usize).clamp(first + 1, most)
    };
    let mut on = vec![false; columns * rows];
    for y in area.top..area.bottom {
        for x in (area.left..area.right).filter(|x| digit.mask[y * width + x]) {
            for row in span(y - area.top, rows) {
                for column in span(x - area.left, columns) {
                    on[row * columns + column] = true;
                }
            }
        }
    }
    Cells { width: columns, height: rows, on }
}

impl Cells {
    fn is_on(&self, x: isize, y: isize) -> bool {
        let inside = x >= 0 && y >= 0 && (x as usize) < self.width && (y as usize) < self.height;
        inside && self.on[y as usize * self.width + x as usize]
    }

    /// How wide strokes are, in cells: the median, over what is on, of the shortest line through it.
    fn stroke(&self) -> f32 {
        const DIRECTIONS: [(isize, isize, f32); 4] = [
            (1, 0, 1.0),
            (0, 1, 1.0),
            (1, 1, std::f32::consts::SQRT_2),
            (1, -1, std::f32::consts::SQRT_2),
        ];
        let reach = |x: isize, y: isize, dx: isize, dy: isize| {
            (1..).take_while(|n| self.is_on(x + n * dx, y + n * dy)).count()
        };
        let mut widths = Vec::new();
        for (at, _) in self.on.iter().enumerate().filter(|(_, on)| **on) {
            let (x, y) = ((at % self.width) as isize, (at / self.width) as isize);
            let lines = DIRECTIONS.map(|(dx, dy, step)| {
                (1 + reach(x, y, dx, dy) + reach(x, y, -dx, -dy)) as f32 * step
            });
            widths.push(lines.into_iter().fold(f32::INFINITY, f32::min));
        }
        ranked(widths, 0.5).unwrap_or_default()
    }

    /// All cells at most `r` cells from one that is on.
    fn moved_outwards(&self, r: f32) -> Plane {
        let margin = r.ceil() as usize;
        let (width, height) = (self.width + 2 * margin, self.height + 2 * margin);
        let mut values = vec![0.0; width * height];
        for down in 0..=2 * margin {
            let dy = down as f32 - margin as f32;
            if dy.abs() > r {
                continue;
            }
            let half = (r * r - dy * dy).sqrt() as usize;
            for y in 0..self.height {
                let from = &self.on[y * self.width..][..self.width];
                let to = &mut values[(y + down) * width..][..width];
                let on = |x: usize| x >= margin && x - margin < self.width && from[x - margin];
                stretch(width, half, on, |x| to[x] = 1.0);
            }
        }
        Plane { width, height, values }
    }
}
