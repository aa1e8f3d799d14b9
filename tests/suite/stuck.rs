//! Attacks on networks whose gradient leads nowhere: saturated, dead, constant by pieces.

use std::sync::Arc;

use blindspots::attack::{Method, Problem, Report, Start, Stop, Unobserved, attack, attack_among};
use blindspots::digit::{CLASSES, PIXELS};
use blindspots::exec::loss::predicted;
use blindspots::exec::{CpuExecutor, Evaluation, Goal};
use blindspots::model::{Network, Node, NodeId};
use blindspots::ops::{Activation, Op, Unary, UnaryKind};

use crate::support::attacks::{cpu, dense, digits, inside, solve};
use crate::support::networks::{Builder, spoiled};
use crate::testing::bundled;

/// A bundled network of sigmoids with arguments a thousand times as large: all at their ends.
fn saturated() -> Arc<Network> {
    let network = spoiled(&bundled("fc100-100-10"), 1000.0);
    let Op::Linear(op) =
        &network.nodes.iter().find(|n| matches!(n.op, Op::Linear(_))).expect("a layer").op
    else {
        panic!("a dense layer")
    };
    let mut network = Network::clone(&network);
    let bias = &mut network.weights[op.bias.expect("with a bias").0];
    bias.data = bias.data.iter().map(|b| 1000.0 * b).collect();
    Arc::new(network)
}

/// A bundled network whose hidden units are steps: constant by pieces.
fn steps() -> Arc<Network> {
    let mut builder = Builder::new();
    let hidden = builder.linear(NodeId(0), [1, PIXELS, 40], true, Activation::Identity);
    let step = |kind, a, b| Op::Unary(Unary { kind, len: 40, a, b });
    let positive = builder.node(step(UnaryKind::Relu, 0.0, 0.0), &[hidden], &[40]);
    let off = builder.node(step(UnaryKind::Not, 0.0, 0.0), &[positive], &[40]);
    Arc::new(builder.finish(off))
}

/// ReLUs that are dead on every digit, and alive only where most of the image is ink.
fn dead() -> Arc<Network> {
    let mut builder = Builder::new();
    let hidden = builder.linear(NodeId(0), [1, PIXELS, 20], true, Activation::Relu);
    let mut network = builder.finish(hidden);
    let weight = |i: usize| 0.01 * (1.0 + (0.7 * i as f32).sin());
    network.weights[0].data = (0..PIXELS * 20).map(weight).collect();
    network.weights[1].data = [-4.0; 20].into();
    network.weights[2].data =
        (0..20 * CLASSES).map(|i| if i % CLASSES == 3 { -1.0 } else { 1.0 }).collect();
    network.weights[3].data = (0..CLASSES).map(|k| if k == 3 { 1.0 } else { 0.0 }).collect();
    Arc::new(network)
}

/// A bundled network whose scores are 1 where the network is sure of a class and 0 below that: in between all
/// are 0, and the first class is read because none leads.
fn silent() -> Arc<Network> {
    const SURE: f32 = 6.0;
    let mut network = Network::clone(&bundled("fc10-1e-4"));
    let last = network.logits();
    let sure = Unary { kind: UnaryKind::HardSigmoid, len: CLASSES, a: 1.0, b: -SURE };
    let shape = network.node(last).shape.clone();
    network.nodes.push(Node {
        name: "sure".into(),
        op: Op::Unary(sure),
        inputs: vec![last],
        shape,
    });
    Arc::new(network)
}

/// Digits as the network reads them, at which it has no gradient.
fn stuck(network: &Arc<Network>, count: usize) -> Vec<Problem> {
    let mut executor = CpuExecutor::new(network.clone());
    let mut problems = digits(count);
    for problem in &mut problems {
        problem.label = predicted(&executor.logits(&problem.image)).expect("no NaN");
    }
    problems.retain(|problem| {
        let mut out = Evaluation::default();
        executor.evaluate(&problem.image, &[Goal::CrossEntropy(problem.label)], &mut out);
        out.gradients.iter().map(|g| g * g).sum::<f32>() == 0.0
    });
    problems
}

/// The least distance on lines from an image to others that are read otherwise, by bisection.
fn nearest_on_lines(network: &Arc<Network>, problem: &Problem, others: &[Vec<f32>]) -> f32 {
    let mut executor = CpuExecutor::new(network.clone());
    let mut reads = |image: &[f32]| predicted(&executor.logits(image)) == Some(problem.label);
    let mut nearest = f32::INFINITY;
    for other in others {
        if reads(other) {
            continue;
        }
        let at = |way: f32| -> Vec<f32> {
            problem.image.iter().zip(other).map(|(x, o)| x + way * (o - x)).collect()
        };
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..14 {
            let middle = 0.5 * (low + high);
            if reads(&at(middle)) { low = middle } else { high = middle }
        }
        let square = |(a, b): (&f32, &f32)| (a - b) * (a - b);
        let length = at(high).iter().zip(&problem.image).map(square).sum::<f32>().sqrt();
        nearest = nearest.min(length);
    }
    nearest
}

fn searching() -> [Method; 5] {
    [Method::Szegedy, Method::NearestBoundary, Method::DeepFool, Method::Cw, Method::Ddn]
}

#[test]
fn where_no_gradient_leads_anywhere_lines_to_other_images_do() {
    /// Fewer halvings there than here, and a clear win.
    const LITTLE: f32 = 1.01;
    for (name, network) in [("saturated", saturated()), ("steps", steps())] {
        let problems = stuck(&network, 20);
        assert!(problems.len() >= 10, "{name}: {} digits without a gradient", problems.len());
        let others: Vec<Vec<f32>> = problems.iter().map(|p| p.image.clone()).collect();
        for method in searching() {
            let mut along = 0;
            for (report, problem) in solve(&network, &problems, method).iter().zip(&problems) {
                let what = format!("{name}, {}", method.name());
                let image = report.image.as_ref().expect(&what);
                assert!(report.success && inside(image), "{what}");
                if report.start == Start::LineToImage {
                    along += 1;
                    let limit = LITTLE * nearest_on_lines(&network, problem, &others);
                    assert!(report.distance.l2 <= limit, "{what}: {} {limit}", report.distance.l2);
                }
            }
            assert!(along > 0, "{name}, {}: no line was tried", method.name());
        }
    }
}

#[test]
fn what_is_read_where_no_class_leads_is_passed_over() {
    let network = silent();
    let mut executor = CpuExecutor::new(network.clone());
    let mut problems = stuck(&network, 40);
    // Where none leads, the first is read, and that is no success: others are.
    problems.retain(|problem| problem.label != 0);
    assert!(problems.len() >= 10, "{} digits without a gradient", problems.len());
    let blank = executor.logits(&[0.0; PIXELS]);
    assert!(blank.iter().all(|z| *z == 0.0) && predicted(&blank) == Some(0));
    for method in searching() {
        for (report, problem) in solve(&network, &problems, method).iter().zip(&problems) {
            assert!(report.success, "{}: {:?}", method.name(), report.stop);
            let logits = executor.logits(report.image.as_ref().expect("a success has an image"));
            let most = logits.iter().fold(f32::MIN, |most, z| most.max(*z));
            assert!(logits[problem.label] < most, "{}: {logits:?}", method.name());
        }
    }
}

#[test]
fn a_dead_network_is_fooled_by_what_wakes_it() {
    let network = dead();
    let problems = stuck(&network, 4);
    assert_eq!(problems.len(), 4);
    for method in searching() {
        for report in solve(&network, &problems, method) {
            assert!(report.success, "{}", method.name());
            let by_itself = [Start::LineToNoise, Start::LineToPlain].contains(&report.start);
            assert!(by_itself, "{}: {:?}", method.name(), report.start);
        }
    }
}

#[test]
fn images_that_are_given_are_looked_at() {
    let network = saturated();
    let problems = stuck(&network, 8);
    let apart = |report: &Report| report.distance.l2;
    let mut nearer = 0;
    for problem in &problems {
        let others: Vec<&[f32]> = problems.iter().map(|p| &*p.image).collect();
        let alone = std::slice::from_ref(problem);
        let (mut executor, method) = (cpu(&network), Method::NearestBoundary);
        let mut nobody = Unobserved;
        let with = attack_among(&mut executor, alone, &others, method, &mut nobody);
        let with = &pollster::block_on(with).expect("it runs")[0];
        let without = attack(&mut executor, alone, method, &mut nobody);
        let without = &pollster::block_on(without).expect("it runs")[0];
        assert!(with.success);
        assert_ne!(without.start, Start::LineToImage);
        nearer += usize::from(!without.success || apart(with) < apart(without));
        // The negative control: what is no image of the network's is refused.
        let refused = attack_among(&mut executor, alone, &[&[0.5; 3]], method, &mut nobody);
        assert!(pollster::block_on(refused).is_err());
    }
    assert!(nearer > 0, "other images never helped");
}

/// The negative control: where nothing is read otherwise, nothing is found.
#[test]
fn a_constant_network_is_not_fooled() {
    let mut bias = vec![0.0; CLASSES];
    bias[4] = 1.0;
    let network = dense(vec![0.0; PIXELS * CLASSES], bias);
    let problems: Vec<Problem> = digits(3).into_iter().map(|p| Problem { label: 4, ..p }).collect();
    for method in searching() {
        for report in solve(&network, &problems, method) {
            assert!(!report.success && report.image.is_none(), "{}", method.name());
            assert_eq!((report.stop, report.start), (Stop::VanishingGradient, Start::Nearby));
        }
    }
}
