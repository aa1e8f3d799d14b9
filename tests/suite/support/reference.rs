//! A network in f64, one lane at a time, by the text of `ops/*/mod.rs`.
//!
//! Independent of the kernels: nothing is packed, tiled, fused or gathered.
//! `differences` checks the backward half against the forward half.

use blindspots::exec::Goal;
use blindspots::model::Network;
use blindspots::ops::Op;

use super::reference_ops::{backward_of, forward_of};

/// Values of every node for one image.
pub(crate) fn forward(network: &Network, image: &[f64]) -> Vec<Vec<f64>> {
    let mut values: Vec<Vec<f64>> = Vec::new();
    for node in &network.nodes {
        let inputs: Vec<&[f64]> = node.inputs.iter().map(|id| values[id.0].as_slice()).collect();
        let value = match &node.op {
            Op::Input => image.to_vec(),
            Op::Reshape => inputs[0].to_vec(),
            op => forward_of(network, op, &inputs),
        };
        assert_eq!(value.len(), node.len(), "{}: the case's shape is wrong", node.name);
        values.push(value);
    }
    values
}

/// Value of a goal and its gradient at the logits.
pub(crate) fn goal(goal: &Goal, logits: &[f64]) -> (f64, Vec<f64>) {
    let first = goal.class();
    if let Goal::Margin(_, second) = *goal {
        let mut gradient = vec![0.0; logits.len()];
        gradient[first] += 1.0;
        gradient[second] -= 1.0;
        return (logits[first] - logits[second], gradient);
    }
    let largest = logits.iter().copied().fold(f64::MIN, f64::max);
    let terms: Vec<f64> = logits.iter().map(|z| (z - largest).exp()).collect();
    let sum: f64 = terms.iter().sum();
    let mut gradient: Vec<f64> = terms.iter().map(|e| e / sum).collect();
    // −Σ of the others instead of p − 1, and ln(1 + Σ) instead of ln Σ: exact
    // where the class is all but certain.
    gradient[first] = 0.0;
    gradient[first] = -gradient.iter().sum::<f64>();
    let others = terms.iter().enumerate().filter(|(class, _)| *class != first);
    let others: f64 = others.map(|(_, e)| e).sum();
    let value =
        if logits[first] == largest { others.ln_1p() } else { sum.ln() + largest - logits[first] };
    (value, gradient)
}

/// What an executor is asked, for one lane.
pub(crate) struct Answer {
    /// Values of every node.
    pub(crate) nodes: Vec<Vec<f64>>,
    /// The goal's value.
    pub(crate) value: f64,
    /// ∂ value / ∂ image.
    pub(crate) gradient: Vec<f64>,
}

/// Forward, goal and backward of one image.
pub(crate) fn evaluate(network: &Network, image: &[f64], asked: &Goal) -> Answer {
    let nodes = forward(network, image);
    let (value, seed) = goal(asked, nodes.last().expect("a network has nodes"));
    let mut gradients: Vec<Vec<f64>> = nodes.iter().map(|v| vec![0.0; v.len()]).collect();
    *gradients.last_mut().expect("a network has nodes") = seed;
    for (index, node) in network.nodes.iter().enumerate().rev() {
        let dy = gradients[index].clone();
        let inputs: Vec<&[f64]> = node.inputs.iter().map(|id| nodes[id.0].as_slice()).collect();
        let dues = match &node.op {
            Op::Input => continue,
            Op::Reshape => vec![dy],
            op => backward_of(network, op, &inputs, &nodes[index], &dy),
        };
        for (id, due) in node.inputs.iter().zip(dues) {
            gradients[id.0].iter_mut().zip(due).for_each(|(g, d)| *g += d);
        }
    }
    Answer { nodes, value, gradient: gradients.swap_remove(0) }
}

/// Central differences of the goal's value at the first `pixels` pixels.
pub(crate) fn differences(
    network: &Network,
    image: &[f64],
    asked: &Goal,
    pixels: usize,
) -> Vec<f64> {
    const STEP: f64 = 1e-5;
    let mut moved = image.to_vec();
    let mut value_at = |pixel: usize, by: f64| {
        moved[pixel] = image[pixel] + by;
        let logits = forward(network, &moved).pop().expect("a network has nodes");
        moved[pixel] = image[pixel];
        goal(asked, &logits).0
    };
    (0..pixels).map(|p| (value_at(p, STEP) - value_at(p, -STEP)) / (2.0 * STEP)).collect()
}
