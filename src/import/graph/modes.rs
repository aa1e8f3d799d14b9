//! Layers that were exported as they are in training, and chance, have no answer for one image.

use tract_onnx::pb::{GraphProto, NodeProto, TensorProto};

use super::standardised::trains;
use super::{each_node, held, integers, unsupported};
use crate::import::ImportError;

/// Operators whose results are drawn at random, which tract would draw once and keep.
const RANDOM: [&str; 6] = [
    "Bernoulli",
    "Multinomial",
    "RandomNormal",
    "RandomNormalLike",
    "RandomUniform",
    "RandomUniformLike",
];

/// Refuses operators that draw numbers, dropout that drops, and normalisation by the batch at hand.
///
/// # Errors
/// With the first such node.
pub(in crate::import) fn check(graph: &GraphProto) -> Result<(), ImportError> {
    each_node(&graph.node, &mut |node| match node.op_type.as_str() {
        op if RANDOM.contains(&op) => Err(unsupported(
            node,
            ": its results are random; export the network in evaluation mode",
        )),
        "Dropout" if drops(graph, node) => Err(unsupported(
            node,
            ": its training_mode is true, so what it drops is random; export the network in evaluation mode",
        )),
        "BatchNormalization" if trains(node) => Err(unsupported(
            node,
            ": its training_mode is 1, so the images of a batch influence each other; export the \
             network in evaluation mode",
        )),
        _ => Ok(()),
    })
}

/// Whether a dropout is in training mode with a rate that is not 0.
fn drops(graph: &GraphProto, node: &NodeProto) -> bool {
    let given = |slot: usize| held(graph, node.input.get(slot).filter(|name| !name.is_empty())?);
    let trains = given(2).and_then(integers).is_some_and(|v| v.iter().any(|v| *v != 0));
    trains && !given(1).is_some_and(is_zero)
}

/// Whether a tensor of floats holds nothing but zeros, of either sign.
fn is_zero(tensor: &TensorProto) -> bool {
    let raw = tensor.raw_data.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b));
    let single = tensor.data_type == 1;
    single && tensor.float_data.iter().copied().chain(raw).all(|v| v == 0.0)
}
