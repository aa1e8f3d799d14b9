//! `y = act(x·W + b)`: a product with a constant matrix.
//!
//! Shapes of one lane: `x [rows, k]`, `W [k, n]` row-major, `b [n]`,
//! `y [rows, n]`. With `dz = dy ⊙ act′(y)` the vector-Jacobian product is
//! `dx = dz·Wᵀ`. Weights are constants: no gradient is formed for them.

pub mod cpu;

use super::Activation;
use super::WeightId;

/// Sizes, weights and fused activation of one linear map.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// Rows of `x` in one lane; 1 for an ordinary dense layer.
    pub rows: usize,
    /// Length of the contracted axis.
    pub k: usize,
    /// Number of outputs (units).
    pub n: usize,
    /// `W`, `[k, n]` row-major.
    pub weight: WeightId,
    /// `b`, `[n]`.
    pub bias: Option<WeightId>,
    /// Applied to `x·W + b`.
    pub activation: Activation,
}
