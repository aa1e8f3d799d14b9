//! The hidden layers of a network: where its units are.
//!
//! A hidden layer is what a product with weights (dense, convolution, product
//! of matrices) reads, traced back through pooling and copies to the last
//! elementwise operation, if a nonlinearity lies between that and an earlier
//! product with weights. So activations are taken **after** the nonlinearity
//! and before pooling, and neither the logits nor the image count.
//!
//! Units of a dense layer are its outputs. Units of a convolution are its
//! **channels**, as in *Network Dissection* (Bau et al., 2017): a unit is one
//! filter, not one of its places. Its activation for an image is the **mean**
//! over all places, which commutes with a change of basis, `⟨mean φ, v⟩ =
//! mean ⟨φ, v⟩`, so that a direction means the same before and after; a
//! maximum would not. A dense layer that runs at several places (attention
//! over patches) is treated alike.

use super::UnitsError;
use crate::count::counted;
use crate::model::{Network, NodeId};
use crate::numeric::sort_by_number;
use crate::ops::{Activation, Binary, BinaryKind, Op, Operand, PoolKind, Rearrange};
use crate::ops::{ReduceKind, UnaryKind};

/// One hidden layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// The name that the ONNX file gives the node.
    pub name: String,
    /// The node that holds the activations.
    pub node: NodeId,
    /// Dense units or convolutional channels.
    pub units: usize,
    /// Places at which every unit answers; 1 for a dense layer.
    pub places: usize,
    /// Distance between two units in the node's values.
    pub(super) stride: usize,
}

impl Layer {
    /// The layer in words, for example “100 units” or “16 channels, each the mean of 784 places”.
    #[must_use]
    pub fn describe(&self) -> String {
        match self.places {
            1 => counted(self.units, "unit"),
            places => {
                format!("{}, each the mean of {places} places", counted(self.units, "channel"))
            }
        }
    }
}

/// What is known of a node on the way from the image.
#[derive(Clone, Copy, Default)]
struct Trace {
    /// Units and the distance between them, since the last product with weights.
    units: Option<(usize, usize)>,
    /// Whether a nonlinearity came since.
    bent: bool,
}

/// All hidden layers, from the image to the logits.
///
/// # Errors
/// [`UnitsError::NoHiddenUnits`] where there is none.
pub fn hidden_layers(network: &Network) -> Result<Vec<Layer>, UnitsError> {
    let traces = trace(network);
    let mut found: Vec<NodeId> = Vec::new();
    let mut seen = vec![false; network.nodes.len()];
    let mut open = vec![network.logits()];
    while let Some(id) = open.pop() {
        if std::mem::replace(&mut seen[id.0], true) {
            continue;
        }
        let node = network.node(id);
        open.extend(&node.inputs);
        if weighs(&node.op) {
            found.extend(node.inputs.iter().filter_map(|id| source(network, &traces, *id)));
        }
    }
    sort_by_number(&mut found, |id| id.0 as f64);
    found.dedup();
    if found.is_empty() {
        return Err(UnitsError::NoHiddenUnits);
    }
    Ok(found.into_iter().map(|id| layer(network, id, traces[id.0])).collect())
}

/// The hidden layer of a number, from 1.
///
/// # Errors
/// [`UnitsError::NoHiddenUnits`] or [`UnitsError::NoSuchLayer`].
pub fn hidden_layer(network: &Network, number: usize) -> Result<Layer, UnitsError> {
    let mut layers = hidden_layers(network)?;
    let there = layers.len();
    if number == 0 || number > there {
        return Err(UnitsError::NoSuchLayer { asked: number, there });
    }
    Ok(layers.swap_remove(number - 1))
}

fn layer(network: &Network, id: NodeId, trace: Trace) -> Layer {
    let node = network.node(id);
    let (units, stride) = trace.units.unwrap_or((node.len(), 1));
    Layer { name: node.name.clone(), node: id, units, places: node.len() / units, stride }
}

/// Whether an operation is a product with weights, or of two computed matrices.
fn weighs(op: &Op) -> bool {
    matches!(op, Op::Linear(_) | Op::Conv2d(_) | Op::MatMul(_))
}

/// The activations that a product with weights reads: what lies before pooling and copies,
/// or the pooled values where a maximum is the only nonlinearity.
fn source(network: &Network, traces: &[Trace], mut id: NodeId) -> Option<NodeId> {
    let mut pooled = None;
    loop {
        let node = network.node(id);
        match &node.op {
            Op::Reshape => {}
            Op::Rearrange(_) if node.inputs.len() == 1 => {}
            Op::Pool2d(_) | Op::Reduce(_) => pooled = Some(id),
            Op::Linear(_) | Op::Conv2d(_) | Op::Unary(_) | Op::Binary(_) | Op::Select(_) => {
                let bent = |id: &NodeId| traces[id.0].bent;
                return Some(id).filter(bent).or(pooled.filter(bent));
            }
            Op::Input | Op::MatMul(_) | Op::Softmax(_) | Op::Rearrange(_) => return None,
        }
        id = node.inputs[0];
    }
}

/// Follows units and nonlinearities from the image on.
fn trace(network: &Network) -> Vec<Trace> {
    let mut traces: Vec<Trace> = Vec::with_capacity(network.nodes.len());
    for node in &network.nodes {
        let of = |input: usize| traces[node.inputs[input].0];
        let inputs = || node.inputs.iter().map(|id| (traces[id.0], network.node(*id).len()));
        // The units of the operand that is as large as the result.
        let merged = || Trace {
            units: inputs().filter(|(_, len)| *len == node.len()).find_map(|(t, _)| t.units),
            bent: inputs().any(|(t, _)| t.bent),
        };
        let bends = |trace: Trace, does: bool| Trace {
            bent: trace.bent || (does && trace.units.is_some()),
            ..trace
        };
        traces.push(match &node.op {
            Op::Input | Op::Softmax(_) => Trace::default(),
            Op::Linear(op) => {
                Trace { units: Some((op.n, 1)), bent: op.activation != Activation::Identity }
            }
            Op::Conv2d(op) => Trace {
                units: Some((op.output[0], op.output[1] * op.output[2])),
                bent: op.activation != Activation::Identity,
            },
            Op::MatMul(op) => Trace { units: Some((op.n, 1)), bent: false },
            Op::Pool2d(op) => {
                let (channels, places) = (op.input[0], op.output[0] * op.output[1]);
                let pooled = Trace { units: of(0).units.map(|_| (channels, places)), ..of(0) };
                bends(pooled, op.kind == PoolKind::Max)
            }
            Op::Reshape => of(0),
            Op::Reduce(op) => {
                let kept = of(0).units.filter(|(n, s)| op.outer == *n && op.len * op.inner == *s);
                let reduced = Trace { units: kept.map(|(n, _)| (n, op.inner)), ..of(0) };
                bends(reduced, matches!(op.kind, ReduceKind::Max | ReduceKind::Min))
            }
            Op::Rearrange(op) => Trace { units: moved(op, of(0), node.len()), ..merged() },
            Op::Unary(op) => bends(merged(), is_activation(op.kind)),
            Op::Binary(op) => bends(merged(), clips(op)),
            Op::Select(_) => bends(merged(), true),
        });
    }
    traces
}

/// Functions that are used as activations; the others scale, shift or normalise.
fn is_activation(kind: UnaryKind) -> bool {
    use UnaryKind as U;
    match kind {
        U::Relu | U::LeakyRelu | U::Sigmoid | U::Tanh | U::Clip | U::Elu | U::Softplus => true,
        U::Silu | U::Gelu | U::GeluTanh | U::HardSigmoid | U::HardSwish | U::Softsign => true,
        U::Exp | U::Ln | U::Abs | U::Erf | U::Sin | U::Cos | U::Atan => true,
        U::Tan | U::Asin | U::Acos | U::Sinh | U::Cosh | U::Asinh | U::Acosh | U::Atanh => true,
        // A variance is a square, and a normalisation bends no unit by itself.
        U::Square | U::Sqrt | U::Rsqrt | U::Recip | U::Pow => false,
        U::Neg | U::Affine | U::Not | U::Round => false,
    }
}

/// `max(x, c)` and `min(x, c)`, which is how some files write a ReLU.
fn clips(op: &Binary) -> bool {
    matches!(op.kind, BinaryKind::Max | BinaryKind::Min)
        && op.operands.iter().any(|operand| matches!(operand, Operand::Weight(_)))
}

/// Where units lie after a transpose; unknown after any other copy.
fn moved(op: &Rearrange, from: Trace, len: usize) -> Option<(usize, usize)> {
    let (units, stride) = from.units?;
    let [part] = op.parts.as_slice() else { return None };
    let whole = part.sizes.iter().product::<usize>() == len && op.len == len;
    let axis = (0..part.sizes.len())
        .find(|a| part.sizes[*a] == units && part.src_strides[*a] == stride as isize)?;
    whole.then_some((units, part.dst_strides[axis]))
}
