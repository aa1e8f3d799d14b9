//! What a file expects of its pixels: as the network's first operation it is part of answers,
//! gradients, certificates, bounds and attacks.

use std::path::PathBuf;
use std::sync::Arc;

use blindspots::attack::{Method, Problem};
use blindspots::exec::loss::predicted;
use blindspots::exec::{CpuExecutor, Evaluation, Goal};
use blindspots::import::{self, ImportError, InputTransform, LoadOptions};
use blindspots::model::{Network, NodeId};
use blindspots::ops::Op;
use blindspots::study::certify::Certifier;
use blindspots::study::spectral::Spectrum;

use crate::support::attacks::solve;

/// The same sums in f32, in another order, relative to the largest number.
const ANSWERS: f64 = 1e-4;
/// The same for gradients.
const GRADIENTS: f64 = 1e-3;
/// Certificates and bounds are f64, of weights that were rounded to f32 once more.
const BOUNDS: f64 = 1e-4;
/// What an attack's f32 distance may fall short of an exact one.
const ATTACK_ROUNDING: f64 = 1e-4;

fn load(name: &str, transform: &InputTransform) -> Result<Network, ImportError> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path.join(format!("tests/fixtures/onnx/{name}.onnx")));
    let options = LoadOptions { transform: Some(transform.clone()), ..LoadOptions::default() };
    import::load(&bytes.expect("the fixture"), &options)
}

fn plain(name: &str) -> Network {
    load(name, &InputTransform::default()).expect("it loads")
}

/// Images as people see them, pixels from 0 to 1.
fn patterns(pixels: usize, count: usize) -> Vec<f32> {
    let number = |i: usize| (i as u32).wrapping_mul(2_654_435_761) >> 16;
    (0..count * pixels).map(|i| number(i) as f32 / 65_536.0).collect()
}

/// Logits and gradients of the margin of two classes.
fn evaluated(network: Network, images: &[f32]) -> Evaluation {
    let lanes = images.len() / network.pixels();
    let mut result = Evaluation::default();
    let goals = vec![Goal::Margin(1, 0); lanes];
    CpuExecutor::new(Arc::new(network)).evaluate(images, &goals, &mut result);
    result
}

/// Largest difference, relative to the largest number; infinite for NaN.
fn error(ours: &[f32], theirs: &[f32]) -> f64 {
    assert!(!ours.is_empty() && ours.len() == theirs.len());
    let scale = theirs.iter().fold(1e-30f64, |m, v| m.max(f64::from(v.abs())));
    let each = ours.iter().zip(theirs).map(|(a, b)| (f64::from(*a) - f64::from(*b)).abs() / scale);
    each.fold(0.0, |m, e| if e.is_nan() { f64::INFINITY } else { m.max(e) })
}

/// Each transform, with what it makes of a pixel of three channels.
fn transforms() -> Vec<(InputTransform, [f64; 3], [f64; 3])> {
    let mean = [0.485, 0.456, 0.406];
    let deviation = [0.229, 0.224, 0.225];
    let scale = deviation.map(|d| 1.0 / f64::from(d));
    let offset = std::array::from_fn(|c| -f64::from(mean[c]) * scale[c]);
    let normalised = InputTransform::normalised(&mean, &deviation).expect("numbers");
    let inverted = (scale.map(|s| -s), std::array::from_fn(|c| offset[c] + scale[c]));
    vec![
        (InputTransform::default(), [1.0; 3], [0.0; 3]),
        (InputTransform::bytes(), [255.0; 3], [0.0; 3]),
        (InputTransform::signed(), [2.0; 3], [-1.0; 3]),
        (InputTransform::default().inverted(), [-1.0; 3], [1.0; 3]),
        (normalised.clone(), scale, offset),
        (normalised.inverted(), inverted.0, inverted.1),
    ]
}

/// Answers and gradients of a transformed network are those of the plain one at transformed
/// pixels, the gradients times the scale; `spoil` takes a scale that is 1 % off.
fn transform_errors(name: &str, spoil: bool) -> Vec<(f64, f64)> {
    let plain = plain(name);
    let pixels = plain.pixels();
    let images = patterns(pixels, 3);
    transforms()
        .into_iter()
        .map(|(transform, mut scale, offset)| {
            let behind = evaluated(load(name, &transform).expect("it loads"), &images);
            if spoil {
                scale = scale.map(|s| 1.01 * s);
            }
            let channel = |i: usize| i % pixels / (pixels / 3);
            let taken: Vec<f32> = (0..images.len())
                .map(|i| (scale[channel(i)] * f64::from(images[i]) + offset[channel(i)]) as f32)
                .collect();
            let mut at = evaluated(plain.clone(), &taken);
            for (i, gradient) in at.gradients.iter_mut().enumerate() {
                *gradient *= scale[channel(i)] as f32;
            }
            (error(&behind.logits, &at.logits), error(&behind.gradients, &at.gradients))
        })
        .collect()
}

#[test]
fn a_transform_is_the_first_operation_of_the_network() {
    for name in ["colour", "colour-channels-last"] {
        for (place, (answers, gradients)) in transform_errors(name, false).into_iter().enumerate() {
            assert!(answers < ANSWERS, "{name}, {place}: answers differ by {answers:.1e}");
            assert!(gradients < GRADIENTS, "{name}, {place}: gradients differ by {gradients:.1e}");
        }
        for (place, (answers, gradients)) in transform_errors(name, true).into_iter().enumerate() {
            assert!(
                answers > ANSWERS && gradients > GRADIENTS,
                "{name}, {place}: a spoiled scale passes"
            );
        }
    }
    let plain = plain("colour");
    let first = plain.nodes.iter().find(|n| !matches!(n.op, Op::Input | Op::Reshape));
    assert_eq!(first.map(|n| n.op.name()), Some("conv2d"), "the identity is no operation");
    let two = InputTransform::normalised(&[0.5; 2], &[0.5; 2]).expect("numbers");
    let error = load("colour", &two);
    assert_eq!(error.expect_err("three channels").code(), "bad-input-transform");
}

/// The plain network with the transform multiplied into its first layer by hand.
fn folded(mut network: Network, scale: [f64; 3], offset: [f64; 3]) -> Network {
    let Some(Op::Linear(op)) =
        network.nodes.iter().map(|n| n.op.clone()).find(|op| op.name() == "linear")
    else {
        panic!("it begins with a dense layer")
    };
    let channel = |pixel: usize| pixel / (op.k / 3);
    let weights = network.weights[op.weight.0].data.clone();
    let scaled =
        (0..weights.len()).map(|i| (scale[channel(i / op.n)] * f64::from(weights[i])) as f32);
    network.weights[op.weight.0].data = scaled.collect();
    let bias = &mut network.weights[op.bias.expect("a bias").0].data;
    let shifted = |unit: usize| -> f64 {
        let of = |pixel: usize| offset[channel(pixel)] * f64::from(weights[pixel * op.n + unit]);
        (0..op.k).map(of).sum()
    };
    *bias = bias.iter().enumerate().map(|(u, b)| (f64::from(*b) + shifted(u)) as f32).collect();
    network
}

#[test]
fn certificates_and_bounds_are_about_what_a_person_sees() {
    let name = "colour-dense";
    let images = patterns(plain(name).pixels(), 6);
    let (mut told_apart, mut spoiled, mut all) = (0, 0, 0);
    for (transform, scale, offset) in transforms() {
        let network = Arc::new(load(name, &transform).expect("it loads"));
        let by_hand = folded(plain(name), scale, offset);
        let certifiers =
            [&*network, &by_hand, &plain(name)].map(|n| Certifier::new(n).expect("dense"));
        let logits = CpuExecutor::new(network.clone()).logits(&images);
        let problems: Vec<Problem> = images
            .chunks_exact(network.pixels())
            .zip(logits.chunks_exact(network.classes()))
            .map(|(image, logits)| Problem {
                image: image.to_vec(),
                label: predicted(logits).expect("a number"),
                target: None,
            })
            .collect();
        let reports = solve(&network, &problems, Method::NearestBoundary);
        for (problem, report) in problems.iter().zip(&reports) {
            let radius = |c: &Certifier| c.certify(&problem.image, problem.label).map(|c| c.radius);
            let [ours, theirs] = [0, 1].map(|place| radius(&certifiers[place]).expect("an image"));
            assert!(ours > 0.0 && (ours / theirs - 1.0).abs() < BOUNDS, "{ours} is not {theirs}");
            let found = f64::from(report.distance.l2);
            assert!(
                report.success && ours <= found * (1.0 + ATTACK_ROUNDING),
                "{ours} above {found}"
            );
            // The negative controls: another network's radius, and one that is far too large.
            let without = radius(&certifiers[2]).expect("an image");
            told_apart += usize::from((without / ours - 1.0).abs() > BOUNDS);
            spoiled += usize::from(8.0 * ours > found);
            all += 1;
        }
        // A scale of each channel lengthens a change by the largest of them at most.
        let product = |n: &Network| Spectrum::of(n).product.expect("dense layers have a norm");
        let largest = scale.iter().fold(0.0f64, |m, s| m.max(s.abs()));
        let ratio = product(&network) / product(&plain(name));
        assert!((ratio / largest - 1.0).abs() < BOUNDS, "{ratio} is not {largest}");
    }
    // All but the identity.
    assert!(told_apart >= all * 2 / 3, "{told_apart} of {all}");
    assert!(spoiled > all / 2, "eight times the radius passes: {spoiled} of {all}");
}

#[test]
fn the_image_is_the_first_node_and_the_transform_behind_it() {
    let network = load("colour-channels-last", &InputTransform::signed()).expect("it loads");
    assert_eq!(network.node(NodeId(0)).shape, [3, 32, 32]);
    assert_eq!(network.nodes[1].op.name(), "unary");
    let mean = InputTransform::normalised(&[0.1, 0.2, 0.3], &[0.5; 3]).expect("numbers");
    let network = load("colour-channels-last", &mean).expect("it loads");
    assert_eq!(network.nodes[2].op.name(), "binary");
}
