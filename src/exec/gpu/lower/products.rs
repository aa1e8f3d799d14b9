//! Linear, MatMul and Conv2d: packed weights and the shape of their work.

use crate::exec::gpu::program::{Dispatch, Extent, Grid, Slot};
use crate::exec::plan::{BackwardStep, ForwardStep, InputGradient};
use crate::ops::kernels::{self, Kernel};
use crate::ops::params::{Conv2dParams, LinearParams, MatMulParams};
use crate::ops::{Conv2d, Linear, MatMul};

use super::{GROUP, Lowering, elements, flag, window};

/// Up to so many rows the kernel that slices the inner axis serves.
const FEW_ROWS: usize = 32;

/// From so many quads on, the inner axis is cut in slices.
const LONG: usize = 64;

impl Lowering<'_> {
    pub(super) fn linear_forward(&mut self, op: &Linear, step: &ForwardStep) {
        let weights = self.weight(op.weight);
        let packed = squares(op.k, op.n, |k, n| weights[k * op.n + n]);
        let mut bias = op.bias.map_or_else(|| vec![0.0; op.n], |id| self.weight(id).to_vec());
        bias.resize(op.n.next_multiple_of(8), 0.0);
        let slots = vec![
            Slot::Lanes(step.inputs[0]),
            self.constant(&packed),
            self.constant(&bias),
            Slot::Lanes(step.output),
        ];
        let constants = vec![("ACTIVATION", f64::from(op.activation as u32))];
        let kernels = [&kernels::LINEAR_FORWARD, &kernels::LINEAR_FORWARD_FEW];
        self.linear(kernels, constants, [op.rows, op.k, op.n], slots);
    }

    pub(super) fn linear_backward(
        &mut self,
        op: &Linear,
        step: &BackwardStep,
        due: &InputGradient,
    ) {
        let weights = self.weight(op.weight);
        let packed = squares(op.n, op.k, |n, k| weights[k * op.n + n]);
        let own = self.own_slope(op.activation, step);
        let below = self.slope_below(step, due);
        let slots = vec![
            Slot::Lanes(step.gradient),
            self.constant(&packed),
            own.value,
            below.value,
            Slot::Lanes(due.buffer),
        ];
        let constants = vec![
            ("ACTIVATION", own.activation),
            ("BELOW", below.activation),
            ("ACCUMULATE", flag(due.accumulate)),
        ];
        let kernels = [&kernels::LINEAR_BACKWARD, &kernels::LINEAR_BACKWARD_FEW];
        self.linear(kernels, constants, [op.rows, op.n, op.k], slots);
    }

    pub(super) fn linear(
        &mut self,
        [many, few]: [&'static Kernel; 2],
        mut constants: Vec<(&'static str, f64)>,
        [rows, inner, columns]: [usize; 3],
        slots: Vec<Slot>,
    ) {
        let grid = |tile_quads, tile_rows| {
            [
                Extent { items: columns.div_ceil(4), per_lane: false, per_group: tile_quads },
                Extent { items: rows, per_lane: true, per_group: tile_rows },
                Extent::ONE,
            ]
        };
        constants.push(("ALIGNED", flag(inner % 4 == 0)));
        let slices = if inner.div_ceil(4) < LONG { 1 } else { 4 };
        let mut few_constants = constants.clone();
        few_constants.push(("SLICES", slices as f64));
        let few = Dispatch { kernel: few, constants: few_constants, grid: grid(GROUP / slices, 4) };
        let params = LinearParams {
            lanes: 0,
            rows: rows as u32,
            inner: inner as u32,
            columns: columns as u32,
        };
        self.push(many, constants, grid(16, 64), params, slots);
        let step = self.steps.last_mut().expect("just pushed");
        step.few = Some((FEW_ROWS / rows, few));
    }

    // MatMul

    pub(super) fn matmul_forward(&mut self, op: &MatMul, step: &ForwardStep) {
        let params = MatMulParams {
            lanes: 0,
            batch: op.batch as u32,
            rows: op.m as u32,
            columns: op.n as u32,
            inner: op.k as u32,
            left_row: op.k as u32,
            left_inner: 1,
            right_inner: op.n as u32,
            right_column: 1,
        };
        let slots = [step.inputs[0], step.inputs[1], step.output].map(Slot::Lanes).to_vec();
        self.matmul(&kernels::MATMUL_FORWARD, Vec::new(), params, slots);
    }

    pub(super) fn matmul_backward(
        &mut self,
        op: &MatMul,
        step: &BackwardStep,
        due: &InputGradient,
    ) {
        let (m, k, n) = (op.m as u32, op.k as u32, op.n as u32);
        let batch = op.batch as u32;
        let (params, factors) = if due.input == 0 {
            let params = MatMulParams {
                lanes: 0,
                batch,
                rows: m,
                columns: k,
                inner: n,
                left_row: n,
                left_inner: 1,
                right_inner: 1,
                right_column: n,
            };
            (params, [step.gradient, step.inputs[1]])
        } else {
            let params = MatMulParams {
                lanes: 0,
                batch,
                rows: k,
                columns: n,
                inner: m,
                left_row: 1,
                left_inner: k,
                right_inner: n,
                right_column: 1,
            };
            (params, [step.inputs[0], step.gradient])
        };
        let slots = [factors[0], factors[1], due.buffer].map(Slot::Lanes).to_vec();
        let constants = vec![("ACCUMULATE", flag(due.accumulate))];
        self.matmul(&kernels::MATMUL_BACKWARD, constants, params, slots);
    }

    pub(super) fn matmul(
        &mut self,
        kernel: &'static Kernel,
        constants: Vec<(&'static str, f64)>,
        params: MatMulParams,
        slots: Vec<Slot>,
    ) {
        let work = params.batch * params.rows * params.columns.div_ceil(4);
        self.push(kernel, constants, elements(work as usize), params, slots);
    }

    // Conv2d

    pub(super) fn conv2d_forward(&mut self, op: &Conv2d, step: &ForwardStep) {
        let weights = self.weight(op.weight);
        let [kh, kw] = op.kernel;
        let (ins, outs) = (op.input[0] / op.groups, op.output[0] / op.groups);
        let slides = [0, 1].map(|axis: usize| op.stride[axis] == op.dilation[axis]);
        let shape = Blocks::new([op.groups, outs, ins], op.kernel, slides);
        let packed =
            shape.pack(|channel, c, [u, v]| weights[((channel * ins + c) * kh + u) * kw + v]);
        let bias = op.bias.map(|id| self.weight(id));
        let bias = shape.pack_bias(|channel| bias.map_or(0.0, |b| b[channel]));
        let params = Conv2dParams {
            lanes: 0,
            groups: op.groups as u32,
            in_channels: ins as u32,
            in_height: op.input[1] as u32,
            in_width: op.input[2] as u32,
            out_channels: outs as u32,
            out_height: op.output[1] as u32,
            out_width: op.output[2] as u32,
            blocks: shape.blocks as u32,
            pad_y: op.pad[0] as i32,
            pad_x: op.pad[1] as i32,
        };
        let mut constants = window(op.kernel, op.stride, op.dilation);
        constants.push(("ACTIVATION", f64::from(op.activation as u32)));
        constants.extend(shape.constants());
        let slots = vec![
            Slot::Lanes(step.inputs[0]),
            self.constant(&packed),
            self.constant(&bias),
            Slot::Lanes(step.output),
        ];
        let grid = shape.grid(&params);
        self.push(&kernels::CONV2D_FORWARD, constants, grid, params, slots);
    }

    pub(super) fn conv2d_backward(
        &mut self,
        op: &Conv2d,
        step: &BackwardStep,
        due: &InputGradient,
    ) {
        let weights = self.weight(op.weight);
        let [kh, kw] = op.kernel;
        let (ins, outs) = (op.input[0] / op.groups, op.output[0] / op.groups);
        let slides = op.dilation.map(|dilation| dilation == 1);
        let shape = Blocks::new([op.groups, ins, outs], op.kernel, slides);
        // Kernels turned round, input and output channels exchanged.
        let packed = shape.pack(|channel, out, [u, v]| {
            let out = channel / ins * outs + out;
            weights[((out * ins + channel % ins) * kh + kh - 1 - u) * kw + kw - 1 - v]
        });
        let own = self.own_slope(op.activation, step);
        let below = self.slope_below(step, due);
        let turned =
            |axis: usize| ((op.kernel[axis] - 1) * op.dilation[axis]) as i32 - op.pad[axis] as i32;
        let params = Conv2dParams {
            lanes: 0,
            groups: op.groups as u32,
            in_channels: outs as u32,
            in_height: op.output[1] as u32,
            in_width: op.output[2] as u32,
            out_channels: ins as u32,
            out_height: op.input[1] as u32,
            out_width: op.input[2] as u32,
            blocks: shape.blocks as u32,
            pad_y: turned(0),
            pad_x: turned(1),
        };
        let mut constants = window(op.kernel, [1, 1], op.dilation);
        constants.push(("SPREAD_Y", op.stride[0] as f64));
        constants.push(("SPREAD_X", op.stride[1] as f64));
        constants.push(("ACTIVATION", own.activation));
        constants.push(("BELOW", below.activation));
        constants.push(("ACCUMULATE", flag(due.accumulate)));
        constants.extend(shape.constants());
        let slots = vec![
            Slot::Lanes(step.gradient),
            self.constant(&packed),
            own.value,
            below.value,
            Slot::Lanes(due.buffer),
        ];
        let grid = shape.grid(&params);
        self.push(&kernels::CONV2D_BACKWARD, constants, grid, params, slots);
    }
}

/// A matrix in blocks of 4 × 4, padded with zeros to an even number of them a row.
fn squares(rows: usize, columns: usize, at: impl Fn(usize, usize) -> f32) -> Vec<f32> {
    let width = columns.next_multiple_of(8);
    let mut packed = vec![0.0; rows.next_multiple_of(4) * width];
    for row in 0..rows {
        for column in 0..columns {
            let block = row / 4 * (width / 4) + column / 4;
            packed[block * 16 + row % 4 * 4 + column % 4] = at(row, column);
        }
    }
    packed
}

/// Rows and columns of a kernel that a thread goes through at once, at most.
const MOST_TAPS: usize = 5;

/// Kernels of a correlation as the device wants them: output channels in
/// blocks of four a group, or alone; kernels in equal patches of taps.
struct Blocks {
    groups: usize,
    outs: usize,
    ins: usize,
    kernel: [usize; 2],
    blocks: usize,
    /// Rows and columns of a patch.
    taps: [usize; 2],
}

impl Blocks {
    /// Of groups with so many output and input channels each. A window slides
    /// along an axis if it is its neighbour's, moved on by one tap.
    fn new(channels: [usize; 3], kernel: [usize; 2], slides: [bool; 2]) -> Blocks {
        let [groups, outs, ins] = channels;
        let taps = [0, 1].map(|axis: usize| {
            let patches = kernel[axis].div_ceil(if slides[axis] { MOST_TAPS } else { 1 });
            kernel[axis].div_ceil(patches)
        });
        Blocks { groups, outs, ins, kernel, blocks: outs.div_ceil(4), taps }
    }

    /// Whether a group has one output channel.
    fn is_narrow(&self) -> bool {
        self.outs == 1
    }

    fn constants(&self) -> [(&'static str, f64); 3] {
        let [height, width] = self.taps.map(|taps| taps as f64);
        [("TAPS_Y", height), ("TAPS_X", width), ("NARROW", flag(self.is_narrow()))]
    }

    /// Numbers from a function of output channel (of all groups), input channel
    /// (of the group) and place in the kernel; zero where there are none.
    fn pack(&self, at: impl Fn(usize, usize, [usize; 2]) -> f32) -> Vec<f32> {
        let mut packed = Vec::new();
        for block in 0..self.groups * self.blocks {
            for c in 0..self.ins {
                for u in (0..self.kernel[0]).step_by(self.taps[0]) {
                    // Columns of a patch, and of the patches beside it.
                    for v in 0..self.kernel[1].next_multiple_of(self.taps[1]) {
                        self.pack_column(&mut packed, block, |channel, t| {
                            let there = u + t < self.kernel[0] && v < self.kernel[1];
                            if there { at(channel, c, [u + t, v]) } else { 0.0 }
                        });
                    }
                }
            }
        }
        packed
    }

    /// One column of a patch, of a function of output channel and row.
    fn pack_column(&self, packed: &mut Vec<f32>, block: usize, at: impl Fn(usize, usize) -> f32) {
        let (group, first) = (block / self.blocks, block % self.blocks * 4);
        if self.is_narrow() {
            packed.extend((0..8).map(|t| if t < self.taps[0] { at(group, t) } else { 0.0 }));
            return;
        }
        for t in 0..self.taps[0] {
            packed.extend((first..first + 4).map(|channel| {
                if channel < self.outs { at(group * self.outs + channel, t) } else { 0.0 }
            }));
        }
    }

    /// One number an output channel, in the same blocks.
    fn pack_bias(&self, at: impl Fn(usize) -> f32) -> Vec<f32> {
        let mut packed = vec![0.0; self.groups * self.blocks * 4];
        for channel in 0..self.groups * self.outs {
            let (group, own) = (channel / self.outs, channel % self.outs);
            packed[group * self.blocks * 4 + own] = at(channel);
        }
        packed
    }

    /// Pieces of 4 × 4 pixels of all lanes along x, blocks of channels along y.
    fn grid(&self, params: &Conv2dParams) -> Grid {
        let pieces = (params.out_height.div_ceil(4) * params.out_width.div_ceil(4)) as usize;
        let blocks = self.groups * self.blocks;
        [
            Extent { items: pieces, per_lane: true, per_group: GROUP },
            Extent { items: blocks, per_lane: false, per_group: 1 },
            Extent::ONE,
        ]
    }
}
