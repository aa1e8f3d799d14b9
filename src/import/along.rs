//! Linear maps along single axes: resizing, cumulative sums.
//!
//! The matrix of an axis is read off the operation itself: tract evaluates it where the operand is 1
//! in one place of the axis, whatever the places of the others, and 0 elsewhere.

use tract_onnx::prelude::*;

use super::ImportError;
use super::constant::{Constant, row_major};
use super::layout::View;
use super::lower::{Lowering, Value};
use crate::model::NodeId;
use crate::ops::{Activation, Linear, Op};

/// Sums of a matrix's rows that are 1 up to rounding.
const ROUNDING: f32 = 1e-5;
/// Most numbers that an operation is evaluated on to read its matrices.
const LARGEST: usize = 1 << 26;

impl Lowering {
    /// Lowers an interpolation: a linear map along each axis whose rows add up to 1, so that the map
    /// along one axis shows where the operand is the same along the others.
    pub(super) fn interpolated(
        &mut self,
        op: &dyn TypedOp,
        inputs: &[Value],
        x: NodeId,
        shape: &[usize],
    ) -> Result<NodeId, ImportError> {
        let sizes = self.shape(x).to_vec();
        let ones = self.evaluated(op, inputs, &|_| 1.0)?;
        if ones.iter().any(|v| (v - 1.0).abs() > ROUNDING) {
            return Err(self.unsupported(": what it puts outside the image is not of the image"));
        }
        let mut y = x;
        for axis in 0..sizes.len() {
            let matrix = self.matrix(op, inputs, &sizes, axis, shape)?;
            if let Some(matrix) = matrix {
                y = self.along(y, axis, matrix)?;
            }
        }
        Ok(y)
    }

    /// Lowers a map along one axis.
    pub(super) fn summed_along(
        &mut self,
        op: &dyn TypedOp,
        inputs: &[Value],
        x: NodeId,
        axis: usize,
    ) -> Result<NodeId, ImportError> {
        let sizes = self.shape(x).to_vec();
        match self.matrix(op, inputs, &sizes, axis, &sizes)? {
            Some(matrix) => self.along(x, axis, matrix),
            None => Ok(x),
        }
    }

    /// The matrix `[from, to]` along an axis; `None` where it is the identity.
    fn matrix(
        &self,
        op: &dyn TypedOp,
        inputs: &[Value],
        sizes: &[usize],
        axis: usize,
        shape: &[usize],
    ) -> Result<Option<Constant>, ImportError> {
        let (from, to) = (sizes[axis], shape[axis]);
        let (stride, step) = (row_major(sizes)[axis], row_major(shape)[axis]);
        let len: usize = sizes.iter().product();
        if from == 1 && to == 1 {
            return Ok(None);
        }
        if len.saturating_mul(from) > LARGEST {
            return Err(self.unsupported(": its operand is too large"));
        }
        let mut data = Vec::with_capacity(from * to);
        for place in 0..from {
            let unit = |i: usize| f32::from(i / stride % from == place);
            let seen = self.evaluated(op, inputs, &unit)?;
            data.extend((0..to).map(|i| seen[i * step]));
        }
        let identity = |(i, v): (usize, &f32)| *v == f32::from(i / to == i % to);
        let unchanged = from == to && data.iter().enumerate().all(identity);
        Ok((!unchanged).then_some(Constant { shape: vec![from, to], data }))
    }

    /// `y = x·matrix` along an axis.
    fn along(&mut self, x: NodeId, axis: usize, matrix: Constant) -> Result<NodeId, ImportError> {
        let mut sizes = self.shape(x).to_vec();
        let [k, n] = matrix.shape[..] else { return Err(self.unsupported("")) };
        let last = sizes.len() - 1;
        let mut order: Vec<usize> = (0..sizes.len()).filter(|a| *a != axis).collect();
        order.push(axis);
        let moved = self.view(x, View::dense(&sizes).permuted(&order));
        let rows = sizes.iter().product::<usize>() / k;
        let flat = self.reshape(moved, &[rows, k]);
        let weight = self.weight(matrix)?;
        let linear = Linear { rows, k, n, weight, bias: None, activation: Activation::Identity };
        let y = self.push(Op::Linear(linear), vec![flat], &[rows, n]);
        sizes[axis] = n;
        let wide: Vec<usize> = order.iter().map(|a| sizes[*a]).collect();
        let y = self.reshape(y, &wide);
        let mut back: Vec<usize> = (0..last).collect();
        back.insert(axis, last);
        Ok(self.view(y, View::dense(&wide).permuted(&back)))
    }
}
