//! Sum, mean, maximum or minimum along one axis.
//!
//! One lane of `x` is seen as `[outer, len, inner]`, of `y` as `[outer, inner]`.
//! A sum hands its gradient to all, a mean a share, a maximum or minimum to
//! the first element that attains it.

pub mod cpu;

/// What is taken along the axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum ReduceKind {
    /// Σ x
    Sum = 0,
    /// Σ x / len
    Mean = 1,
    /// max x
    Max = 2,
    /// min x
    Min = 3,
}

/// One reduction.
#[derive(Clone, Debug, PartialEq)]
pub struct Reduce {
    /// What is taken.
    pub kind: ReduceKind,
    /// Product of the axes before.
    pub outer: usize,
    /// Length of the axis that goes.
    pub len: usize,
    /// Product of the axes behind.
    pub inner: usize,
}
