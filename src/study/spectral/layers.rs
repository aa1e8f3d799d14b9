//! What one node of a network adds to the table of constants.

use super::{Layer, Unbounded, conv, dense, elementwise, pool};
use crate::model::{Network, Node, NodeId};
use crate::ops::{Activation, Conv2d, Linear, Op, Operand, PoolKind, Rearrange, Select};

/// A node's constant, alone and from the image on.
struct Found {
    what: String,
    constant: Option<f64>,
    exact: Option<f64>,
    from_image: Result<f64, Unbounded>,
}

/// The rows of a node: none for the image and reshapes, two where an activation is fused.
///
/// `known` holds the constants of the nodes before it; `exact` asks for convolutions' own norms.
pub(super) fn of(network: &Network, id: NodeId, known: &[Option<f64>], exact: bool) -> Vec<Layer> {
    let node = network.node(id);
    if matches!(node.op, Op::Input | Op::Reshape) {
        return Vec::new();
    }
    let before: Option<Vec<f64>> = node.inputs.iter().map(|input| known[input.0]).collect();
    // What is unknown before says nothing of the node itself: it is asked with ones.
    let ones = vec![1.0; node.inputs.len()];
    let mut found = found(network, node, before.as_deref().unwrap_or(&ones));
    if let (true, Op::Conv2d(op)) = (exact, &node.op) {
        found.exact = conv::exact(op, &network.weight(op.weight).data);
    }
    let from_image = found.from_image.ok().filter(|_| before.is_some());
    let row = |what, constant, exact, from_image, unbounded| Layer {
        node: id,
        name: node.name.clone(),
        what,
        constant,
        exact,
        from_image,
        unbounded,
    };
    let unbounded = found.from_image.err();
    let mut rows = vec![row(found.what, found.constant, found.exact, from_image, unbounded)];
    let fused = match &node.op {
        Op::Linear(op) => op.activation,
        Op::Conv2d(op) => op.activation,
        _ => Activation::Identity,
    };
    if fused != Activation::Identity {
        let slope = elementwise::activation(fused);
        let name = format!("{fused:?}").to_lowercase();
        rows.push(row(name, Some(slope), None, from_image.map(|l| l * slope), None));
    }
    rows
}

/// A map of one input: its constant follows from the input's.
fn single(what: String, constant: Result<f64, Unbounded>, before: f64) -> Found {
    Found {
        what,
        constant: constant.ok(),
        exact: None,
        from_image: constant.map(|constant| constant * before),
    }
}

/// A map of several inputs, or of one.
fn several(what: &str, from_image: Result<f64, Unbounded>, before: &[f64]) -> Found {
    let constant = match (from_image, before) {
        (Ok(whole), [only]) if *only > 0.0 => Some(whole / only),
        _ => None,
    };
    Found { what: what.into(), constant, exact: None, from_image }
}

fn found(network: &Network, node: &Node, before: &[f64]) -> Found {
    match &node.op {
        Op::Input | Op::Reshape => single(String::new(), Ok(1.0), before[0]),
        Op::Linear(op) => linear(network, op, before[0]),
        Op::Conv2d(op) => convolution(network, op, before[0]),
        Op::MatMul(_) => {
            several("product of two computed matrices", Err(Unbounded::Multiplies), before)
        }
        Op::Pool2d(op) => {
            let kind = if op.kind == PoolKind::Max { "max-pool" } else { "average-pool" };
            let [h, w] = op.kernel;
            single(format!("{kind} {h}×{w}"), Ok(pool::norm(op)), before[0])
        }
        Op::Unary(op) => {
            let name = spaced(&format!("{:?}", op.kind));
            single(name, elementwise::unary(op), before[0])
        }
        Op::Binary(op) => {
            let name = spaced(&format!("{:?}", op.kind));
            several(&name, elementwise::binary(network, node, op, before), before)
        }
        Op::Select(op) => several("choice", select(op, before), before),
        Op::Reduce(op) => {
            let name = format!("{} of {}", format!("{:?}", op.kind).to_lowercase(), op.len);
            single(name, Ok(elementwise::reduce(op)), before[0])
        }
        Op::Softmax(op) => {
            let name = if op.log { "log-softmax" } else { "softmax" };
            single(name.into(), Ok(elementwise::softmax(op)), before[0])
        }
        Op::Rearrange(op) => {
            several("rearrangement", Ok(rearrange(network, node, op, before)), before)
        }
    }
}

fn linear(network: &Network, op: &Linear, before: f64) -> Found {
    let weights: Vec<f64> = network.weight(op.weight).data.iter().map(|w| f64::from(*w)).collect();
    let what = format!("dense {} → {}", op.k, op.n);
    single(what, Ok(dense::norm(&weights, op.n)), before)
}

fn convolution(network: &Network, op: &Conv2d, before: f64) -> Found {
    let weights = &network.weight(op.weight).data;
    let bound = conv::circular(op, weights, conv::grid(op));
    let [h, w] = op.kernel;
    let mut what = format!("convolution {h}×{w}, {} → {}", op.input[0], op.output[0]);
    if op.stride != [1, 1] {
        what += &format!(", stride {}", op.stride[0]);
    }
    single(what, Ok(bound), before)
}

/// Every output is one element of one branch, unless the image decides which.
fn select(op: &Select, before: &[f64]) -> Result<f64, Unbounded> {
    if matches!(op.operands[0], Operand::Input(_)) {
        return Err(Unbounded::Jumps);
    }
    let branch = |operand: &Operand| match operand {
        Operand::Input(input) => before[*input],
        Operand::Weight(_) => 0.0,
    };
    Ok(branch(&op.operands[1]).hypot(branch(&op.operands[2])))
}

/// Copies side by side: `√Σ (most copies of an element)·L²` over the nodes that are read.
fn rearrange(network: &Network, node: &Node, op: &Rearrange, before: &[f64]) -> f64 {
    let mut read: Vec<(NodeId, f64, Vec<f64>)> = Vec::new();
    for part in &op.parts {
        let source = node.inputs[part.input];
        let place = read.iter().position(|(id, ..)| *id == source).unwrap_or_else(|| {
            read.push((source, before[part.input], vec![0.0; network.node(source).len()]));
            read.len() - 1
        });
        let copies = &mut read[place].2;
        for index in 0..part.sizes.iter().product::<usize>() {
            let (mut rest, mut at) = (index, part.src_offset as isize);
            for (size, stride) in part.sizes.iter().zip(&part.src_strides).rev() {
                at += (rest % size) as isize * stride;
                rest /= size;
            }
            copies[at as usize] += 1.0;
        }
    }
    let most = |copies: &[f64]| copies.iter().copied().fold(0.0, f64::max);
    read.iter().map(|(_, l, copies)| most(copies) * l * l).sum::<f64>().sqrt()
}

/// `LeakyRelu` as `leaky relu`.
fn spaced(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !text.is_empty() {
            text.push(' ');
        }
        text.extend(letter.to_lowercase());
    }
    text
}
