//! Outputs of a row × a panel of input channels, while the output channels run.

use super::{ACROSS, LONGEST, PANEL, REACH, Tile, Windows, accumulate, inside, load, pack};
use crate::numeric::simd::{self, Vector, WIDTH};
use crate::ops::Conv2d;

/// What backward needs.
pub(in crate::ops::conv2d::cpu) struct Backward {
    windows: Windows,
    /// `[groups, panels, kh·kw, units, PANEL]`.
    weights: Vec<f32>,
    /// Pixels of the laid-out gradient from a window's beginning to every place of a kernel.
    places: Vec<usize>,
    units: usize,
}

impl Backward {
    /// Packs kernels `[d, c/groups, kh, kw]`.
    pub(in crate::ops::conv2d::cpu) fn new(op: &Conv2d, kernels: &[f32]) -> Backward {
        let windows = Windows::new(op);
        let units = op.output[0] / op.groups;
        let [height, width] = op.kernel;
        let area = height * width;
        let places = (0..area).map(|place| {
            place / width * op.dilation[0] * windows.columns + place % width * op.dilation[1]
        });
        Backward {
            places: places.collect(),
            weights: pack(op.groups, windows.channels, area * units, |g, c, i| {
                let (place, d) = (i / units, i % units);
                kernels[((g * units + d) * windows.channels + c) * area + place]
            }),
            windows,
            units,
        }
    }

    /// `dx += Wᵀ ⋆ dz` for one lane's group; `gradient` is memory that is reused.
    pub(in crate::ops::conv2d::cpu) fn run(
        &self,
        op: &Conv2d,
        group: usize,
        dz: &[f32],
        gradient: &mut Vec<f32>,
        dx: &mut [f32],
    ) {
        let Windows { rows, columns, channels, .. } = self.windows;
        let weights = self.weights.len() / op.groups;
        let weights = &self.weights[group * weights..][..weights];
        for (index, weights) in
            weights.chunks_exact(self.places.len() * self.units * PANEL).enumerate()
        {
            gradient.clear();
            gradient.resize(rows * columns * PANEL, 0.0);
            let pixels = gradient.as_chunks_mut::<PANEL>().0;
            simd::widest(Transposed { all: self, dz, weights, gradient: pixels });
            let area = op.input[1] * op.input[2];
            let planes = dx.chunks_exact_mut(area).take(channels).skip(index * PANEL);
            self.add_back(op, pixels, planes.take(PANEL));
        }
    }

    /// Adds a panel of the laid-out gradient to planes of `dx`.
    fn add_back<'a>(
        &self,
        op: &Conv2d,
        gradient: &[[f32; PANEL]],
        planes: impl Iterator<Item = &'a mut [f32]>,
    ) {
        let (down, across) = (inside(op, &self.windows, 0), inside(op, &self.windows, 1));
        for (channel, plane) in planes.enumerate() {
            let lines = gradient.chunks_exact(self.windows.columns).skip(down.start);
            let to = plane.chunks_exact_mut(op.input[2]).take(down.len());
            for (from, to) in lines.zip(to) {
                for (to, from) in to.iter_mut().zip(&from[across.clone()]) {
                    *to += from[channel];
                }
            }
        }
    }
}

/// The products of one lane, group and panel, backward.
struct Transposed<'a> {
    all: &'a Backward,
    dz: &'a [f32],
    weights: &'a [f32],
    gradient: &'a mut [[f32; PANEL]],
}

impl simd::Loops for Transposed<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(mut self) {
        let all = self.all;
        let weights = self.weights.as_chunks::<PANEL>().0.chunks_exact(all.units);
        for (place, weights) in all.places.iter().zip(weights) {
            for tile in &all.windows.tiles {
                match tile.length {
                    1 => self.tile::<V, 1>(*place, weights, *tile),
                    2 => self.tile::<V, 2>(*place, weights, *tile),
                    3 => self.tile::<V, 3>(*place, weights, *tile),
                    4 => self.tile::<V, 4>(*place, weights, *tile),
                    5 if LONGEST > 5 => self.tile::<V, 5>(*place, weights, *tile),
                    _ => self.tile::<V, LONGEST>(*place, weights, *tile),
                }
            }
        }
    }
}

impl Transposed<'_> {
    #[inline(always)]
    fn tile<V: Vector, const N: usize>(
        &mut self,
        place: usize,
        weights: &[[f32; PANEL]],
        Tile { row, column, .. }: Tile,
    ) {
        let Windows { columns, stride, output: [height, width], .. } = self.all.windows;
        let mut sums = [[V::splat(0.0); ACROSS]; N];
        for (plane, weights) in self.dz.chunks_exact(height * width).zip(weights) {
            let values = plane[row * width + column..].first_chunk().expect(REACH);
            accumulate(&mut sums, values, load::<V>(weights));
        }
        let start = place + row * stride[0] * columns + column * stride[1];
        let pixels = self.gradient[start..].iter_mut().step_by(stride[1]);
        for (sums, pixel) in sums.into_iter().zip(pixels) {
            for (sum, part) in sums.into_iter().zip(pixel.as_chunks_mut::<WIDTH>().0) {
                sum.add(V::load(part)).store(part);
            }
        }
    }
}
