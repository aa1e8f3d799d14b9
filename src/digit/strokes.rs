//! A drawing as the pen made it.
//!
//! Coordinates are in units of the drawing area's side, y downwards. A pointer
//! that is held may leave the area: its points are moved to the nearest place
//! inside, as the visitor sees the line end at the edge.

use serde::{Deserialize, Serialize};

use super::DigitError;

/// One point of a stroke, in units of the drawing area's side: 0 left or top, 1 right or bottom.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Point {
    /// From the left.
    pub x: f32,
    /// From the top.
    pub y: f32,
}

/// One stroke: the pen's path from down to up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Stroke {
    /// The path; a single point is a dot.
    pub points: Vec<Point>,
    /// Diameter of the pen in units of the drawing area's side.
    pub width: f32,
}

/// Most strokes and points of a drawing, together: minutes of a fast pen, and rasterised at once.
pub const MOST_POINTS: usize = 100_000;

/// A drawing that can be rasterised: at least one path, each of at least one
/// point, every coordinate in `[0, 1]`.
pub(super) struct Drawing {
    pub(super) paths: Vec<Vec<Point>>,
    /// Smallest x and y.
    pub(super) low: Point,
    /// Largest x and y.
    pub(super) high: Point,
    /// Diameter of the widest pen.
    pub(super) pen: f32,
}

impl Drawing {
    /// Checks the strokes; those without a point are left out.
    ///
    /// # Errors
    /// [`DigitError::TooManyPoints`] beyond [`MOST_POINTS`],
    /// [`DigitError::EmptyDrawing`] where no point remains and
    /// [`DigitError::InvalidDrawing`] for a coordinate that is not finite or a
    /// width that is not a positive number.
    pub(super) fn new(strokes: &[Stroke]) -> Result<Self, DigitError> {
        let found = strokes.len() + strokes.iter().map(|s| s.points.len()).sum::<usize>();
        if found > MOST_POINTS {
            return Err(DigitError::TooManyPoints { found });
        }
        let mut drawing = Drawing {
            paths: Vec::with_capacity(strokes.len()),
            low: Point { x: 1.0, y: 1.0 },
            high: Point { x: 0.0, y: 0.0 },
            pen: 0.0,
        };
        for (stroke, Stroke { points, width }) in strokes.iter().enumerate() {
            if points.is_empty() {
                continue;
            }
            if !(width.is_finite() && *width > 0.0) {
                return Err(DigitError::InvalidDrawing {
                    stroke,
                    found: format!("a pen width of {width}"),
                    required: "a positive number",
                });
            }
            if let Some(p) = points.iter().find(|p| !(p.x.is_finite() && p.y.is_finite())) {
                return Err(DigitError::InvalidDrawing {
                    stroke,
                    found: format!("a point at ({}, {})", p.x, p.y),
                    required: "a finite number",
                });
            }
            drawing.add(points, *width);
        }
        if drawing.paths.is_empty() {
            return Err(DigitError::EmptyDrawing);
        }
        Ok(drawing)
    }

    fn add(&mut self, points: &[Point], width: f32) {
        let path: Vec<Point> = points
            .iter()
            .map(|p| Point { x: p.x.clamp(0.0, 1.0), y: p.y.clamp(0.0, 1.0) })
            .collect();
        for p in &path {
            self.low = Point { x: self.low.x.min(p.x), y: self.low.y.min(p.y) };
            self.high = Point { x: self.high.x.max(p.x), y: self.high.y.max(p.y) };
        }
        self.pen = self.pen.max(width);
        self.paths.push(path);
    }
}
