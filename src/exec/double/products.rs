//! Sums of products, with the variances of their rounding.

use super::{Careful, functions, of_sum};
use crate::model::Network;
use crate::numeric::simd::{self, Vector};
use crate::ops::{Linear, MatMul, WeightId};

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
pub(super) fn finish(y: &mut Careful, share: f64, bias: Option<&[f32]>, area: usize) {
    for (at, (y, v)) in y.values.iter_mut().zip(&mut y.variances).enumerate() {
        let b = bias.map_or(0.0, |bias| f64::from(bias[at / area % bias.len()]));
        *y += b;
        *v += share * (*y * *y + b * b);
    }
}

/// Inputs with the variance of a product's terms: the input's own, and its rounding.
pub(super) fn with_rounding(x: &Careful, share: f64) -> Vec<(f64, f64)> {
    x.values.iter().zip(&x.variances).map(|(x, v)| (*x, v + share * x * x)).collect()
}

pub(super) fn bias(network: &Network, id: Option<WeightId>) -> Option<&[f32]> {
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
