//! Images of integers become images of floats that are rounded.
//!
//! A gradient needs numbers between the pixels that such a file takes. So its input is made of floats,
//! from 0 to 255, and the first operation rounds them, as a `QuantizeLinear` whose gradient goes
//! straight through: what is read is what the file reads.

use std::collections::HashSet;

use tract_onnx::pb::type_proto::Value as TypeValue;
use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto, TensorProto};

use super::rename::{Names, rename};
use super::{is, subgraphs, unsupported};
use crate::import::ImportError;
use crate::import::kinds::{FLOAT, INT16, INT32, INT64, UINT8, UINT16, UINT32};

const INTEGERS: [i32; 6] = [UINT8, UINT16, INT16, INT32, INT64, UINT32];

/// The first version of the operators with a `QuantizeLinear`.
const QUANTIZE: i64 = 10;

/// Makes one of a graph's inputs an image of floats, where it is one of integers; the nodes are in order.
///
/// # Errors
/// Where the file computes with the integers before it makes floats of them.
pub(in crate::import) fn round_integers(
    graph: &mut GraphProto,
    input: usize,
    version: Option<i64>,
) -> Result<bool, ImportError> {
    let image = &mut graph.input[input];
    let name = image.name.clone();
    let Some(TypeValue::TensorType(tensor)) = image.r#type.as_mut().and_then(|t| t.value.as_mut())
    else {
        return Ok(false);
    };
    if !INTEGERS.contains(&tensor.elem_type) || version.is_none_or(|v| v < QUANTIZE) {
        return Ok(false);
    }
    tensor.elem_type = FLOAT;
    made_floats(graph, &name)?;
    let mut names = Names::of(graph);
    let [rounded, scale, zero] =
        ["rounded", "scale", "zero"].map(|part| names.fresh(format!("{name}.{part}")));
    for node in &mut graph.node {
        rename(node, &mut |of| if of == name { rounded.clone() } else { of.into() });
    }
    let one = TensorProto { data_type: FLOAT, float_data: vec![1.0], ..TensorProto::default() };
    let none = TensorProto { data_type: UINT8, int32_data: vec![0], ..TensorProto::default() };
    graph.initializer.push(TensorProto { name: scale.clone(), ..one });
    graph.initializer.push(TensorProto { name: zero.clone(), ..none });
    let round = NodeProto {
        op_type: "QuantizeLinear".into(),
        name: rounded.clone(),
        input: vec![name, scale, zero],
        output: vec![rounded],
        ..NodeProto::default()
    };
    graph.node.insert(0, round);
    Ok(true)
}

/// That integers are only moved until they are floats: here all numbers are floats, whose quotients,
/// for one, are others.
fn made_floats(graph: &GraphProto, image: &str) -> Result<(), ImportError> {
    let mut integers = HashSet::from([image]);
    for node in &graph.node {
        let reads = |name: &String| integers.contains(name.as_str());
        let inner = subgraphs(node).any(|inner| mentions(inner, &integers));
        if !inner && !node.input.iter().any(reads) {
            continue;
        }
        if is(node, "Shape") || is(node, "Size") || is(node, "DequantizeLinear") || casts(node) {
            continue;
        }
        let moves = MOVES.iter().any(|op| is(node, op));
        if inner || !moves || node.input.iter().skip(1).any(reads) {
            let says = ": it computes with the image's integers; export it with pixels as floats";
            return Err(unsupported(node, says));
        }
        integers.extend(node.output.iter().map(String::as_str));
    }
    Ok(())
}

/// Operators that leave the numbers of their first input as they are.
const MOVES: [&str; 8] =
    ["Identity", "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Slice", "Expand"];

/// Whether a node makes floats.
fn casts(node: &NodeProto) -> bool {
    let float = |a: &AttributeProto| a.name == "to" && a.i == i64::from(FLOAT);
    is(node, "Cast") && node.attribute.iter().any(float)
}

/// Whether a graph within reads one of these values.
fn mentions(graph: &GraphProto, values: &HashSet<&str>) -> bool {
    graph.node.iter().any(|node| {
        node.input.iter().any(|name| values.contains(name.as_str()))
            || subgraphs(node).any(|inner| mentions(inner, values))
    })
}
