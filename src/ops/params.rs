//! The uniform of each kernel, as it lies in device memory.
//!
//! Every struct begins with `lanes`, the only field that changes between
//! evaluations. Names and order are those of `struct Params` in the WGSL; a
//! test reflects the shaders and compares sizes.

/// Uniforms that begin with `lanes`.
macro_rules! params {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
        #[repr(C)]
        #[allow(missing_docs, unreachable_pub)]
        pub struct $name {
            pub lanes: u32,
            $(pub $field: $kind,)*
        }
    )*};
}
pub(crate) use params;

params! {
    /// Of `linear_forward` and `linear_backward`: `[rows, inner]·[inner, columns]` a lane.
    LinearParams { rows: u32, inner: u32, columns: u32 }

    /// Of `matmul_forward` and `matmul_backward`: sizes and steps of the factors.
    MatMulParams {
        batch: u32,
        rows: u32,
        columns: u32,
        inner: u32,
        left_row: u32,
        left_inner: u32,
        right_inner: u32,
        right_column: u32,
    }

    /// Of `conv2d_forward` and `conv2d_backward`; channels are those of a group.
    Conv2dParams {
        groups: u32,
        in_channels: u32,
        in_height: u32,
        in_width: u32,
        out_channels: u32,
        out_height: u32,
        out_width: u32,
        blocks: u32,
        pad_y: i32,
        pad_x: i32,
    }

    /// Of `pool2d_forward` and `pool2d_backward`.
    Pool2dParams {
        channels: u32,
        in_height: u32,
        in_width: u32,
        out_height: u32,
        out_width: u32,
        end_y: i32,
        end_x: i32,
    }

    /// Of `unary_forward` and `unary_backward`.
    UnaryParams { len: u32, a: f32, b: f32 }

    /// Of `binary_forward`: elements a lane of the output and of the operands.
    BinaryForwardParams { len: u32, a_step: u32, b_step: u32 }

    /// Of `binary_backward`: the operand that gets a gradient, and the other.
    BinaryBackwardParams { len: u32, own_len: u32, other_step: u32 }

    /// Of `select_forward`.
    SelectForwardParams { len: u32, condition_step: u32, a_step: u32, b_step: u32 }

    /// Of `select_backward`.
    SelectBackwardParams { len: u32, condition_step: u32 }

    /// Of the reduce and softmax kernels: `[outer, len, inner]` a lane.
    AxisParams { outer: u32, len: u32, inner: u32 }

    /// Of `rearrange_forward`.
    RearrangeForwardParams { x_len: u32, y_len: u32, fill: f32 }

    /// Of `rearrange_backward`.
    RearrangeBackwardParams { x_len: u32, y_len: u32 }
}
