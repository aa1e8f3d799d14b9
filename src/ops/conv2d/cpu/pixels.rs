//! Direct correlation with neighbouring outputs of a row side by side in vectors.
//!
//! An output row is cut into segments of [`SEGMENT`] columns. The input of one
//! lane and group is first laid out with its padding, and with columns sorted
//! by their phase under the horizontal stride; then the values under one tap
//! of a whole segment lie side by side, at `segment.source + tap`. A tile of
//! [`BLOCK`] channels × a few segments stays in registers while the taps run.
//! Backwards the same tile holds [`BLOCK`] taps × segments while the output
//! channels run, and is added to where its values came from. The last segment
//! of a row may reach beyond it: what is computed there is not stored, and
//! backwards it carries zeros.

use std::sync::Arc;

use super::Conv2d;
use super::layout::Layout;
use crate::numeric::simd::{self, Vector, WIDTH as SEGMENT};
use crate::numeric::sort_by_number;

/// Channels, or taps, of a register tile.
const BLOCK: usize = 4;
/// Most segments of a register tile.
#[cfg(target_arch = "wasm32")]
const TOGETHER: usize = 2;
/// Most segments of a register tile.
#[cfg(not(target_arch = "wasm32"))]
const TOGETHER: usize = 3;

/// A register tile.
type Tile<V, const S: usize> = [[V; S]; BLOCK];

/// Neighbouring outputs of one row.
#[derive(Clone, Copy, Default)]
struct Segment {
    /// Where the first output's window begins in the laid-out input.
    source: usize,
    /// The first output in its channel.
    target: usize,
    /// Outputs; at most [`SEGMENT`].
    width: usize,
}

/// What forward needs.
pub(super) struct Forward {
    grid: Grid,
    /// A group's kernels in blocks of channels, `[blocks, taps, BLOCK]` each group.
    weights: Vec<f32>,
    bias: Option<Arc<[f32]>>,
    units: usize,
}

/// What backward needs.
pub(super) struct Backward {
    grid: Grid,
    /// A group's kernels in blocks of taps, `[blocks, channels, BLOCK]` each group.
    weights: Vec<f32>,
    units: usize,
}

/// Where everything lies.
struct Grid {
    segments: Vec<Segment>,
    /// Distance of every tap from the window's beginning.
    taps: Vec<usize>,
    /// The largest tap, and a segment more.
    reach: usize,
    layout: Layout,
}

impl Grid {
    /// Taps in an order of their own.
    fn new(op: &Conv2d, order: &[usize]) -> Grid {
        let layout = Layout::new(op);
        let mut segments = Vec::new();
        let width = op.output[2];
        for i in 0..op.output[1] {
            for j in (0..width).step_by(SEGMENT) {
                segments.push(Segment {
                    source: i * op.stride[0] * layout.row + j,
                    target: i * width + j,
                    width: SEGMENT.min(width - j),
                });
            }
        }
        let [height, width] = op.kernel;
        let distance = |tap: &usize| {
            let (row, v) = (tap / width, tap % width);
            let (channel, u) = (row / height, row % height);
            let row = channel * layout.rows + u * op.dilation[0];
            row * layout.row + layout.column(op, v * op.dilation[1])
        };
        let taps: Vec<usize> = order.iter().map(distance).collect();
        let reach = taps.iter().max().map_or(0, |largest| largest + SEGMENT);
        Grid { segments, taps, reach, layout }
    }
}

/// Taps of a kernel.
fn depth(op: &Conv2d) -> usize {
    op.input[0] / op.groups * op.kernel[0] * op.kernel[1]
}

impl Forward {
    /// Packs kernels `[d, c/groups, kh, kw]`.
    pub(super) fn new(op: &Conv2d, kernels: &[f32], bias: Option<Arc<[f32]>>) -> Forward {
        let (units, k) = (op.output[0] / op.groups, depth(op));
        let mut weights = Vec::new();
        for group in kernels.chunks_exact((units * k).max(1)) {
            pack(units, k, |unit, tap| group[unit * k + tap], &mut weights);
        }
        let order: Vec<usize> = (0..k).collect();
        Forward { grid: Grid::new(op, &order), weights, bias, units }
    }

    /// `y = W ⋆ x + b` for one lane's group; `input` is memory that is reused.
    pub(super) fn run(
        &self,
        op: &Conv2d,
        group: usize,
        x: &[f32],
        input: &mut Vec<f32>,
        y: &mut [f32],
    ) {
        self.grid.layout.place(op, x, input);
        let weights = self.weights.len() / op.groups;
        let kernels = &self.weights[group * weights..][..weights];
        let bias = self.bias.as_ref().map(|b| &b[group * self.units..][..self.units]);
        simd::widest(Correlation { grid: &self.grid, input, kernels, bias, units: self.units, y });
    }
}

impl Backward {
    /// Packs kernels `[d, c/groups, kh, kw]`.
    pub(super) fn new(op: &Conv2d, kernels: &[f32]) -> Backward {
        let (units, k) = (op.output[0] / op.groups, depth(op));
        // So sorted that neighbours lie in different rows: they are added to
        // one after the other, and must not wait for each other.
        let mut order: Vec<usize> = (0..k).collect();
        sort_by_number(&mut order, |tap| (tap % op.kernel[1]) as f64);
        let mut weights = Vec::new();
        for group in kernels.chunks_exact((units * k).max(1)) {
            pack(k, units, |tap, unit| group[unit * k + order[tap]], &mut weights);
        }
        Backward { grid: Grid::new(op, &order), weights, units }
    }

    /// `dx += Wᵀ ⋆ dz` for one lane's group; `panels` and `gradient` are memory that is reused.
    pub(super) fn run(
        &self,
        op: &Conv2d,
        group: usize,
        dz: &[f32],
        panels: &mut Vec<f32>,
        gradient: &mut Vec<f32>,
        dx: &mut [f32],
    ) {
        self.grid.line_up(self.units, dz, panels);
        gradient.clear();
        gradient.resize(self.grid.layout.len, 0.0);
        let weights = self.weights.len() / op.groups;
        let kernels = &self.weights[group * weights..][..weights];
        simd::widest(Transposed { grid: &self.grid, panels, kernels, units: self.units, gradient });
        self.grid.layout.add_back(op, gradient, dx);
    }
}

/// Appends a matrix in blocks of [`BLOCK`] rows, `[blocks, depth, BLOCK]`, filled up with zeros.
fn pack(rows: usize, depth: usize, at: impl Fn(usize, usize) -> f32, to: &mut Vec<f32>) {
    for first in (0..rows).step_by(BLOCK) {
        for i in 0..depth {
            to.extend((first..first + BLOCK).map(|row| if row < rows { at(row, i) } else { 0.0 }));
        }
    }
}

impl Grid {
    /// Segments of `dy [units, area]`, `[tiles, units, segments of the tile]`, filled up with zeros.
    fn line_up(&self, units: usize, dy: &[f32], panels: &mut Vec<f32>) {
        let area = dy.len() / units;
        panels.resize(self.segments.len() * units * SEGMENT, 0.0);
        let mut pieces = panels.chunks_exact_mut(SEGMENT);
        for tile in self.segments.chunks(TOGETHER) {
            for plane in dy.chunks_exact(area) {
                for (segment, to) in tile.iter().zip(&mut pieces) {
                    let from = &plane[segment.target..segment.target + segment.width];
                    if let (Some(from), Some(to)) =
                        (from.first_chunk::<SEGMENT>(), to.first_chunk_mut::<SEGMENT>())
                    {
                        *to = *from;
                    } else {
                        let filled = from.iter().copied().chain(std::iter::repeat(0.0));
                        to.iter_mut().zip(filled).for_each(|(to, from)| *to = from);
                    }
                }
            }
        }
    }
}

/// The laid-out input from where a segment's windows begin to where the last tap of them ends.
#[derive(Clone, Copy)]
struct Window<'a>(&'a [f32]);

impl Grid {
    #[inline(always)]
    fn window<'a>(&self, input: &'a [f32], segment: Segment) -> Window<'a> {
        Window(&input[segment.source..][..self.reach])
    }
}

impl Window<'_> {
    /// The values under one of the taps, for the outputs of a segment.
    #[inline(always)]
    fn segment(&self, tap: usize) -> &[f32; SEGMENT] {
        debug_assert!(tap + SEGMENT <= self.0.len());
        // SAFETY: a window is as long as `Grid::reach`, which is a segment
        // more than the largest tap.
        unsafe { &*self.0.as_ptr().add(tap).cast() }
    }
}

/// The products of one lane and group, forward.
struct Correlation<'a> {
    grid: &'a Grid,
    input: &'a [f32],
    kernels: &'a [f32],
    bias: Option<&'a [f32]>,
    units: usize,
    y: &'a mut [f32],
}

impl simd::Loops for Correlation<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(mut self) {
        let depth = self.grid.taps.len();
        for (block, kernels) in self.kernels.chunks_exact(depth * BLOCK).enumerate() {
            for tile in self.grid.segments.chunks(TOGETHER) {
                match *tile {
                    [a, b, c] => self.tile::<V, 3>(block, kernels, [a, b, c]),
                    [a, b] => self.tile::<V, 2>(block, kernels, [a, b]),
                    [a] => self.tile::<V, 1>(block, kernels, [a]),
                    _ => {}
                }
            }
        }
    }
}

impl Correlation<'_> {
    #[inline(always)]
    fn tile<V: Vector, const S: usize>(
        &mut self,
        block: usize,
        kernels: &[f32],
        segments: [Segment; S],
    ) {
        let channels = block * BLOCK..self.units.min((block + 1) * BLOCK);
        let mut sums: Tile<V, S> = [[V::splat(0.0); S]; BLOCK];
        if let Some(bias) = self.bias {
            for (sums, bias) in sums.iter_mut().zip(&bias[channels.clone()]) {
                *sums = [V::splat(*bias); S];
            }
        }
        let windows: [Window<'_>; S] =
            std::array::from_fn(|s| self.grid.window(self.input, segments[s]));
        for (tap, kernels) in self.grid.taps.iter().zip(kernels.as_chunks::<BLOCK>().0) {
            let values = std::array::from_fn(|s| V::load(windows[s].segment(*tap)));
            accumulate(&mut sums, kernels, values);
        }
        let area = self.y.len() / self.units;
        for (channel, sums) in channels.zip(&sums) {
            let plane = &mut self.y[channel * area..][..area];
            for (segment, sum) in segments.iter().zip(sums) {
                let to = &mut plane[segment.target..];
                if let Some(to) = to.first_chunk_mut() {
                    // What lies behind the row's end is written later, with the next row.
                    sum.store(to);
                } else {
                    let mut whole = [0.0; SEGMENT];
                    sum.store(&mut whole);
                    to.iter_mut().zip(whole).for_each(|(to, from)| *to = from);
                }
            }
        }
    }
}

/// The products of one lane and group, backward.
struct Transposed<'a> {
    grid: &'a Grid,
    panels: &'a [f32],
    kernels: &'a [f32],
    units: usize,
    gradient: &'a mut [f32],
}

impl simd::Loops for Transposed<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(mut self) {
        let blocks = self.kernels.chunks_exact(self.units * BLOCK);
        for (taps, kernels) in self.grid.taps.chunks(BLOCK).zip(blocks) {
            let mut panels = self.panels;
            for tile in self.grid.segments.chunks(TOGETHER) {
                let panel;
                (panel, panels) = panels.split_at(self.units * tile.len() * SEGMENT);
                match *tile {
                    [a, b, c] => self.tile::<V, 3>(taps, kernels, panel, [a, b, c]),
                    [a, b] => self.tile::<V, 2>(taps, kernels, panel, [a, b]),
                    [a] => self.tile::<V, 1>(taps, kernels, panel, [a]),
                    _ => {}
                }
            }
        }
    }
}

impl Transposed<'_> {
    #[inline(always)]
    fn tile<V: Vector, const S: usize>(
        &mut self,
        taps: &[usize],
        kernels: &[f32],
        panel: &[f32],
        segments: [Segment; S],
    ) {
        let mut sums: Tile<V, S> = [[V::splat(0.0); S]; BLOCK];
        let rows = panel.as_chunks::<SEGMENT>().0.as_chunks::<S>().0;
        for (values, kernels) in rows.iter().zip(kernels.as_chunks::<BLOCK>().0) {
            accumulate(&mut sums, kernels, std::array::from_fn(|s| V::load(&values[s])));
        }
        for (tap, sums) in taps.iter().zip(&sums) {
            for (segment, sum) in segments.iter().zip(sums) {
                let start = segment.source + tap;
                let to = self.gradient[start..].first_chunk_mut().expect(REACH);
                sum.add(V::load(to)).store(to);
            }
        }
    }
}

const REACH: &str = "the layout ends with a segment more";

/// `sums[b][s] += weights[b]·values[s]`.
#[inline(always)]
fn accumulate<V: Vector, const S: usize>(
    sums: &mut Tile<V, S>,
    weights: &[f32; BLOCK],
    values: [V; S],
) {
    for (sums, weight) in sums.iter_mut().zip(weights) {
        let weight = V::repeat(weight);
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum = weight.multiply_add(value, *sum);
        }
    }
}
