//! CPU kernels of [`Reduce`].

use super::{Reduce, ReduceKind};

/// Position along the axis of the first extreme element of one line.
fn extreme(op: &Reduce, x: &[f32], inner: usize) -> usize {
    let mut best = 0;
    for i in 1..op.len {
        let (candidate, leader) = (x[i * op.inner + inner], x[best * op.inner + inner]);
        let wins = match op.kind {
            ReduceKind::Min => candidate < leader,
            _ => candidate > leader,
        };
        if wins {
            best = i;
        }
    }
    best
}

/// `y = reduce(x)`, over all lanes.
pub fn forward(op: &Reduce, x: &[f32], y: &mut [f32]) {
    for (x, y) in x.chunks_exact(op.len * op.inner).zip(y.chunks_exact_mut(op.inner)) {
        for (inner, y) in y.iter_mut().enumerate() {
            let line = (0..op.len).map(|i| x[i * op.inner + inner]);
            *y = match op.kind {
                ReduceKind::Sum => line.sum(),
                ReduceKind::Mean => line.sum::<f32>() / op.len as f32,
                ReduceKind::Max | ReduceKind::Min => x[extreme(op, x, inner) * op.inner + inner],
            };
        }
    }
}

/// `dx (+)= reduceᵀ(dy)`, over all lanes.
pub fn backward(op: &Reduce, x: &[f32], dy: &[f32], dx: &mut [f32], accumulate: bool) {
    if !accumulate {
        dx.fill(0.0);
    }
    let share = if op.kind == ReduceKind::Mean { 1.0 / op.len as f32 } else { 1.0 };
    let lines = x
        .chunks_exact(op.len * op.inner)
        .zip(dx.chunks_exact_mut(op.len * op.inner))
        .zip(dy.chunks_exact(op.inner));
    for ((x, dx), dy) in lines {
        for (inner, dy) in dy.iter().enumerate() {
            match op.kind {
                ReduceKind::Sum | ReduceKind::Mean => {
                    for i in 0..op.len {
                        dx[i * op.inner + inner] += dy * share;
                    }
                }
                ReduceKind::Max | ReduceKind::Min => {
                    dx[extreme(op, x, inner) * op.inner + inner] += dy;
                }
            }
        }
    }
}
