//! Direct correlation with channels side by side in vectors.
//!
//! Forward, a register tile holds a few neighbouring outputs of a row × one
//! panel of output channels, while the taps run: a tap's input is the same
//! number for the whole panel. Backward, it holds as many outputs × one panel
//! of input channels for a single tap, while the output channels run, and is
//! then added to where its values came from, in a gradient whose channels lie
//! side by side too. Vectors are full wherever channels fill them, whatever the
//! width of a row; the results have to be turned into planes, which long sums
//! make up for.

mod backward;
mod forward;

use super::Conv2d;
use crate::numeric::simd::{Vector, WIDTH};

pub(super) use backward::Backward;
pub(super) use forward::Forward;

/// Vectors across a panel.
const ACROSS: usize = 2;

/// Channels of a panel.
pub(super) const PANEL: usize = ACROSS * WIDTH;

/// Most outputs of a register tile; in Wasm few enough that it fits in registers with all that it
/// is made from, as in [`gemm`](crate::numeric::gemm).
const LONGEST: usize = if cfg!(target_arch = "wasm32") { 4 } else { 6 };

/// Weights of one group or several, `[groups, panels, depth, PANEL]`, channels filled up with zeros.
fn pack(
    groups: usize,
    channels: usize,
    depth: usize,
    at: impl Fn(usize, usize, usize) -> f32,
) -> Vec<f32> {
    let mut packed = Vec::with_capacity(groups * channels.next_multiple_of(PANEL) * depth);
    for group in 0..groups {
        for first in (0..channels).step_by(PANEL) {
            for i in 0..depth {
                packed.extend(
                    (first..first + PANEL).map(|channel| {
                        if channel < channels { at(group, channel, i) } else { 0.0 }
                    }),
                );
            }
        }
    }
    packed
}

/// Where the windows of one group's outputs lie in its input, zeros around it included.
#[derive(Clone, Debug)]
struct Windows {
    /// Channels of the input.
    channels: usize,
    /// Rows and columns that are read.
    rows: usize,
    columns: usize,
    /// Rows and columns of the outputs.
    output: [usize; 2],
    stride: [usize; 2],
    /// All outputs, every row cut evenly.
    tiles: Vec<Tile>,
}

/// Neighbouring outputs of one row, at most [`LONGEST`].
#[derive(Clone, Copy, Debug)]
struct Tile {
    row: usize,
    column: usize,
    length: usize,
}

impl Windows {
    fn new(op: &Conv2d) -> Windows {
        let reach = |axis: usize| {
            (op.output[axis + 1] - 1) * op.stride[axis] + (op.kernel[axis] - 1) * op.dilation[axis]
        };
        let [_, height, width] = op.output;
        let cuts = width.div_ceil(LONGEST);
        let tile = |row: usize, cut: usize| {
            let column = cut * width / cuts;
            Tile { row, column, length: (cut + 1) * width / cuts - column }
        };
        Windows {
            channels: op.input[0] / op.groups,
            rows: reach(0) + 1,
            columns: reach(1) + 1,
            output: [height, width],
            stride: op.stride,
            tiles: (0..height).flat_map(|row| (0..cuts).map(move |cut| tile(row, cut))).collect(),
        }
    }
}

/// Rows and columns of an input that lie inside the part that windows read.
fn inside(op: &Conv2d, windows: &Windows, axis: usize) -> std::ops::Range<usize> {
    let reach = [windows.rows, windows.columns][axis];
    op.pad[axis].min(reach)..reach.min(op.pad[axis] + op.input[axis + 1])
}

const REACH: &str = "windows end within the input";

#[inline(always)]
fn load<V: Vector>(from: &[f32; PANEL]) -> [V; ACROSS] {
    let parts = from.as_chunks::<WIDTH>().0;
    std::array::from_fn(|j| V::load(&parts[j]))
}

/// `sums[n][j] += values[n]·weights[j]`.
#[inline(always)]
fn accumulate<V: Vector, const N: usize>(
    sums: &mut [[V; ACROSS]; N],
    values: &[f32; N],
    weights: [V; ACROSS],
) {
    for (sums, value) in sums.iter_mut().zip(values) {
        let value = V::repeat(value);
        for (sum, weight) in sums.iter_mut().zip(weights) {
            *sum = value.multiply_add(weight, *sum);
        }
    }
}
