//! The table of all kernels: name, source, uniform and storage bindings.
//!
//! A kernel has one name everywhere: entry point, pipeline label and test id;
//! `ops/<op>/<direction>.wgsl` holds the entries `<op>_<direction>` and, where
//! few lanes want another shape of work, `<op>_<direction>_few`. The machines of
//! `attack/resident` follow at the end. Binding 0 is
//! the uniform, read at a dynamic offset; the storage buffers follow in order.
//! Pipelines, the validation in `tests/suite/kernels.rs` and the benches iterate
//! over [`TABLE`], so that nothing is listed twice.

use std::mem::size_of;

use super::params::{
    AxisParams, BinaryBackwardParams, BinaryForwardParams, Conv2dParams, LinearParams, LossParams,
    MachineParams, MatMulParams, Pool2dParams, RearrangeBackwardParams, RearrangeForwardParams,
    SelectBackwardParams, SelectForwardParams, UnaryParams,
};

/// How a kernel uses a storage buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// `var<storage, read>`
    Read,
    /// `var<storage, read_write>`
    Write,
}

/// One kernel.
#[derive(Debug)]
pub struct Kernel {
    /// Entry point, label and test id.
    pub name: &'static str,
    /// WGSL, complete.
    pub source: &'static str,
    /// Bytes of the uniform at binding 0.
    pub params: usize,
    /// Storage buffers at bindings 1, 2, ….
    pub storage: &'static [Access],
}

const R: Access = Access::Read;
const W: Access = Access::Write;

macro_rules! kernels {
    ($($constant:ident = $name:literal, $params:ty, $storage:expr, [$($file:literal),*];)*) => {
        $(
            #[doc = concat!("`", $name, "`")]
            pub static $constant: Kernel = Kernel {
                name: $name,
                source: concat!($(include_str!($file), "\n"),*),
                params: size_of::<$params>(),
                storage: &$storage,
            };
        )*

        /// Every kernel.
        pub static TABLE: &[&Kernel] = &[$(&$constant),*];
    };
}

kernels! {
    LOSS = "loss", LossParams, [R, R, W, W], ["loss.wgsl"];
    LINEAR_FORWARD = "linear_forward", LinearParams, [R, R, R, W],
        ["math.wgsl", "activation.wgsl", "../../ops/linear/product.wgsl", "../../ops/linear/forward.wgsl"];
    LINEAR_FORWARD_FEW = "linear_forward_few", LinearParams, [R, R, R, W],
        ["math.wgsl", "activation.wgsl", "../../ops/linear/product.wgsl", "../../ops/linear/forward.wgsl"];
    LINEAR_BACKWARD = "linear_backward", LinearParams, [R, R, R, R, W],
        ["math.wgsl", "activation.wgsl", "../../ops/linear/product.wgsl", "../../ops/linear/backward.wgsl"];
    LINEAR_BACKWARD_FEW = "linear_backward_few", LinearParams, [R, R, R, R, W],
        ["math.wgsl", "activation.wgsl", "../../ops/linear/product.wgsl", "../../ops/linear/backward.wgsl"];
    MATMUL_FORWARD = "matmul_forward", MatMulParams, [R, R, W],
        ["../../ops/matmul/product.wgsl", "../../ops/matmul/forward.wgsl"];
    MATMUL_BACKWARD = "matmul_backward", MatMulParams, [R, R, W],
        ["../../ops/matmul/product.wgsl", "../../ops/matmul/backward.wgsl"];
    CONV2D_FORWARD = "conv2d_forward", Conv2dParams, [R, R, R, W],
        ["math.wgsl", "activation.wgsl", "../../ops/conv2d/correlation.wgsl", "../../ops/conv2d/forward.wgsl"];
    CONV2D_BACKWARD = "conv2d_backward", Conv2dParams, [R, R, R, R, W],
        ["math.wgsl", "activation.wgsl", "../../ops/conv2d/correlation.wgsl", "../../ops/conv2d/backward.wgsl"];
    POOL2D_FORWARD = "pool2d_forward", Pool2dParams, [R, W],
        ["../../ops/pool2d/window.wgsl", "../../ops/pool2d/forward.wgsl"];
    POOL2D_BACKWARD = "pool2d_backward", Pool2dParams, [R, R, R, W],
        ["math.wgsl", "activation.wgsl", "../../ops/pool2d/window.wgsl", "../../ops/pool2d/backward.wgsl"];
    UNARY_FORWARD = "unary_forward", UnaryParams, [R, W],
        ["math.wgsl", "../../ops/unary/forward.wgsl"];
    UNARY_BACKWARD = "unary_backward", UnaryParams, [R, R, W],
        ["math.wgsl", "../../ops/unary/backward.wgsl"];
    BINARY_FORWARD = "binary_forward", BinaryForwardParams, [R, R, R, R, W],
        ["math.wgsl", "../../ops/binary/forward.wgsl"];
    BINARY_BACKWARD = "binary_backward", BinaryBackwardParams, [R, R, R, R, R, R, W],
        ["math.wgsl", "../../ops/binary/backward.wgsl"];
    SELECT_FORWARD = "select_forward", SelectForwardParams, [R, R, R, W],
        ["../../ops/select/forward.wgsl"];
    SELECT_BACKWARD = "select_backward", SelectBackwardParams, [R, R, W],
        ["../../ops/select/backward.wgsl"];
    REDUCE_FORWARD = "reduce_forward", AxisParams, [R, W], ["../../ops/reduce/forward.wgsl"];
    REDUCE_BACKWARD = "reduce_backward", AxisParams, [R, R, R, W], ["../../ops/reduce/backward.wgsl"];
    SOFTMAX_FORWARD = "softmax_forward", AxisParams, [R, W], ["../../ops/softmax/forward.wgsl"];
    SOFTMAX_BACKWARD = "softmax_backward", AxisParams, [R, R, W], ["../../ops/softmax/backward.wgsl"];
    REARRANGE_FORWARD = "rearrange_forward", RearrangeForwardParams, [R, R, W],
        ["../../ops/rearrange/forward.wgsl"];
    REARRANGE_BACKWARD = "rearrange_backward", RearrangeBackwardParams, [R, R, R, W],
        ["../../ops/rearrange/backward.wgsl"];
    LANES_PLACE = "lanes_place", MachineParams, [R, R, R, W, W, W],
        ["../../attack/resident/lane.wgsl", "../../attack/resident/place.wgsl"];
    LANES_SCREEN = "lanes_screen", MachineParams, [W, W],
        ["../../attack/resident/lane.wgsl", "../../attack/resident/screen.wgsl"];
    BOUNDARY_MACHINE = "boundary_machine", MachineParams, [R, R, R, R, W, W, W, W],
        ["../../attack/resident/lane.wgsl", "../../attack/resident/machine.wgsl", "../../optim/vector.wgsl",
         "../../optim/projection.wgsl", "../../optim/scatter.wgsl", "../../attack/boundary/boundary.wgsl"];
    SZEGEDY_MACHINE = "szegedy_machine", MachineParams, [R, R, R, R, W, W, W, W],
        ["../../attack/resident/lane.wgsl", "../../attack/resident/machine.wgsl", "../../optim/vector.wgsl",
         "../../optim/lbfgs.wgsl", "../../attack/szegedy.wgsl"];
}
