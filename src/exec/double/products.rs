//! Sums of products, with the variances of their rounding.

use super::{Careful, functions, of_sum};
use crate::model::Network;
use crate::numeric::simd::{self, Vector};
use crate::ops::{Conv2d, Linear, MatMul, WeightId};

/// Inputs that are added up together: fewer loads and stores of the sums.
const TOGETHER: usize = 4;

/// `y += Σ x·w` and `σ²(y) += Σ q·w²` over some inputs with their rows of weights, `[inputs, n]`.
#[inline(always)]
fn add_rows(y: &mut [f64], variances: &mut [f64], x: &[(f64, f64); TOGETHER], w: &[f32]) {
    let n = y.len();
    let (w0, w1, w2, w3) = (&w[..n], &w[n..2 * n], &w[2 * n..3 * n], &w[3 * n..4 * n]);
    if x.iter().all(|(_, q)| *q == 0.0) {
        for j in 0..n {
            let w = [w0[j], w1[j], w2[j], w3[j]].map(f64::from);
            y[j] += (x[0].0 * w[0] + x[1].0 * w[1]) + (x[2].0 * w[2] + x[3].0 * w[3]);
        }
        return;
    }
    let variances = &mut variances[..n];
    for j in 0..n {
        let w = [w0[j], w1[j], w2[j], w3[j]].map(f64::from);
        y[j] += (x[0].0 * w[0] + x[1].0 * w[1]) + (x[2].0 * w[2] + x[3].0 * w[3]);
        let squares = [w[0] * w[0], w[1] * w[1], w[2] * w[2], w[3] * w[3]];
        variances[j] += (x[0].1 * squares[0] + x[1].1 * squares[1])
            + (x[2].1 * squares[2] + x[3].1 * squares[3]);
    }
}

/// The same of one input.
#[inline(always)]
fn add_row(y: &mut [f64], variances: &mut [f64], (x, q): (f64, f64), w: &[f32]) {
    for ((y, v), w) in y.iter_mut().zip(variances).zip(w) {
        let w = f64::from(*w);
        *y += x * w;
        *v += q * w * w;
    }
}

/// The bias of every unit, and what its sum's own rounding adds to the variance; `share` is that
/// of a sum's squares.
fn finish(y: &mut Careful, share: f64, bias: Option<&[f32]>, area: usize) {
    for (at, (y, v)) in y.values.iter_mut().zip(&mut y.variances).enumerate() {
        let b = bias.map_or(0.0, |bias| f64::from(bias[at / area % bias.len()]));
        *y += b;
        *v += share * (*y * *y + b * b);
    }
}

/// Inputs with the variance of a product's terms: the input's own, and its rounding.
fn with_rounding(x: &Careful, share: f64) -> Vec<(f64, f64)> {
    x.values.iter().zip(&x.variances).map(|(x, v)| (*x, v + share * x * x)).collect()
}

fn bias(network: &Network, id: Option<WeightId>) -> Option<&[f32]> {
    id.map(|id| &*network.weight(id).data)
}

/// The rows of a linear map.
struct Rows<'a> {
    op: &'a Linear,
    x: Vec<(f64, f64)>,
    weights: &'a [f32],
    y: &'a mut Careful,
}

impl simd::Loops for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let Rows { op, x, weights, y } = self;
        let out = y.values.chunks_exact_mut(op.n).zip(y.variances.chunks_exact_mut(op.n));
        for ((y, variances), x) in out.zip(x.chunks_exact(op.k)) {
            let (together, rest) = x.as_chunks::<TOGETHER>();
            for (x, w) in together.iter().zip(weights.chunks_exact(TOGETHER * op.n)) {
                // Paper is zero.
                if *x != [(0.0, 0.0); TOGETHER] {
                    add_rows(y, variances, x, w);
                }
            }
            let behind = &weights[TOGETHER * together.len() * op.n..];
            for (x, w) in rest.iter().zip(behind.chunks_exact(op.n)) {
                add_row(y, variances, *x, w);
            }
        }
    }
}

pub(super) fn linear(network: &Network, op: &Linear, x: &Careful, rounding: f64) -> Careful {
    let share = of_sum(op.k, rounding);
    let mut y = Careful::zeros(op.rows * op.n);
    let (x, weights) = (with_rounding(x, share), &*network.weight(op.weight).data);
    simd::widest(Rows { op, x, weights, y: &mut y });
    finish(&mut y, share, bias(network, op.bias), 1);
    functions::activate(op.activation, &mut y, rounding);
    y
}

/// The taps of a convolution, whose inputs are multiplied by weights, or by their squares.
struct Taps<'a> {
    op: &'a Conv2d,
    x: &'a [f64],
    weights: &'a [f32],
    squared: bool,
    y: &'a mut [f64],
}

impl simd::Loops for Taps<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let Taps { op, x, weights, squared, y } = self;
        let ([channels, h, w], [outs, oh, ow], [kh, kw]) = (op.input, op.output, op.kernel);
        let (ins, per_group) = (channels / op.groups, outs / op.groups);
        for (tap, weight) in weights.iter().enumerate() {
            let (v, u) = (tap % kw, tap / kw % kh);
            let (c, d) = (tap / (kw * kh) % ins, tap / (kw * kh * ins));
            let channel = d / per_group * ins + c;
            let weight = f64::from(*weight);
            let factor = if squared { weight * weight } else { weight };
            // The columns of the output that read a column of the input through this tap.
            let columns = reached(ow, op.stride[1], v * op.dilation[1], op.pad[1], w);
            if columns.is_empty() {
                continue;
            }
            for i in reached(oh, op.stride[0], u * op.dilation[0], op.pad[0], h) {
                let row = i * op.stride[0] + u * op.dilation[0] - op.pad[0];
                let first = columns.start * op.stride[1] + v * op.dilation[1] - op.pad[1];
                let from = &x[(channel * h + row) * w..][first..w];
                let to = &mut y[(d * oh + i) * ow..][columns.clone()];
                if op.stride[1] == 1 {
                    for (y, x) in to.iter_mut().zip(from) {
                        *y += factor * x;
                    }
                } else {
                    for (y, x) in to.iter_mut().zip(from.iter().step_by(op.stride[1])) {
                        *y += factor * x;
                    }
                }
            }
        }
    }
}

/// The outputs `o` of which `o·stride + offset` is in the padded input, beyond the padding.
fn reached(
    outputs: usize,
    stride: usize,
    offset: usize,
    pad: usize,
    size: usize,
) -> std::ops::Range<usize> {
    let first = pad.saturating_sub(offset).div_ceil(stride);
    let end = (size + pad).saturating_sub(offset).div_ceil(stride).min(outputs);
    first.min(end)..end
}

pub(super) fn conv2d(network: &Network, op: &Conv2d, x: &Careful, rounding: f64) -> Careful {
    let [outs, oh, ow] = op.output;
    let terms = op.input[0] / op.groups * op.kernel[0] * op.kernel[1];
    let share = of_sum(terms, rounding);
    let mut y = Careful::zeros(outs * oh * ow);
    let weights = &*network.weight(op.weight).data;
    simd::widest(Taps { op, x: &x.values, weights, squared: false, y: &mut y.values });
    let x: Vec<f64> = with_rounding(x, share).into_iter().map(|(_, q)| q).collect();
    if x.iter().any(|q| *q != 0.0) {
        simd::widest(Taps { op, x: &x, weights, squared: true, y: &mut y.variances });
    }
    finish(&mut y, share, bias(network, op.bias), oh * ow);
    functions::activate(op.activation, &mut y, rounding);
    y
}

pub(super) fn matmul(op: &MatMul, a: &Careful, b: &Careful, rounding: f64) -> Careful {
    let MatMul { batch, m, k, n } = *op;
    let mut y = Careful::zeros(batch * m * n);
    let share = of_sum(k, rounding);
    for out in 0..batch * m * n {
        let (column, row, block) = (out % n, out / n % m, out / (n * m));
        let (mut sum, mut variance) = (0.0, 0.0);
        for t in 0..k {
            let (a, va) = a.at((block * m + row) * k + t);
            let (b, vb) = b.at((block * k + t) * n + column);
            sum += a * b;
            variance += a * a * vb + b * b * va + va * vb + share * (a * b) * (a * b);
        }
        y.set(out, (sum, variance + share * sum * sum));
    }
    y
}
