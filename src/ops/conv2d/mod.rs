//! Two-dimensional cross-correlation with constant kernels, NCHW.
//!
//! Shapes of one lane: `x [c, h, w]`, kernels `[d, c/groups, kh, kw]`,
//! `b [d]`, `y [d, oh, ow]`:
//! `y[d,i,j] = act(b[d] + Σ W[d,c,u,v]·x[c, i·s₀−p₀+u·δ₀, j·s₁−p₁+v·δ₁])`,
//! where positions outside `x` count as zero. With `dz = dy ⊙ act′(y)` the
//! vector-Jacobian product is the transposed correlation of `dz`.

pub mod cpu;

use super::Activation;
use super::WeightId;

/// Sizes, weights and fused activation of one convolution.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv2d {
    /// Input channels, height, width.
    pub input: [usize; 3],
    /// Output channels, height, width.
    pub output: [usize; 3],
    /// Kernel height and width.
    pub kernel: [usize; 2],
    /// Step of the window, vertical and horizontal.
    pub stride: [usize; 2],
    /// Zeros above and to the left; those below and right follow from the sizes.
    pub pad: [usize; 2],
    /// Distance between kernel taps.
    pub dilation: [usize; 2],
    /// Independent groups of channels.
    pub groups: usize,
    /// Kernels, `[d, c/groups, kh, kw]` row-major.
    pub weight: WeightId,
    /// `b`, `[d]`.
    pub bias: Option<WeightId>,
    /// Applied to the sum.
    pub activation: Activation,
}
