//! What a network ends in: logits, or probabilities, as they are or rounded to steps.

use crate::model::{Network, Node, NodeId, OutputKind};
use crate::ops::unary::cpu;
use crate::ops::{Activation, Op, Unary, UnaryKind};

/// What the outputs are that have nothing behind them to peel off: probabilities are known by what
/// makes them, or because they add up to one at every image.
pub(super) fn kind(network: &Network, outputs: &[f32]) -> OutputKind {
    /// Half precision, and what keeps logarithms off zero, leave this much.
    const ADDS_UP: f32 = 1e-3;
    let adds_up = |of: &[f32]| {
        of.iter().all(|p| *p >= 0.0) && (of.iter().sum::<f32>() - 1.0).abs() <= ADDS_UP
    };
    match network.output {
        OutputKind::Logits if outputs.chunks(network.classes()).all(adds_up) => {
            OutputKind::Distribution
        }
        OutputKind::Logits if ends_in_sigmoids(network) => OutputKind::Independent,
        known => known,
    }
}

/// Whether it ends in a probability for each class by itself.
pub(super) fn ends_in_sigmoids(network: &Network) -> bool {
    match &network.node(before_rounding(network, hardly_moves_probabilities)).op {
        Op::Unary(op) => op.kind == UnaryKind::Sigmoid,
        Op::Linear(op) => op.activation == Activation::Sigmoid,
        Op::Conv2d(op) => op.activation == Activation::Sigmoid,
        _ => false,
    }
}

/// The network without a last softmax whose probabilities are rounded: the order of the classes is that
/// of the logits, and the steps have no slope.
pub(super) fn peel_rounded_softmax(mut network: Network) -> Network {
    let last = before_rounding(&network, counts_probabilities);
    let Op::Softmax(softmax) = &network.node(last).op else { return network };
    let of_classes = softmax.len == network.classes() && softmax.outer * softmax.inner == 1;
    // Shares of sixteen bits add up to one; other outputs were peeled before.
    let rounded = matches!(network.output, OutputKind::Logits | OutputKind::Distribution);
    let arranged = network.nodes[last.0..].iter().any(|node| matches!(node.op, Op::Rearrange(_)));
    let logits = network.node(last).inputs[0];
    let computed = |node: &Node| !matches!(node.op, Op::Input | Op::Reshape);
    let something = network.nodes[..=logits.0].iter().any(computed);
    if of_classes && !softmax.log && rounded && !arranged && something {
        network.nodes.truncate(logits.0 + 1);
        network.output = OutputKind::Probabilities;
    }
    network
}

/// What is left at the end when the order of axes and rounding to steps are taken off, where its functions, the
/// last one first, pass `is_rounding`.
fn before_rounding(network: &Network, is_rounding: fn(&[&Unary]) -> bool) -> NodeId {
    let mut last = network.logits();
    let mut rounding: Vec<&Unary> = Vec::new();
    loop {
        let node = network.node(last);
        match &node.op {
            Op::Reshape | Op::Rearrange(_) => {}
            Op::Unary(op)
                if matches!(op.kind, UnaryKind::Affine | UnaryKind::Clip | UnaryKind::Round) =>
            {
                rounding.push(op);
            }
            _ => break,
        }
        last = node.inputs[0];
    }
    let rounded = rounding.iter().any(|op| op.kind == UnaryKind::Round);
    if rounding.is_empty() || (rounded && is_rounding(&rounding)) {
        return last;
    }
    network.logits()
}

/// Probabilities at which functions are tried: a range that was found by samples may end before 1.
const TRIED: [f32; 5] = [0.0, 0.125, 0.25, 0.375, 0.5];
/// Two steps of eight bits, and a little.
const STEPS: f32 = 0.01;

/// Whether functions, the last one first, leave probabilities about where they are.
fn hardly_moves_probabilities(functions: &[&Unary]) -> bool {
    TRIED.into_iter().all(|p| (through(functions, p) - p).abs() <= STEPS)
}

/// Whether functions, the last one first, give probabilities as numbers of steps, from whatever number.
fn counts_probabilities(functions: &[&Unary]) -> bool {
    let [none, half] = [0.0, 0.5].map(|p| through(functions, p));
    let share = |y: f32| 0.5 * (y - none) / (half - none);
    half > none && TRIED.into_iter().all(|p| (share(through(functions, p)) - p).abs() <= STEPS)
}

fn through(functions: &[&Unary], x: f32) -> f32 {
    functions.iter().rev().fold(x, |x, op| {
        let mut y = [0.0];
        cpu::forward(&Unary { len: 1, ..(*op).clone() }, &[x], &mut y);
        y[0]
    })
}
