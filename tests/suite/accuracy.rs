//! Functions of one element in units in the last place, on the processor and on the device:
//! near zero, among denormal numbers, far out, and where terms cancel.
//!
//! Values and slopes are compared with f64 formulas that cancel nowhere. The negative controls
//! are networks that spell a function out as it must not be computed.

mod functions;

use std::sync::Arc;

use blindspots::digit::PIXELS;
use blindspots::exec::{CpuExecutor, Evaluation, Executor, Goal, GpuExecutor};
use blindspots::model::{Network, NodeId};
use blindspots::ops::{Activation, Linear, Op, Softmax, Unary, UnaryKind};

use crate::support::networks::{Builder, Random};
use crate::testing::device;
use functions::{Bound, SMALLEST, ULP, truth};

/// Points of both signs: every power of two up to 1e4 and what lies between, densely within ±20, and near ±1.
fn points() -> Vec<f32> {
    let mut random = Random::new(5);
    let mut points = vec![0.0, -0.0, 1e-9, -1e-9, 1e-30, -1e-30, 90.0, -90.0, 1e4, -1e4];
    for exponent in -149..14 {
        for _ in 0..16 {
            let size = 2f64.powi(exponent) * f64::from(random.between(1.0, 2.0));
            points.extend([size as f32, -size as f32]);
        }
    }
    points.extend((0..6000).map(|_| random.between(-20.0, 20.0)));
    for exponent in 1..24 {
        let step = 2f32.powi(-exponent);
        points.extend([1.0 + step, 1.0 - step, step - 1.0, -1.0 - step]);
    }
    points.retain(|x| x.abs() <= 1e4);
    points.truncate(points.len() / PIXELS * PIXELS);
    points
}

/// A network whose margin of its two logits is the sum of `f` over the pixels, and the node of `f`.
fn summed(build: impl FnOnce(&mut Builder) -> NodeId) -> (Network, NodeId) {
    let mut builder = Builder::new();
    let node = build(&mut builder);
    let weight = builder.weight(&[PIXELS, 2], [1.0, 0.0].repeat(PIXELS));
    let op =
        Linear { rows: 1, k: PIXELS, n: 2, weight, bias: None, activation: Activation::Identity };
    let last = builder.node(Op::Linear(op), &[node], &[2]);
    (builder.finish_at(last), node)
}

fn one(op: &Unary) -> (Network, NodeId) {
    summed(|builder| builder.node(Op::Unary(op.clone()), &[NodeId(0)], &[PIXELS]))
}

fn function(kind: UnaryKind, a: f32, b: f32) -> Unary {
    Unary { kind, len: PIXELS, a, b }
}

/// Both executors there are, with the units that the second may add.
fn executors(test: &str, network: Network) -> Vec<(Executor, bool)> {
    let network = Arc::new(network);
    let mut all = vec![(Executor::Cpu(CpuExecutor::new(network.clone())), false)];
    if let Some(context) = device::context(test) {
        let gpu = GpuExecutor::new(context, network).expect("the device works");
        all.push((Executor::Gpu(Box::new(gpu)), true));
    }
    all
}

/// Values of a node and gradients of the margin at points.
fn answers(executor: &mut Executor, node: NodeId, points: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let values = pollster::block_on(executor.activations(node, points)).expect("it works");
    let mut out = Evaluation::default();
    let goals = vec![Goal::Margin(0, 1); points.len() / PIXELS];
    pollster::block_on(executor.evaluate(points, &goals, &mut out)).expect("it works");
    (values.expect("the node is needed"), out.gradients)
}

/// How many times its bound a result is off, and where, at the worst of all points.
#[derive(Debug)]
struct Worst {
    value: (f64, f32),
    slope: (f64, f32),
}

/// By how much of what is allowed a network is off from a function.
fn worst(
    op: &Unary,
    (executor, on_device): &mut (Executor, bool),
    node: NodeId,
    points: &[f32],
) -> Worst {
    let (values, slopes) = answers(executor, node, points);
    let mut worst = Worst { value: (0.0, 0.0), slope: (0.0, 0.0) };
    for ((x, value), slope) in points.iter().zip(values).zip(slopes) {
        let Some(truth) = truth(op, f64::from(*x)) else { continue };
        let more = if *on_device { 12.0 + 2.0 * truth.exponent.abs().min(90.0) } else { 0.0 };
        let off = |found: f32, exact: f64, bound: Bound| {
            let exactly = bound.ulps == 0.0 && bound.absolute == 0.0;
            let ulps = if exactly { 0.0 } else { bound.ulps + more };
            let allowed = ulps * ULP * exact.abs() + bound.absolute + SMALLEST;
            let share = (f64::from(found) - exact).abs() / allowed;
            if share.is_nan() { f64::INFINITY } else { share }
        };
        let value = off(value, truth.value, truth.value_bound);
        let slope = off(slope, truth.slope, truth.slope_bound);
        if value > worst.value.0 {
            worst.value = (value, *x);
        }
        if slope > worst.slope.0 {
            worst.slope = (slope, *x);
        }
    }
    worst
}

#[test]
fn functions_are_right_to_their_last_places() {
    let points = points();
    let (mut swept, mut wrong) = (0, Vec::new());
    for kind in UnaryKind::ALL {
        let (a, b) = match kind {
            UnaryKind::LeakyRelu => (0.1, 0.0),
            UnaryKind::Elu => (1.3, 0.0),
            UnaryKind::HardSigmoid => (0.2, 0.5),
            _ => (0.0, 0.0),
        };
        let op = function(kind, a, b);
        if truth(&op, 0.5).or_else(|| truth(&op, 1.5)).is_none() {
            continue;
        }
        swept += 1;
        let (network, node) = one(&op);
        for mut executor in executors("accuracy", network) {
            let worst = worst(&op, &mut executor, node, &points);
            if worst.value.0 > 1.0 || worst.slope.0 > 1.0 {
                wrong.push(format!("{kind:?}, device {}: {worst:?}", executor.1));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(swept >= 21, "{swept}");
}

/// The negative control: formulas that cancel are noticed.
#[test]
fn formulas_that_cancel_are_noticed() {
    let points = points();
    // tanh x = 1 − 2/(e^2x + 1), e^x − 1, ln(1 + e^x)
    let spelled: [(Unary, &[Unary]); 3] = [
        (
            function(UnaryKind::Tanh, 0.0, 0.0),
            &[
                function(UnaryKind::Clip, -40.0, 40.0),
                function(UnaryKind::Affine, 2.0, 0.0),
                function(UnaryKind::Exp, 0.0, 0.0),
                function(UnaryKind::Affine, 1.0, 1.0),
                function(UnaryKind::Recip, 0.0, 0.0),
                function(UnaryKind::Affine, -2.0, 1.0),
            ],
        ),
        (
            function(UnaryKind::Elu, 1.0, 0.0),
            &[
                function(UnaryKind::Clip, -90.0, 0.0),
                function(UnaryKind::Exp, 0.0, 0.0),
                function(UnaryKind::Affine, 1.0, -1.0),
            ],
        ),
        (
            function(UnaryKind::Softplus, 0.0, 0.0),
            &[
                function(UnaryKind::Clip, -80.0, 80.0),
                function(UnaryKind::Exp, 0.0, 0.0),
                function(UnaryKind::Affine, 1.0, 1.0),
                function(UnaryKind::Ln, 0.0, 0.0),
            ],
        ),
    ];
    for (op, steps) in spelled {
        let (network, node) = summed(|builder| {
            steps.iter().fold(NodeId(0), |node, step| {
                builder.node(Op::Unary(step.clone()), &[node], &[PIXELS])
            })
        });
        let below: Vec<f32> = points.iter().map(|x| -x.abs().min(79.0)).collect();
        for mut executor in executors("accuracy", network) {
            let worst = worst(&op, &mut executor, node, &below);
            assert!(worst.value.0 > 10.0, "{:?}, device {}: {worst:?}", op.kind, executor.1);
        }
    }
}

/// A fused activation knows its value alone: values as above, slopes within what that allows.
#[test]
fn fused_activations_are_as_good_as_their_values_allow() {
    let points = points();
    let kinds = [
        (Activation::Sigmoid, UnaryKind::Sigmoid, 3e-7),
        (Activation::Tanh, UnaryKind::Tanh, 1e-6),
    ];
    for (activation, kind, absolute) in kinds {
        let (network, node) = summed(|builder| {
            let mut identity = vec![0.0; PIXELS * PIXELS];
            identity.iter_mut().step_by(PIXELS + 1).for_each(|w| *w = 1.0);
            let weight = builder.weight(&[PIXELS, PIXELS], identity);
            let op = Linear { rows: 1, k: PIXELS, n: PIXELS, weight, bias: None, activation };
            builder.node(Op::Linear(op), &[NodeId(0)], &[PIXELS])
        });
        let op = function(kind, 0.0, 0.0);
        for mut executor in executors("accuracy", network) {
            let worst = worst(&op, &mut executor, node, &points);
            assert!(worst.value.0 <= 1.0, "{kind:?}, device {}: {worst:?}", executor.1);
            // From a value near its end the slope is not right to its last places,
            assert!(worst.slope.0 > 1.0, "{kind:?}, device {}: {worst:?}", executor.1);
            // but absolutely; the device's values may be off by a few units more.
            let allowed = if executor.1 { 4.0 * absolute } else { absolute };
            let (_, slopes) = answers(&mut executor.0, node, &points);
            for (x, slope) in points.iter().zip(slopes) {
                let exact = truth(&op, f64::from(*x)).expect("it is one of them").slope;
                let off = (f64::from(slope) - exact).abs();
                assert!(off <= allowed, "{kind:?} at {x}: {slope} is not {exact}");
            }
        }
    }
}

/// The logarithm of a probability near 1 is a small number with all its digits.
#[test]
fn a_sure_class_has_the_logarithm_of_its_probability() {
    const CLASSES: usize = 10;
    let network = |ops: &[Op]| {
        let mut builder = Builder::new();
        let mut node = builder.slice(0, &[CLASSES]);
        for op in ops {
            node = builder.node(op.clone(), &[node], &[CLASSES]);
        }
        (builder.finish(node), node)
    };
    let softmax = |log| Op::Softmax(Softmax { log, outer: 1, len: CLASSES, inner: 1 });
    let ln = Op::Unary(Unary { kind: UnaryKind::Ln, len: CLASSES, a: 0.0, b: 0.0 });
    let mut images = vec![0.0f32; 40 * PIXELS];
    let mut random = Random::new(11);
    for (lane, image) in images.chunks_mut(PIXELS).enumerate() {
        image[..CLASSES].fill_with(|| random.between(-1.0, 1.0));
        image[lane % CLASSES] = 1.0 + lane as f32;
    }
    let off = |(network, node): (Network, NodeId)| -> Vec<f64> {
        let mut worst = Vec::new();
        for (mut executor, on_device) in executors("accuracy", network) {
            let found = pollster::block_on(executor.activations(node, &images)).expect("it works");
            let found = found.expect("the node is needed");
            let mut most = 0.0f64;
            for (lane, found) in found.chunks(CLASSES).enumerate() {
                let z: Vec<f64> =
                    images[lane * PIXELS..][..CLASSES].iter().map(|z| f64::from(*z)).collect();
                let sure = lane % CLASSES;
                let others = (0..CLASSES).filter(|k| *k != sure);
                let exact = -others.map(|k| (z[k] - z[sure]).exp()).sum::<f64>().ln_1p();
                let ulps = if on_device { 20.0 + 4.0 * z[sure] } else { 8.0 };
                most =
                    most.max((f64::from(found[sure]) - exact).abs() / (ulps * ULP * exact.abs()));
            }
            worst.push(most);
        }
        worst
    };
    assert!(off(network(&[softmax(true)])).iter().all(|share| *share <= 1.0));
    assert!(off(network(&[softmax(false), ln])).iter().all(|share| *share > 10.0));
}
