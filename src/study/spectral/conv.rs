//! Norms of convolutions.
//!
//! On a grid Z_{N₀}×Z_{N₁} that closes on itself the Fourier transform makes a
//! convolution of strides Δ block-diagonal (Szegedy et al., section 4.3):
//! `‖W‖ = max over ξ of ‖A(ξ)‖`, `A(ξ)` the D × (C·Δ₀Δ₁) matrix with entries
//! `(Δ₀Δ₁)^−½ ŵ_{c,d}(ξ + l·N/Δ)`, `ŵ(ξ) = Σᵤ w(u)·e^{2πi Σ uδξ/N}`. For equal
//! strides the factor is Δ⁻¹. The paper prints Δ⁻² and /N² in the exponent;
//! both are misprints, as singular values of small cases show
//! (`tests/suite/spectral.rs`).
//!
//! Networks pad with zeros instead. Such a convolution is a compression of the
//! one on a grid that is large enough for no window to meet the image twice:
//! the image is placed on the grid with zeros around it, and some of the
//! outputs are looked at. So [`circular`] on `grid` is a bound from above,
//! and [`exact`] finds the norm itself by Lanczos' method, from below.

use std::f64::consts::TAU;

use super::symmetric::{largest_eigenvalue, largest_of_tridiagonal};
use crate::ops::Conv2d;
use crate::study::sums::{dot, norm};

/// The smallest grid on which the zero-padded convolution is a compression of the circular one.
pub(super) fn grid(op: &Conv2d) -> [usize; 2] {
    [0, 1].map(|axis| {
        let (stride, pad) = (op.stride[axis], op.pad[axis]);
        // One past the last position that is read, counted from the padding's first.
        let read =
            (op.output[axis + 1] - 1) * stride + (op.kernel[axis] - 1) * op.dilation[axis] + 1;
        let end = read.saturating_sub(pad);
        let needed = end.max(op.input[axis + 1] + pad).max(op.output[axis + 1] * stride);
        needed.next_multiple_of(stride)
    })
}

/// The exact norm of the circular convolution on a grid, a multiple of the strides.
///
/// `weights` are the kernels, `[d, c/groups, kh, kw]`.
pub fn circular(op: &Conv2d, weights: &[f32], grid: [usize; 2]) -> f64 {
    let blocks = [grid[0] / op.stride[0], grid[1] / op.stride[1]];
    let per_group = weights.len() / op.groups;
    let mut best = 0.0f64;
    for group in weights.chunks_exact(per_group) {
        let transform = Transform::new(op, group, grid);
        for i in 0..blocks[0] {
            for j in 0..blocks[1] {
                // Real kernels: −ξ gives the complex conjugate.
                let mirrored = ((blocks[0] - i) % blocks[0], (blocks[1] - j) % blocks[1]);
                if (i, j) <= mirrored {
                    best = best.max(transform.block(op, blocks, [i, j]).norm_beyond(best));
                }
            }
        }
    }
    best
}

/// The kernels of one group with the roots of unity of a grid.
struct Transform<'a> {
    kernels: &'a [f32],
    roots: [Vec<(f64, f64)>; 2],
}

impl<'a> Transform<'a> {
    fn new(op: &Conv2d, kernels: &'a [f32], grid: [usize; 2]) -> Transform<'a> {
        // Root m of an axis belongs to tap·frequency = m, dilation included.
        let roots = [0, 1].map(|axis| {
            let turn = TAU * op.dilation[axis] as f64 / grid[axis] as f64;
            (0..grid[axis]).map(|m| (turn * m as f64).sin_cos()).map(|(s, c)| (c, s)).collect()
        });
        Transform { kernels, roots }
    }

    /// `ŵ` of every kernel of the group at one frequency.
    fn at(&self, kernel: [usize; 2], frequency: [usize; 2]) -> Vec<(f64, f64)> {
        let root = |axis: usize, tap: usize| {
            let roots = &self.roots[axis];
            roots[tap * frequency[axis] % roots.len()]
        };
        let taps: Vec<(f64, f64)> = (0..kernel[0] * kernel[1])
            .map(|tap| times(root(0, tap / kernel[1]), root(1, tap % kernel[1])))
            .collect();
        let sum = |w: &[f32]| {
            w.iter().zip(&taps).fold((0.0, 0.0), |(re, im), (w, (c, s))| {
                (re + f64::from(*w) * c, im + f64::from(*w) * s)
            })
        };
        self.kernels.chunks_exact(taps.len()).map(sum).collect()
    }

    /// `A(ξ)`: all frequencies that the stride folds onto one.
    fn block(&self, op: &Conv2d, blocks: [usize; 2], at: [usize; 2]) -> Block {
        let channels = op.input[0] / op.groups;
        let folds = op.stride[0] * op.stride[1];
        let (rows, columns) = (op.output[0] / op.groups, channels * folds);
        let factor = 1.0 / (folds as f64).sqrt();
        let mut block = Block { rows, columns, entries: vec![(0.0, 0.0); rows * columns] };
        for fold in 0..folds {
            let l = [fold / op.stride[1], fold % op.stride[1]];
            let frequency = [at[0] + l[0] * blocks[0], at[1] + l[1] * blocks[1]];
            for (place, (re, im)) in self.at(op.kernel, frequency).into_iter().enumerate() {
                let (row, channel) = (place / channels, place % channels);
                block.entries[row * columns + channel * folds + fold] = (factor * re, factor * im);
            }
        }
        block
    }
}

fn times(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

/// A complex matrix, row-major.
struct Block {
    rows: usize,
    columns: usize,
    entries: Vec<(f64, f64)>,
}

impl Block {
    /// The norm, or 0 where it cannot exceed `best`.
    fn norm_beyond(&self, best: f64) -> f64 {
        let frobenius: f64 = self.entries.iter().map(|(re, im)| re * re + im * im).sum();
        if frobenius <= best * best {
            return 0.0;
        }
        let (mut gram, n) = self.gram();
        let rows = gram.chunks_exact(2 * n);
        let sums = rows.map(|row| row.iter().map(|v| v.abs()).sum::<f64>());
        if sums.fold(0.0, f64::max) <= best * best {
            return 0.0;
        }
        largest_eigenvalue(&mut gram, 2 * n).max(0.0).sqrt()
    }

    /// The smaller Gram matrix `G` as the real symmetric `[[Re G, −Im G], [Im G, Re G]]`.
    fn gram(&self) -> (Vec<f64>, usize) {
        let tall = self.rows >= self.columns;
        let (n, other) = if tall { (self.columns, self.rows) } else { (self.rows, self.columns) };
        let entry = |i: usize, k: usize| {
            self.entries[if tall { k * self.columns + i } else { i * self.columns + k }]
        };
        let mut gram = vec![0.0; 4 * n * n];
        for i in 0..n {
            for j in 0..n {
                let (mut re, mut im) = (0.0, 0.0);
                for k in 0..other {
                    let (a, b) = (entry(i, k), entry(j, k));
                    re += a.0 * b.0 + a.1 * b.1;
                    im += a.0 * b.1 - a.1 * b.0;
                }
                gram[i * 2 * n + j] = re;
                gram[(n + i) * 2 * n + n + j] = re;
                gram[i * 2 * n + n + j] = -im;
                gram[(n + i) * 2 * n + j] = im;
            }
        }
        (gram, n)
    }
}

/// Most multiply-adds that [`exact`] may spend.
const EFFORT: usize = 1_500_000_000;

/// Most steps of Lanczos' method, each two passes over the convolution.
const STEPS: usize = 160;

/// Relative change over [`CHECK`] steps at which the largest value has settled.
const SETTLED: f64 = 1e-13;
/// Steps between two looks.
const CHECK: usize = 5;

/// The norm of the zero-padded convolution itself, by Lanczos' method on `WᵀW`.
///
/// Every basis vector is made orthogonal to all before it, twice. `None` where
/// that is too much work, or where it has not settled.
pub fn exact(op: &Conv2d, weights: &[f32]) -> Option<f64> {
    let taps = weights.len() * op.output[1] * op.output[2];
    if 2 * STEPS * taps > EFFORT {
        return None;
    }
    let n: usize = op.input.iter().product();
    let mut basis: Vec<Vec<f64>> =
        vec![unit((0..n).map(|i| (1.0 + 0.7 * i as f64).sin()).collect())?];
    let (mut diagonal, mut beside, mut seen) = (Vec::new(), Vec::new(), f64::NAN);
    loop {
        let q = basis.last()?;
        let mut next = backward(op, weights, &forward(op, weights, q));
        diagonal.push(dot(&next, q));
        let value = largest_of_tridiagonal(&diagonal, &beside);
        for _ in 0..2 {
            for q in &basis {
                let share = dot(&next, q);
                next.iter_mut().zip(q).for_each(|(v, q)| *v -= share * q);
            }
        }
        let length = norm(&next);
        let exhausted = length <= f64::EPSILON * value || basis.len() == n;
        if basis.len().is_multiple_of(CHECK) || exhausted {
            if exhausted || (value - seen).abs() <= SETTLED * value {
                return Some(value.max(0.0).sqrt());
            }
            seen = value;
        }
        if basis.len() == STEPS {
            return None;
        }
        beside.push(length);
        basis.push(unit(next)?);
    }
}

/// `v / ‖v‖`.
fn unit(mut v: Vec<f64>) -> Option<Vec<f64>> {
    let length = norm(&v);
    v.iter_mut().for_each(|v| *v /= length);
    (length > 0.0).then_some(v)
}

/// `W·x`.
fn forward(op: &Conv2d, weights: &[f32], x: &[f64]) -> Vec<f64> {
    let mut y = vec![0.0; op.output.iter().product()];
    rows(op, weights, |w, run| {
        let y = &mut y[run.out..][..run.count];
        y.iter_mut().enumerate().for_each(|(j, y)| *y += w * x[run.input + j * run.step]);
    });
    y
}

/// `Wᵀ·y`.
fn backward(op: &Conv2d, weights: &[f32], y: &[f64]) -> Vec<f64> {
    let mut x = vec![0.0; op.input.iter().product()];
    rows(op, weights, |w, run| {
        let y = &y[run.out..][..run.count];
        y.iter().enumerate().for_each(|(j, y)| x[run.input + j * run.step] += w * y);
    });
    x
}

/// Outputs of one row that one tap reaches: `out + j` reads `input + j·step`, `j < count`.
struct Run {
    out: usize,
    input: usize,
    step: usize,
    count: usize,
}

/// Visits every tap of every kernel with the runs of outputs that it reaches.
fn rows(op: &Conv2d, weights: &[f32], mut visit: impl FnMut(f64, Run)) {
    let ([_, h, w], [outputs, oh, ow], [kh, kw]) = (op.input, op.output, op.kernel);
    let (per_group, channels) = (outputs / op.groups, op.input[0] / op.groups);
    for (place, weight) in weights.iter().enumerate() {
        let (v, u) = (place % kw, place / kw % kh);
        let (c, d) = (place / (kw * kh) % channels, place / (kw * kh * channels));
        let channel = d / per_group * channels + c;
        let (first, count, column) = reached(op, 1, v, w, ow);
        for i in 0..oh {
            let row = (i * op.stride[0] + u * op.dilation[0]).wrapping_sub(op.pad[0]);
            if row < h && count > 0 {
                let out = (d * oh + i) * ow + first;
                let input = (channel * h + row) * w + column;
                visit(f64::from(*weight), Run { out, input, step: op.stride[1], count });
            }
        }
    }
}

/// The outputs of an axis whose tap lies within the input: the first, their number, its position.
fn reached(
    op: &Conv2d,
    axis: usize,
    tap: usize,
    size: usize,
    outs: usize,
) -> (usize, usize, usize) {
    let at =
        |out: usize| (out * op.stride[axis] + tap * op.dilation[axis]).wrapping_sub(op.pad[axis]);
    let first = (0..outs).find(|out| at(*out) < size).unwrap_or(outs);
    let count = (first..outs).take_while(|out| at(*out) < size).count();
    (first, count, if count > 0 { at(first) } else { 0 })
}
