//! Pooling, elementwise operations, reductions and copies.

use crate::exec::gpu::program::{Grid, Slot};
use crate::exec::gpu::tables;
use crate::exec::plan::{BackwardStep, ForwardStep, InputGradient};
use crate::ops::kernels;
use crate::ops::params::{
    AxisParams, BinaryBackwardParams, BinaryForwardParams, Pool2dParams, RearrangeBackwardParams,
    RearrangeForwardParams, SelectBackwardParams, SelectForwardParams, UnaryParams,
};
use crate::ops::{Binary, Operand, Pool2d, PoolKind, Rearrange, Reduce, Select, Softmax, Unary};

use super::{Lowering, elements, flag, window};

impl Lowering<'_> {
    pub(super) fn pool2d_forward(&mut self, op: &Pool2d, step: &ForwardStep) {
        let slots = [step.inputs[0], step.output].map(Slot::Lanes).to_vec();
        let grid = elements(op.input[0] * op.output[0] * op.output[1]);
        self.push(&kernels::POOL2D_FORWARD, pool2d_constants(op), grid, pool2d_params(op), slots);
    }

    pub(super) fn pool2d_backward(
        &mut self,
        op: &Pool2d,
        step: &BackwardStep,
        due: &InputGradient,
    ) {
        let below = self.slope_below(step, due);
        let mut constants = pool2d_constants(op);
        constants.push(("BELOW", below.activation));
        constants.push(("ACCUMULATE", flag(due.accumulate)));
        // Windows that do not overlap have a thread each, and what lies between them.
        let extent = |axis: usize| (op.kernel[axis] - 1) * op.dilation[axis] + 1;
        let apart = (0..2).all(|axis| extent(axis) <= op.stride[axis]);
        constants.push(("APART", flag(apart)));
        let threads = |axis: usize| match apart {
            true => (op.input[axis + 1] - 1 + op.pad[axis]) / op.stride[axis] + 1,
            false => op.input[axis + 1],
        };
        let slots = [step.inputs[0], step.output, step.gradient, due.buffer];
        let slots = slots.map(Slot::Lanes).to_vec();
        let grid = elements(op.input[0] * threads(0) * threads(1));
        self.push(&kernels::POOL2D_BACKWARD, constants, grid, pool2d_params(op), slots);
    }

    // Unary

    pub(super) fn unary_forward(&mut self, op: &Unary, step: &ForwardStep) {
        let slots = [step.inputs[0], step.output].map(Slot::Lanes).to_vec();
        let constants = vec![("KIND", f64::from(op.kind as u32))];
        let params = UnaryParams { lanes: 0, len: op.len as u32, a: op.a, b: op.b };
        self.push(&kernels::UNARY_FORWARD, constants, elements(op.len), params, slots);
    }

    pub(super) fn unary_backward(&mut self, op: &Unary, step: &BackwardStep, due: &InputGradient) {
        let slots = [step.inputs[0], step.gradient, due.buffer].map(Slot::Lanes).to_vec();
        let constants =
            vec![("KIND", f64::from(op.kind as u32)), ("ACCUMULATE", flag(due.accumulate))];
        let params = UnaryParams { lanes: 0, len: op.len as u32, a: op.a, b: op.b };
        self.push(&kernels::UNARY_BACKWARD, constants, elements(op.len), params, slots);
    }

    // Binary

    /// The table of one operand, `None` if it has the output's layout.
    pub(super) fn binary_table(&self, op: &Binary, which: usize) -> Option<Vec<u32>> {
        let strides: Vec<isize> = op.strides[which].iter().map(|s| *s as isize).collect();
        let table = tables::strided(0, &op.shape, &strides);
        (!tables::is_identity(&table, table.len())).then_some(table)
    }

    pub(super) fn table_slot(&mut self, table: Option<&Vec<u32>>) -> Slot {
        match table {
            Some(table) => self.constant(table),
            None => self.nothing(),
        }
    }

    pub(super) fn binary_forward(&mut self, op: &Binary, step: &ForwardStep) {
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

    pub(super) fn binary_backward(
        &mut self,
        op: &Binary,
        step: &BackwardStep,
        due: &InputGradient,
    ) {
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
    pub(super) fn gather(&mut self, table: &[u32], len: usize) -> (Slot, Slot) {
        let (starts, mut members) = tables::inverse(table, len);
        if members.is_empty() {
            members.push(0);
        }
        (self.constant(&starts), self.constant(&members))
    }

    // Select

    pub(super) fn select_forward(&mut self, op: &Select, step: &ForwardStep) {
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

    pub(super) fn select_backward(
        &mut self,
        op: &Select,
        step: &BackwardStep,
        due: &InputGradient,
    ) {
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

    pub(super) fn reduce_forward(&mut self, op: &Reduce, step: &ForwardStep) {
        let slots = [step.inputs[0], step.output].map(Slot::Lanes).to_vec();
        let constants = vec![("KIND", f64::from(op.kind as u32))];
        let (grid, params) = axis(op.outer, op.len, op.inner);
        self.push(&kernels::REDUCE_FORWARD, constants, grid, params, slots);
    }

    pub(super) fn reduce_backward(
        &mut self,
        op: &Reduce,
        step: &BackwardStep,
        due: &InputGradient,
    ) {
        let slots = [step.inputs[0], step.output, step.gradient, due.buffer];
        let slots = slots.map(Slot::Lanes).to_vec();
        let constants =
            vec![("KIND", f64::from(op.kind as u32)), ("ACCUMULATE", flag(due.accumulate))];
        let (grid, params) = axis(op.outer, op.len, op.inner);
        self.push(&kernels::REDUCE_BACKWARD, constants, grid, params, slots);
    }

    pub(super) fn softmax_forward(&mut self, op: &Softmax, step: &ForwardStep) {
        let slots = [step.inputs[0], step.output].map(Slot::Lanes).to_vec();
        let (grid, params) = axis(op.outer, op.len, op.inner);
        let constants = vec![("LOGARITHM", flag(op.log))];
        self.push(&kernels::SOFTMAX_FORWARD, constants, grid, params, slots);
    }

    pub(super) fn softmax_backward(
        &mut self,
        op: &Softmax,
        step: &BackwardStep,
        due: &InputGradient,
    ) {
        let slots = [step.output, step.gradient, due.buffer].map(Slot::Lanes).to_vec();
        let (grid, params) = axis(op.outer, op.len, op.inner);
        let constants = vec![("LOGARITHM", flag(op.log)), ("ACCUMULATE", flag(due.accumulate))];
        self.push(&kernels::SOFTMAX_BACKWARD, constants, grid, params, slots);
    }

    // Rearrange

    pub(super) fn rearrange_forward(&mut self, op: &Rearrange, step: &ForwardStep) {
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

    pub(super) fn rearrange_backward(
        &mut self,
        op: &Rearrange,
        step: &BackwardStep,
        due: &InputGradient,
    ) {
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
    let params = AxisParams { lanes: 0, outer: outer as u32, len: len as u32, inner: inner as u32 };
    (elements(outer * inner), params)
}
