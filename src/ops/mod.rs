//! The differentiable operations a [`Network`](crate::model::Network) is made of.
//!
//! One operation, one folder: `mod.rs` says what it computes, with shapes and
//! the vector-Jacobian product; `cpu.rs` is the CPU kernel; `forward.wgsl` and
//! `backward.wgsl` are its twins on the device. Every tensor has an outer lane
//! axis that no operation mixes; shapes in this module are those of one lane.
//!
//! Conventions of all kernels: tensors are dense, row-major `f32`, lane after
//! lane. `forward` overwrites its output. `backward` is given ∂L/∂y and either
//! stores ∂L/∂x or adds to it (`accumulate`), because a value that is used
//! twice receives the sum of both gradients.

use std::sync::Arc;

pub mod binary;
pub mod conv2d;
pub mod kernels;
pub mod linear;
pub mod matmul;
pub mod params;
pub mod pool2d;
pub mod rearrange;
pub mod reduce;
pub mod select;
pub mod softmax;
pub mod unary;

pub use crate::numeric::Activation;
pub use binary::{Binary, BinaryKind, Operand};
pub use conv2d::Conv2d;
pub use linear::Linear;
pub use matmul::MatMul;
pub use pool2d::{Pool2d, PoolKind};
pub use rearrange::{Part, Rearrange};
pub use reduce::{Reduce, ReduceKind};
pub use select::Select;
pub use softmax::Softmax;
pub use unary::{Unary, UnaryKind};

/// Index of a constant among a network's weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WeightId(pub usize);

/// A constant tensor: the same for all lanes.
#[derive(Clone, Debug, PartialEq)]
pub struct Weight {
    /// Name in the ONNX file, for messages.
    pub name: String,
    /// Axes, row-major.
    pub shape: Vec<usize>,
    /// Elements.
    pub data: Arc<[f32]>,
}

/// One differentiable operation, with every size resolved.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// The image, in [0, 1].
    Input,
    /// The same elements under another shape; never copies.
    Reshape,
    /// `y = act(x·W + b)` with a constant `W`.
    Linear(Linear),
    /// Batched product of two computed matrices.
    MatMul(MatMul),
    /// Two-dimensional cross-correlation with constant kernels.
    Conv2d(Conv2d),
    /// Maximum or average over windows.
    Pool2d(Pool2d),
    /// A function of each element.
    Unary(Unary),
    /// A function of two elements, with broadcasting.
    Binary(Binary),
    /// `cond ? a : b`, element by element.
    Select(Select),
    /// Sum, mean, maximum or minimum along one axis.
    Reduce(Reduce),
    /// Softmax or log-softmax along one axis.
    Softmax(Softmax),
    /// Strided copies: transpose, slice, concat, pad, broadcast.
    Rearrange(Rearrange),
}

impl Op {
    /// The name of the operation: its folder, its kernels' labels, its tests.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Op::Input => "input",
            Op::Reshape => "reshape",
            Op::Linear(_) => "linear",
            Op::MatMul(_) => "matmul",
            Op::Conv2d(_) => "conv2d",
            Op::Pool2d(_) => "pool2d",
            Op::Unary(_) => "unary",
            Op::Binary(_) => "binary",
            Op::Select(_) => "select",
            Op::Reduce(_) => "reduce",
            Op::Softmax(_) => "softmax",
            Op::Rearrange(_) => "rearrange",
        }
    }

    /// Whether the operation's derivative is continuous where it is defined.
    #[must_use]
    pub fn is_smooth(&self) -> bool {
        match self {
            Op::Linear(op) => op.activation.is_smooth(),
            Op::Conv2d(op) => op.activation.is_smooth(),
            Op::Pool2d(op) => op.kind != PoolKind::Max,
            Op::Unary(op) => op.is_smooth(),
            Op::Binary(op) => op.kind.is_smooth(),
            Op::Reduce(op) => matches!(op.kind, ReduceKind::Sum | ReduceKind::Mean),
            Op::Select(_) => false,
            Op::Input | Op::Reshape | Op::MatMul(_) | Op::Softmax(_) | Op::Rearrange(_) => true,
        }
    }
}
