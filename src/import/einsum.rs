//! Products of tensors: EinSum → permutation, matrix product, permutation.
//!
//! Operands are multiplied two at a time. Every label of a pair is either
//! shared by both and kept (a stack of products), contracted (in both, wanted
//! no more), or free in one of them. With a constant operand and no stack a
//! pair is a [`Linear`]; with a stack it is a grouped 1×1 convolution; two
//! computed operands make a [`MatMul`].

use tract_onnx::tract_core::ops::einsum::EinSum;

use super::ImportError;
use super::constant::Constant;
use super::layout::View;
use super::lower::{Lowering, Value};
use crate::model::NodeId;
use crate::ops::{Activation, Conv2d, Linear, MatMul, Op, Reduce, ReduceKind};

/// A computed operand or partial product: its labels name its axes.
#[derive(Clone)]
struct Labelled {
    node: NodeId,
    labels: Vec<char>,
}

/// The labels of a pair by role, with sizes.
#[derive(Default)]
struct Roles {
    stack: Vec<(char, usize)>,
    contracted: Vec<(char, usize)>,
    free: [Vec<(char, usize)>; 2],
}

fn size(labels: &[(char, usize)]) -> usize {
    labels.iter().map(|(_, n)| n).product()
}

fn names(groups: &[&[(char, usize)]]) -> Vec<char> {
    groups.iter().flat_map(|g| g.iter().map(|(label, _)| *label)).collect()
}

impl Lowering {
    /// Lowers a product of computed and constant tensors.
    pub(super) fn einsum(&mut self, op: &EinSum, inputs: &[Value]) -> Result<NodeId, ImportError> {
        if op.q_params.is_some() {
            return Err(self.unsupported(": quantised products are not"));
        }
        let (from, to) = op.axes.to_strs();
        let output: Vec<char> = to[0].chars().collect();
        let labels: Vec<Vec<char>> = from.iter().map(|l| l.chars().collect()).collect();
        let (inputs, labels) = self.diagonals(inputs, labels)?;
        let mut order: Vec<usize> = (0..inputs.len()).collect();
        order.sort_by_key(|i| matches!(inputs[*i], Value::Constant(_)));
        let first = order[0];
        let mut product =
            Labelled { node: self.computed(&inputs[first])?, labels: labels[first].clone() };
        for (place, operand) in order.iter().enumerate().skip(1) {
            let wanted = |label: char| {
                output.contains(&label)
                    || order[place + 1..].iter().any(|later| labels[*later].contains(&label))
            };
            let own = labels[*operand].clone();
            product = match &inputs[*operand] {
                Value::Computed(node) => {
                    self.computed_product(product, Labelled { node: *node, labels: own }, &wanted)?
                }
                constant => {
                    let matrix = self.constant(constant, "matrix")?;
                    self.constant_product(product, matrix, &own, &wanted)?
                }
            };
        }
        let left = product.labels.iter().copied().filter(|l| !output.contains(l));
        let order: Vec<char> = output.iter().copied().chain(left).collect();
        let y = self.arranged(&product, &order);
        let (kept, summed) = self.shape(y).split_at(output.len());
        let (kept, len) = (kept.to_vec(), summed.iter().product());
        if len == 1 {
            return Ok(self.reshape(y, &kept));
        }
        let outer = kept.iter().product();
        let sum = Reduce { kind: ReduceKind::Sum, outer, len, inner: 1 };
        Ok(self.push(Op::Reduce(sum), vec![y], &kept))
    }

    /// Operands and their labels, each label once: where it stands twice, the diagonal is meant.
    fn diagonals(
        &mut self,
        inputs: &[Value],
        labels: Vec<Vec<char>>,
    ) -> Result<(Vec<Value>, Vec<Vec<char>>), ImportError> {
        let mut values = Vec::new();
        let mut all = Vec::new();
        for (value, own) in inputs.iter().zip(labels) {
            let mut once: Vec<char> = Vec::new();
            own.iter().for_each(|l| once.extend(Some(*l).filter(|l| !once.contains(l))));
            if once.len() < own.len() {
                let Value::Computed(x) = value else {
                    return Err(self.unsupported(": a label that a constant repeats is not"));
                };
                let dense = View::dense(self.shape(*x));
                let mut view = View { shape: Vec::new(), strides: Vec::new(), offset: 0 };
                for label in &once {
                    let axes: Vec<usize> = (0..own.len()).filter(|a| own[*a] == *label).collect();
                    if axes.iter().any(|a| dense.shape[*a] != dense.shape[axes[0]]) {
                        return Err(self.unsupported(": the sizes of a repeated label differ"));
                    }
                    view.shape.push(dense.shape[axes[0]]);
                    view.strides.push(axes.iter().map(|a| dense.strides[*a]).sum());
                }
                values.push(Value::Computed(self.view(*x, view)));
            } else {
                values.push(value.clone());
            }
            all.push(once);
        }
        Ok((values, all))
    }

    /// Sorts the labels of a pair; sizes of one are free to be broadcast.
    fn roles(
        &self,
        labels: [&[char]; 2],
        shapes: [&[usize]; 2],
        wanted: &impl Fn(char) -> bool,
    ) -> Result<Roles, ImportError> {
        let mut roles = Roles::default();
        let of = |operand: usize, label: char| {
            labels[operand].iter().position(|l| *l == label).map(|a| shapes[operand][a])
        };
        for label in labels[0] {
            let n = of(0, *label).unwrap_or(1);
            match of(1, *label) {
                Some(m) if m == n && wanted(*label) => roles.stack.push((*label, n)),
                Some(m) if m == n => roles.contracted.push((*label, n)),
                Some(m) if m > 1 && n > 1 => {
                    return Err(self.unsupported(": the sizes of its operands differ"));
                }
                Some(m) if m > 1 => roles.free[1].push((*label, m)),
                _ => roles.free[0].push((*label, n)),
            }
        }
        let missing = labels[1].iter().filter(|l| !labels[0].contains(l));
        roles.free[1].extend(missing.map(|l| (*l, of(1, *l).unwrap_or(1))));
        Ok(roles)
    }

    fn constant_product(
        &mut self,
        x: Labelled,
        w: Constant,
        w_labels: &[char],
        wanted: &impl Fn(char) -> bool,
    ) -> Result<Labelled, ImportError> {
        let roles = self.roles([&x.labels, w_labels], [self.shape(x.node), &w.shape], wanted)?;
        let (stack, rows, depth, columns) = (
            size(&roles.stack),
            size(&roles.free[0]),
            size(&roles.contracted),
            size(&roles.free[1]),
        );
        let order = |groups: &[&[(char, usize)]]| placed(&names(groups), w_labels);
        if stack == 1 {
            let wide = names(&[&roles.stack, &roles.free[0], &roles.contracted]);
            let x = self.arranged(&x, &wide);
            let x = self.reshape(x, &[rows, depth]);
            let w = w.permuted(&order(&[&roles.stack, &roles.contracted, &roles.free[1]]));
            let weight = self.weight(Constant { shape: vec![depth, columns], ..w })?;
            let activation = Activation::Identity;
            let linear = Linear { rows, k: depth, n: columns, weight, bias: None, activation };
            let y = self.push(Op::Linear(linear), vec![x], &[rows, columns]);
            return Ok(self.labelled(y, &[&roles.stack, &roles.free[0], &roles.free[1]]));
        }
        let x = self.arranged(&x, &names(&[&roles.stack, &roles.contracted, &roles.free[0]]));
        let image = self.reshape(x, &[stack * depth, 1, rows]);
        let w = w.permuted(&order(&[&roles.stack, &roles.free[1], &roles.contracted]));
        let kernels = Constant { shape: vec![stack * columns, depth, 1, 1], ..w };
        let convolution = Conv2d {
            input: [stack * depth, 1, rows],
            output: [stack * columns, 1, rows],
            kernel: [1, 1],
            stride: [1, 1],
            pad: [0, 0],
            dilation: [1, 1],
            groups: stack,
            weight: self.weight(kernels)?,
            bias: None,
            activation: Activation::Identity,
        };
        let y = self.push(Op::Conv2d(convolution), vec![image], &[stack * columns, 1, rows]);
        Ok(self.labelled(y, &[&roles.stack, &roles.free[1], &roles.free[0]]))
    }

    fn computed_product(
        &mut self,
        a: Labelled,
        b: Labelled,
        wanted: &impl Fn(char) -> bool,
    ) -> Result<Labelled, ImportError> {
        let shapes = [self.shape(a.node), self.shape(b.node)];
        let roles = self.roles([&a.labels, &b.labels], shapes, wanted)?;
        let product = MatMul {
            batch: size(&roles.stack),
            m: size(&roles.free[0]),
            k: size(&roles.contracted),
            n: size(&roles.free[1]),
        };
        let a = self.arranged(&a, &names(&[&roles.stack, &roles.free[0], &roles.contracted]));
        let b = self.arranged(&b, &names(&[&roles.stack, &roles.contracted, &roles.free[1]]));
        let a = self.reshape(a, &[product.batch, product.m, product.k]);
        let b = self.reshape(b, &[product.batch, product.k, product.n]);
        let shape = [product.batch, product.m, product.n];
        let y = self.push(Op::MatMul(product), vec![a, b], &shape);
        Ok(self.labelled(y, &[&roles.stack, &roles.free[0], &roles.free[1]]))
    }

    /// A product whose axes are these groups of labels in order.
    fn labelled(&mut self, y: NodeId, groups: &[&[(char, usize)]]) -> Labelled {
        let shape: Vec<usize> = groups.iter().flat_map(|g| g.iter().map(|(_, n)| *n)).collect();
        Labelled { node: self.reshape(y, &shape), labels: names(groups) }
    }

    /// The value with its axes in this order; labels it lacks get size one, those left out have it.
    fn arranged(&mut self, x: &Labelled, order: &[char]) -> NodeId {
        let shape = self.shape(x.node).to_vec();
        let view = View::dense(&shape).permuted(&placed(order, &x.labels));
        let moved = self.view(x.node, view);
        let of = |label: &char| x.labels.iter().position(|l| l == label).map_or(1, |a| shape[a]);
        let wanted: Vec<usize> = order.iter().map(of).collect();
        self.reshape(moved, &wanted)
    }
}

/// Axes in the order of `order`, behind those that it leaves out.
fn placed(order: &[char], labels: &[char]) -> Vec<usize> {
    let left_out = (0..labels.len()).filter(|a| !order.contains(&labels[*a]));
    left_out.chain(order.iter().filter_map(|l| labels.iter().position(|own| own == l))).collect()
}
