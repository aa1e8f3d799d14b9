//! Products of two tensors: EinSum → permutation, matrix product, permutation.
//!
//! Every label is either shared by both operands and the result (a stack of
//! products), contracted (in both operands only), or free in one of them. With
//! a constant operand and no stack it is a [`Linear`]; with a stack it is a
//! grouped 1×1 convolution; two computed operands make a [`MatMul`].

use tract_onnx::tract_core::ops::einsum::EinSum;

use super::ImportError;
use super::constant::Constant;
use super::layout::View;
use super::lower::{Lowering, Value};
use crate::model::NodeId;
use crate::ops::{Activation, Conv2d, Linear, MatMul, Op};

/// Axes of the operands by role; the same index means the same label.
#[derive(Default)]
struct Roles {
    stack: Vec<[usize; 2]>,
    contracted: Vec<[usize; 2]>,
    free: [Vec<usize>; 2],
    /// For every axis of the result: its place in (stack, free of 0, free of 1).
    result: Vec<(usize, Place)>,
}

#[derive(Clone, Copy, PartialEq, PartialOrd, Eq, Ord)]
enum Place {
    Stack(usize),
    Free(usize, usize),
}

impl Lowering {
    /// Lowers an einsum of one or two operands.
    pub(super) fn einsum(&mut self, op: &EinSum, inputs: &[Value]) -> Result<NodeId, ImportError> {
        if op.q_params.is_some() {
            return Err(self.unsupported(": quantised products are not"));
        }
        match inputs {
            [Value::Computed(a), Value::Computed(b)] => self.computed_product(op, *a, *b),
            [Value::Computed(x), w] => {
                let w = self.constant(w, "matrix")?;
                self.constant_product(op, *x, w, 0)
            }
            [w, Value::Computed(x)] => {
                let w = self.constant(w, "matrix")?;
                self.constant_product(op, *x, w, 1)
            }
            _ => Err(self.unsupported(": only products of two tensors are")),
        }
    }

    /// Sorts labels; `first` is the operand that counts as number 0.
    fn roles(&self, op: &EinSum, first: usize, shapes: [&[usize]; 2]) -> Result<Roles, ImportError> {
        let mut roles = Roles::default();
        let operand = |o: usize| if o == 0 { first } else { 1 - first };
        for axis in op.axes.iter_all_axes() {
            let at = |o: usize| axis.inputs[operand(o)].as_slice();
            let simple = at(0).len() <= 1 && at(1).len() <= 1 && axis.outputs[0].len() <= 1;
            if !simple {
                return Err(self.unsupported(": a repeated label is not"));
            }
            // An axis of size one against a longer one is free in the longer.
            let size = |o: usize| at(o).first().map_or(1, |a| shapes[o][*a]);
            let result = axis.outputs[0].first().copied();
            let place = match (at(0).first(), at(1).first(), result) {
                (Some(a), Some(b), Some(_)) if size(0) == size(1) => {
                    roles.stack.push([*a, *b]);
                    Some(Place::Stack(roles.stack.len() - 1))
                }
                (Some(a), Some(b), None) if size(0) == size(1) => {
                    roles.contracted.push([*a, *b]);
                    None
                }
                (Some(a), b, Some(_)) if b.is_none() || size(1) == 1 => {
                    roles.free[0].push(*a);
                    Some(Place::Free(0, roles.free[0].len() - 1))
                }
                (a, Some(b), Some(_)) if a.is_none() || size(0) == 1 => {
                    roles.free[1].push(*b);
                    Some(Place::Free(1, roles.free[1].len() - 1))
                }
                (a, b, None) if a.is_none_or(|_| size(0) == 1) && b.is_none_or(|_| size(1) == 1) => None,
                _ => return Err(self.unsupported(": summing over one operand alone is not")),
            };
            if let (Some(position), Some(place)) = (result, place) {
                roles.result.push((position, place));
            }
        }
        roles.result.sort_unstable();
        Ok(roles)
    }

    fn constant_product(
        &mut self,
        op: &EinSum,
        x: NodeId,
        w: Constant,
        first: usize,
    ) -> Result<NodeId, ImportError> {
        let x_shape = self.shape(x).to_vec();
        let roles = self.roles(op, first, [&x_shape, &w.shape])?;
        let sizes = Sizes::new(&roles, &x_shape, &w.shape);
        if sizes.stack == 1 {
            let x = self.gathered(x, &[roles.free[0].clone(), column(&roles.contracted, 0)].concat());
            let rows = self.reshape(x, &[sizes.rows, sizes.depth]);
            let order = padded(&[column(&roles.contracted, 1), roles.free[1].clone()].concat(), &w.shape);
            let matrix = Constant { shape: vec![sizes.depth, sizes.columns], ..w.permuted(&order) };
            let weight = self.weight(matrix)?;
            let linear = Linear {
                rows: sizes.rows,
                k: sizes.depth,
                n: sizes.columns,
                weight,
                bias: None,
                activation: Activation::Identity,
            };
            let y = self.push(Op::Linear(linear), vec![rows], &[sizes.rows, sizes.columns]);
            return Ok(self.scattered(y, &roles, &x_shape, &w.shape));
        }
        let stack = |o: usize| column(&roles.stack, o);
        let x_order = [stack(0), column(&roles.contracted, 0), roles.free[0].clone()].concat();
        let gathered = self.gathered(x, &x_order);
        let channels = sizes.stack * sizes.depth;
        let image = self.reshape(gathered, &[channels, 1, sizes.rows]);
        let order = [stack(1), roles.free[1].clone(), column(&roles.contracted, 1)].concat();
        let units = sizes.stack * sizes.columns;
        let kernels =
            Constant { shape: vec![units, sizes.depth, 1, 1], ..w.permuted(&padded(&order, &w.shape)) };
        let convolution = Conv2d {
            input: [channels, 1, sizes.rows],
            output: [units, 1, sizes.rows],
            kernel: [1, 1],
            stride: [1, 1],
            pad: [0, 0],
            dilation: [1, 1],
            groups: sizes.stack,
            weight: self.weight(kernels)?,
            bias: None,
            activation: Activation::Identity,
        };
        let y = self.push(Op::Conv2d(convolution), vec![image], &[units, 1, sizes.rows]);
        let stacked = self.reshape(y, &[sizes.stack, sizes.columns, sizes.rows]);
        let view = View::dense(&[sizes.stack, sizes.columns, sizes.rows]).permuted(&[0, 2, 1]);
        let y = self.view(stacked, view);
        Ok(self.scattered(y, &roles, &x_shape, &w.shape))
    }

    fn computed_product(&mut self, op: &EinSum, a: NodeId, b: NodeId) -> Result<NodeId, ImportError> {
        let (a_shape, b_shape) = (self.shape(a).to_vec(), self.shape(b).to_vec());
        let roles = self.roles(op, 0, [&a_shape, &b_shape])?;
        let sizes = Sizes::new(&roles, &a_shape, &b_shape);
        let (stack, contracted) = (&roles.stack, &roles.contracted);
        let a_order = [column(stack, 0), roles.free[0].clone(), column(contracted, 0)].concat();
        let b_order = [column(stack, 1), column(contracted, 1), roles.free[1].clone()].concat();
        let (a, b) = (self.gathered(a, &a_order), self.gathered(b, &b_order));
        let a = self.reshape(a, &[sizes.stack, sizes.rows, sizes.depth]);
        let b = self.reshape(b, &[sizes.stack, sizes.depth, sizes.columns]);
        let product =
            MatMul { batch: sizes.stack, m: sizes.rows, k: sizes.depth, n: sizes.columns };
        let shape = [sizes.stack, sizes.rows, sizes.columns];
        let y = self.push(Op::MatMul(product), vec![a, b], &shape);
        Ok(self.scattered(y, &roles, &a_shape, &b_shape))
    }

    /// The value with some axes in this order; those left out have size one.
    fn gathered(&mut self, x: NodeId, order: &[usize]) -> NodeId {
        let shape = self.shape(x).to_vec();
        self.view(x, View::dense(&shape).permuted(&padded(order, &shape)))
    }

    /// `[stack, free 0, free 1]` → the result's own order of axes.
    fn scattered(&mut self, y: NodeId, roles: &Roles, a: &[usize], b: &[usize]) -> NodeId {
        let mut places: Vec<(Place, usize)> = roles
            .result
            .iter()
            .map(|(_, place)| {
                let size = match place {
                    Place::Stack(i) => a[roles.stack[*i][0]],
                    Place::Free(0, i) => a[roles.free[0][*i]],
                    Place::Free(_, i) => b[roles.free[1][*i]],
                };
                (*place, size)
            })
            .collect();
        places.sort_unstable();
        let shape: Vec<usize> = places.iter().map(|(_, size)| *size).collect();
        let order: Vec<usize> = roles
            .result
            .iter()
            .map(|(_, place)| places.iter().position(|(p, _)| p == place).expect("listed above"))
            .collect();
        let y = self.reshape(y, &shape);
        self.view(y, View::dense(&shape).permuted(&order))
    }
}

/// One operand's axes of paired labels.
fn column(pairs: &[[usize; 2]], operand: usize) -> Vec<usize> {
    pairs.iter().map(|p| p[operand]).collect()
}

/// An order of all axes: those given, behind the ones left out.
fn padded(order: &[usize], shape: &[usize]) -> Vec<usize> {
    let missing = (0..shape.len()).filter(|a| !order.contains(a));
    missing.chain(order.iter().copied()).collect()
}

struct Sizes {
    stack: usize,
    rows: usize,
    depth: usize,
    columns: usize,
}

impl Sizes {
    fn new(roles: &Roles, a: &[usize], b: &[usize]) -> Sizes {
        Sizes {
            stack: roles.stack.iter().map(|p| a[p[0]]).product(),
            rows: roles.free[0].iter().map(|x| a[*x]).product(),
            depth: roles.contracted.iter().map(|p| a[p[0]]).product(),
            columns: roles.free[1].iter().map(|x| b[*x]).product(),
        }
    }
}
