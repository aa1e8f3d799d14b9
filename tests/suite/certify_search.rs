//! The search for a certified radius: never less than plain CROWN proves by bisection, written
//! out here independently; and activations behind the last dense layer.

use blindspots::attack::{Method, Problem};
use blindspots::digit::{CLASSES, PIXELS};
use blindspots::exec::CpuExecutor;
use blindspots::exec::loss::predicted;
use blindspots::model::{Network, NodeId};
use blindspots::ops::{Activation, Op, Softmax, Unary, UnaryKind};
use blindspots::study::certify::{Certificate, Certifier};
use std::sync::Arc;

use crate::support::attacks::{digits, solve, wide};
use crate::support::networks::{Builder, spoiled};
use crate::testing::bundled;

/// The search closes in up to a thousandth, the bisection here up to less.
const NARROW: f64 = 2e-3;

/// Random hidden layers of one width; `gain` is what their weights are times those that keep sums
/// near one.
fn deep(layers: usize, width: usize, activation: Activation, gain: f32) -> Arc<Network> {
    let mut builder = Builder::new();
    let mut node = NodeId(0);
    for layer in 0..layers {
        let inputs = if layer == 0 { PIXELS } else { width };
        node = builder.linear(node, [1, inputs, width], true, activation);
    }
    let mut network = builder.finish(node);
    for weight in network.weights.iter_mut().filter(|weight| weight.shape.len() == 2) {
        weight.data = weight.data.iter().map(|w| gain * w).collect();
    }
    Arc::new(network)
}

/// ReLUs that are all dead at the first digit and wake a little way from it: right there the
/// logits are constant, so that no form has a zero.
fn asleep() -> Arc<Network> {
    let mut network = Network::clone(&deep(1, 40, Activation::Relu, 1.0));
    let image = &digits(1)[0].image;
    let weights = network.weights[0].data.clone();
    let at = |unit: usize| (0..PIXELS).map(|p| image[p] * weights[p * 40 + unit]).sum::<f32>();
    network.weights[1].data = (0..40).map(|unit| -0.2 - at(unit)).collect();
    Arc::new(network)
}

/// Digits with what a network reads in them for their labels.
fn read_rightly(network: &Arc<Network>, count: usize) -> Vec<Problem> {
    let mut executor = CpuExecutor::new(network.clone());
    let mut problems = digits(count);
    for problem in &mut problems {
        problem.label = predicted(&executor.logits(&problem.image)).expect("no NaN");
    }
    problems
}

fn certify(network: &Network, problem: &Problem) -> Certificate {
    let certifier = Certifier::new(network).expect("it can be certified");
    certifier.certify(&problem.image, problem.label).expect("a digit")
}

// Plain CROWN

fn value(activation: Activation, z: f64) -> f64 {
    match activation {
        Activation::Relu => z.max(0.0),
        Activation::Sigmoid => 1.0 / (1.0 + (-z).exp()),
        Activation::Tanh => z.tanh(),
        Activation::Identity => z,
    }
}

fn slope(activation: Activation, z: f64) -> f64 {
    let h = 1e-6;
    (value(activation, z + h) - value(activation, z - h)) / (2.0 * h)
}

/// Slope and offset of the paper's lower line on an interval; the upper is that of `−f(−z)`.
fn lower(activation: Activation, low: f64, high: f64) -> (f64, f64) {
    let f = |z| value(activation, z);
    if activation == Activation::Relu {
        return match (low >= 0.0, high <= 0.0) {
            (true, _) => (1.0, 0.0),
            (_, true) => (0.0, 0.0),
            _ => (f64::from(u8::from(high > -low)), 0.0),
        };
    }
    let tangent = |at: f64| (slope(activation, at), f(at) - slope(activation, at) * at);
    let chord = (f(high) - f(low)) / (high - low);
    if high <= 0.0 {
        return tangent(0.5 * (low + high));
    }
    let clear = |at: f64| f(high) - f(at) - slope(activation, at) * (high - at);
    if low >= 0.0 || clear(low) <= 0.0 {
        return (chord, f(low) - chord * low);
    }
    let (mut from, mut to) = (low, 0.0);
    for _ in 0..50 {
        let middle = 0.5 * (from + to);
        if clear(middle) > 0.0 { from = middle } else { to = middle }
    }
    tangent(from)
}

fn lines(activation: Activation, low: f64, high: f64) -> [(f64, f64); 2] {
    let below = lower(activation, low, high);
    if activation == Activation::Relu {
        let above = match (low >= 0.0, high <= 0.0) {
            (true, _) => (1.0, 0.0),
            (_, true) => (0.0, 0.0),
            _ => (high / (high - low), -high * low / (high - low)),
        };
        return [below, above];
    }
    // f(z) = 2c − f(−z)
    let (slope, offset) = lower(activation, -high, -low);
    [below, (slope, 2.0 * value(activation, 0.0) - offset)]
}

/// A dense layer: `[inputs, outputs]` weights, bias, activation.
type Layer = (Vec<f64>, Vec<f64>, Activation);

fn layers(network: &Network) -> Vec<Layer> {
    let wide = |id: blindspots::ops::WeightId| wide(&network.weight(id).data);
    let of = |op: &Op| match op {
        Op::Linear(op) => {
            Some((wide(op.weight), wide(op.bias.expect("with a bias")), op.activation))
        }
        _ => None,
    };
    network.nodes.iter().filter_map(|node| of(&node.op)).collect()
}

/// A lower bound on `Σ form·(values of layer `last`)` within a ball, by backward substitution.
fn bound(
    layers: &[Layer],
    held: &[Vec<[(f64, f64); 2]>],
    last: usize,
    form: &[f64],
    image: &[f64],
    radius: f64,
) -> f64 {
    let (mut form, mut constant) = (form.to_vec(), 0.0);
    for layer in (0..=last).rev() {
        let (weights, bias, _) = &layers[layer];
        if layer < last {
            for (factor, [below, above]) in form.iter_mut().zip(&held[layer]) {
                let (slope, offset) = if *factor >= 0.0 { *below } else { *above };
                constant += *factor * offset;
                *factor *= slope;
            }
        }
        constant += form.iter().zip(bias).map(|(f, b)| f * b).sum::<f64>();
        let rows = weights.chunks(bias.len());
        form = rows.map(|row| row.iter().zip(&form).map(|(w, f)| w * f).sum()).collect();
    }
    let here: f64 = form.iter().zip(image).map(|(a, x)| a * x).sum();
    here + constant - radius * form.iter().map(|a| a * a).sum::<f64>().sqrt()
}

/// Whether plain CROWN proves that nothing within a radius is misread.
fn proves(layers: &[Layer], problem: &Problem, radius: f64) -> bool {
    let image = wide(&problem.image);
    let mut held: Vec<Vec<[(f64, f64); 2]>> = Vec::new();
    for layer in 0..layers.len() - 1 {
        let units = layers[layer].1.len();
        let of = |unit: usize, sign: f64, held: &[Vec<[(f64, f64); 2]>]| {
            let mut form = vec![0.0; units];
            form[unit] = sign;
            bound(layers, held, layer, &form, &image, radius)
        };
        let own = (0..units)
            .map(|unit| lines(layers[layer].2, of(unit, 1.0, &held), -of(unit, -1.0, &held)))
            .collect();
        held.push(own);
    }
    (0..CLASSES).filter(|target| *target != problem.label).all(|target| {
        let mut form = vec![0.0; CLASSES];
        (form[problem.label], form[target]) = (1.0, -1.0);
        bound(layers, &held, layers.len() - 1, &form, &image, radius) > 0.0
    })
}

fn plain(network: &Network, problem: &Problem) -> f64 {
    let layers = layers(network);
    let (mut low, mut high) = (0.0, 1.0);
    while proves(&layers, problem, high) && high < 28.0 {
        low = high;
        high *= 2.0;
    }
    // Down to where it proves anything at all, then closer.
    for _ in 0..40 {
        if high - low < 0.2 * NARROW * high || high < 1e-6 {
            break;
        }
        let middle = 0.5 * (low + high);
        if proves(&layers, problem, middle) { low = middle } else { high = middle }
    }
    low
}

#[test]
fn never_less_than_plain_crown_proves() {
    let cases = [
        ("ReLU 2 × 256", deep(2, 256, Activation::Relu, 1.0), 3),
        ("asleep", asleep(), 1),
        ("sigmoid 6 × 100", deep(6, 100, Activation::Sigmoid, 4.0), 1),
        ("tanh 3 × 60", deep(3, 60, Activation::Tanh, 1.0), 6),
        ("trained sigmoids", bundled("fc100-100-10"), 6),
    ];
    for (name, network, count) in cases {
        let mut controls = 0;
        let problems = read_rightly(&network, count);
        for problem in &problems {
            let proved = certify(&network, problem);
            let least = plain(&network, problem);
            assert!((1e-3..20.0).contains(&least), "{name}: plain CROWN proves {least}");
            assert!(
                proved.radius >= (1.0 - NARROW) * least,
                "{name}: {proved:?}, and plain CROWN {least}"
            );
            // The negative control: a network with a smaller radius falls short of this one.
            let other = certify(&spoiled(&network, 10.0), problem);
            controls += usize::from(other.radius < (1.0 - NARROW) * least);
        }
        assert!(2 * controls > problems.len(), "{name}: {controls} of {count} controls");
    }
}

// Behind the last dense layer

/// A network of ReLUs with operations on its logits.
fn ending(operations: &[Op]) -> Arc<Network> {
    let mut builder = Builder::new();
    let hidden = builder.linear(NodeId(0), [1, PIXELS, 40], true, Activation::Relu);
    let mut last = builder.linear(hidden, [1, 40, CLASSES], true, Activation::Identity);
    for op in operations {
        last = builder.node(op.clone(), &[last], &[CLASSES]);
    }
    Arc::new(builder.finish_at(last))
}

fn function(kind: UnaryKind, a: f32, b: f32) -> Op {
    Op::Unary(Unary { kind, len: CLASSES, a, b })
}

#[test]
fn what_keeps_the_order_of_the_logits_changes_no_radius() {
    let softmax = Op::Softmax(Softmax { log: false, outer: 1, len: CLASSES, inner: 1 });
    let plain = ending(&[]);
    let problems = read_rightly(&plain, 4);
    let endings: [&[Op]; 4] = [
        std::slice::from_ref(&softmax),
        &[softmax.clone(), softmax.clone()],
        &[function(UnaryKind::Sigmoid, 0.0, 0.0)],
        &[function(UnaryKind::Tanh, 0.0, 0.0)],
    ];
    for operations in endings {
        let network = ending(operations);
        for problem in &problems {
            let (expected, found) = (certify(&plain, problem), certify(&network, problem));
            assert_eq!(found, expected, "{operations:?}");
        }
    }
    // The negative control: what turns the order round is no such thing, and is misread.
    let network = ending(&[function(UnaryKind::Neg, 0.0, 0.0)]);
    assert!(problems.iter().all(|problem| certify(&network, problem).radius == 0.0));
    // And a softmax before something else is refused for what it is.
    let refused = Certifier::new(&ending(&[softmax, function(UnaryKind::Square, 0.0, 0.0)]));
    let refused = refused.err().expect("it is refused").to_string();
    assert!(refused.contains("a softmax with other operations behind it"), "{refused}");
}

#[test]
fn what_cuts_the_logits_is_relaxed_like_any_activation() {
    let plain = ending(&[]);
    let problems = read_rightly(&plain, 6);
    let mut proved = 0;
    for (operations, cuts) in [
        (vec![function(UnaryKind::Relu, 0.0, 0.0)], true),
        (vec![function(UnaryKind::Clip, 0.0, f32::INFINITY)], true),
        (vec![function(UnaryKind::Clip, -1e3, 1e3)], false),
        (vec![function(UnaryKind::Clip, f32::NEG_INFINITY, 1e3)], false),
        (vec![function(UnaryKind::Clip, -0.2, 1e3)], true),
    ] {
        let network = ending(&operations);
        let reports = solve(&network, &problems, Method::NearestBoundary);
        for (problem, report) in problems.iter().zip(&reports) {
            let (without, found) = (certify(&plain, problem), certify(&network, problem));
            assert!(found.radius <= without.radius * (1.0 + NARROW), "{operations:?}");
            if report.success {
                assert!(found.radius <= f64::from(report.distance.l2), "{operations:?}");
            }
            if cuts {
                proved += usize::from(found.radius > 0.5 * without.radius);
            } else {
                // Bounds that are never reached change nothing.
                assert!(found.radius >= without.radius * (1.0 - NARROW), "{operations:?}");
            }
        }
    }
    assert!(proved > 6, "{proved}");
}
