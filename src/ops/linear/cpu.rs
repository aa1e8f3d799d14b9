//! CPU kernels of [`Linear`]: one matrix product over all rows of all lanes.

use super::Linear;
use crate::numeric::gemm::{PackedB, gemm};
use crate::numeric::{add_bias_rows, scale_by_derivative};
use crate::ops::Weight;

/// `W` packed for both directions.
pub struct Prepared {
    forward: PackedB,
    backward: PackedB,
    bias: Option<std::sync::Arc<[f32]>>,
}

impl Prepared {
    /// Packs the weights once per network.
    #[must_use]
    pub fn new(op: &Linear, weights: &[Weight]) -> Prepared {
        let w = &weights[op.weight.0].data;
        Prepared {
            forward: PackedB::pack(op.k, op.n, w, op.n, 1),
            backward: PackedB::pack(op.n, op.k, w, 1, op.n),
            bias: op.bias.map(|b| weights[b.0].data.clone()),
        }
    }
}

/// `y = act(x·W + b)`.
pub fn forward(op: &Linear, prepared: &Prepared, lanes: usize, x: &[f32], y: &mut [f32]) {
    gemm(lanes * op.rows, x, &prepared.forward, y, false);
    add_bias_rows(y, op.n, prepared.bias.as_deref(), op.activation);
}

/// `dx (+)= (dy ⊙ act′(y))·Wᵀ`; `dy` is overwritten with `dy ⊙ act′(y)`.
pub fn backward(
    op: &Linear,
    prepared: &Prepared,
    lanes: usize,
    y: &[f32],
    dy: &mut [f32],
    dx: &mut [f32],
    accumulate: bool,
) {
    scale_by_derivative(dy, y, op.activation);
    gemm(lanes * op.rows, dy, &prepared.backward, dx, accumulate);
}
