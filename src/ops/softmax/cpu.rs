//! CPU kernels of [`Softmax`].

use std::hint::select_unpredictable;

use super::Softmax;
use crate::numeric::exp;
use crate::numeric::simd::{self, Vector, WIDTH};

/// `y = softmax(x)` or its logarithm, over all lanes.
pub fn forward(op: &Softmax, x: &[f32], y: &mut [f32]) {
    simd::widest(Forward { op, x, y });
}

/// The arguments of [`forward`].
struct Forward<'a> {
    op: &'a Softmax,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl simd::Loops for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let Forward { op, x, y } = self;
        let size = op.len * op.inner;
        for (x, y) in x.chunks_exact(size).zip(y.chunks_exact_mut(size)) {
            if op.inner == 1 {
                line(op.log, x, y);
            } else {
                (0..op.inner).for_each(|first| column(op, first, x, y));
            }
        }
    }
}

/// `e^z` for `z ≤ 0`, and 0 where that is below the smallest normal number.
#[inline(always)]
fn share(z: f32) -> f32 {
    select_unpredictable(z < LEAST, 0.0, exp(z))
}

/// The logarithm of the smallest normal number.
const LEAST: f32 = -87.3;

/// Along an axis that lies in one piece.
#[inline(always)]
fn line(log: bool, x: &[f32], y: &mut [f32]) {
    let greater = |a: f32, b: f32| if b > a { b } else { a };
    let largest = folded(x, f32::NEG_INFINITY, greater);
    let leader = x.iter().position(|x| *x == largest).unwrap_or(0);
    for (y, x) in y.iter_mut().zip(x) {
        *y = share(x - largest);
    }
    // Σ e^z of all but the leader, whose own is 1: ln(1 + it) keeps what is small.
    let own = std::mem::replace(&mut y[leader], 0.0);
    let others = folded(y, 0.0, |a, b| a + b);
    y[leader] = own;
    if log {
        let logarithm = others.ln_1p();
        for (y, x) in y.iter_mut().zip(x) {
            *y = x - largest - logarithm;
        }
    } else {
        let sum = 1.0 + others;
        y.iter_mut().for_each(|y| *y /= sum);
    }
}

/// `numbers` brought together, as many strands side by side as a vector has.
#[inline(always)]
fn folded(numbers: &[f32], start: f32, both: impl Fn(f32, f32) -> f32) -> f32 {
    let (chunks, rest) = numbers.as_chunks::<WIDTH>();
    let mut strands = [start; WIDTH];
    for chunk in chunks {
        for (strand, number) in strands.iter_mut().zip(chunk) {
            *strand = both(*strand, *number);
        }
    }
    strands.iter().chain(rest).fold(start, |a, b| both(a, *b))
}

/// Along an axis with others behind it.
#[inline(always)]
fn column(op: &Softmax, first: usize, x: &[f32], y: &mut [f32]) {
    let at = |i: usize| i * op.inner + first;
    let later = |best: usize, i: usize| if x[at(i)] > x[at(best)] { i } else { best };
    let leader = (1..op.len).fold(0, later);
    let largest = x[at(leader)];
    let mut others = 0.0;
    for i in 0..op.len {
        let e = share(x[at(i)] - largest);
        y[at(i)] = e;
        others += if i == leader { 0.0 } else { e };
    }
    let (sum, logarithm) = (1.0 + others, others.ln_1p());
    for i in 0..op.len {
        y[at(i)] = if op.log { x[at(i)] - largest - logarithm } else { y[at(i)] / sum };
    }
}

/// The vector-Jacobian product, from the values `y`.
pub fn backward(op: &Softmax, y: &[f32], dy: &[f32], dx: &mut [f32], accumulate: bool) {
    let size = op.len * op.inner;
    let lines = y.chunks_exact(size).zip(dy.chunks_exact(size)).zip(dx.chunks_exact_mut(size));
    for ((y, dy), dx) in lines {
        for inner in 0..op.inner {
            let at = |i: usize| i * op.inner + inner;
            let weight = |i: usize| if op.log { 1.0 } else { y[at(i)] };
            let total: f32 = (0..op.len).map(|i| dy[at(i)] * weight(i)).sum();
            for i in 0..op.len {
                let share = if op.log {
                    dy[at(i)] - y[at(i)].exp() * total
                } else {
                    y[at(i)] * (dy[at(i)] - total)
                };
                dx[at(i)] = if accumulate { dx[at(i)] + share } else { share };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In f64 what [`forward`] gives.
    fn exact(op: &Softmax, x: &[f32]) -> Vec<f64> {
        let mut y = vec![0.0; x.len()];
        for (outer, x) in x.chunks(op.len * op.inner).enumerate() {
            for inner in 0..op.inner {
                let z: Vec<f64> =
                    x.iter().skip(inner).step_by(op.inner).map(|x| f64::from(*x)).collect();
                let largest = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = z.iter().map(|z| (z - largest).exp()).sum();
                for (i, z) in z.iter().enumerate() {
                    let at = (outer * op.len + i) * op.inner + inner;
                    y[at] = if op.log { z - largest - sum.ln() } else { (z - largest).exp() / sum };
                }
            }
        }
        y
    }

    fn of(op: &Softmax, x: &[f32]) -> Vec<f32> {
        let mut y = vec![f32::NAN; x.len()];
        forward(op, x, &mut y);
        y
    }

    #[test]
    fn an_axis_of_any_length_and_place_is_as_in_f64() {
        for (len, inner) in (1..20).flat_map(|len| [(len, 1), (len, 3)]) {
            for log in [false, true] {
                let op = Softmax { log, outer: 2, len, inner };
                let number = |i: usize| (i as u32).wrapping_mul(2_654_435_761) >> 16;
                let x: Vec<f32> =
                    (0..2 * len * inner).map(|i| number(i) as f32 / 2_048.0 - 16.0).collect();
                for (ours, exact) in of(&op, &x).iter().zip(exact(&op, &x)) {
                    let off = (f64::from(*ours) - exact).abs();
                    assert!(off <= 2e-6 * exact.abs().max(1e-6), "{op:?}: {ours} for {exact}");
                }
            }
        }
    }

    #[test]
    fn a_mask_takes_everything_and_what_is_not_known_spreads() {
        for inner in [1, 2] {
            let op = Softmax { log: false, outer: 1, len: 12, inner };
            let mut x = vec![0.5; 12 * inner];
            for masked in [0, 7, 11] {
                x[masked * inner] = f32::NEG_INFINITY;
            }
            let y = of(&op, &x);
            let first: Vec<f32> = y.iter().step_by(inner).copied().collect();
            assert_eq!([first[0], first[7], first[11]], [0.0; 3]);
            assert!((first[1] - 1.0 / 9.0).abs() < 1e-7, "{first:?}");
            x[5 * inner] = f32::NAN;
            assert!(of(&op, &x).iter().step_by(inner).all(|y| y.is_nan()));
        }
    }
}
