//! How marks look: where they are, how thick their strokes are, and what holes they have.

/// A hole that is a smaller share of its area is a fleck.
const FLECK: f32 = 0.004;

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

    pub(super) fn with(&self, other: &Area) -> Area {
        Area {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// Pixels between two areas, along the axis on which they are farther apart.
    pub(super) fn gap(&self, other: &Area) -> usize {
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

/// How thick strokes are, in pixels: at their thickest, and half of the way along their middle.
#[derive(Clone, Copy)]
pub(super) struct Thickness {
    pub(super) most: usize,
    pub(super) usual: usize,
}

impl Thickness {
    /// From each pixel's distance to what is no mark, in steps to any side or corner (A. Rosenfeld and
    /// J. L. Pfaltz, *Sequential operations in digital picture processing*, 1966).
    pub(super) fn of(mask: &[bool], width: usize, area: &Area) -> Thickness {
        let (columns, rows) = (area.width() + 2, area.height() + 2);
        let mut far = vec![0usize; columns * rows];
        for y in 1..rows - 1 {
            for x in 1..columns - 1 {
                if mask[(area.top + y - 1) * width + area.left + x - 1] {
                    let at = y * columns + x;
                    let before = [at - 1, at - columns - 1, at - columns, at - columns + 1]
                        .map(|at| far[at]);
                    far[at] = 1 + before.into_iter().min().unwrap_or_default();
                }
            }
        }
        for y in (1..rows - 1).rev() {
            for x in (1..columns - 1).rev() {
                let at = y * columns + x;
                let after =
                    [at + 1, at + columns + 1, at + columns, at + columns - 1].map(|at| far[at]);
                far[at] = far[at].min(1 + after.into_iter().min().unwrap_or_default());
            }
        }
        let mut middle = Vec::new();
        for y in 1..rows - 1 {
            for x in 1..columns - 1 {
                let at = y * columns + x;
                let around =
                    [at - columns, at, at + columns].map(|at| [far[at - 1], far[at], far[at + 1]]);
                if far[at] > 0 && around.into_iter().flatten().all(|other| other <= far[at]) {
                    middle.push(far[at]);
                }
            }
        }
        middle.sort_unstable();
        let across = |steps: Option<&usize>| steps.map_or(0, |steps| 2 * steps - 1);
        Thickness { most: across(middle.last()), usual: across(middle.get(middle.len() / 2)) }
    }
}

/// Holes of the marks: pixels of each that is not just a fleck, and whether a mark stands in one, as eyes
/// do in a face: no digit is written so.
pub(super) struct Holes {
    pub(super) count: usize,
    pub(super) filled: bool,
}

impl Holes {
    /// `wall` is ink around holes, `other` ink that may stand in one.
    pub(super) fn of(
        area: &Area,
        wall: impl Fn(usize, usize) -> bool,
        other: impl Fn(usize, usize) -> bool,
    ) -> Holes {
        let (columns, rows) = (area.width() + 2, area.height() + 2);
        let place = |at: usize| {
            let (x, y) = (at % columns, at / columns);
            let inside = (1..=area.width()).contains(&x) && (1..=area.height()).contains(&y);
            inside.then(|| (area.left + x - 1, area.top + y - 1))
        };
        let is_wall = |at: usize| place(at).is_some_and(|(x, y)| wall(x, y));
        let mut seen = vec![false; columns * rows];
        let mut holes = Holes { count: 0, filled: false };
        let mut open = Vec::new();
        for first in 0..seen.len() {
            let (mut pixels, mut filled) = (0, false);
            open.push(first);
            while let Some(at) = open.pop() {
                if is_wall(at) || std::mem::replace(&mut seen[at], true) {
                    continue;
                }
                pixels += 1;
                filled |= place(at).is_some_and(|(x, y)| other(x, y));
                let (x, y) = (at % columns, at / columns);
                let next = [
                    (x > 0).then(|| at - 1),
                    (x + 1 < columns).then(|| at + 1),
                    (y > 0).then(|| at - columns),
                    (y + 1 < rows).then(|| at + columns),
                ];
                open.extend(next.into_iter().flatten());
            }
            // The first one is what is outside.
            if first > 0 && pixels > 0 {
                holes.count += usize::from(pixels as f32 >= FLECK * seen.len() as f32);
                holes.filled |= filled;
            }
        }
        holes
    }
}
