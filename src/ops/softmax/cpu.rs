//! CPU kernels of [`Softmax`].

use super::Softmax;

/// `y = softmax(x)` or its logarithm, over all lanes.
pub fn forward(op: &Softmax, x: &[f32], y: &mut [f32]) {
    let size = op.len * op.inner;
    for (x, y) in x.chunks_exact(size).zip(y.chunks_exact_mut(size)) {
        for inner in 0..op.inner {
            let at = |i: usize| i * op.inner + inner;
            let later = |best: usize, i: usize| if x[at(i)] > x[at(best)] { i } else { best };
            let leader = (1..op.len).fold(0, later);
            let largest = x[at(leader)];
            // Σ e^z of all but the leader, whose own is 1: ln(1 + it) keeps what is small.
            let rest = (0..op.len).filter(|i| *i != leader);
            let others: f32 = rest.map(|i| (x[at(i)] - largest).exp()).sum();
            let (sum, logarithm) = (1.0 + others, others.ln_1p());
            for i in 0..op.len {
                let shifted = x[at(i)] - largest;
                y[at(i)] = if op.log { shifted - logarithm } else { shifted.exp() / sum };
            }
        }
    }
}

/// The vector-Jacobian product, from the values `y`.
pub fn backward(op: &Softmax, y: &[f32], dy: &[f32], dx: &mut [f32], accumulate: bool) {
    let size = op.len * op.inner;
    let lines = y.chunks_exact(size).zip(dy.chunks_exact(size)).zip(dx.chunks_exact_mut(size));
    for ((y, dy), dx) in lines {
        for inner in 0..op.inner {
            let at = |i: usize| i * op.inner + inner;
            let weight = |i: usize| if op.log { 1.0 } else { y[at(i)] };
            let total: f32 = (0..op.len).map(|i| dy[at(i)] * weight(i)).sum();
            for i in 0..op.len {
                let share = if op.log {
                    dy[at(i)] - y[at(i)].exp() * total
                } else {
                    y[at(i)] * (dy[at(i)] - total)
                };
                dx[at(i)] = if accumulate { dx[at(i)] + share } else { share };
            }
        }
    }
}
