//! CPU kernels of [`Conv2d`]: direct correlation over segments of output rows.
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
use crate::exec::cpu::map::{activate, scale_by_derivative};
use crate::exec::cpu::simd::{self, Vector, WIDTH as SEGMENT};
use crate::model::Network;

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

/// Kernels for both directions, and where everything lies.
pub struct Prepared {
    /// A group's kernels in blocks of channels, `[blocks, taps, BLOCK]` each group.
    forward: Vec<f32>,
    /// A group's kernels in blocks of taps, `[blocks, channels, BLOCK]` each group.
    backward: Vec<f32>,
    bias: Option<Arc<[f32]>>,
    segments: Vec<Segment>,
    /// Distance of every tap from the window's beginning.
    taps: Vec<usize>,
    /// The same, so sorted that neighbours lie in different rows: they are
    /// added to one after the other, and must not wait for each other.
    scattered: Vec<usize>,
    /// The largest tap, and a segment more.
    reach: usize,
    layout: Layout,
}

/// Memory that is reused between calls.
#[derive(Default)]
pub struct Scratch {
    /// The laid-out input; its padding is never written.
    input: Vec<f32>,
    /// The gradient in the same layout.
    gradient: Vec<f32>,
    /// Segments of ∂L/∂y, `[tiles, channels, segments of the tile]`.
    panels: Vec<f32>,
}

/// How the input of one group is laid out.
struct Layout {
    /// Rows and columns that are read, padding included.
    rows: usize,
    columns: usize,
    /// Columns of one phase.
    phase: usize,
    /// Elements of a row: all phases.
    row: usize,
    /// Elements of all channels, and as many more as a segment may reach too far.
    len: usize,
}

impl Layout {
    fn new(op: &Conv2d) -> Layout {
        let reach = |axis: usize| {
            (op.output[axis + 1] - 1) * op.stride[axis] + (op.kernel[axis] - 1) * op.dilation[axis]
        };
        let (rows, columns) = (reach(0) + 1, reach(1) + 1);
        // Room for what the last segment of a row reaches too far: neighbouring
        // rows that overlap would wait for each other when they are added to.
        let last_tap = (op.kernel[1] - 1) * op.dilation[1] / op.stride[1];
        let segments = op.output[2].next_multiple_of(SEGMENT) + last_tap;
        let phase = columns.div_ceil(op.stride[1]).max(segments);
        let row = phase * op.stride[1];
        let len = op.input[0] / op.groups * rows * row + SEGMENT;
        Layout { rows, columns, phase, row, len }
    }

    /// Where a column lies in its row.
    fn column(&self, op: &Conv2d, column: usize) -> usize {
        column % op.stride[1] * self.phase + column / op.stride[1]
    }

    /// Calls `visit(laid-out row, input row)` for every row that is not padding.
    fn each_row(&self, op: &Conv2d, mut visit: impl FnMut(usize, usize)) {
        let height = op.input[1];
        for channel in 0..op.input[0] / op.groups {
            for row in op.pad[0]..self.rows.min(op.pad[0] + height) {
                let laid = (channel * self.rows + row) * self.row;
                visit(laid, (channel * height + row - op.pad[0]) * op.input[2]);
            }
        }
    }

    /// Laid-out columns that are not padding.
    fn inside(&self, op: &Conv2d) -> std::ops::Range<usize> {
        op.pad[1].min(self.columns)..self.columns.min(op.pad[1] + op.input[2])
    }

    /// Lays out the input of one lane and group.
    fn place(&self, op: &Conv2d, x: &[f32], input: &mut Vec<f32>) {
        input.resize(self.len, 0.0);
        let inside = self.inside(op);
        self.each_row(op, |laid, row| {
            let from = &x[row..row + inside.len()];
            if op.stride[1] == 1 {
                input[laid + inside.start..laid + inside.end].copy_from_slice(from);
            } else {
                for (column, v) in inside.clone().zip(from) {
                    input[laid + self.column(op, column)] = *v;
                }
            }
        });
    }

    /// Adds a laid-out gradient to `dx`.
    fn add_back(&self, op: &Conv2d, gradient: &[f32], dx: &mut [f32]) {
        let inside = self.inside(op);
        self.each_row(op, |laid, row| {
            let to = &mut dx[row..row + inside.len()];
            if op.stride[1] == 1 {
                let from = &gradient[laid + inside.start..laid + inside.end];
                to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
            } else {
                for (column, to) in inside.clone().zip(to) {
                    *to += gradient[laid + self.column(op, column)];
                }
            }
        });
    }
}

impl Prepared {
    /// Packs the kernels once per network.
    #[must_use]
    pub fn new(op: &Conv2d, network: &Network) -> Prepared {
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
        let k = op.input[0] / op.groups * height * width;
        let distance = |tap: usize| {
            let (row, v) = (tap / width, tap % width);
            let (channel, u) = (row / height, row % height);
            let row = channel * layout.rows + u * op.dilation[0];
            row * layout.row + layout.column(op, v * op.dilation[1])
        };
        let mut order: Vec<usize> = (0..k).collect();
        order.sort_by_key(|tap| (tap % width, *tap));
        let kernels = &network.weight(op.weight).data;
        let d = op.output[0] / op.groups;
        let (mut forward, mut backward) = (Vec::new(), Vec::new());
        for group in kernels.chunks_exact((d * k).max(1)) {
            pack(d, k, |unit, tap| group[unit * k + tap], &mut forward);
            pack(k, d, |tap, unit| group[unit * k + order[tap]], &mut backward);
        }
        let taps: Vec<usize> = (0..k).map(distance).collect();
        let reach = taps.iter().max().map_or(0, |largest| largest + SEGMENT);
        let scattered = order.into_iter().map(distance).collect();
        let bias = op.bias.map(|b| network.weight(b).data.clone());
        Prepared { forward, backward, bias, segments, taps, scattered, reach, layout }
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

/// `y = act(W ⋆ x + b)`.
pub fn forward(op: &Conv2d, prepared: &Prepared, scratch: &mut Scratch, x: &[f32], y: &mut [f32]) {
    let units = op.output[0] / op.groups;
    let out = units * op.output[1] * op.output[2];
    let group_in = op.input.iter().product::<usize>() / op.groups;
    let weights = prepared.forward.len() / op.groups;
    let pieces = x.chunks_exact(group_in).zip(y.chunks_exact_mut(out));
    for (index, (x, y)) in pieces.enumerate() {
        let group = index % op.groups;
        prepared.layout.place(op, x, &mut scratch.input);
        let kernels = &prepared.forward[group * weights..][..weights];
        let bias = prepared.bias.as_ref().map(|b| &b[group * units..][..units]);
        simd::widest(Correlation { prepared, input: &scratch.input, kernels, bias, units, y });
        activate(y, op.activation);
    }
}

/// `dx (+)= Wᵀ ⋆ (dy ⊙ act′(y))`; `dy` is overwritten with `dy ⊙ act′(y)`.
pub fn backward(
    op: &Conv2d,
    prepared: &Prepared,
    scratch: &mut Scratch,
    y: &[f32],
    dy: &mut [f32],
    dx: &mut [f32],
    accumulate: bool,
) {
    scale_by_derivative(dy, y, op.activation);
    if !accumulate {
        dx.fill(0.0);
    }
    let units = op.output[0] / op.groups;
    let out = units * op.output[1] * op.output[2];
    let group_in = op.input.iter().product::<usize>() / op.groups;
    let weights = prepared.backward.len() / op.groups;
    let pieces = dx.chunks_exact_mut(group_in).zip(dy.chunks_exact(out));
    for (index, (dx, dy)) in pieces.enumerate() {
        let group = index % op.groups;
        prepared.line_up(units, dy, &mut scratch.panels);
        scratch.gradient.clear();
        scratch.gradient.resize(prepared.layout.len, 0.0);
        let kernels = &prepared.backward[group * weights..][..weights];
        let (panels, gradient) = (&scratch.panels, &mut scratch.gradient);
        simd::widest(Transposed { prepared, panels, kernels, units, gradient });
        prepared.layout.add_back(op, &scratch.gradient, dx);
    }
}

impl Prepared {
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
                        to[..from.len()].copy_from_slice(from);
                        to[from.len()..].fill(0.0);
                    }
                }
            }
        }
    }
}

/// The laid-out input from where a segment's windows begin to where the last tap of them ends.
#[derive(Clone, Copy)]
struct Window<'a>(&'a [f32]);

impl Prepared {
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
        // SAFETY: a window is as long as `Prepared::reach`, which is a segment
        // more than the largest tap.
        unsafe { &*self.0.as_ptr().add(tap).cast() }
    }
}

/// The products of one lane and group, forward.
struct Correlation<'a> {
    prepared: &'a Prepared,
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
        let depth = self.prepared.taps.len();
        for (block, kernels) in self.kernels.chunks_exact(depth * BLOCK).enumerate() {
            for tile in self.prepared.segments.chunks(TOGETHER) {
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
            std::array::from_fn(|s| self.prepared.window(self.input, segments[s]));
        for (tap, kernels) in self.prepared.taps.iter().zip(kernels.as_chunks::<BLOCK>().0) {
            let values = std::array::from_fn(|s| V::load(windows[s].segment(*tap)));
            accumulate(&mut sums, kernels, values);
        }
        let area = self.y.len() / self.units;
        for (channel, sums) in channels.zip(&sums) {
            let plane = &mut self.y[channel * area..][..area];
            for (segment, sum) in segments.iter().zip(sums) {
                let to = &mut plane[segment.target..segment.target + segment.width];
                if let Some(to) = to.first_chunk_mut() {
                    sum.store(to);
                } else {
                    let mut whole = [0.0; SEGMENT];
                    sum.store(&mut whole);
                    to.copy_from_slice(&whole[..segment.width]);
                }
            }
        }
    }
}

/// The products of one lane and group, backward.
struct Transposed<'a> {
    prepared: &'a Prepared,
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
        for (taps, kernels) in self.prepared.scattered.chunks(BLOCK).zip(blocks) {
            let mut panels = self.panels;
            for tile in self.prepared.segments.chunks(TOGETHER) {
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
        let weight = V::splat(*weight);
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum = weight.multiply_add(value, *sum);
        }
    }
}
