//! Maximum or average over windows, NCHW.
//!
//! Shapes of one lane: `x [c, h, w]`, `y [c, oh, ow]`. Positions outside `x`
//! never win a maximum; in an average they count as zeros in the divisor only
//! if `count_include_pad`. The gradient of a maximum goes to the first largest
//! element of the window (row by row), that of an average to all its members.

pub mod cpu;

/// What is taken over a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolKind {
    /// The largest element.
    Max,
    /// The mean; `count_include_pad` divides by the whole window at the rim.
    Average {
        /// Whether padded positions count in the divisor.
        count_include_pad: bool,
    },
}

/// Sizes of one pooling.
#[derive(Clone, Debug, PartialEq)]
pub struct Pool2d {
    /// What is taken over a window.
    pub kind: PoolKind,
    /// Input channels, height, width.
    pub input: [usize; 3],
    /// Output height and width.
    pub output: [usize; 2],
    /// Window height and width.
    pub kernel: [usize; 2],
    /// Step of the window.
    pub stride: [usize; 2],
    /// Rows above and columns to the left that are padding.
    pub pad: [usize; 2],
    /// Padding below and to the right; it enters divisors only.
    pub pad_end: [usize; 2],
    /// Distance between the elements of a window.
    pub dilation: [usize; 2],
}
