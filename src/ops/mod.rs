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

use crate::exec::cpu::map::exp;

pub mod binary;
pub mod conv2d;
pub mod linear;
pub mod matmul;
pub mod pool2d;
pub mod rearrange;
pub mod reduce;
pub mod select;
pub mod softmax;
pub mod unary;

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

/// One differentiable operation, with every size resolved.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// The image, 784 pixels in [0, 1].
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

/// An activation that a kernel may fuse: its derivative follows from its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Activation {
    /// `y = z`, derivative 1.
    #[default]
    Identity = 0,
    /// `y = max(z, 0)`, derivative 1 where `y > 0`, else 0.
    Relu = 1,
    /// `y = 1/(1+e^−z)`, derivative `y(1−y)`.
    Sigmoid = 2,
    /// `y = tanh z`, derivative `1−y²`.
    Tanh = 3,
}

impl Activation {
    /// Whether the derivative is continuous.
    #[must_use]
    pub fn is_smooth(self) -> bool {
        self != Activation::Relu
    }

    /// The activation's value at the pre-activation `z`.
    #[inline(always)]
    #[must_use]
    pub fn value(self, z: f32) -> f32 {
        match self {
            Activation::Identity => z,
            Activation::Relu => z.max(0.0),
            Activation::Sigmoid => sigmoid(z),
            Activation::Tanh => tanh(z),
        }
    }

    /// The derivative with respect to the pre-activation, from the value `y`.
    #[inline(always)]
    #[must_use]
    pub fn derivative(self, y: f32) -> f32 {
        match self {
            Activation::Identity => 1.0,
            Activation::Relu => f32::from(y > 0.0),
            Activation::Sigmoid => y * (1.0 - y),
            Activation::Tanh => 1.0 - y * y,
        }
    }
}

/// The logistic function, without overflow at either end.
#[inline(always)]
#[must_use]
pub fn sigmoid(z: f32) -> f32 {
    1.0 / (1.0 + exp(-z))
}

/// The hyperbolic tangent, from one exponential.
#[inline(always)]
#[must_use]
pub fn tanh(z: f32) -> f32 {
    1.0 - 2.0 / (exp(2.0 * z) + 1.0)
}
