//! Operator norms against singular values of written-out matrices. The
//! constants of whole networks, against pairs of images, are in `networks`.

mod networks;

use std::collections::HashSet;
use std::f64::consts::TAU;

use blindspots::model::{Network, WeightId};
use blindspots::ops::{Activation, Conv2d, Op, PoolKind};
use blindspots::study::spectral::{Spectrum, conv};

use crate::support::cases;
use crate::support::networks::{Random, spoiled};
use crate::support::reference_ops::forward_of;
use crate::support::singular::{columns, largest};
use crate::testing::bundled;

/// f64 on both sides, a few hundred terms.
const TIGHT: f64 = 1e-11;

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= TIGHT * b.abs()
}

/// Convolutions of the kernels' cases, without bias and activation, with their kernels.
fn convolutions() -> Vec<(String, Network, Conv2d)> {
    let mut found = Vec::new();
    for case in cases::conv2d() {
        for node in &case.network.nodes {
            if let Op::Conv2d(op) = &node.op {
                let op = Conv2d { bias: None, activation: Activation::Identity, ..op.clone() };
                found.push((case.name.clone(), case.network.clone(), op));
            }
        }
    }
    assert!(found.len() > 10);
    found
}

/// The norm of a zero-padded convolution, from its matrix.
fn written_out(network: &Network, op: &Conv2d) -> f64 {
    let n = op.input.iter().product();
    largest(columns(n, |x| forward_of(network, &Op::Conv2d(op.clone()), &[x])))
}

/// The norm of a convolution on a grid that closes on itself, from its matrix.
fn written_out_circular(op: &Conv2d, weights: &[f32], grid: [usize; 2]) -> f64 {
    let [outputs, inputs] = [op.output[0], op.input[0]];
    let [oh, ow] = [grid[0] / op.stride[0], grid[1] / op.stride[1]];
    let (channels, per_group) = (inputs / op.groups, outputs / op.groups);
    let map = |x: &[f64]| -> Vec<f64> {
        let mut y = vec![0.0; outputs * oh * ow];
        for (place, weight) in weights.iter().enumerate() {
            let (v, u) = (place % op.kernel[1], place / op.kernel[1] % op.kernel[0]);
            let rest = place / (op.kernel[0] * op.kernel[1]);
            let (c, d) = (rest % channels, rest / channels);
            let channel = d / per_group * channels + c;
            for i in 0..oh {
                for j in 0..ow {
                    let row = (i * op.stride[0] + u * op.dilation[0]) % grid[0];
                    let column = (j * op.stride[1] + v * op.dilation[1]) % grid[1];
                    y[(d * oh + i) * ow + j] +=
                        f64::from(*weight) * x[(channel * grid[0] + row) * grid[1] + column];
                }
            }
        }
        y
    };
    largest(columns(inputs * grid[0] * grid[1], map))
}

/// The paper's formula for one group, with a chosen power of the stride before the kernels'
/// transform and a chosen power of N below the exponent.
fn formula(op: &Conv2d, weights: &[f32], n: usize, power: i32, below: i32) -> f64 {
    let stride = op.stride[0];
    let (rows, channels) = (op.output[0], op.input[0]);
    let transform = |place: usize, xi: [usize; 2]| -> (f64, f64) {
        let kernel = &weights[place * op.kernel[0] * op.kernel[1]..][..op.kernel[0] * op.kernel[1]];
        kernel.iter().enumerate().fold((0.0, 0.0), |(re, im), (tap, w)| {
            let (u, v) = (tap / op.kernel[1], tap % op.kernel[1]);
            let product = (u * op.dilation[0] * xi[0] + v * op.dilation[1] * xi[1]) as f64;
            let (sine, cosine) = (-TAU * product / (n as f64).powi(below)).sin_cos();
            (re + f64::from(*w) * cosine, im + f64::from(*w) * sine)
        })
    };
    let block = n / stride;
    let mut best = 0.0f64;
    for xi in (0..block * block).map(|at| [at / block, at % block]) {
        // [[Re, −Im], [Im, Re]] has the singular values of the complex matrix, twice.
        let mut real = Vec::new();
        for c in 0..channels {
            for fold in 0..stride * stride {
                let l = [fold / stride, fold % stride];
                let xi = [xi[0] + l[0] * block, xi[1] + l[1] * block];
                let factor = (stride as f64).powi(power);
                let entry = |d: usize| {
                    let (re, im) = transform(d * channels + c, xi);
                    (factor * re, factor * im)
                };
                let column: Vec<(f64, f64)> = (0..rows).map(entry).collect();
                let (re, im) = (column.iter().map(|e| e.0), column.iter().map(|e| e.1));
                real.push(re.clone().chain(im.clone()).collect::<Vec<f64>>());
                real.push(im.map(|v| -v).chain(re).collect());
            }
        }
        best = best.max(largest(real));
    }
    best
}

#[test]
fn dense_layers_have_their_largest_singular_value() {
    let network = bundled("fc100-100-10");
    let spectrum = Spectrum::of(&network);
    let mut compared = 0;
    for layer in &spectrum.layers {
        let Op::Linear(op) = &network.node(layer.node).op else { continue };
        if layer.what == "sigmoid" {
            assert_eq!(layer.constant, Some(0.25));
            continue;
        }
        let data = &network.weight(op.weight).data;
        let matrix: Vec<Vec<f64>> =
            data.chunks_exact(op.n).map(|r| r.iter().map(|v| f64::from(*v)).collect()).collect();
        let found = layer.constant.expect("a dense layer has a norm");
        let known = largest(matrix);
        assert!(near(found, known), "{}: {found} is not {known}", layer.what);
        if compared == 0 {
            // Negative control: a matrix that is nearly the same has another norm.
            let other = Spectrum::of(&spoiled(&network, 1.0 + 1e-6));
            assert!(!near(other.layers[0].constant.expect("known"), known));
        }
        compared += 1;
    }
    assert_eq!(compared, 3);
    let product: f64 = spectrum.layers.iter().map(|l| l.constant.expect("known")).product();
    assert!(near(spectrum.product.expect("known"), product));
}

#[test]
fn circular_convolutions_follow_the_corrected_formula() {
    let (mut strided, mut squared) = (0, 0);
    for (name, network, op) in convolutions() {
        let weights = &network.weight(op.weight).data;
        let side = |axis: usize| 6usize.max(op.kernel[axis]).next_multiple_of(op.stride[axis]);
        let grid = [side(0), side(1)];
        let op = Conv2d { pad: [0, 0], ..op };
        let found = conv::circular(&op, weights, grid);
        let known = written_out_circular(&op, weights, grid);
        assert!(near(found, known), "{name}: {found} is not {known}");
        if op.groups > 1 || grid[0] != grid[1] || op.stride[0] != op.stride[1] {
            continue;
        }
        let (n, stride) = (grid[0], op.stride[0]);
        let corrected = formula(&op, weights, n, -1, 1);
        assert!(near(corrected, known), "{name}: the formula gives {corrected}, not {known}");
        // As printed: Δ⁻², and N² below the exponent.
        if stride > 1 {
            strided += 1;
            let printed = formula(&op, weights, n, -2, 1);
            assert!(near(printed * stride as f64, known), "{name}: low by exactly the stride");
            assert!(!near(printed, known));
        }
        // Where the largest is at ξ = 0, the exponent does not matter.
        squared += usize::from(!near(formula(&op, weights, n, -1, 2), known));
    }
    assert!(squared >= 4, "{squared} times N² below the exponent is noticed");
    assert!(strided >= 2, "{strided} strided convolutions were compared");
}

#[test]
fn strides_of_one_to_three_on_several_grids() {
    let mut random = Random::new(5);
    for (stride, side, kernel, [d, c]) in [
        (1, 5, [3, 3], [3, 2]),
        (2, 6, [3, 2], [2, 3]),
        (3, 6, [4, 5], [4, 1]),
        (3, 9, [2, 2], [2, 2]),
    ] {
        let weights: Vec<f32> =
            (0..d * c * kernel[0] * kernel[1]).map(|_| random.between(-1.0, 1.0)).collect();
        let op = Conv2d {
            input: [c, side, side],
            output: [d, side / stride, side / stride],
            kernel,
            stride: [stride; 2],
            pad: [0, 0],
            dilation: [1, 1],
            groups: 1,
            weight: WeightId(0),
            bias: None,
            activation: Activation::Identity,
        };
        let known = written_out_circular(&op, &weights, [side; 2]);
        let found = conv::circular(&op, &weights, [side; 2]);
        assert!(near(found, known), "stride {stride}: {found} is not {known}");
        assert!(near(formula(&op, &weights, side, -1, 1), known), "stride {stride}");
    }
}

#[test]
fn zero_padded_convolutions_are_found_exactly_and_bounded() {
    let mut tight = 0;
    for (name, network, op) in convolutions() {
        let weights = &network.weight(op.weight).data;
        let known = written_out(&network, &op);
        let found = conv::exact(&op, weights).expect("small enough");
        assert!(near(found, known), "{name}: {found} is not {known}");
        let spectrum = Spectrum::of(&network);
        let layer = spectrum.layers.iter().find(|l| l.what.starts_with("convolution"));
        let layer = layer.expect("it has a convolution");
        let bound = layer.constant.expect("a convolution has a norm");
        assert!(bound >= known * (1.0 - TIGHT), "{name}: {bound} is below {known}");
        tight += usize::from(bound < 1.5 * known);
        assert!(bound < 10.0 * known, "{name}: {bound} is far above {known}");
    }
    assert!(tight > 10, "{tight} bounds are within half of the norm");
}

#[test]
fn pooling_has_its_exact_norm() {
    let (mut compared, mut norms) = (0, HashSet::new());
    for case in cases::pool2d() {
        let spectrum = Spectrum::of(&case.network);
        for layer in &spectrum.layers {
            let Op::Pool2d(op) = &case.network.node(layer.node).op else { continue };
            let found = layer.constant.expect("pooling has a norm");
            let n: usize = op.input.iter().product();
            // A maximum follows the matrix of what is largest; with one element large, that
            // is the indicator of the windows over it.
            let known = match op.kind {
                PoolKind::Average { .. } => largest(columns(n, |x| {
                    forward_of(&case.network, &layer_op(&case, layer), &[x])
                })),
                PoolKind::Max => (0..n)
                    .map(|i| {
                        let mut x = vec![0.0; n];
                        x[i] = 1.0;
                        let y = forward_of(&case.network, &layer_op(&case, layer), &[&x]);
                        y.iter().sum::<f64>().sqrt()
                    })
                    .fold(0.0, f64::max),
            };
            assert!(near(found, known), "{}: {found} is not {known}", case.name);
            norms.insert(known.to_bits());
            compared += 1;
        }
    }
    assert!(compared > 12 && norms.len() > 3, "{compared} compared, {} norms", norms.len());
}

fn layer_op(case: &cases::Case, layer: &blindspots::study::spectral::Layer) -> Op {
    case.network.node(layer.node).op.clone()
}
