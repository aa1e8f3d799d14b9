//! Strided copies: transpose, slice, concat, pad, broadcast in one operation.
//!
//! The output of one lane is first filled with a constant; then each part
//! copies a strided box of an input to a strided box of the output. Boxes of
//! different parts do not overlap in the output. The vector-Jacobian product
//! copies back, adding up where a source element was read more than once
//! (stride 0: broadcast).

pub mod cpu;

/// One box: for every index `i < sizes`,
/// `y[dst_offset + i·dst_strides] = x[src_offset + i·src_strides]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Which input of the node is read.
    pub input: usize,
    /// Extent of the box, at most [`MAX_RANK`](super::binary::MAX_RANK) axes.
    pub sizes: Vec<usize>,
    /// First element read.
    pub src_offset: usize,
    /// Steps in the input; negative to flip, 0 to repeat.
    pub src_strides: Vec<isize>,
    /// First element written.
    pub dst_offset: usize,
    /// Steps in the output; positive.
    pub dst_strides: Vec<usize>,
}

/// One rearrangement.
#[derive(Clone, Debug, PartialEq)]
pub struct Rearrange {
    /// Elements of one lane of the output.
    pub len: usize,
    /// What stands where no part writes.
    pub fill: f32,
    /// Whether the parts leave elements of the output unwritten.
    pub has_fill: bool,
    /// The boxes.
    pub parts: Vec<Part>,
}
