//! Kernels on the device, and the table of those of the operations.
//!
//! A kernel has one name everywhere: entry point, pipeline label and test id;
//! `<op>/<direction>.wgsl` holds the entries `<op>_<direction>` and, where few
//! lanes want another shape of work, `<op>_<direction>_few`. Binding 0 is the
//! uniform, read at a dynamic offset; the storage buffers follow in order.
//! Floors above have tables of their own, made by `kernels!`.

use super::params::{
    AxisParams, BinaryBackwardParams, BinaryForwardParams, Conv2dParams, LinearParams,
    MatMulParams, Pool2dParams, RearrangeBackwardParams, RearrangeForwardParams,
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

/// Kernels as statics, and `TABLE`, which lists them all.
///
/// A line is `CONSTANT = "entry", Params, [R, …, W], ["file.wgsl", …];` with
/// R and W for [`Access`], and files relative to the one that has the table.
macro_rules! kernels {
    ($($constant:ident = $name:literal, $params:ty, [$($access:ident),*], [$($file:literal),*];)*) => {
        $(
            #[doc = concat!("`", $name, "`")]
            pub static $constant: $crate::ops::kernels::Kernel = $crate::ops::kernels::Kernel {
                name: $name,
                source: concat!($(include_str!($file), "\n"),*),
                params: size_of::<$params>(),
                storage: &[$($crate::ops::kernels::kernels!(@ $access)),*],
            };
        )*

        /// Every kernel of this floor.
        pub static TABLE: &[&$crate::ops::kernels::Kernel] = &[$(&$constant),*];
    };
    (@ R) => { $crate::ops::kernels::Access::Read };
    (@ W) => { $crate::ops::kernels::Access::Write };
}
pub(crate) use kernels;

kernels! {
    LINEAR_FORWARD = "linear_forward", LinearParams, [R, R, R, W],
        ["../numeric/math.wgsl", "../numeric/activation.wgsl", "linear/product.wgsl", "linear/forward.wgsl"];
    LINEAR_FORWARD_FEW = "linear_forward_few", LinearParams, [R, R, R, W],
        ["../numeric/math.wgsl", "../numeric/activation.wgsl", "linear/product.wgsl", "linear/forward.wgsl"];
    LINEAR_BACKWARD = "linear_backward", LinearParams, [R, R, R, R, W],
        ["../numeric/math.wgsl", "../numeric/activation.wgsl", "linear/product.wgsl", "linear/backward.wgsl"];
    LINEAR_BACKWARD_FEW = "linear_backward_few", LinearParams, [R, R, R, R, W],
        ["../numeric/math.wgsl", "../numeric/activation.wgsl", "linear/product.wgsl", "linear/backward.wgsl"];
    MATMUL_FORWARD = "matmul_forward", MatMulParams, [R, R, W],
        ["matmul/product.wgsl", "matmul/forward.wgsl"];
    MATMUL_BACKWARD = "matmul_backward", MatMulParams, [R, R, W],
        ["matmul/product.wgsl", "matmul/backward.wgsl"];
    CONV2D_FORWARD = "conv2d_forward", Conv2dParams, [R, R, R, W],
        ["../numeric/math.wgsl", "../numeric/activation.wgsl", "conv2d/correlation.wgsl", "conv2d/forward.wgsl"];
    CONV2D_BACKWARD = "conv2d_backward", Conv2dParams, [R, R, R, R, W],
        ["../numeric/math.wgsl", "../numeric/activation.wgsl", "conv2d/correlation.wgsl", "conv2d/backward.wgsl"];
    POOL2D_FORWARD = "pool2d_forward", Pool2dParams, [R, W],
        ["pool2d/window.wgsl", "pool2d/forward.wgsl"];
    POOL2D_BACKWARD = "pool2d_backward", Pool2dParams, [R, R, R, W],
        ["../numeric/math.wgsl", "../numeric/activation.wgsl", "pool2d/window.wgsl", "pool2d/backward.wgsl"];
    UNARY_FORWARD = "unary_forward", UnaryParams, [R, W],
        ["../numeric/math.wgsl", "unary/forward.wgsl"];
    UNARY_BACKWARD = "unary_backward", UnaryParams, [R, R, W],
        ["../numeric/math.wgsl", "unary/backward.wgsl"];
    BINARY_FORWARD = "binary_forward", BinaryForwardParams, [R, R, R, R, W],
        ["../numeric/math.wgsl", "binary/forward.wgsl"];
    BINARY_BACKWARD = "binary_backward", BinaryBackwardParams, [R, R, R, R, R, R, W],
        ["../numeric/math.wgsl", "binary/backward.wgsl"];
    SELECT_FORWARD = "select_forward", SelectForwardParams, [R, R, R, W],
        ["select/forward.wgsl"];
    SELECT_BACKWARD = "select_backward", SelectBackwardParams, [R, R, W],
        ["select/backward.wgsl"];
    REDUCE_FORWARD = "reduce_forward", AxisParams, [R, W], ["reduce/forward.wgsl"];
    REDUCE_BACKWARD = "reduce_backward", AxisParams, [R, R, R, W], ["reduce/backward.wgsl"];
    SOFTMAX_FORWARD = "softmax_forward", AxisParams, [R, W],
        ["../numeric/math.wgsl", "softmax/forward.wgsl"];
    SOFTMAX_BACKWARD = "softmax_backward", AxisParams, [R, R, W], ["softmax/backward.wgsl"];
    REARRANGE_FORWARD = "rearrange_forward", RearrangeForwardParams, [R, R, W],
        ["rearrange/forward.wgsl"];
    REARRANGE_BACKWARD = "rearrange_backward", RearrangeBackwardParams, [R, R, R, W],
        ["rearrange/backward.wgsl"];
}
