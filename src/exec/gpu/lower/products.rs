//! Linear, MatMul and Conv2d: packed weights and the shape of their work.

use crate::exec::gpu::kernels::{self, Kernel};
use crate::exec::gpu::params::{Conv2dParams, LinearParams, MatMulParams};
use crate::exec::gpu::program::{Dispatch, Extent, Grid, Slot};
use crate::exec::plan::{BackwardStep, ForwardStep, InputGradient};
use crate::ops::{Activation, Conv2d, Linear, MatMul};

use super::{GROUP, Lowering, elements, flag, window};

/// Up to so many rows the kernel that slices the inner axis serves.
const FEW_ROWS: usize = 32;

impl Lowering<'_> {
    pub(super) fn linear_forward(&mut self, op: &Linear, step: &ForwardStep) {
        let weights = self.weight(op.weight);
        let packed = quads(op.k, op.n, |k, n| weights[k * op.n + n]);
        let bias = op.bias.map(|id| self.weight(id));
        let bias = quads(1, op.n, |_, n| bias.map_or(0.0, |b| b[n]));
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
        let packed = quads(op.n, op.k, |n, k| weights[k * op.n + n]);
        let slots = vec![
            Slot::Lanes(step.gradient),
            self.constant(&packed),
            self.result_of(op.activation, step),
            Slot::Lanes(due.buffer),
        ];
        let constants = vec![
            ("ACTIVATION", f64::from(op.activation as u32)),
            ("ACCUMULATE", flag(due.accumulate)),
        ];
        let kernels = [&kernels::LINEAR_BACKWARD, &kernels::LINEAR_BACKWARD_FEW];
        self.linear(kernels, constants, [op.rows, op.n, op.k], slots);
    }

    /// The forward value, if the activation's derivative needs it.
    pub(super) fn result_of(&mut self, activation: Activation, step: &BackwardStep) -> Slot {
        match activation {
            Activation::Identity => self.nothing(),
            _ => Slot::Lanes(step.output),
        }
    }

    pub(super) fn linear(
        &mut self,
        [many, few]: [&'static Kernel; 2],
        constants: Vec<(&'static str, f64)>,
        [rows, inner, columns]: [usize; 3],
        slots: Vec<Slot>,
    ) {
        let quads = columns.div_ceil(4);
        let grid = |tile_quads, tile_rows| {
            [
                Extent { items: quads, per_lane: false, per_group: tile_quads },
                Extent { items: rows, per_lane: true, per_group: tile_rows },
                Extent::ONE,
            ]
        };
        let few = Dispatch { kernel: few, constants: constants.clone(), grid: grid(4, 4) };
        let params = LinearParams {
            lanes: 0,
            rows: rows as u32,
            inner: inner as u32,
            columns: columns as u32,
        };
        self.push(many, constants, grid(8, 64), params, slots);
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
        let shape = Blocks::new(op.groups, outs);
        let packed = shape.pack(ins * kh * kw, |channel, tap| {
            let (c, v, u) = (tap / (kh * kw), tap / kh % kw, tap % kh);
            weights[((channel * ins + c) * kh + u) * kw + v]
        });
        let bias = op.bias.map(|id| self.weight(id));
        let bias = shape.pack(1, |channel, _| bias.map_or(0.0, |b| b[channel]));
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
        constants.push(("WIDE", flag(shape.wide)));
        constants.push(("NARROW", flag(shape.channels == 1)));
        let slots = vec![
            Slot::Lanes(step.inputs[0]),
            self.constant(&packed),
            self.constant(&bias),
            Slot::Lanes(step.output),
        ];
        let grid = conv2d_grid(&params);
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
        let shape = Blocks::new(op.groups, ins);
        // Kernels turned round, input and output channels exchanged.
        let packed = shape.pack(outs * kh * kw, |channel, tap| {
            let (out, v, u) = (tap / (kh * kw), tap / kh % kw, tap % kh);
            let out = channel / ins * outs + out;
            weights[((out * ins + channel % ins) * kh + kh - 1 - u) * kw + kw - 1 - v]
        });
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
        constants.push(("ACTIVATION", f64::from(op.activation as u32)));
        constants.push(("WIDE", flag(shape.wide)));
        constants.push(("NARROW", flag(shape.channels == 1)));
        constants.push(("ACCUMULATE", flag(due.accumulate)));
        let slots = vec![
            Slot::Lanes(step.gradient),
            self.constant(&packed),
            self.result_of(op.activation, step),
            Slot::Lanes(due.buffer),
        ];
        let grid = conv2d_grid(&params);
        self.push(&kernels::CONV2D_BACKWARD, constants, grid, params, slots);
    }
}

/// A matrix in rows of vec4s, padded with zeros.
fn quads(rows: usize, columns: usize, at: impl Fn(usize, usize) -> f32) -> Vec<f32> {
    let width = columns.next_multiple_of(4);
    let mut packed = vec![0.0; rows * width];
    for row in 0..rows {
        for column in 0..columns {
            packed[row * width + column] = at(row, column);
        }
    }
    packed
}

/// Output channels of a convolution in blocks of four or eight a group.
struct Blocks {
    groups: usize,
    channels: usize,
    blocks: usize,
    wide: bool,
}

impl Blocks {
    pub(super) fn new(groups: usize, channels: usize) -> Blocks {
        let wide = channels > 4;
        Blocks { groups, channels, blocks: channels.div_ceil(if wide { 8 } else { 4 }), wide }
    }

    /// `[group][block][tap][channel of the block]`, zero where there is no channel.
    pub(super) fn pack(&self, taps: usize, at: impl Fn(usize, usize) -> f32) -> Vec<f32> {
        let width = if self.wide { 8 } else { 4 };
        let mut packed = vec![0.0; self.groups * self.blocks * taps * width];
        for group in 0..self.groups {
            for channel in 0..self.channels {
                let block = group * self.blocks + channel / width;
                for tap in 0..taps {
                    packed[(block * taps + tap) * width + channel % width] =
                        at(group * self.channels + channel, tap);
                }
            }
        }
        packed
    }
}

/// Columns of four pixels of all lanes along x, blocks of channels along y.
fn conv2d_grid(params: &Conv2dParams) -> Grid {
    let quads = params.out_height.div_ceil(4) * params.out_width;
    [
        Extent { items: quads as usize, per_lane: true, per_group: GROUP },
        Extent { items: (params.groups * params.blocks) as usize, per_lane: false, per_group: 1 },
        Extent::ONE,
    ]
}
