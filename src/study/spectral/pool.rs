//! Norms of pooling.
//!
//! A maximum over windows has exactly the constant `√m`, where `m` is the
//! largest number of windows that one position lies in: 1 where windows do not
//! overlap (Szegedy et al., section 4.3, say ≤ 1). An average over windows is
//! the Kronecker product of a matrix for the rows and one for the columns, and
//! its norm is the product of theirs.

use super::dense;
use crate::ops::pool2d::cpu::span;
use crate::ops::{Pool2d, PoolKind};

/// The exact Lipschitz constant of a pooling, channel by channel.
pub(super) fn norm(op: &Pool2d) -> f64 {
    match op.kind {
        PoolKind::Max => (overlap(op, 0) * overlap(op, 1)).sqrt(),
        PoolKind::Average { count_include_pad } => {
            let axis =
                |axis: usize| dense::norm(&mean(op, axis, count_include_pad), op.input[axis + 1]);
            axis(0) * axis(1)
        }
    }
}

/// Largest number of windows that one position of an axis lies in.
fn overlap(op: &Pool2d, axis: usize) -> f64 {
    let mut count = vec![0.0f64; op.input[axis + 1]];
    for out in 0..op.output[axis] {
        positions(op, axis, out).for_each(|at| count[at] += 1.0);
    }
    count.into_iter().fold(0.0, f64::max)
}

/// The averaging matrix of one axis, `[output, input]`.
fn mean(op: &Pool2d, axis: usize, count_include_pad: bool) -> Vec<f64> {
    let size = op.input[axis + 1];
    let mut matrix = vec![0.0; op.output[axis] * size];
    for (out, row) in matrix.chunks_exact_mut(size).enumerate() {
        let (_, within, counted) = span(op, axis, out);
        let divisor = if count_include_pad { counted } else { within }.max(1);
        positions(op, axis, out).for_each(|at| row[at] = 1.0 / divisor as f64);
    }
    matrix
}

/// Positions of an axis that lie in one window.
fn positions(op: &Pool2d, axis: usize, out: usize) -> impl Iterator<Item = usize> + use<> {
    let (run, count, _) = span(op, axis, out);
    let (origin, dilation) = (run.start, op.dilation[axis]);
    (0..count).map(move |tap| origin + tap * dilation)
}
