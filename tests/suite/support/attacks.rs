//! Attacks in tests: how they are run, and linear networks, whose optimum is known exactly.

use std::sync::Arc;

use blindspots::attack::{self, AttackError, Method, Options, Problem, Recipe, Report, Unobserved};
use blindspots::digit::{CLASSES, IMAGE, PIXELS};
use blindspots::exec::{CpuExecutor, Executor};
use blindspots::model::{
    Expectation, Network, Node, NodeId, OutputKind, Precision, Weight, WeightId,
};
use blindspots::ops::{Activation, Linear, Op};

use crate::testing::{bundled, gallery};

/// The processor's executor of a network.
pub(crate) fn cpu(network: &Arc<Network>) -> Executor {
    Executor::Cpu(CpuExecutor::new(network.clone()))
}

/// Attacks; says what was refused.
pub(crate) fn attempt(
    network: &Arc<Network>,
    problems: &[Problem],
    recipe: impl Into<Recipe>,
) -> Result<Vec<Report>, AttackError> {
    let mut executor = cpu(network);
    pollster::block_on(attack::attack(&mut executor, problems, recipe, &mut Unobserved))
}

/// Attacks; nothing is refused.
pub(crate) fn solve(
    network: &Arc<Network>,
    problems: &[Problem],
    recipe: impl Into<Recipe>,
) -> Vec<Report> {
    attempt(network, problems, recipe).expect("the attack runs")
}

/// Whether an image is one: 784 pixels in the box.
pub(crate) fn inside(image: &[f32]) -> bool {
    image.len() == PIXELS && image.iter().all(|v| (0.0..=1.0).contains(v))
}

/// A network of one dense layer.
pub(crate) fn dense(weights: Vec<f32>, bias: Vec<f32>) -> Arc<Network> {
    let weight = |name: &str, shape: Vec<usize>, data: Vec<f32>| Weight {
        name: name.into(),
        shape,
        data: data.into(),
    };
    let linear = Linear {
        rows: 1,
        k: PIXELS,
        n: CLASSES,
        weight: WeightId(0),
        bias: Some(WeightId(1)),
        activation: Activation::Identity,
    };
    let node = |name: &str, op, inputs, shape| Node { name: String::from(name), op, inputs, shape };
    Arc::new(Network {
        image: IMAGE,
        nodes: vec![
            node("image", Op::Input, vec![], vec![PIXELS]),
            node("dense", Op::Linear(linear), vec![NodeId(0)], vec![CLASSES]),
        ],
        weights: vec![
            weight("w", vec![PIXELS, CLASSES], weights),
            weight("b", vec![CLASSES], bias),
        ],
        input_shape: vec![PIXELS],
        expects: Expectation::default(),
        output: OutputKind::Logits,
        precision: Precision::default(),
    })
}

/// Exact: the least `‖r‖₂` with `x+r` in the box at which `target` beats `label`.
///
/// `r = clip(x + λd) − x` for `d = w_target − w_label`; the margin grows with λ.
pub(crate) fn exact_l2(network: &Network, problem: &Problem, target: usize) -> f64 {
    let (w, b) = (&network.weights[0].data, &network.weights[1].data);
    let of = |pixel: usize, class: usize| f64::from(w[pixel * network.classes() + class]);
    let direction: Vec<f64> =
        (0..network.pixels()).map(|p| of(p, target) - of(p, problem.label)).collect();
    let moved = |lambda: f64| -> Vec<f64> {
        let x = problem.image.iter().map(|v| f64::from(*v));
        x.zip(&direction).map(|(x, d)| (x + lambda * d).clamp(0.0, 1.0)).collect()
    };
    let margin = |x: &[f64]| {
        x.iter().zip(&direction).map(|(x, d)| x * d).sum::<f64>() + f64::from(b[target])
            - f64::from(b[problem.label])
    };
    let (mut low, mut high) = (0.0, 1e6);
    if margin(&moved(high)) < 0.0 {
        return f64::INFINITY;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if margin(&moved(middle)) < 0.0 { low = middle } else { high = middle }
    }
    let x = moved(high);
    let square = |(a, b): (&f64, &f32)| (a - f64::from(*b)).powi(2);
    x.iter().zip(&problem.image).map(square).sum::<f64>().sqrt()
}

/// The least over all targets: some class beats the label.
pub(crate) fn exact_untargeted(network: &Network, problem: &Problem) -> f64 {
    (0..network.classes())
        .filter(|t| *t != problem.label)
        .map(|t| exact_l2(network, problem, t))
        .fold(f64::INFINITY, f64::min)
}

/// A bundled softmax model as the oracle sees it: one dense layer and nothing else.
pub(crate) fn as_dense(name: &str) -> Arc<Network> {
    let network = bundled(name);
    let layer = network.nodes.iter().find_map(|n| match &n.op {
        Op::Linear(op) => Some(op.clone()),
        _ => None,
    });
    let layer = layer.expect("softmax regression has one dense layer");
    let data = |id: WeightId| network.weight(id).data.to_vec();
    dense(data(layer.weight), data(layer.bias.expect("with a bias")))
}

/// The first digits of the gallery.
pub(crate) fn digits(count: usize) -> Vec<Problem> {
    let gallery = gallery();
    (0..count).map(|place| gallery.problem(place)).collect()
}

/// A method with options.
pub(crate) fn with(method: Method, options: Options) -> Recipe {
    Recipe { method, options }
}

/// A method within ε.
pub(crate) fn epsilon(method: Method, epsilon: f32) -> Recipe {
    with(method, Options { epsilon: Some(epsilon), ..Options::default() })
}

/// A method with a number of steps.
pub(crate) fn steps(method: Method, steps: u32) -> Recipe {
    with(method, Options { steps: Some(steps), ..Options::default() })
}

/// ∂ cross-entropy(label) / ∂ image of one dense layer, in f64.
pub(crate) fn linear_gradient(network: &Network, image: &[f64], label: usize) -> Vec<f64> {
    let (w, b) = (&network.weights[0].data, &network.weights[1].data);
    let mut logits: Vec<f64> = b.iter().map(|v| f64::from(*v)).collect();
    for (pixel, x) in image.iter().enumerate() {
        for (class, z) in logits.iter_mut().enumerate() {
            *z += x * f64::from(w[pixel * network.classes() + class]);
        }
    }
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logits.iter().map(|z| (z - largest).exp()).sum();
    let mut p: Vec<f64> = logits.iter().map(|z| (z - largest).exp() / sum).collect();
    p[label] -= 1.0;
    let dot = |pixel: usize| {
        p.iter().enumerate().map(|(c, p)| p * f64::from(w[pixel * CLASSES + c])).sum()
    };
    (0..PIXELS).map(dot).collect()
}

/// Pixels in f64.
pub(crate) fn wide(image: &[f32]) -> Vec<f64> {
    image.iter().map(|v| f64::from(*v)).collect()
}
