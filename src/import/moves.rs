//! Operations that only move elements: transpose, slice, concat, pad, tile, gather.

use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::DimLike;
use tract_onnx::tract_core::ops;

use super::ImportError;
use super::constant::{Constant, row_major};
use super::layout::View;
use super::lower::{Lowering, Value, malformed};
use crate::model::NodeId;
use crate::ops::{BinaryKind, Op, Operand, Rearrange};

impl Lowering {
    /// Operations that only move elements.
    pub(super) fn rearrangement(
        &mut self,
        node: &TypedNode,
        inputs: &[Value],
        x: NodeId,
        shape: &[usize],
    ) -> Result<NodeId, ImportError> {
        let view = View::dense(self.shape(x));
        let size = |dim: &TDim| dim.to_usize().map_err(|e| malformed(e.into()));
        if let Some(op) = node.op_as::<ops::change_axes::AxisOp>() {
            if let ops::change_axes::AxisOp::Move(from, to) = op {
                let mut order: Vec<usize> = (0..view.shape.len()).collect();
                let axis = order.remove(*from);
                order.insert(*to, axis);
                return Ok(self.view(x, view.permuted(&order)));
            }
            return Ok(self.reshape(x, shape));
        }
        if node.op_is::<ops::array::FiniteReshape>() {
            return Ok(self.reshape(x, shape));
        }
        if node.op_is::<ops::array::MultiBroadcastTo>() {
            return Ok(self.view(x, view.broadcast(shape)));
        }
        if let Some(op) = node.op_as::<ops::array::Slice>() {
            let (start, end) = (size(&op.start)?, size(&op.end)?);
            return Ok(self.view(x, view.sliced(op.axis, start, end - start, 1)));
        }
        if let Some(op) = node.op_as::<ops::array::Pad>() {
            return self.pad(op, x, shape);
        }
        if let Some(op) = node.op_as::<ops::array::Tile>() {
            return self.tile(op, x, shape);
        }
        if let Some(op) = node.op_as::<ops::array::Gather>() {
            return self.gather(op.axis, &inputs[1], x, shape);
        }
        if let Some(op) = node.op_as::<ops::array::StridedSlice>() {
            return self.strided_slice(op, inputs, view, x, shape);
        }
        if let Some(op) = node.op_as::<ops::Downsample>() {
            let len = shape[op.axis];
            return Ok(self.view(x, view.sliced(op.axis, op.modulo, len, op.stride)));
        }
        if node.op_is::<ops::array::GatherElements>()
            || node.op_is::<ops::array::GatherNd>()
            || node.op_is::<ops::array::Trilu>()
        {
            return self.moved(node.op.as_ref(), inputs, shape);
        }
        Err(self.unsupported(""))
    }

    fn strided_slice(
        &mut self,
        op: &ops::array::StridedSlice,
        inputs: &[Value],
        mut view: View,
        x: NodeId,
        shape: &[usize],
    ) -> Result<NodeId, ImportError> {
        let tensor = |input: usize| match &inputs[input] {
            Value::Constant(tensor) => Ok(tensor.clone()),
            Value::Computed(_) => Err(self.unsupported(": its bounds depend on the image")),
        };
        let numbers = |input: Option<usize>| -> Result<Option<Vec<i32>>, ImportError> {
            let Some(input) = input else { return Ok(None) };
            Ok(Some(
                self.constant(&inputs[input], "bounds")?.data.iter().map(|v| *v as i32).collect(),
            ))
        };
        let (begin, end) = (tensor(1)?, tensor(2)?);
        let axes = numbers(op.optional_axes_input)?;
        let steps = numbers(op.optional_steps_input)?.unwrap_or_default();
        let rank = view.shape.len();
        for ix in 0..axes.as_ref().map_or(begin.len(), Vec::len) {
            let axis = match axes.as_ref().map_or(ix as i32, |a| a[ix]) {
                axis if axis < 0 => (axis + rank as i32) as usize,
                axis => axis as usize,
            };
            let dim = view.shape[axis].to_dim();
            let range = op.prepare_one_dim(ix, &dim, &begin, &end, &steps).map_err(malformed)?;
            let len = range.soft_len().and_then(|l| Ok(l.to_usize()?)).map_err(malformed)?;
            let first = range.begin.to_usize().map_err(|e| malformed(e.into()))?;
            view = view.sliced(axis, first, len, range.stride as isize);
        }
        let sliced = self.view(x, view);
        Ok(self.reshape(sliced, shape))
    }

    pub(super) fn concat(
        &mut self,
        axis: usize,
        inputs: &[Value],
        shape: &[usize],
    ) -> Result<NodeId, ImportError> {
        let dst = row_major(shape);
        let mut parts = Vec::new();
        let mut nodes: Vec<NodeId> = Vec::new();
        let mut constants = Vec::new();
        let mut start = 0;
        for value in inputs {
            let width = match value {
                Value::Computed(id) => {
                    let view = View::dense(self.shape(*id));
                    parts.push(view.part(nodes.len(), start * dst[axis], &dst));
                    nodes.push(*id);
                    view.shape[axis]
                }
                Value::Constant(_) => {
                    let constant = self.constant(value, "operand")?;
                    let width = constant.shape[axis];
                    constants.push((start, constant));
                    width
                }
            };
            start += width;
        }
        let len = shape.iter().product();
        let has_fill = !constants.is_empty();
        let op = Rearrange { len, fill: 0.0, has_fill, parts };
        let mut joined = self.push(Op::Rearrange(op), nodes, shape);
        for (start, constant) in constants {
            joined = self.add_at(joined, axis, start, constant, shape)?;
        }
        Ok(joined)
    }

    /// Adds a constant to a slice of a value that is zero there.
    fn add_at(
        &mut self,
        x: NodeId,
        axis: usize,
        start: usize,
        constant: Constant,
        shape: &[usize],
    ) -> Result<NodeId, ImportError> {
        let mut full = Constant { shape: shape.to_vec(), data: vec![0.0; shape.iter().product()] };
        let dst = row_major(shape);
        let part = View::dense(&constant.shape).part(0, start * dst[axis], &dst);
        crate::ops::rearrange::cpu::forward(&part, &constant.data, &mut full.data);
        let weight = Operand::Weight(self.weight(full)?);
        let operands = [(Operand::Input(0), shape.to_vec()), (weight, shape.to_vec())];
        Ok(self.broadcasting(BinaryKind::Add, operands, vec![x], shape))
    }

    fn pad(
        &mut self,
        op: &ops::array::Pad,
        x: NodeId,
        shape: &[usize],
    ) -> Result<NodeId, ImportError> {
        let ops::array::PadMode::Constant(fill) = &op.mode else {
            return self.moved(op, &[Value::Computed(x)], shape);
        };
        let fill = Constant::of(fill).and_then(|c| c.uniform()).unwrap_or(0.0);
        let dst = row_major(shape);
        let offset = op.pads.iter().zip(&dst).map(|((before, _), stride)| before * stride).sum();
        let part = View::dense(self.shape(x)).part(0, offset, &dst);
        let len = shape.iter().product();
        let op = Rearrange { len, fill, has_fill: true, parts: vec![part] };
        Ok(self.push(Op::Rearrange(op), vec![x], shape))
    }

    fn tile(
        &mut self,
        op: &ops::array::Tile,
        x: NodeId,
        shape: &[usize],
    ) -> Result<NodeId, ImportError> {
        // One axis after the other: all at once would be twice as many axes, more than can be walked.
        let mut tiled = x;
        for (axis, times) in op.multipliers.iter().enumerate() {
            let times = times.to_usize().map_err(|e| malformed(e.into()))?;
            if times == 1 {
                continue;
            }
            let mut view = View::dense(self.shape(tiled));
            let mut longer = view.shape.clone();
            longer[axis] *= times;
            view.shape.insert(axis, times);
            view.strides.insert(axis, 0);
            tiled = self.view(tiled, view);
            tiled = self.reshape(tiled, &longer);
        }
        Ok(self.reshape(tiled, shape))
    }

    fn gather(
        &mut self,
        axis: usize,
        indices: &Value,
        x: NodeId,
        shape: &[usize],
    ) -> Result<NodeId, ImportError> {
        let indices = self.constant(indices, "index")?;
        let source = View::dense(self.shape(x));
        let rows = source.shape[axis];
        let at = |v: &f32| {
            let from = if *v < 0.0 { v + rows as f32 } else { *v };
            let outside = || ImportError::Malformed(format!("a Gather takes place {v} of {rows}"));
            (0.0..rows as f32).contains(&from).then_some(from as usize).ok_or_else(outside)
        };
        let picks = indices.data.iter().map(at).collect::<Result<Vec<usize>, _>>()?;
        let mut dims = source.shape.clone();
        dims[axis] = picks.len();
        let dst = row_major(&dims);
        let parts = picks
            .iter()
            .enumerate()
            .map(|(to, from)| {
                source.clone().sliced(axis, *from, 1, 1).part(0, to * dst[axis], &dst)
            })
            .collect();
        let len = dims.iter().product();
        let op = Rearrange { len, fill: 0.0, has_fill: false, parts };
        let picked = self.push(Op::Rearrange(op), vec![x], &dims);
        Ok(self.reshape(picked, shape))
    }
}
