//! CPU kernels of [`Pool2d`].

use std::ops::Range;

use super::{Pool2d, PoolKind};

/// Input positions of one window along one axis, and the divisor's count.
fn window(op: &Pool2d, axis: usize, out: usize) -> (Range<usize>, usize, usize) {
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

/// Calls `visit(lane and channel, output index, source indices, divisor)` for every window.
fn windows(op: &Pool2d, planes: usize, mut visit: impl FnMut(usize, usize, &[usize], f32)) {
    let [h, w] = [op.input[1], op.input[2]];
    let mut sources = Vec::with_capacity(op.kernel[0] * op.kernel[1]);
    let mut table: Vec<(Vec<usize>, f32)> = Vec::with_capacity(op.output[0] * op.output[1]);
    for i in 0..op.output[0] {
        let (rows, row_count, row_counted) = window(op, 0, i);
        for j in 0..op.output[1] {
            let (columns, column_count, column_counted) = window(op, 1, j);
            sources.clear();
            for u in 0..row_count {
                for v in 0..column_count {
                    let row = rows.start + u * op.dilation[0];
                    let column = columns.start + v * op.dilation[1];
                    sources.push(row * w + column);
                }
            }
            let divisor = match op.kind {
                PoolKind::Average { count_include_pad: true } => row_counted * column_counted,
                _ => row_count * column_count,
            };
            table.push((sources.clone(), divisor.max(1) as f32));
        }
    }
    for plane in 0..planes {
        for (out, (sources, divisor)) in table.iter().enumerate() {
            visit(plane * h * w, plane * table.len() + out, sources, *divisor);
        }
    }
}

/// Index of the first largest source.
fn winner(x: &[f32], plane: usize, sources: &[usize]) -> Option<usize> {
    let mut best: Option<usize> = None;
    for source in sources {
        let index = plane + source;
        if best.is_none_or(|b| x[index] > x[b]) {
            best = Some(index);
        }
    }
    best
}

/// `y = pool(x)`.
pub fn forward(op: &Pool2d, lanes: usize, x: &[f32], y: &mut [f32]) {
    let planes = lanes * op.input[0];
    match op.kind {
        PoolKind::Max => windows(op, planes, |plane, out, sources, _| {
            y[out] = winner(x, plane, sources).map_or(f32::NEG_INFINITY, |w| x[w]);
        }),
        PoolKind::Average { .. } => windows(op, planes, |plane, out, sources, divisor| {
            y[out] = sources.iter().map(|s| x[plane + s]).sum::<f32>() / divisor;
        }),
    }
}

/// `dx (+)= poolᵀ(dy)`.
pub fn backward(
    op: &Pool2d,
    lanes: usize,
    x: &[f32],
    dy: &[f32],
    dx: &mut [f32],
    accumulate: bool,
) {
    if !accumulate {
        dx.fill(0.0);
    }
    let planes = lanes * op.input[0];
    match op.kind {
        PoolKind::Max => windows(op, planes, |plane, out, sources, _| {
            if let Some(winner) = winner(x, plane, sources) {
                dx[winner] += dy[out];
            }
        }),
        PoolKind::Average { .. } => windows(op, planes, |plane, out, sources, divisor| {
            let share = dy[out] / divisor;
            for s in sources {
                dx[plane + s] += share;
            }
        }),
    }
}
