//! Fewer, larger kernels: constants folded into their neighbours.
//!
//! A binary operation with a uniform constant becomes a function of one
//! operand; scales, shifts and activations behind a dense or convolutional
//! layer move into it; nodes that nothing reads go. The function computed is
//! the same up to rounding.

use std::sync::Arc;

use crate::model::{Network, Node, NodeId, Weight, WeightId};
use crate::ops::{Activation, Binary, BinaryKind, Op, Operand, Unary, UnaryKind};

/// Simplifies until nothing changes.
pub(super) fn simplify(mut network: Network) -> Network {
    while unify(&mut network) || join(&mut network) || absorb(&mut network) {
        sweep(&mut network);
    }
    sweep(&mut network);
    network
}

/// `x ∘ constant` → a function of `x`, where the constant is one number.
fn unify(network: &mut Network) -> bool {
    let mut changed = false;
    for index in 0..network.nodes.len() {
        let node = &network.nodes[index];
        let Op::Binary(op) = &node.op else { continue };
        let (constant, first) = match op.operands {
            [Operand::Weight(w), Operand::Input(_)] => (w, true),
            [Operand::Input(_), Operand::Weight(w)] => (w, false),
            _ => continue,
        };
        let data = &network.weight(constant).data;
        let value = data[0];
        let same_size = network.node(node.inputs[0]).len() == node.len();
        if !same_size || data.iter().any(|v| *v != value) {
            continue;
        }
        if let Some((kind, a, b)) = with_constant(op.kind, value, first) {
            let len = node.len();
            network.nodes[index].op = Op::Unary(Unary { kind, len, a, b });
            changed = true;
        }
    }
    changed
}

/// The function of `x` that `x ∘ c` (or `c ∘ x` where the constant is first) is.
fn with_constant(kind: BinaryKind, c: f32, first: bool) -> Option<(UnaryKind, f32, f32)> {
    use UnaryKind as U;
    Some(match (kind, first) {
        (BinaryKind::Add, _) => (U::Affine, 1.0, c),
        (BinaryKind::Sub, false) => (U::Affine, 1.0, -c),
        (BinaryKind::Sub, true) => (U::Affine, -1.0, c),
        (BinaryKind::Mul, _) => (U::Affine, c, 0.0),
        (BinaryKind::Div, false) if c != 0.0 => (U::Affine, 1.0 / c, 0.0),
        (BinaryKind::Div, true) if c == 1.0 => (U::Recip, 0.0, 0.0),
        (BinaryKind::Pow, false) if c == 2.0 => (U::Square, 0.0, 0.0),
        (BinaryKind::Pow, false) if c == 0.5 => (U::Sqrt, 0.0, 0.0),
        (BinaryKind::Pow, false) => (U::Pow, c, 0.0),
        (BinaryKind::Max, _) if c == 0.0 => (U::Relu, 0.0, 0.0),
        (BinaryKind::Max, _) => (U::Clip, c, f32::MAX),
        (BinaryKind::Min, _) => (U::Clip, f32::MIN, c),
        _ => return None,
    })
}

/// Nodes that read each node.
fn readers(network: &Network) -> Vec<Vec<usize>> {
    let mut readers = vec![Vec::new(); network.nodes.len()];
    for (index, node) in network.nodes.iter().enumerate() {
        for input in &node.inputs {
            readers[input.0].push(index);
        }
    }
    readers
}

/// Two functions in a row that are one: affine ∘ affine, `ln(1 + e^x)`, two clips.
///
/// Goes on behind each of them: how many nodes read a value stays as it was.
fn join(network: &mut Network) -> bool {
    let readers = readers(network);
    let mut changed = false;
    for index in 0..network.nodes.len() {
        let Op::Unary(outer) = network.nodes[index].op.clone() else { continue };
        let previous = network.nodes[index].inputs[0];
        if readers[previous.0].len() != 1 {
            continue;
        }
        let before = network.nodes[previous.0].clone();
        let Op::Unary(inner) = &before.op else { continue };
        let joined = match (outer.kind, inner.kind) {
            (UnaryKind::Affine, UnaryKind::Affine) => {
                Unary { a: outer.a * inner.a, b: outer.a * inner.b + outer.b, ..outer }
            }
            (UnaryKind::Neg, UnaryKind::Affine) => {
                Unary { kind: UnaryKind::Affine, a: -inner.a, b: -inner.b, ..outer }
            }
            (UnaryKind::Clip, UnaryKind::Clip) if inner.a <= outer.b && outer.a <= inner.b => {
                Unary { a: outer.a.max(inner.a), b: outer.b.min(inner.b), ..outer }
            }
            (UnaryKind::Clip, UnaryKind::Relu) if outer.b >= 0.0 => {
                Unary { a: outer.a.max(0.0), ..outer }
            }
            (UnaryKind::Relu, UnaryKind::Clip) if inner.b >= 0.0 => {
                Unary { kind: UnaryKind::Clip, a: inner.a.max(0.0), b: inner.b, ..outer }
            }
            (UnaryKind::Ln, UnaryKind::Affine) if inner.a == 1.0 && inner.b == 1.0 => {
                let exponent = network.nodes[before.inputs[0].0].clone();
                let single = readers[before.inputs[0].0].len() == 1;
                match exponent.op {
                    Op::Unary(Unary { kind: UnaryKind::Exp, .. }) if single => {
                        network.nodes[index].inputs = exponent.inputs.clone();
                        let softplus = Unary { kind: UnaryKind::Softplus, ..outer };
                        network.nodes[index].op = Op::Unary(softplus);
                        changed = true;
                    }
                    _ => {}
                }
                continue;
            }
            _ => continue,
        };
        network.nodes[index].inputs = before.inputs.clone();
        network.nodes[index].op = Op::Unary(joined);
        changed = true;
    }
    changed
}

fn is_reshape(network: &Network, node: NodeId) -> bool {
    matches!(network.node(node).op, Op::Reshape)
}

/// What a node does to the layer before it.
enum Change {
    /// Multiply by `.0` and add `.1`, one number a unit.
    Affine(Vec<f32>, Vec<f32>),
    Activation(Activation),
}

/// Moves scales, shifts and activations into the layers before them, in the order of the nodes.
fn absorb(network: &mut Network) -> bool {
    let readers = readers(network);
    // Weights from here on are of one layer alone.
    let own = network.weights.len();
    let mut changed = false;
    for index in 0..network.nodes.len() {
        let node = &network.nodes[index];
        let [input] = node.inputs[..] else { continue };
        // Look through reshapes: they keep the order of elements.
        let mut layer = input;
        while is_reshape(network, layer) && readers[layer.0].len() == 1 {
            layer = network.node(layer).inputs[0];
        }
        if readers[layer.0].len() != 1 {
            continue;
        }
        let (units, stride, activation) = match &network.node(layer).op {
            Op::Linear(op) => (op.n, 1, op.activation),
            Op::Conv2d(op) => (op.output[0], op.output[1] * op.output[2], op.activation),
            _ => continue,
        };
        if activation != Activation::Identity {
            continue;
        }
        let Some(change) = change(network, node, units, stride) else { continue };
        match change {
            Change::Affine(scale, shift) => affine(network, layer, &scale, &shift, own),
            Change::Activation(new) => match &mut network.nodes[layer.0].op {
                Op::Linear(op) => op.activation = new,
                Op::Conv2d(op) => op.activation = new,
                _ => continue,
            },
        }
        // Past the last one, so that nobody has to look through thousands.
        let source = if is_reshape(network, input) { network.node(input).inputs[0] } else { input };
        network.nodes[index].op = Op::Reshape;
        network.nodes[index].inputs = vec![source];
        changed = true;
    }
    changed
}

fn change(network: &Network, node: &Node, units: usize, stride: usize) -> Option<Change> {
    match &node.op {
        Op::Unary(op) => match op.kind {
            UnaryKind::Relu => Some(Change::Activation(Activation::Relu)),
            UnaryKind::Sigmoid => Some(Change::Activation(Activation::Sigmoid)),
            UnaryKind::Tanh => Some(Change::Activation(Activation::Tanh)),
            UnaryKind::Affine => Some(Change::Affine(vec![op.a; units], vec![op.b; units])),
            UnaryKind::Neg => Some(Change::Affine(vec![-1.0; units], vec![0.0; units])),
            _ => None,
        },
        Op::Binary(op) => {
            let same_size = network.node(node.inputs[0]).len() == node.len();
            let (numbers, first) = by_unit(network, op, node.len(), units, stride)?;
            let (ones, zeros) = (vec![1.0; units], vec![0.0; units]);
            same_size.then_some(())?;
            match (op.kind, first) {
                (BinaryKind::Add, _) => Some(Change::Affine(ones, numbers)),
                (BinaryKind::Sub, false) => {
                    Some(Change::Affine(ones, numbers.iter().map(|v| -v).collect()))
                }
                (BinaryKind::Mul, _) => Some(Change::Affine(numbers, zeros)),
                (BinaryKind::Div, false) if numbers.iter().all(|v| *v != 0.0) => {
                    Some(Change::Affine(numbers.iter().map(|v| 1.0 / v).collect(), zeros))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The constant operand as one number a unit, where it is, and whether it comes first.
fn by_unit(
    network: &Network,
    op: &Binary,
    len: usize,
    units: usize,
    stride: usize,
) -> Option<(Vec<f32>, bool)> {
    let (which, weight) = match op.operands {
        [Operand::Weight(w), Operand::Input(_)] => (0, w),
        [Operand::Input(_), Operand::Weight(w)] => (1, w),
        _ => return None,
    };
    let data = &network.weight(weight).data;
    let mut numbers: Vec<Option<f32>> = vec![None; units];
    for element in 0..len {
        let (mut rest, mut offset) = (element, 0);
        for (size, step) in op.shape.iter().zip(&op.strides[which]).rev() {
            offset += rest % size * step;
            rest /= size;
        }
        let slot = &mut numbers[element / stride % units];
        match slot {
            Some(v) if *v != data[offset] => return None,
            _ => *slot = Some(data[offset]),
        }
    }
    Some((numbers.into_iter().collect::<Option<Vec<f32>>>()?, which == 0))
}

/// `z ← scale·z + shift`, one number a unit, inside a layer; weights from `own` on are its alone.
fn affine(network: &mut Network, layer: NodeId, scale: &[f32], shift: &[f32], own: usize) {
    let (weight, bias, units, dense) = match &network.node(layer).op {
        Op::Linear(op) => (op.weight, op.bias, op.n, true),
        Op::Conv2d(op) => (op.weight, op.bias, op.output[0], false),
        _ => return,
    };
    let mut new = network.weight(weight).clone();
    if scale.iter().any(|s| *s != 1.0) {
        let per_unit = new.data.len() / units;
        let unit = |i: usize| if dense { i % units } else { i / per_unit };
        new.data = new.data.iter().enumerate().map(|(i, v)| v * scale[unit(i)]).collect();
    }
    let weight = put(network, Some(weight), new, own);
    let biases: Vec<f32> = (0..units)
        .map(|u| bias.map_or(0.0, |b| network.weight(b).data[u]) * scale[u] + shift[u])
        .collect();
    let name = format!("{}.bias", network.node(layer).name);
    let new = Weight { name, shape: vec![units], data: Arc::from(biases) };
    let bias = Some(put(network, bias, new, own));
    match &mut network.nodes[layer.0].op {
        Op::Linear(op) => (op.weight, op.bias) = (weight, bias),
        Op::Conv2d(op) => (op.weight, op.bias) = (weight, bias),
        _ => {}
    }
}

/// Puts a weight in the place of an old one, if that is one of those from `own` on, or behind all.
fn put(network: &mut Network, old: Option<WeightId>, new: Weight, own: usize) -> WeightId {
    if let Some(id) = old.filter(|id| id.0 >= own) {
        network.weights[id.0] = new;
        return id;
    }
    network.weights.push(new);
    WeightId(network.weights.len() - 1)
}

/// Drops reshapes that change nothing, nodes that nothing reads and weights that no node reads.
fn sweep(network: &mut Network) {
    let count = network.nodes.len();
    // Read through reshapes of reshapes.
    for index in 0..count {
        for slot in 0..network.nodes[index].inputs.len() {
            let input = network.nodes[index].inputs[slot];
            let source = network.node(input);
            let through = is_reshape(network, input)
                && (is_reshape(network, NodeId(index))
                    || network.node(source.inputs[0]).shape == source.shape);
            if through {
                network.nodes[index].inputs[slot] = source.inputs[0];
            }
        }
    }
    let mut needed = vec![false; count];
    needed[0] = true;
    needed[count - 1] = true;
    for index in (0..count).rev() {
        if needed[index] {
            for input in &network.nodes[index].inputs {
                needed[input.0] = true;
            }
        }
    }
    let mut place = vec![NodeId(0); count];
    let mut nodes = Vec::new();
    for (index, mut node) in std::mem::take(&mut network.nodes).into_iter().enumerate() {
        if needed[index] {
            node.inputs.iter_mut().for_each(|i| *i = place[i.0]);
            place[index] = NodeId(nodes.len());
            nodes.push(node);
        }
    }
    network.nodes = nodes;
    sweep_weights(network);
}

fn sweep_weights(network: &mut Network) {
    let used: Vec<bool> = {
        let mut used = vec![false; network.weights.len()];
        for index in 0..network.nodes.len() {
            network.weights_of(NodeId(index)).for_each(|w| used[w.0] = true);
        }
        used
    };
    let mut place = vec![WeightId(0); used.len()];
    let mut kept = Vec::new();
    for (index, weight) in std::mem::take(&mut network.weights).into_iter().enumerate() {
        if used[index] {
            place[index] = WeightId(kept.len());
            kept.push(weight);
        }
    }
    network.weights = kept;
    let renumber = |operand: &mut Operand| {
        if let Operand::Weight(id) = operand {
            *id = place[id.0];
        }
    };
    for node in &mut network.nodes {
        match &mut node.op {
            Op::Linear(op) => {
                op.weight = place[op.weight.0];
                op.bias = op.bias.map(|b| place[b.0]);
            }
            Op::Conv2d(op) => {
                op.weight = place[op.weight.0];
                op.bias = op.bias.map(|b| place[b.0]);
            }
            Op::Binary(op) => op.operands.iter_mut().for_each(renumber),
            Op::Select(op) => op.operands.iter_mut().for_each(renumber),
            _ => {}
        }
    }
}
