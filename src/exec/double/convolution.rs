//! Convolutions in f64: the sums of a few channels at a few places stay in registers.

use std::array;

use super::products::{bias, finish, with_rounding};
use super::{Careful, functions, of_sum};
use crate::model::Network;
use crate::numeric::simd::{self, DOUBLES, Doubles, Vector};
use crate::ops::Conv2d;

/// Output channels whose sums are made together.
const CHANNELS: usize = 8;

/// The sums of a convolution, of inputs times weights, or times their squares.
struct Sums<'a> {
    op: &'a Conv2d,
    /// With a row and a column of zeros behind every channel's.
    x: &'a [f64],
    weights: &'a [f32],
    squared: bool,
    y: &'a mut [f64],
}

impl simd::Loops for Sums<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(mut self) {
        let per_group = self.op.output[0] / self.op.groups;
        for group in 0..self.op.groups {
            // As many sums as the registers of SIMD128 hold beside their factors.
            if per_group == 1 {
                self.channels::<1, 8>(group, group, 1);
                continue;
            }
            for first in (0..per_group).step_by(CHANNELS) {
                let count = (per_group - first).min(CHANNELS);
                self.channels::<{ CHANNELS / DOUBLES }, 2>(group, group * per_group + first, count);
            }
        }
    }
}

impl Sums<'_> {
    /// So many output channels from the first on, as `REGISTERS` hold, at `PLACES` of a row at a time.
    #[inline(always)]
    fn channels<const REGISTERS: usize, const PLACES: usize>(
        &mut self,
        group: usize,
        first: usize,
        count: usize,
    ) {
        let Conv2d { input: [channels, h, w], output: [_, oh, ow], kernel: [kh, kw], .. } =
            *self.op;
        let ins = channels / self.op.groups;
        let factors = |tap, register: usize| {
            let factor = |at| self.factor(first, count, register * DOUBLES + at, tap);
            Doubles::new(array::from_fn(factor))
        };
        let factors: Vec<[Doubles; REGISTERS]> =
            (0..ins * kh * kw).map(|tap| array::from_fn(|at| factors(tap, at))).collect();
        let (mut rows, mut columns) = (vec![0; kh], vec![[0; PLACES]; kw]);
        for (i, j) in (0..oh).flat_map(|i| (0..ow).step_by(PLACES).map(move |j| (i, j))) {
            if j == 0 {
                for (tap, row) in rows.iter_mut().enumerate() {
                    *row = source(self.op, 0, i, tap) * (w + 1);
                }
            }
            for (tap, columns) in columns.iter_mut().enumerate() {
                *columns = array::from_fn(|at| source(self.op, 1, (j + at).min(ow - 1), tap));
            }
            let x = &self.x[group * ins * (h + 1) * (w + 1)..][..ins * (h + 1) * (w + 1)];
            let sums = sums(x.chunks_exact((h + 1) * (w + 1)), &rows, &columns, &factors);
            for (place, sums) in sums.iter().enumerate().take(ow - j) {
                let sums = sums.iter().flat_map(|sums| sums.numbers());
                for (channel, sum) in sums.enumerate().take(count) {
                    self.y[((first + channel) * oh + i) * ow + j + place] = sum;
                }
            }
        }
    }

    /// What a tap multiplies by for one of so many channels.
    fn factor(&self, first: usize, count: usize, channel: usize, tap: usize) -> f64 {
        if channel >= count {
            return 0.0;
        }
        let taps = self.weights.len() / self.op.output[0];
        let weight = f64::from(self.weights[(first + channel) * taps + tap]);
        if self.squared { weight * weight } else { weight }
    }
}

/// The sums of some channels at some places of a row, in registers.
#[inline(always)]
fn sums<'a, const REGISTERS: usize, const PLACES: usize>(
    x: impl Iterator<Item = &'a [f64]>,
    rows: &[usize],
    columns: &[[usize; PLACES]],
    factors: &[[Doubles; REGISTERS]],
) -> [[Doubles; REGISTERS]; PLACES] {
    let (mut sums, mut factors) =
        ([[Doubles::new([0.0; DOUBLES]); REGISTERS]; PLACES], factors.iter());
    for (x, row) in x.flat_map(|x| rows.iter().map(move |row| (x, *row))) {
        let x = &x[row..];
        for (columns, factors) in columns.iter().zip(factors.by_ref()) {
            for (sums, column) in sums.iter_mut().zip(columns) {
                let x = Doubles::new([x[*column]; DOUBLES]);
                for (sum, factor) in sums.iter_mut().zip(factors) {
                    *sum = x.multiply_add(*factor, *sum);
                }
            }
        }
    }
    sums
}

/// Where along an axis a window's tap lies; just behind the input where it lies outside.
#[inline(always)]
fn source(op: &Conv2d, axis: usize, out: usize, tap: usize) -> usize {
    let place = (out * op.stride[axis] + tap * op.dilation[axis]).wrapping_sub(op.pad[axis]);
    place.min(op.input[axis + 1])
}

/// A row and a column of zeros behind those of every channel.
fn with_rim(op: &Conv2d, x: &[f64]) -> Vec<f64> {
    let [channels, h, w] = op.input;
    let mut wide = vec![0.0; channels * (h + 1) * (w + 1)];
    let channels = wide.chunks_exact_mut((h + 1) * (w + 1));
    let rows = channels.flat_map(|channel| channel.chunks_exact_mut(w + 1).take(h));
    rows.zip(x.chunks_exact(w)).for_each(|(to, x)| to[..w].copy_from_slice(x));
    wide
}

pub(super) fn conv2d(network: &Network, op: &Conv2d, x: &Careful, rounding: f64) -> Careful {
    let [outs, oh, ow] = op.output;
    let weights = &*network.weight(op.weight).data;
    let share = of_sum(weights.len() / outs, rounding);
    let mut y = Careful::zeros(outs * oh * ow);
    let wide = with_rim(op, &x.values);
    simd::widest(Sums { op, x: &wide, weights, squared: false, y: &mut y.values });
    let squares: Vec<f64> = with_rounding(x, share).into_iter().map(|(_, square)| square).collect();
    if squares.iter().any(|square| *square != 0.0) {
        let wide = with_rim(op, &squares);
        simd::widest(Sums { op, x: &wide, weights, squared: true, y: &mut y.variances });
    }
    finish(&mut y, share, bias(network, op.bias), oh * ow);
    functions::activate(op.activation, &mut y, rounding);
    y
}
