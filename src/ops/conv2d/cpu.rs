//! CPU kernels of [`Conv2d`]: windows unrolled into columns, then a matrix product.
//!
//! For one lane and group, column `(i, j)` holds the `K = c·kh·kw` inputs under
//! the window at `(i, j)`; the kernels are a `[d, K]` matrix. Backwards, the
//! product with the transposed kernels gives the columns' gradients, which are
//! added back to where they came from.

use super::Conv2d;
use crate::exec::cpu::gemm::{NR, PackedB, gemm};
use crate::exec::cpu::map::{activate, scale_by_derivative};
use crate::model::Network;

/// Kernels for both directions.
pub struct Prepared {
    /// `[d, K]` row-major.
    kernels: std::sync::Arc<[f32]>,
    /// One `[K, d/groups]` row-major matrix a group.
    transposed: Vec<f32>,
    bias: Option<std::sync::Arc<[f32]>>,
}

impl Prepared {
    /// Transposes the kernels once per network.
    #[must_use]
    pub fn new(op: &Conv2d, network: &Network) -> Prepared {
        let kernels = network.weight(op.weight).data.clone();
        let (k, d) = (depth(op), op.output[0] / op.groups);
        let mut transposed = Vec::with_capacity(kernels.len());
        for group in kernels.chunks_exact(d * k) {
            for tap in 0..k {
                transposed.extend((0..d).map(|unit| group[unit * k + tap]));
            }
        }
        let bias = op.bias.map(|b| network.weight(b).data.clone());
        Prepared { kernels, transposed, bias }
    }
}

/// Memory that is reused between calls.
#[derive(Default)]
pub struct Scratch {
    columns: PackedB,
    gradients: Vec<f32>,
}

/// Inputs under one window.
fn depth(op: &Conv2d) -> usize {
    op.input[0] / op.groups * op.kernel[0] * op.kernel[1]
}

/// Source column range of a tap: output columns `first..last` read inside `x`.
fn inside(op: &Conv2d, axis: usize, tap: usize) -> (usize, usize, isize) {
    let shift = (tap * op.dilation[axis]) as isize - op.pad[axis] as isize;
    let stride = op.stride[axis] as isize;
    let (source, out) = (op.input[axis + 1] as isize, op.output[axis + 1] as isize);
    let first = (-shift).max(0).div_ceil_by(stride).min(out);
    let last = (source - shift).div_ceil_by(stride).clamp(first, out);
    (first as usize, last as usize, shift)
}

trait DivCeil {
    fn div_ceil_by(self, divisor: isize) -> isize;
}

impl DivCeil for isize {
    /// Smallest integer not below `self / divisor`, for a positive divisor.
    fn div_ceil_by(self, divisor: isize) -> isize {
        -(-self).div_euclid(divisor)
    }
}

/// Fills the columns of one lane and group.
fn unroll(op: &Conv2d, x: &[f32], columns: &mut PackedB) {
    let [oh, ow] = [op.output[1], op.output[2]];
    let [h, w] = [op.input[1], op.input[2]];
    let k = depth(op);
    let panels = columns.reshape(k, oh * ow);
    panels.fill(0.0);
    let mut tap = 0;
    for channel in x.chunks_exact(h * w) {
        for u in 0..op.kernel[0] {
            let (top, bottom, down) = inside(op, 0, u);
            for v in 0..op.kernel[1] {
                let (left, right, across) = inside(op, 1, v);
                for i in top..bottom {
                    let row = ((i * op.stride[0]) as isize + down) as usize * w;
                    let mut position = i * ow + left;
                    let mut source =
                        (row as isize + (left * op.stride[1]) as isize + across) as usize;
                    let end = i * ow + right;
                    while position < end {
                        let (panel, lane) = (position / NR, position % NR);
                        let run = (NR - lane).min(end - position);
                        let start = (panel * k + tap) * NR + lane;
                        if op.stride[1] == 1 {
                            panels[start..start + run]
                                .copy_from_slice(&channel[source..source + run]);
                        } else {
                            for (offset, out) in panels[start..start + run].iter_mut().enumerate() {
                                *out = channel[source + offset * op.stride[1]];
                            }
                        }
                        position += run;
                        source += run * op.stride[1];
                    }
                }
                tap += 1;
            }
        }
    }
}

/// Adds the columns' gradients of one lane and group back to `dx`.
fn roll_back(op: &Conv2d, gradients: &[f32], dx: &mut [f32]) {
    let [oh, ow] = [op.output[1], op.output[2]];
    let [h, w] = [op.input[1], op.input[2]];
    let mut taps = gradients.chunks_exact(oh * ow);
    for channel in dx.chunks_exact_mut(h * w) {
        for u in 0..op.kernel[0] {
            let (top, bottom, down) = inside(op, 0, u);
            for v in 0..op.kernel[1] {
                let (left, right, across) = inside(op, 1, v);
                let tap = taps.next().expect("one row a tap");
                for i in top..bottom {
                    let row = ((i * op.stride[0]) as isize + down) as usize * w;
                    let start = (row as isize + (left * op.stride[1]) as isize + across) as usize;
                    let from = &tap[i * ow + left..i * ow + right];
                    if op.stride[1] == 1 {
                        for (out, g) in channel[start..start + from.len()].iter_mut().zip(from) {
                            *out += g;
                        }
                    } else {
                        for (offset, g) in from.iter().enumerate() {
                            channel[start + offset * op.stride[1]] += g;
                        }
                    }
                }
            }
        }
    }
}

/// `y = act(W ⋆ x + b)`.
pub fn forward(op: &Conv2d, prepared: &Prepared, scratch: &mut Scratch, x: &[f32], y: &mut [f32]) {
    let area = op.output[1] * op.output[2];
    let group_in = op.input.iter().product::<usize>() / op.groups;
    let units = op.output[0] / op.groups;
    let k = depth(op);
    for (index, (x, y)) in
        x.chunks_exact(group_in).zip(y.chunks_exact_mut(units * area)).enumerate()
    {
        let group = index % op.groups;
        unroll(op, x, &mut scratch.columns);
        let kernels = &prepared.kernels[group * units * k..(group + 1) * units * k];
        gemm(units, kernels, &scratch.columns, y, false);
        if let Some(bias) = &prepared.bias {
            for (row, b) in y.chunks_exact_mut(area).zip(&bias[group * units..]) {
                row.iter_mut().for_each(|v| *v += b);
            }
        }
    }
    activate(y, op.activation);
}

/// `dx (+)= Wᵀ ⋆ (dy ⊙ act′(y))`; `dy` is overwritten with `dy ⊙ act′(y)`.
pub fn backward(
    op: &Conv2d,
    prepared: &Prepared,
    scratch: &mut Scratch,
    y: &[f32],
    dy: &mut [f32],
    dx: &mut [f32],
    accumulate: bool,
) {
    scale_by_derivative(dy, y, op.activation);
    if !accumulate {
        dx.fill(0.0);
    }
    let area = op.output[1] * op.output[2];
    let group_in = op.input.iter().product::<usize>() / op.groups;
    let units = op.output[0] / op.groups;
    let k = depth(op);
    scratch.gradients.resize(k * area, 0.0);
    for (index, (dx, dy)) in
        dx.chunks_exact_mut(group_in).zip(dy.chunks_exact(units * area)).enumerate()
    {
        let group = index % op.groups;
        scratch.columns.repack(units, area, dy, area, 1);
        let kernels = &prepared.transposed[group * units * k..(group + 1) * units * k];
        gemm(k, kernels, &scratch.columns, &mut scratch.gradients, false);
        roll_back(op, &scratch.gradients, dx);
    }
}
