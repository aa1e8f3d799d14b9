//! Networks that read no digits: colour images into many classes, small images
//! into three, images whose size is no multiple of what kernels work on.
//!
//! Executors against the f64 reference, every method on both backends, slices,
//! bounds and certificates.

use std::sync::Arc;

use blindspots::attack::{
    self, AttackError, Ensemble, Method, Options, Problem, Recipe, Report, Unobserved,
};
use blindspots::exec::loss::predicted;
use blindspots::exec::{CpuExecutor, Evaluation, ExecError, Executor, Goal, GpuExecutor};
use blindspots::model::{ImageShape, Network, NodeId};
use blindspots::ops::{Activation, Op, Pool2d, PoolKind};
use blindspots::study::certify::Certifier;
use blindspots::study::slice::Slice;
use blindspots::study::spectral::Spectrum;

use crate::support::attacks::{cpu, exact_untargeted, solve};
use crate::support::cases::Convolution;
use crate::support::compare::{Tolerance, compare, wide};
use crate::support::networks::{Builder, Random, spoiled};
use crate::support::reference;
use crate::testing::device;

const COLOUR: ImageShape = ImageShape { channels: 3, height: 32, width: 32 };
const SMALL: ImageShape = ImageShape { channels: 1, height: 8, width: 8 };
/// No kernel reads four of its pixels at a time to the end.
const ODD: ImageShape = ImageShape { channels: 1, height: 7, width: 7 };

/// A convolution, a maximum and two dense layers on colour images.
fn colour(classes: usize) -> Arc<Network> {
    let mut builder = Builder::of(COLOUR);
    let x = builder.node(Op::Reshape, &[NodeId(0)], &[3, 32, 32]);
    let convolution = Convolution {
        input: [3, 32, 32],
        channels: 8,
        kernel: [3, 3],
        pad: [1, 1],
        pad_end: [1, 1],
        ..Default::default()
    };
    let c = convolution.append(&mut builder, x, true, Activation::Relu);
    let pool = Pool2d {
        kind: PoolKind::Max,
        input: [8, 32, 32],
        output: [8, 8],
        kernel: [4, 4],
        stride: [4, 4],
        pad: [0, 0],
        pad_end: [0, 0],
        dilation: [1, 1],
    };
    let p = builder.node(Op::Pool2d(pool), &[c], &[8, 8, 8]);
    let flat = builder.node(Op::Reshape, &[p], &[512]);
    let hidden = builder.linear(flat, [1, 512, 64], true, Activation::Relu);
    Arc::new(builder.finish_in(hidden, classes))
}

/// Two dense layers.
fn dense(image: ImageShape, classes: usize, activation: Activation) -> Arc<Network> {
    let mut builder = Builder::of(image);
    let hidden = builder.linear(NodeId(0), [1, image.pixels(), 20], true, activation);
    Arc::new(builder.finish_in(hidden, classes))
}

fn all() -> Vec<Arc<Network>> {
    vec![
        colour(10),
        colour(100),
        dense(SMALL, 3, Activation::Tanh),
        dense(ODD, 4, Activation::Relu),
    ]
}

fn images(network: &Network, count: usize) -> Vec<f32> {
    let mut random = Random::new(5);
    (0..count * network.pixels()).map(|_| random.unit()).collect()
}

/// Images with the classes that are read in them.
fn problems(network: &Arc<Network>, count: usize) -> Vec<Problem> {
    let images = images(network, count);
    let logits = CpuExecutor::new(network.clone()).logits(&images);
    let read = logits.chunks_exact(network.classes()).map(|z| predicted(z).expect("a number"));
    let problem =
        |(image, label): (&[f32], usize)| Problem { image: image.to_vec(), label, target: None };
    images.chunks_exact(network.pixels()).zip(read).map(problem).collect()
}

/// The processor, and the device if there is one.
fn executors(network: &Arc<Network>, test: &str) -> Vec<Executor> {
    let gpu = device::context(test).map(|context| {
        let gpu = GpuExecutor::new(context, network.clone()).expect("a small network fits");
        Executor::Gpu(Box::new(gpu))
    });
    [cpu(network)].into_iter().chain(gpu).collect()
}

fn run<'a>(
    networks: impl Into<Ensemble<'a>>,
    problems: &[Problem],
    recipe: impl Into<Recipe>,
) -> Result<Vec<Report>, AttackError> {
    pollster::block_on(attack::attack(networks, problems, recipe, &mut Unobserved))
}

#[test]
fn executors_agree_with_the_reference() {
    for network in all() {
        let (pixels, classes) = (network.pixels(), network.classes());
        let images = images(&network, 5);
        let goals = [
            Goal::CrossEntropy(classes - 1),
            Goal::Margin(0, classes - 1),
            Goal::CrossEntropy(0),
            Goal::Margin(2, 1),
            Goal::CrossEntropy(1),
        ];
        let right = |executor: &mut Executor, network: &Network| {
            let mut out = Evaluation::default();
            pollster::block_on(executor.evaluate(&images, &goals, &mut out)).expect("it runs");
            goals.iter().enumerate().all(|(lane, goal)| {
                let image = wide(&images[lane * pixels..][..pixels]);
                let expected = reference::evaluate(network, &image, goal);
                let logits = expected.nodes.last().expect("logits");
                let (own, gradient) = (lane * classes, lane * pixels);
                let close = |actual: &[f32], expected: &[f64]| {
                    compare(&wide(actual), expected, Tolerance::APPROXIMATE).is_ok()
                };
                close(&out.logits[own..][..classes], logits)
                    && close(&out.gradients[gradient..][..pixels], &expected.gradient)
            })
        };
        for mut executor in executors(&network, "executors_agree_with_the_reference") {
            let what = format!("{} into {classes}", network.image);
            assert!(right(&mut executor, &network), "{what}");
            assert!(!right(&mut executor, &spoiled(&network, 1.01)), "control: {what}");
        }
    }
}

/// A recipe with a budget that is large enough for these networks.
fn recipe(method: Method) -> Recipe {
    let settings = method.settings();
    let takes = |setting| settings.contains(&setting);
    let epsilon = takes(attack::Setting::Epsilon).then_some(0.5);
    let distortion = takes(attack::Setting::Distortion).then_some(0.3);
    // The default's nine thousand steps would take minutes here.
    let steps = (method == Method::Cw).then_some(100);
    Recipe {
        method,
        options: Options { epsilon, steps, distortion, seed: Some(1), eight_bit: false },
    }
}

/// What holds of a report, whatever the method.
fn check(network: &Arc<Network>, problem: &Problem, report: &Report, method: Method) {
    let what = format!("{} on {} into {}", method.name(), network.image, network.classes());
    if method.minimises() {
        assert!(report.success, "{what}: {:?}", report.stop);
    }
    let tried = if method.tries_classes() { (network.classes() - 1).min(9) } else { 0 };
    assert_eq!(report.tried, tried, "{what}");
    let Some(image) = &report.image else { return };
    assert!(image.len() == network.pixels() && image.iter().all(|v| (0.0..=1.0).contains(v)));
    let logits = CpuExecutor::new(network.clone()).logits(image);
    assert_eq!(predicted(&logits), Some(report.predicted), "{what}");
    assert_ne!(report.predicted, problem.label, "{what}");
    let squares: f64 =
        image.iter().zip(&problem.image).map(|(a, b)| f64::from(a - b).powi(2)).sum();
    let distortion = (squares / network.pixels() as f64).sqrt();
    assert!((f64::from(report.distance.distortion) / distortion - 1.0).abs() < 1e-5, "{what}");
}

#[test]
fn every_method_fools_them_on_both_backends() {
    for network in all() {
        let problems = problems(&network, 2);
        for mut executor in executors(&network, "every_method_fools_them_on_both_backends") {
            for method in Method::ALL {
                let reports =
                    run(&mut executor, &problems, recipe(method)).expect("the attack runs");
                for (problem, report) in problems.iter().zip(&reports) {
                    check(&network, problem, report, method);
                }
            }
        }
    }
}

/// The attack on the device, where its kernels work on the image, finds what the processor finds.
#[test]
fn the_device_finds_the_same_distances() {
    let Some(context) = device::context("the_device_finds_the_same_distances") else { return };
    // A search may take another path where a decision falls within rounding.
    const SAME: f32 = 0.02;
    for network in [colour(10), dense(SMALL, 3, Activation::Tanh), dense(ODD, 4, Activation::Tanh)]
    {
        let problems = problems(&network, 3);
        let gpu = GpuExecutor::new(context.clone(), network.clone()).expect("it fits");
        let mut executor = Executor::Gpu(Box::new(gpu));
        for method in [Method::Szegedy, Method::NearestBoundary] {
            let theirs = run(&mut executor, &problems, method).expect("the attack runs");
            for (ours, theirs) in solve(&network, &problems, method).iter().zip(&theirs) {
                let ratio = theirs.distance.l2 / ours.distance.l2;
                assert!(
                    (ratio - 1.0).abs() < SAME,
                    "{} on {}: {ratio}",
                    method.name(),
                    network.image
                );
            }
        }
    }
}

#[test]
fn on_a_linear_network_the_least_change_is_exact() {
    let mut builder = Builder::of(COLOUR);
    builder.linear(NodeId(0), [1, COLOUR.pixels(), 30], true, Activation::Identity);
    let network = Arc::new(builder.finish_at(NodeId(1)));
    for (problem, report) in problems(&network, 3).iter().zip(solve(
        &network,
        &problems(&network, 3),
        Method::NearestBoundary,
    )) {
        let ratio = f64::from(report.distance.l2) / exact_untargeted(&network, problem);
        assert!((ratio - 1.0).abs() < 1e-3, "{ratio}: the nearest of thirty is among the nine");
    }
}

#[test]
fn they_are_sliced_bounded_and_certified() {
    for network in all() {
        let problem = problems(&network, 1).remove(0);
        let report =
            solve(&network, std::slice::from_ref(&problem), Method::NearestBoundary).remove(0);
        let fooled = report.image.expect("it is fooled");
        let slice = Slice::new(&problem.image, &fooled, 1).expect("two images");
        let at = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]];
        let read = pollster::block_on(slice.read(&mut cpu(&network), &at, &mut Unobserved));
        let probabilities = read.expect("it is read").probabilities;
        let rows: Vec<_> = probabilities.chunks_exact(network.classes()).map(predicted).collect();
        assert_eq!(rows[0], Some(problem.label));
        assert_eq!(rows[1], Some(report.predicted));

        let logits = CpuExecutor::new(network.clone()).logits(&problem.image);
        let l2 = f64::from(report.distance.l2);
        let bound = Spectrum::of(&network).distance(&logits, problem.label);
        let bound = bound.expect("every operation has a constant").best();
        assert!(bound > 0.0 && bound <= l2, "{}: {bound} against {l2}", network.image);
        if network.image == COLOUR {
            assert!(Certifier::new(&network).is_err(), "convolutions are refused");
            continue;
        }
        let certifier = Certifier::new(&network).expect("dense layers");
        let proved = certifier.certify(&problem.image, problem.label).expect("an image").radius;
        assert!(proved >= bound && proved <= l2, "{}: {proved} against {l2}", network.image);
    }
}

#[test]
fn what_does_not_fit_is_refused_in_numbers() {
    let (small, colour) = (dense(SMALL, 3, Activation::Tanh), colour(10));
    let refused = |problem: Problem| {
        let mut executor = cpu(&small);
        run(&mut executor, &[problem], Method::Fgsm).expect_err("it is refused").to_string()
    };
    let image = vec![0.5; 64];
    let text = refused(Problem { image: vec![0.5; 784], label: 0, target: None });
    assert_eq!(text, "image 0 has 784 pixels instead of 64");
    let text = refused(Problem { image: image.clone(), label: 3, target: None });
    assert_eq!(text, "class 3 does not exist; classes are 0 to 2");
    let text = refused(Problem { image: image.clone(), label: 0, target: Some(7) });
    assert_eq!(text, "class 7 does not exist; classes are 0 to 2");

    let error = pollster::block_on(cpu(&small).logits(&[0.5; 65])).expect_err("a pixel too many");
    assert!(matches!(error, ExecError::WrongLength { required: 128, actual: 65, .. }), "{error}");

    let (mut one, mut other) = (cpu(&small), cpu(&colour));
    let ensemble: Ensemble<'_> = [&mut one, &mut other].into_iter().collect();
    let problem = Problem { image, label: 0, target: None };
    let error = run(ensemble, &[problem], Method::Fgsm).expect_err("they read different images");
    assert!(matches!(error, AttackError::Mismatch { .. }), "{error}");
}

#[test]
fn two_networks_of_colour_images_are_fooled_by_one_change() {
    let (first, second) = (colour(100), spoiled(&colour(100), 1.05));
    let problems = problems(&first, 1);
    let (mut one, mut other) = (cpu(&first), cpu(&second));
    let ensemble: Ensemble<'_> = [&mut one, &mut other].into_iter().collect();
    let report =
        run(ensemble, &problems, Method::NearestBoundary).expect("the attack runs").remove(0);
    assert!(report.success && report.readings.len() == 2, "{report:?}");
    assert!(report.readings.iter().all(|read| *read != problems[0].label));
}
