//! CPU kernels of [`Conv2d`], in two arrangements of the same sums.
//!
//! `channels` puts channels side by side in vectors, `pixels` neighbouring
//! outputs of a row. Which of them leaves less of the vectors empty is known
//! from the sizes, once per network and direction.

mod channels;
mod layout;
mod pixels;

use super::Conv2d;
use crate::numeric::simd::WIDTH;
use crate::numeric::{activate, scale_by_derivative};
use crate::ops::Weight;

/// How one direction is done.
enum Way<Pixels, Channels> {
    Pixels(Pixels),
    Channels(Channels),
}

/// Kernels for both directions, and where everything lies.
pub struct Prepared {
    forward: Way<pixels::Forward, channels::Forward>,
    backward: Way<pixels::Backward, channels::Backward>,
}

/// Memory that is reused between calls.
#[derive(Default)]
pub struct Scratch {
    /// The input with its padding, which is never written.
    input: Vec<f32>,
    /// The gradient in a layout of its own.
    gradient: Vec<f32>,
    /// Segments of ∂L/∂y.
    panels: Vec<f32>,
}

/// What turning one result into planes costs, in multiply-adds of a vector.
const TURNING: usize = 4;

/// Whether channels side by side take fewer steps than outputs of a row side by side, where each
/// result is a sum of so many products.
fn by_channels(channels: usize, width: usize, products: usize) -> bool {
    let filled = |count: usize, whole: usize| count.next_multiple_of(whole) as f64 / count as f64;
    let turned = 1.0 + (TURNING * WIDTH) as f64 / products as f64;
    filled(channels, channels::PANEL) * turned < filled(width, WIDTH)
}

impl Prepared {
    /// Packs the kernels once per network.
    #[must_use]
    pub fn new(op: &Conv2d, weights: &[Weight]) -> Prepared {
        let kernels = &weights[op.weight.0].data;
        let bias = op.bias.map(|b| weights[b.0].data.clone());
        let (inputs, units) = (op.input[0] / op.groups, op.output[0] / op.groups);
        let area = op.kernel[0] * op.kernel[1];
        Prepared {
            forward: if by_channels(units, op.output[2], inputs * area) {
                Way::Channels(channels::Forward::new(op, kernels, bias.as_deref()))
            } else {
                Way::Pixels(pixels::Forward::new(op, kernels, bias))
            },
            backward: if by_channels(inputs, op.output[2], units * area) {
                Way::Channels(channels::Backward::new(op, kernels))
            } else {
                Way::Pixels(pixels::Backward::new(op, kernels))
            },
        }
    }
}

/// Elements of a lane's group: of the input, of the output.
fn of_a_group(op: &Conv2d) -> (usize, usize) {
    let of = |shape: [usize; 3]| shape.iter().product::<usize>() / op.groups;
    (of(op.input), of(op.output))
}

/// `y = act(W ⋆ x + b)`.
pub fn forward(op: &Conv2d, prepared: &Prepared, scratch: &mut Scratch, x: &[f32], y: &mut [f32]) {
    let (from, to) = of_a_group(op);
    for (index, (x, y)) in x.chunks_exact(from).zip(y.chunks_exact_mut(to)).enumerate() {
        let group = index % op.groups;
        match &prepared.forward {
            Way::Pixels(way) => way.run(op, group, x, &mut scratch.input, y),
            Way::Channels(way) => way.run(op, group, x, &mut scratch.input, y),
        }
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
    let (to, from) = of_a_group(op);
    for (index, (dx, dz)) in dx.chunks_exact_mut(to).zip(dy.chunks_exact(from)).enumerate() {
        let group = index % op.groups;
        let Scratch { gradient, panels, .. } = scratch;
        match &prepared.backward {
            Way::Pixels(way) => way.run(op, group, dz, panels, gradient, dx),
            Way::Channels(way) => way.run(op, group, dz, gradient, dx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::{Activation, WeightId};

    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        let number = |i: u32| (i.wrapping_mul(2_654_435_761).wrapping_add(seed) >> 8) % 2001;
        (0..count as u32).map(|i| number(i) as f32 / 1000.0 - 1.0).collect()
    }

    /// Convolutions of every width, with steps, gaps, padding and groups.
    fn convolutions() -> impl Iterator<Item = Conv2d> {
        let spread = [([1, 1], [1, 1]), ([2, 1], [1, 2]), ([1, 3], [2, 1])];
        let shapes = [(1, 1, 1), (3, 20, 1), (17, 5, 1), (32, 34, 2)];
        (1..14).flat_map(move |width| {
            spread.into_iter().flat_map(move |(stride, dilation)| {
                shapes.into_iter().map(move |(inputs, units, groups)| {
                    let pad = [width % 2, width % 3];
                    let kernel = [3, 2];
                    let output = [units, 2, width];
                    // As large as the windows need it, and sometimes a rim that none reads.
                    let side = |axis: usize| {
                        (output[axis + 1] - 1) * stride[axis]
                            + (kernel[axis] - 1) * dilation[axis]
                            + 1
                    };
                    let input = [inputs, side(0) + width % 2, side(1) + width % 4];
                    let input = [input[0], input[1] - pad[0], input[2].max(pad[1] + 1) - pad[1]];
                    let activation = Activation::Identity;
                    let (weight, bias) = (WeightId(0), None);
                    Conv2d {
                        input,
                        output,
                        kernel,
                        stride,
                        pad,
                        dilation,
                        groups,
                        weight,
                        bias,
                        activation,
                    }
                })
            })
        })
    }

    /// Largest difference of two results, one of them spoiled by some amount in its last place.
    fn difference(one: &[f32], other: &[f32], spoil: f32) -> f32 {
        assert!(!one.is_empty() && one.len() == other.len());
        let last = one.len() - 1;
        let off = |i: usize| (one[i] - other[i] + if i == last { spoil } else { 0.0 }).abs();
        (0..one.len()).map(off).fold(0.0, f32::max)
    }

    #[test]
    fn both_arrangements_agree() {
        /// Sums of up to a few hundred products of numbers below 1, in two orders.
        const TWO_ORDERS: f32 = 1e-4;
        for op in convolutions() {
            let (from, to) = of_a_group(&op);
            let taps = op.input[0] / op.groups * op.kernel[0] * op.kernel[1];
            let (kernels, bias) = (numbers(op.output[0] * taps, 1), numbers(op.output[0], 2));
            let (x, dz) = (numbers(from, 3), numbers(to, 4));
            let (mut one, mut other) = (Vec::new(), Vec::new());
            let pixels = pixels::Forward::new(&op, &kernels, Some(bias.clone().into()));
            let channels = channels::Forward::new(&op, &kernels, Some(&bias));
            let back =
                (pixels::Backward::new(&op, &kernels), channels::Backward::new(&op, &kernels));
            for group in 0..op.groups {
                let (mut y, mut z) = (vec![0.0; to], vec![0.0; to]);
                pixels.run(&op, group, &x, &mut one, &mut y);
                channels.run(&op, group, &x, &mut other, &mut z);
                assert!(difference(&y, &z, 0.0) < TWO_ORDERS, "{op:?}");
                assert!(difference(&y, &z, 0.01) > TWO_ORDERS, "a spoiled result passes");
            }
            for group in 0..op.groups {
                // What is there is added to.
                let (mut dx, mut du) = (x.clone(), x.clone());
                let (mut panels, mut one, mut other) = (Vec::new(), Vec::new(), Vec::new());
                back.0.run(&op, group, &dz, &mut panels, &mut one, &mut dx);
                back.1.run(&op, group, &dz, &mut other, &mut du);
                assert!(difference(&dx, &du, 0.0) < TWO_ORDERS, "{op:?}");
                assert!(difference(&dx, &du, 0.01) > TWO_ORDERS, "a spoiled result passes");
            }
        }
    }

    #[test]
    fn vectors_are_filled() {
        // A few channels of long rows, and many of short ones.
        assert!(!by_channels(1, 28, 400) && by_channels(64, 10, 400));
        // Short sums do not make up for turning their results.
        assert!(!by_channels(64, 28, 9));
    }
}
