//! One image through a network in f64, with what single precision is likely to make of it.
//!
//! Executors compute in f32. Where two logits lie nearer than their rounding, which of them is
//! larger depends on the order of sums; here it is decided, for single images, slowly. Beside
//! every value goes the variance of an executor's error: each product and sum is taken to be
//! rounded by an independent error of `u = 2⁻²⁴` of its size, and a sum of k terms, of which
//! an executor may round any partial one, by `√(k/2)·u` of its terms and of its value:
//!
//! `σ²(y) = Σ w²(σ²(x) + ½k·u²x²) + ½k·u²(y² + b²)`
//!
//! That is what sums of random signs come to, more than what vectors and trees do. Of a file that computes in
//! halves `u` is theirs, `2⁻¹¹`, and ½k is 1: what it would make of the image is what counts. Functions of
//! one element carry an error by their values at both its ends. Tests: `tests/suite/double.rs`.

mod convolution;
mod functions;
mod products;

use crate::model::{Network, Precision};
use crate::ops::{Op, Operand, Pool2d, PoolKind, Rearrange, Reduce, ReduceKind, Select, Softmax};
use crate::ops::{pool2d, rearrange};

/// Units that a function of one element may be off.
const FUNCTION: f64 = 4.0;

/// One lane's tensor.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Careful {
    /// In f64, from the network's f32 weights.
    pub values: Vec<f64>,
    /// Expected squares of an f32 executor's errors.
    pub variances: Vec<f64>,
}

impl Careful {
    fn exact(values: impl IntoIterator<Item = f64>) -> Careful {
        let values: Vec<f64> = values.into_iter().collect();
        let variances = vec![0.0; values.len()];
        Careful { values, variances }
    }

    fn zeros(len: usize) -> Careful {
        Careful { values: vec![0.0; len], variances: vec![0.0; len] }
    }

    /// A value with its variance.
    fn at(&self, index: usize) -> (f64, f64) {
        (self.values[index], self.variances[index])
    }

    fn set(&mut self, index: usize, (value, variance): (f64, f64)) {
        self.values[index] = value;
        self.variances[index] = variance;
    }
}

/// The logits of an image of the network's size, with the variances of their errors.
#[must_use]
pub fn logits(network: &Network, image: &[f32]) -> Careful {
    read(network, image, network.precision.rounding())
}

/// The logits alone, in half the time.
#[must_use]
pub fn values(network: &Network, image: &[f32]) -> Vec<f64> {
    read(network, image, 0.0).values
}

/// The logits where an executor rounds to so much, relative.
fn read(network: &Network, image: &[f32], rounding: f64) -> Careful {
    let mut all: Vec<Careful> = Vec::with_capacity(network.nodes.len());
    for node in &network.nodes {
        let inputs: Vec<&Careful> = node.inputs.iter().map(|id| &all[id.0]).collect();
        let value = match &node.op {
            Op::Input => Careful::exact(image.iter().map(|v| f64::from(*v))),
            op => value_of(network, op, &inputs, rounding),
        };
        all.push(value);
    }
    all.pop().unwrap_or_default()
}

fn value_of(network: &Network, op: &Op, x: &[&Careful], rounding: f64) -> Careful {
    match op {
        Op::Input | Op::Reshape => x[0].clone(),
        Op::Linear(op) => products::linear(network, op, x[0], rounding),
        Op::Conv2d(op) => convolution::conv2d(network, op, x[0], rounding),
        Op::MatMul(op) => products::matmul(op, x[0], x[1], rounding),
        Op::Unary(op) => functions::unary(op, x[0], rounding),
        Op::Binary(op) => {
            let [a, b] = op.operands.map(|operand| resolved(network, operand, x));
            functions::binary(op, &a, &b, rounding)
        }
        Op::Pool2d(op) => pool(op, x[0], rounding),
        Op::Select(op) => select(network, op, x),
        Op::Reduce(op) => reduce(op, x[0], rounding),
        Op::Softmax(op) => softmax(op, x[0], rounding),
        Op::Rearrange(op) => rearranged(op, x),
    }
}

/// An operand's tensor; constants have no error.
fn resolved(network: &Network, operand: Operand, x: &[&Careful]) -> Careful {
    match operand {
        Operand::Input(input) => x[input].clone(),
        Operand::Weight(id) => {
            Careful::exact(network.weight(id).data.iter().map(|w| f64::from(*w)))
        }
    }
}

/// What a sum of so many terms adds to the variance, for every square that is added up.
fn of_sum(terms: usize, rounding: f64) -> f64 {
    // Sums of halves are kept in single precision on processors and cards; what they are sums of is not.
    let single = rounding <= Precision::Single.rounding();
    let partial = if single { (0.5 * terms as f64).max(1.0) } else { 1.0 };
    partial * rounding * rounding
}

/// A sum, divided.
fn mean(x: &Careful, members: &[usize], divisor: f64, rounding: f64) -> (f64, f64) {
    let share = of_sum(members.len(), rounding);
    let (mut sum, mut variance) = (0.0, 0.0);
    for (value, own) in members.iter().map(|m| x.at(*m)) {
        sum += value;
        variance += own + share * value * value;
    }
    (sum / divisor, (variance + share * sum * sum) / (divisor * divisor))
}

/// The first of some that none exceeds, in a sense.
fn extreme(x: &Careful, members: &[usize], largest: bool) -> Option<(f64, f64)> {
    let beats = |a: f64, b: f64| if largest { a > b } else { a < b };
    let better = |best: usize, m: usize| if beats(x.values[m], x.values[best]) { m } else { best };
    members.iter().copied().reduce(better).map(|winner| x.at(winner))
}

fn pool(op: &Pool2d, x: &Careful, rounding: f64) -> Careful {
    let ([channels, height, width], [oh, ow]) = (op.input, op.output);
    let mut y = Careful::zeros(channels * oh * ow);
    let (rows, columns) = (spans(op, 0), spans(op, 1));
    let mut members = Vec::new();
    let windows = (0..channels).flat_map(|channel| {
        let columns = &columns;
        rows.iter()
            .flat_map(move |rows| columns.iter().map(move |columns| (channel, rows, columns)))
    });
    for (out, (channel, rows, columns)) in windows.enumerate() {
        let ((rows, row_counted), (columns, column_counted)) = (rows, columns);
        members.clear();
        for row in rows {
            let first = (channel * height + row) * width;
            members.extend(columns.iter().map(|column| first + column));
        }
        let divisor = match op.kind {
            PoolKind::Average { count_include_pad: true } => row_counted * column_counted,
            _ => members.len(),
        };
        let value = match op.kind {
            PoolKind::Max => extreme(x, &members, true).unwrap_or((f64::NEG_INFINITY, 0.0)),
            PoolKind::Average { .. } => mean(x, &members, divisor.max(1) as f64, rounding),
        };
        y.set(out, value);
    }
    y
}

/// The places of every window along an axis, and the divisor's count.
fn spans(op: &Pool2d, axis: usize) -> Vec<(Vec<usize>, usize)> {
    let of = |out| {
        let (span, count, counted) = pool2d::cpu::span(op, axis, out);
        ((0..count).map(|tap| span.start + tap * op.dilation[axis]).collect(), counted)
    };
    (0..op.output[axis]).map(of).collect()
}

fn select(network: &Network, op: &Select, x: &[&Careful]) -> Careful {
    let [condition, a, b] = op.operands.map(|operand| resolved(network, operand, x));
    let mut y = Careful::zeros(op.len);
    for i in 0..op.len {
        y.set(i, if condition.values[i] == 0.0 { b.at(i) } else { a.at(i) });
    }
    y
}

/// The places of a line of `[outer, len, inner]`.
fn line(at: usize, len: usize, inner: usize) -> Vec<usize> {
    let first = at / inner * len * inner + at % inner;
    (0..len).map(|i| first + i * inner).collect()
}

fn reduce(op: &Reduce, x: &Careful, rounding: f64) -> Careful {
    let mut y = Careful::zeros(op.outer * op.inner);
    for at in 0..op.outer * op.inner {
        let members = line(at, op.len, op.inner);
        let value = match op.kind {
            ReduceKind::Sum => mean(x, &members, 1.0, rounding),
            ReduceKind::Mean => mean(x, &members, op.len as f64, rounding),
            ReduceKind::Max | ReduceKind::Min => {
                extreme(x, &members, op.kind == ReduceKind::Max).unwrap_or_default()
            }
        };
        y.set(at, value);
    }
    y
}

fn softmax(op: &Softmax, x: &Careful, rounding: f64) -> Careful {
    let mut y = Careful::zeros(x.values.len());
    for at in 0..op.outer * op.inner {
        let members = line(at, op.len, op.inner);
        let largest = members.iter().map(|m| x.values[*m]).fold(f64::NEG_INFINITY, f64::max);
        let weight = |m: &usize| (x.values[*m] - largest).exp();
        // One of them is the largest, whose own is 1.
        let others = members.iter().map(weight).sum::<f64>() - 1.0;
        let sum = 1.0 + others.max(0.0);
        let mixed: f64 = members.iter().map(|m| (weight(m) / sum).powi(2) * x.variances[*m]).sum();
        for m in &members {
            let logarithm = x.values[*m] - largest - sum.ln();
            let moved = x.variances[*m] + mixed + (FUNCTION * rounding * logarithm).powi(2);
            let p = logarithm.exp();
            let rounded = (FUNCTION * rounding * p).powi(2);
            y.set(*m, if op.log { (logarithm, moved) } else { (p, p * p * moved + rounded) });
        }
    }
    y
}

fn rearranged(op: &Rearrange, x: &[&Careful]) -> Careful {
    let mut y = Careful::exact(std::iter::repeat_n(f64::from(op.fill), op.len));
    for part in &op.parts {
        rearrange::cpu::walk(part, |from, to| y.set(to, x[part.input].at(from)));
    }
    y
}
