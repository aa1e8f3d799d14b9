//! `y = a·b` for a stack of computed matrices, as in attention.
//!
//! Shapes of one lane: `a [batch, m, k]`, `b [batch, k, n]`, `y [batch, m, n]`.
//! Vector-Jacobian products: `da = dy·bᵀ`, `db = aᵀ·dy`. Both operands are
//! inputs of the node, in that order.

pub mod cpu;

/// Sizes of one batched product.
#[derive(Clone, Debug, PartialEq)]
pub struct MatMul {
    /// Number of independent products in one lane.
    pub batch: usize,
    /// Rows of `a` and `y`.
    pub m: usize,
    /// The contracted axis.
    pub k: usize,
    /// Columns of `b` and `y`.
    pub n: usize,
}
