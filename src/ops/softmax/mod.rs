//! Softmax or log-softmax along one axis of `[outer, len, inner]`.
//!
//! `y = e^(x−m)/Σe^(x−m)` with `m = max x`; in logarithms
//! `y = x − m − ln Σe^(x−m)`, where the sum of all but the largest is kept apart, so that the
//! logarithm of a probability near 1 is right, too. Vector-Jacobian products:
//! `dx = y ⊙ (dy − Σ dy⊙y)` and `dx = dy − e^y Σ dy`.
//! A softmax at the end of a network is peeled off on import, so this is for
//! inner axes, as in attention.

pub mod cpu;

/// One softmax.
#[derive(Clone, Debug, PartialEq)]
pub struct Softmax {
    /// Whether the logarithm is taken.
    pub log: bool,
    /// Product of the axes before.
    pub outer: usize,
    /// Length of the normalised axis.
    pub len: usize,
    /// Product of the axes behind.
    pub inner: usize,
}
