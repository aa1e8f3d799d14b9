//! Outputs of a row × a panel of output channels, while the taps run.

use super::{LONGEST, PANEL, REACH, Tile, Windows, accumulate, inside, load, pack};
use crate::numeric::simd::{self, Vector, WIDTH};
use crate::ops::Conv2d;

/// What forward needs.
pub(in crate::ops::conv2d::cpu) struct Forward {
    windows: Windows,
    /// `[groups, panels, taps, PANEL]`.
    weights: Vec<f32>,
    /// `[groups, panels, PANEL]`.
    bias: Vec<f32>,
    /// Distance of every tap from the window's beginning.
    taps: Vec<usize>,
    /// Whether the windows cover no padding, so that the input can be read where it is.
    bare: bool,
}

impl Forward {
    /// Packs kernels `[d, c/groups, kh, kw]` and `[d]` biases.
    pub(in crate::ops::conv2d::cpu) fn new(
        op: &Conv2d,
        kernels: &[f32],
        bias: Option<&[f32]>,
    ) -> Forward {
        let mut windows = Windows::new(op);
        let bare =
            op.pad == [0, 0] && windows.rows <= op.input[1] && windows.columns <= op.input[2];
        if bare {
            [_, windows.rows, windows.columns] = op.input;
        }
        let units = op.output[0] / op.groups;
        let [height, width] = op.kernel;
        let depth = windows.channels * height * width;
        let taps = (0..depth).map(|tap| {
            let (line, v) = (tap / width, tap % width);
            let (channel, u) = (line / height, line % height);
            let row = channel * windows.rows + u * op.dilation[0];
            row * windows.columns + v * op.dilation[1]
        });
        Forward {
            taps: taps.collect(),
            weights: pack(op.groups, units, depth, |g, d, tap| {
                kernels[(g * units + d) * depth + tap]
            }),
            bias: pack(op.groups, units, 1, |g, d, _| bias.map_or(0.0, |b| b[g * units + d])),
            windows,
            bare,
        }
    }

    /// `y = W ⋆ x + b` for one lane's group; `padded` is memory that is reused.
    pub(in crate::ops::conv2d::cpu) fn run(
        &self,
        op: &Conv2d,
        group: usize,
        x: &[f32],
        padded: &mut Vec<f32>,
        y: &mut [f32],
    ) {
        let input = if self.bare {
            x
        } else {
            self.pad(op, x, padded);
            padded
        };
        let of_group =
            |all: &'_ [f32]| group * (all.len() / op.groups)..(group + 1) * (all.len() / op.groups);
        let weights = &self.weights[of_group(&self.weights)];
        let bias = &self.bias[of_group(&self.bias)];
        simd::widest(Correlation { all: self, input, weights, bias, y });
    }

    /// Copies an input to where zeros surround it; they are never written.
    fn pad(&self, op: &Conv2d, x: &[f32], padded: &mut Vec<f32>) {
        let Windows { channels, rows, columns, .. } = self.windows;
        padded.resize(channels * rows * columns, 0.0);
        let (down, across) = (inside(op, &self.windows, 0), inside(op, &self.windows, 1));
        let planes = x.chunks_exact(op.input[1] * op.input[2]);
        for (plane, padded) in planes.zip(padded.chunks_exact_mut(rows * columns)) {
            let lines = padded.chunks_exact_mut(columns).skip(down.start).take(down.len());
            for (line, from) in lines.zip(plane.chunks_exact(op.input[2])) {
                line[across.clone()].copy_from_slice(&from[..across.len()]);
            }
        }
    }
}

/// The products of one lane and group, forward.
struct Correlation<'a> {
    all: &'a Forward,
    input: &'a [f32],
    weights: &'a [f32],
    bias: &'a [f32],
    y: &'a mut [f32],
}

impl simd::Loops for Correlation<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(mut self) {
        let all = self.all;
        let panels = self.weights.chunks_exact(all.taps.len() * PANEL);
        for ((index, weights), bias) in panels.enumerate().zip(self.bias.as_chunks::<PANEL>().0) {
            for tile in &all.windows.tiles {
                match tile.length {
                    1 => self.tile::<V, 1>(index, weights, bias, *tile),
                    2 => self.tile::<V, 2>(index, weights, bias, *tile),
                    3 => self.tile::<V, 3>(index, weights, bias, *tile),
                    4 => self.tile::<V, 4>(index, weights, bias, *tile),
                    5 if LONGEST > 5 => self.tile::<V, 5>(index, weights, bias, *tile),
                    _ => self.tile::<V, LONGEST>(index, weights, bias, *tile),
                }
            }
        }
    }
}

impl Correlation<'_> {
    #[inline(always)]
    fn tile<V: Vector, const N: usize>(
        &mut self,
        panel: usize,
        weights: &[f32],
        bias: &[f32; PANEL],
        Tile { row, column, .. }: Tile,
    ) {
        let Windows { columns, stride, output: [height, width], .. } = self.all.windows;
        let start = row * stride[0] * columns + column * stride[1];
        let window = &self.input[start..];
        let mut sums = [load::<V>(bias); N];
        let taps = self.all.taps.iter().zip(weights.as_chunks::<PANEL>().0);
        if stride[1] == 1 {
            for (tap, weights) in taps {
                let values = window[*tap..].first_chunk().expect(REACH);
                accumulate(&mut sums, values, load::<V>(weights));
            }
        } else {
            for (tap, weights) in taps {
                let values = std::array::from_fn(|n| window[*tap + n * stride[1]]);
                accumulate(&mut sums, &values, load::<V>(weights));
            }
        }
        let mut numbers = [[0.0; PANEL]; N];
        for (sums, numbers) in sums.iter().zip(&mut numbers) {
            for (sum, part) in sums.iter().zip(numbers.as_chunks_mut::<WIDTH>().0) {
                sum.store(part);
            }
        }
        let planes = self.y.chunks_exact_mut(height * width).skip(panel * PANEL);
        for (channel, plane) in planes.take(PANEL).enumerate() {
            let to = &mut plane[row * width + column..][..N];
            to.iter_mut().zip(&numbers).for_each(|(to, numbers)| *to = numbers[channel]);
        }
    }
}
