//! CPU kernels of [`Pool2d`].
//!
//! Which inputs lie under which window is worked out once per network. Windows
//! of 2×2 side by side, the common case, have a path without tables and
//! without branches.

use std::ops::Range;

use super::{Pool2d, PoolKind};

/// The inputs under every window of one channel.
pub struct Prepared {
    windows: Vec<Window>,
    /// Positions in the channel, window after window.
    sources: Vec<u32>,
    /// Whether windows are 2×2, side by side, within the input.
    pairs: bool,
}

/// One output of a channel.
struct Window {
    sources: Range<usize>,
    divisor: f32,
}

/// One window along one axis: a range from its first position within the input, as long as there
/// are such positions (they lie a dilation apart), their number, and the divisor's count.
pub(crate) fn span(op: &Pool2d, axis: usize, out: usize) -> (Range<usize>, usize, usize) {
    let start = (out * op.stride[axis]) as isize - op.pad[axis] as isize;
    let size = op.input[axis + 1] as isize;
    let dilation = op.dilation[axis] as isize;
    let at = |tap: usize| start + tap as isize * dilation;
    let taps = 0..op.kernel[axis];
    let first = taps.clone().find(|t| at(*t) >= 0 && at(*t) < size).unwrap_or(0);
    let last = taps.clone().rev().find(|t| at(*t) >= 0 && at(*t) < size).map_or(first, |t| t + 1);
    let rim = size + op.pad_end[axis] as isize;
    let counted = taps.filter(|t| at(*t) < rim).count();
    let origin = if last > first { at(first) as usize } else { 0 };
    (origin..origin + (last - first), last - first, counted)
}

impl Prepared {
    /// Lists the inputs under every window.
    #[must_use]
    pub fn new(op: &Pool2d) -> Prepared {
        let (mut windows, mut sources) = (Vec::new(), Vec::new());
        for i in 0..op.output[0] {
            let (rows, row_count, row_counted) = span(op, 0, i);
            for j in 0..op.output[1] {
                let (columns, column_count, column_counted) = span(op, 1, j);
                let first = sources.len();
                for u in 0..row_count {
                    for v in 0..column_count {
                        let row = rows.start + u * op.dilation[0];
                        let column = columns.start + v * op.dilation[1];
                        sources.push((row * op.input[2] + column) as u32);
                    }
                }
                let divisor = match op.kind {
                    PoolKind::Average { count_include_pad: true } => row_counted * column_counted,
                    _ => row_count * column_count,
                };
                let divisor = divisor.max(1) as f32;
                windows.push(Window { sources: first..sources.len(), divisor });
            }
        }
        let within = |axis: usize| 2 * op.output[axis] <= op.input[axis + 1];
        let pairs = op.kernel == [2, 2]
            && op.stride == [2, 2]
            && op.dilation == [1, 1]
            && op.pad == [0, 0]
            && within(0)
            && within(1);
        Prepared { windows, sources, pairs }
    }

    /// Every window with the positions under it.
    fn windows(&self) -> impl Iterator<Item = (&Window, &[u32])> {
        self.windows.iter().map(|w| (w, &self.sources[w.sources.clone()]))
    }
}

/// Position of the first largest source.
fn winner(x: &[f32], sources: &[u32]) -> Option<usize> {
    let mut best: Option<usize> = None;
    for source in sources {
        let index = *source as usize;
        if best.is_none_or(|b| x[index] > x[b]) {
            best = Some(index);
        }
    }
    best
}

/// `y = pool(x)`.
pub fn forward(op: &Pool2d, prepared: &Prepared, x: &[f32], y: &mut [f32]) {
    let [_, height, width] = op.input;
    let channels = x.chunks_exact(height * width).zip(y.chunks_exact_mut(prepared.windows.len()));
    for (x, y) in channels {
        match op.kind {
            PoolKind::Max if prepared.pairs => {
                for (rows, y) in x.chunks_exact(2 * width).zip(y.chunks_exact_mut(op.output[1])) {
                    let (above, below) = rows.split_at(width);
                    for ((y, a), b) in y.iter_mut().zip(pairs(above)).zip(pairs(below)) {
                        *y = larger(larger(a[0], a[1]), larger(b[0], b[1]));
                    }
                }
            }
            PoolKind::Max => {
                for (y, (_, sources)) in y.iter_mut().zip(prepared.windows()) {
                    *y = winner(x, sources).map_or(f32::NEG_INFINITY, |w| x[w]);
                }
            }
            PoolKind::Average { .. } => {
                for (y, (window, sources)) in y.iter_mut().zip(prepared.windows()) {
                    *y = sources.iter().map(|s| x[*s as usize]).sum::<f32>() / window.divisor;
                }
            }
        }
    }
}

/// `dx (+)= poolᵀ(dy)`.
pub fn backward(
    op: &Pool2d,
    prepared: &Prepared,
    x: &[f32],
    dy: &[f32],
    dx: &mut [f32],
    accumulate: bool,
) {
    if !accumulate {
        dx.fill(0.0);
    }
    let [_, height, width] = op.input;
    let channels = x
        .chunks_exact(height * width)
        .zip(dy.chunks_exact(prepared.windows.len()))
        .zip(dx.chunks_exact_mut(height * width));
    for ((x, dy), dx) in channels {
        match op.kind {
            PoolKind::Max if prepared.pairs => {
                let rows = x.chunks_exact(2 * width).zip(dx.chunks_exact_mut(2 * width));
                for ((x, dx), dy) in rows.zip(dy.chunks_exact(op.output[1])) {
                    share_pairs(x, dy, dx);
                }
            }
            PoolKind::Max => {
                for (dy, (_, sources)) in dy.iter().zip(prepared.windows()) {
                    if let Some(winner) = winner(x, sources) {
                        dx[winner] += dy;
                    }
                }
            }
            PoolKind::Average { .. } => {
                for (dy, (window, sources)) in dy.iter().zip(prepared.windows()) {
                    let share = dy / window.divisor;
                    for source in sources {
                        dx[*source as usize] += share;
                    }
                }
            }
        }
    }
}

/// Neighbours of a row, two by two.
fn pairs(row: &[f32]) -> &[[f32; 2]] {
    row.as_chunks().0
}

/// The larger of two; a NaN stays, so that it is seen in the logits.
fn larger(a: f32, b: f32) -> f32 {
    if a >= b || a.is_nan() { a } else { b }
}

/// Adds the gradients of one row of 2×2 windows to the first largest of each.
///
/// The winner is an index, computed without branches: which of four it is can
/// not be predicted.
fn share_pairs(x: &[f32], dy: &[f32], dx: &mut [f32]) {
    let width = x.len() / 2;
    let (above, below) = x.split_at(width);
    let (d_above, d_below) = dx.split_at_mut(width);
    let to = d_above.as_chunks_mut::<2>().0.iter_mut().zip(d_below.as_chunks_mut::<2>().0);
    let from = pairs(above).iter().zip(pairs(below)).zip(dy);
    for ((d_above, d_below), ((a, b), dy)) in to.zip(from) {
        let (up, down) = (usize::from(a[0] < a[1]), usize::from(b[0] < b[1]));
        let lower = a[up] < b[down];
        // One of the two gets nothing added.
        let bits = dy.to_bits() & u32::from(lower).wrapping_neg();
        d_below[down] += f32::from_bits(bits);
        d_above[up] += f32::from_bits(dy.to_bits() ^ bits);
    }
}
