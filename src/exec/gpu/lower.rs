//! Lowering: from the steps of a plan to dispatches with packed constants.
//!
//! One function an operation and direction. Backward, every input of a node
//! gets a dispatch of its own, because a node may read the same value twice;
//! the second then adds to the first.

use std::collections::HashMap;

use bytemuck::Pod;

use crate::exec::plan::{BackwardStep, BufferId, ForwardStep, InputGradient, Plan};
use crate::model::{Network, WeightId};
use crate::ops::{
    Activation, Binary, Conv2d, Linear, MatMul, Op, Operand, Pool2d, PoolKind, Rearrange, Reduce,
    Select, Softmax, Unary,
};

use super::kernels::{self, Kernel};
use super::params::{
    AxisParams, BinaryBackwardParams, BinaryForwardParams, Conv2dParams, LinearParams,
    MatMulParams, Pool2dParams, RearrangeBackwardParams, RearrangeForwardParams,
    SelectBackwardParams, SelectForwardParams, UnaryParams,
};
use super::program::{Dispatch, Extent, Grid, Slot, Step};
use super::tables;

/// Invocations of a workgroup, in every kernel.
const GROUP: usize = 64;
/// Up to so many rows the kernel that slices the inner axis serves.
const FEW_ROWS: usize = 32;

/// Work of the elementwise kernels: elements along x, lanes along y.
fn elements(len: usize) -> Grid {
    [
        Extent { items: len, per_lane: false, per_group: GROUP },
        Extent { items: 1, per_lane: true, per_group: 1 },
    ]
}

fn flag(value: bool) -> f64 {
    f64::from(u8::from(value))
}

/// Collects steps and constants.
pub(super) struct Lowering<'a> {
    network: &'a Network,
    plan: &'a Plan,
    steps: Vec<Step>,
    constants: Vec<Vec<u8>>,
    raw: HashMap<WeightId, usize>,
    none: Option<usize>,
}

impl<'a> Lowering<'a> {
    pub(super) fn new(network: &'a Network, plan: &'a Plan) -> Lowering<'a> {
        let (steps, constants, raw) = (Vec::new(), Vec::new(), HashMap::new());
        Lowering { network, plan, steps, constants, raw, none: None }
    }

    pub(super) fn take_steps(&mut self) -> Vec<Step> {
        std::mem::take(&mut self.steps)
    }

    pub(super) fn into_constants(self) -> Vec<Vec<u8>> {
        self.constants
    }

    pub(super) fn forward(&mut self, step: &ForwardStep) {
        let network = self.network;
        let node = network.node(step.node);
        match &node.op {
            Op::Input | Op::Reshape => {}
            Op::Linear(op) => self.linear_forward(op, step),
            Op::MatMul(op) => self.matmul_forward(op, step),
            Op::Conv2d(op) => self.conv2d_forward(op, step),
            Op::Pool2d(op) => self.pool2d_forward(op, step),
            Op::Unary(op) => self.unary_forward(op, step),
            Op::Binary(op) => self.binary_forward(op, step),
            Op::Select(op) => self.select_forward(op, step),
            Op::Reduce(op) => self.reduce_forward(op, step),
            Op::Softmax(op) => self.softmax_forward(op, step),
            Op::Rearrange(op) => self.rearrange_forward(op, step),
        }
    }

    pub(super) fn backward(&mut self, step: &BackwardStep) {
        let network = self.network;
        let node = network.node(step.node);
        for due in &step.input_gradients {
            match &node.op {
                Op::Input | Op::Reshape => {}
                Op::Linear(op) => self.linear_backward(op, step, due),
                Op::MatMul(op) => self.matmul_backward(op, step, due),
                Op::Conv2d(op) => self.conv2d_backward(op, step, due),
                Op::Pool2d(op) => self.pool2d_backward(op, step, due),
                Op::Unary(op) => self.unary_backward(op, step, due),
                Op::Binary(op) => self.binary_backward(op, step, due),
                Op::Select(op) => self.select_backward(op, step, due),
                Op::Reduce(op) => self.reduce_backward(op, step, due),
                Op::Softmax(op) => self.softmax_backward(op, step, due),
                Op::Rearrange(op) => self.rearrange_backward(op, step, due),
            }
        }
    }

    fn push<P: Pod>(
        &mut self,
        kernel: &'static Kernel,
        constants: Vec<(&'static str, f64)>,
        grid: Grid,
        params: P,
        slots: Vec<Slot>,
    ) {
        debug_assert_eq!(size_of::<P>(), kernel.params);
        debug_assert_eq!(slots.len(), kernel.storage.len());
        let params = bytemuck::bytes_of(&params).to_vec();
        let many = Dispatch { kernel, constants, grid };
        self.steps.push(Step { many, few: None, params, slots });
    }

    fn constant<T: Pod>(&mut self, data: &[T]) -> Slot {
        self.constants.push(bytemuck::cast_slice(data).to_vec());
        Slot::Constant(self.constants.len() - 1)
    }

    /// A buffer for a binding that the specialised kernel does not read.
    fn nothing(&mut self) -> Slot {
        if let Some(none) = self.none {
            return Slot::Constant(none);
        }
        let slot = self.constant(&[0u32; 4]);
        self.none = Some(self.constants.len() - 1);
        slot
    }

    fn weight(&self, id: WeightId) -> &'a [f32] {
        &self.network.weight(id).data
    }

    /// Where an operand lies, and its elements a lane: 0 for a weight.
    fn operand(&mut self, operand: Operand, inputs: &[BufferId]) -> (Slot, u32) {
        match operand {
            Operand::Input(input) => {
                let id = inputs[input];
                (Slot::Lanes(id), self.plan.buffers[id.0] as u32)
            }
            Operand::Weight(id) => {
                if let Some(index) = self.raw.get(&id) {
                    return (Slot::Constant(*index), 0);
                }
                let slot = self.constant(self.weight(id));
                self.raw.insert(id, self.constants.len() - 1);
                (slot, 0)
            }
        }
    }

    // Linear

    fn linear_forward(&mut self, op: &Linear, step: &ForwardStep) {
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

    fn linear_backward(&mut self, op: &Linear, step: &BackwardStep, due: &InputGradient) {
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
    fn result_of(&mut self, activation: Activation, step: &BackwardStep) -> Slot {
        match activation {
            Activation::Identity => self.nothing(),
            _ => Slot::Lanes(step.output),
        }
    }

    fn linear(
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

    fn matmul_forward(&mut self, op: &MatMul, step: &ForwardStep) {
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

    fn matmul_backward(&mut self, op: &MatMul, step: &BackwardStep, due: &InputGradient) {
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

    fn matmul(
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

    fn conv2d_forward(&mut self, op: &Conv2d, step: &ForwardStep) {
        let weights = self.weight(op.weight);
        let [kh, kw] = op.kernel;
        let (ins, outs) = (op.input[0] / op.groups, op.output[0] / op.groups);
        let shape = Blocks::new(op.groups, outs);
        let packed = shape.pack(ins * kh * kw, |channel, tap| weights[channel * ins * kh * kw + tap]);
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
        let slots = vec![
            Slot::Lanes(step.inputs[0]),
            self.constant(&packed),
            self.constant(&bias),
            Slot::Lanes(step.output),
        ];
        let grid = conv2d_grid(&params);
        self.push(&kernels::CONV2D_FORWARD, constants, grid, params, slots);
    }

    fn conv2d_backward(&mut self, op: &Conv2d, step: &BackwardStep, due: &InputGradient) {
        let weights = self.weight(op.weight);
        let [kh, kw] = op.kernel;
        let (ins, outs) = (op.input[0] / op.groups, op.output[0] / op.groups);
        let shape = Blocks::new(op.groups, ins);
        // Kernels turned round, input and output channels exchanged.
        let packed = shape.pack(outs * kh * kw, |channel, tap| {
            let (out, place) = (tap / (kh * kw), tap % (kh * kw));
            let out = channel / ins * outs + out;
            weights[(out * ins + channel % ins) * kh * kw + (kh * kw - 1 - place)]
        });
        let turned = |axis: usize| {
            ((op.kernel[axis] - 1) * op.dilation[axis]) as i32 - op.pad[axis] as i32
        };
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

    // Pool2d

    fn pool2d_forward(&mut self, op: &Pool2d, step: &ForwardStep) {
        let slots = [step.inputs[0], step.output].map(Slot::Lanes).to_vec();
        let grid = elements(op.input[0] * op.output[0] * op.output[1]);
        self.push(&kernels::POOL2D_FORWARD, pool2d_constants(op), grid, pool2d_params(op), slots);
    }

    fn pool2d_backward(&mut self, op: &Pool2d, step: &BackwardStep, due: &InputGradient) {
        let mut constants = pool2d_constants(op);
        constants.push(("ACCUMULATE", flag(due.accumulate)));
        let slots = [step.inputs[0], step.output, step.gradient, due.buffer];
        let slots = slots.map(Slot::Lanes).to_vec();
        let grid = elements(op.input.iter().product());
        self.push(&kernels::POOL2D_BACKWARD, constants, grid, pool2d_params(op), slots);
    }

    // Unary

    fn unary_forward(&mut self, op: &Unary, step: &ForwardStep) {
        let slots = [step.inputs[0], step.output].map(Slot::Lanes).to_vec();
        let constants = vec![("KIND", f64::from(op.kind as u32))];
        let params = UnaryParams { lanes: 0, len: op.len as u32, a: op.a, b: op.b };
        self.push(&kernels::UNARY_FORWARD, constants, elements(op.len), params, slots);
    }

    fn unary_backward(&mut self, op: &Unary, step: &BackwardStep, due: &InputGradient) {
        let slots = [step.inputs[0], step.gradient, due.buffer].map(Slot::Lanes).to_vec();
        let constants =
            vec![("KIND", f64::from(op.kind as u32)), ("ACCUMULATE", flag(due.accumulate))];
        let params = UnaryParams { lanes: 0, len: op.len as u32, a: op.a, b: op.b };
        self.push(&kernels::UNARY_BACKWARD, constants, elements(op.len), params, slots);
    }

    // Binary

    /// The table of one operand, `None` if it has the output's layout.
    fn binary_table(&self, op: &Binary, which: usize) -> Option<Vec<u32>> {
        let strides: Vec<isize> = op.strides[which].iter().map(|s| *s as isize).collect();
        let table = tables::strided(0, &op.shape, &strides);
        (!tables::is_identity(&table, table.len())).then_some(table)
    }

    fn table_slot(&mut self, table: Option<&Vec<u32>>) -> Slot {
        match table {
            Some(table) => self.constant(table),
            None => self.nothing(),
        }
    }

    fn binary_forward(&mut self, op: &Binary, step: &ForwardStep) {
        let len: usize = op.shape.iter().product();
        let (a, a_step) = self.operand(op.operands[0], &step.inputs);
        let (b, b_step) = self.operand(op.operands[1], &step.inputs);
        let map = [0, 1].map(|which| self.binary_table(op, which));
        let constants = vec![
            ("KIND", f64::from(op.kind as u32)),
            ("A_MAPPED", flag(map[0].is_some())),
            ("B_MAPPED", flag(map[1].is_some())),
        ];
        let maps = [0, 1].map(|which: usize| self.table_slot(map[which].as_ref()));
        let slots = vec![a, b, maps[0], maps[1], Slot::Lanes(step.output)];
        let params = BinaryForwardParams { lanes: 0, len: len as u32, a_step, b_step };
        self.push(&kernels::BINARY_FORWARD, constants, elements(len), params, slots);
    }

    fn binary_backward(&mut self, op: &Binary, step: &BackwardStep, due: &InputGradient) {
        let len: usize = op.shape.iter().product();
        let mut accumulate = due.accumulate;
        for which in 0..2 {
            if op.operands[which] != Operand::Input(due.input) {
                continue;
            }
            let (own, own_len) = self.operand(op.operands[which], &step.inputs);
            let (other, other_step) = self.operand(op.operands[1 - which], &step.inputs);
            let own_map = self.binary_table(op, which);
            let other_map = self.binary_table(op, 1 - which);
            let gathered = own_map.is_some() || own_len as usize != len;
            let constants = vec![
                ("KIND", f64::from(op.kind as u32)),
                ("SECOND", flag(which == 1)),
                ("GATHERED", flag(gathered)),
                ("OTHER_MAPPED", flag(other_map.is_some())),
                ("ACCUMULATE", flag(accumulate)),
            ];
            let other_map = self.table_slot(other_map.as_ref());
            let table = own_map.unwrap_or_else(|| (0..len as u32).collect());
            let (starts, members) = match gathered {
                true => self.gather(&table, own_len as usize),
                false => (self.nothing(), self.nothing()),
            };
            let slots = vec![
                own,
                other,
                other_map,
                starts,
                members,
                Slot::Lanes(step.gradient),
                Slot::Lanes(due.buffer),
            ];
            let params = BinaryBackwardParams { lanes: 0, len: len as u32, own_len, other_step };
            let grid = elements(own_len as usize);
            self.push(&kernels::BINARY_BACKWARD, constants, grid, params, slots);
            accumulate = true;
        }
    }

    /// `starts` and `members` of a table's inverse.
    fn gather(&mut self, table: &[u32], len: usize) -> (Slot, Slot) {
        let (starts, mut members) = tables::inverse(table, len);
        if members.is_empty() {
            members.push(0);
        }
        (self.constant(&starts), self.constant(&members))
    }

    // Select

    fn select_forward(&mut self, op: &Select, step: &ForwardStep) {
        let [condition, a, b] = op.operands.map(|operand| self.operand(operand, &step.inputs));
        let params = SelectForwardParams {
            lanes: 0,
            len: op.len as u32,
            condition_step: condition.1,
            a_step: a.1,
            b_step: b.1,
        };
        let slots = vec![condition.0, a.0, b.0, Slot::Lanes(step.output)];
        self.push(&kernels::SELECT_FORWARD, Vec::new(), elements(op.len), params, slots);
    }

    fn select_backward(&mut self, op: &Select, step: &BackwardStep, due: &InputGradient) {
        let mut accumulate = due.accumulate;
        for branch in [1, 2] {
            if op.operands[branch] != Operand::Input(due.input) {
                continue;
            }
            let (condition, condition_step) = self.operand(op.operands[0], &step.inputs);
            let constants = vec![("HOLDS", flag(branch == 1)), ("ACCUMULATE", flag(accumulate))];
            let slots = vec![condition, Slot::Lanes(step.gradient), Slot::Lanes(due.buffer)];
            let params = SelectBackwardParams { lanes: 0, len: op.len as u32, condition_step };
            self.push(&kernels::SELECT_BACKWARD, constants, elements(op.len), params, slots);
            accumulate = true;
        }
    }

    // Reduce and softmax

    fn reduce_forward(&mut self, op: &Reduce, step: &ForwardStep) {
        let slots = [step.inputs[0], step.output].map(Slot::Lanes).to_vec();
        let constants = vec![("KIND", f64::from(op.kind as u32))];
        let (grid, params) = axis(op.outer, op.len, op.inner);
        self.push(&kernels::REDUCE_FORWARD, constants, grid, params, slots);
    }

    fn reduce_backward(&mut self, op: &Reduce, step: &BackwardStep, due: &InputGradient) {
        let slots = [step.inputs[0], step.output, step.gradient, due.buffer];
        let slots = slots.map(Slot::Lanes).to_vec();
        let constants =
            vec![("KIND", f64::from(op.kind as u32)), ("ACCUMULATE", flag(due.accumulate))];
        let (grid, params) = axis(op.outer, op.len, op.inner);
        self.push(&kernels::REDUCE_BACKWARD, constants, grid, params, slots);
    }

    fn softmax_forward(&mut self, op: &Softmax, step: &ForwardStep) {
        let slots = [step.inputs[0], step.output].map(Slot::Lanes).to_vec();
        let (grid, params) = axis(op.outer, op.len, op.inner);
        let constants = vec![("LOGARITHM", flag(op.log))];
        self.push(&kernels::SOFTMAX_FORWARD, constants, grid, params, slots);
    }

    fn softmax_backward(&mut self, op: &Softmax, step: &BackwardStep, due: &InputGradient) {
        let slots = [step.output, step.gradient, due.buffer].map(Slot::Lanes).to_vec();
        let (grid, params) = axis(op.outer, op.len, op.inner);
        let constants = vec![("LOGARITHM", flag(op.log)), ("ACCUMULATE", flag(due.accumulate))];
        self.push(&kernels::SOFTMAX_BACKWARD, constants, grid, params, slots);
    }

    // Rearrange

    fn rearrange_forward(&mut self, op: &Rearrange, step: &ForwardStep) {
        for (input, id) in step.inputs.iter().enumerate() {
            let map = tables::copied(&op.parts, input, op.len);
            let params = RearrangeForwardParams {
                lanes: 0,
                x_len: self.plan.buffers[id.0] as u32,
                y_len: op.len as u32,
                fill: op.fill,
            };
            let slots = vec![Slot::Lanes(*id), self.constant(&map), Slot::Lanes(step.output)];
            let constants = vec![("FIRST", flag(input == 0))];
            self.push(&kernels::REARRANGE_FORWARD, constants, elements(op.len), params, slots);
        }
    }

    fn rearrange_backward(&mut self, op: &Rearrange, step: &BackwardStep, due: &InputGradient) {
        let x_len = self.plan.buffers[due.buffer.0];
        let map = tables::copied(&op.parts, due.input, op.len);
        let (starts, members) = self.gather(&map, x_len);
        let params =
            RearrangeBackwardParams { lanes: 0, x_len: x_len as u32, y_len: op.len as u32 };
        let slots = vec![starts, members, Slot::Lanes(step.gradient), Slot::Lanes(due.buffer)];
        let constants = vec![("ACCUMULATE", flag(due.accumulate))];
        self.push(&kernels::REARRANGE_BACKWARD, constants, elements(x_len), params, slots);
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
    fn new(groups: usize, channels: usize) -> Blocks {
        let wide = channels > 4;
        Blocks { groups, channels, blocks: channels.div_ceil(if wide { 8 } else { 4 }), wide }
    }

    /// `[group][block][tap][channel of the block]`, zero where there is no channel.
    fn pack(&self, taps: usize, at: impl Fn(usize, usize) -> f32) -> Vec<f32> {
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

fn window(
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
) -> Vec<(&'static str, f64)> {
    vec![
        ("KERNEL_Y", kernel[0] as f64),
        ("KERNEL_X", kernel[1] as f64),
        ("STRIDE_Y", stride[0] as f64),
        ("STRIDE_X", stride[1] as f64),
        ("DILATION_Y", dilation[0] as f64),
        ("DILATION_X", dilation[1] as f64),
    ]
}

/// Quads of pixels of all lanes along x, blocks of channels along y.
fn conv2d_grid(params: &Conv2dParams) -> Grid {
    let quads = params.out_height * params.out_width.div_ceil(4);
    [
        Extent { items: quads as usize, per_lane: true, per_group: GROUP },
        Extent { items: (params.groups * params.blocks) as usize, per_lane: false, per_group: 1 },
    ]
}

fn pool2d_params(op: &Pool2d) -> Pool2dParams {
    Pool2dParams {
        lanes: 0,
        channels: op.input[0] as u32,
        in_height: op.input[1] as u32,
        in_width: op.input[2] as u32,
        out_height: op.output[0] as u32,
        out_width: op.output[1] as u32,
        end_y: op.pad_end[0] as i32,
        end_x: op.pad_end[1] as i32,
    }
}

fn pool2d_constants(op: &Pool2d) -> Vec<(&'static str, f64)> {
    let kind = match op.kind {
        PoolKind::Max => 0.0,
        PoolKind::Average { count_include_pad: false } => 1.0,
        PoolKind::Average { count_include_pad: true } => 2.0,
    };
    let mut constants = window(op.kernel, op.stride, op.dilation);
    constants.push(("KIND", kind));
    constants.push(("PAD_Y", op.pad[0] as f64));
    constants.push(("PAD_X", op.pad[1] as f64));
    constants
}

fn axis(outer: usize, len: usize, inner: usize) -> (Grid, AxisParams) {
    let params =
        AxisParams { lanes: 0, outer: outer as u32, len: len as u32, inner: inner as u32 };
    (elements(outer * inner), params)
}
