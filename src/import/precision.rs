//! Numbers of half and of double precision are read as single ones.
//!
//! Networks are stored in halves, IEEE's or Google's, to be small, and in doubles by accident; here
//! all of them compute in single precision, and tract 0.23.9 neither knows bfloat16 nor reads a Gemm
//! in halves or doubles.

use std::collections::HashSet;

use tract_onnx::pb::type_proto::Value as TypeValue;
use tract_onnx::pb::{GraphProto, NodeProto, TensorProto, ValueInfoProto};
use tract_onnx::prelude::f16;

use crate::import::kinds::{BFLOAT16, DOUBLE, FLOAT, FLOAT16};
use crate::model::Precision;

/// The single-precision number of a half's sixteen bits.
fn single(kind: i32, bits: u16) -> f32 {
    match kind {
        FLOAT16 => f16::from_bits(bits).to_f32(),
        _ => f32::from_bits(u32::from(bits) << 16),
    }
}

fn is_other(kind: i32) -> bool {
    [FLOAT16, BFLOAT16, DOUBLE].contains(&kind)
}

fn precision(kind: i32) -> Precision {
    match kind {
        FLOAT16 => Precision::Half,
        BFLOAT16 => Precision::BFloat,
        _ => Precision::Single,
    }
}

/// What a graph computes in: the least precise of what it takes, hands out, casts to, and reads in nodes
/// other than casts. Weights that are only stored in halves do not count.
pub(super) fn computed_in(graph: &GraphProto) -> Precision {
    let of_type = |value: &ValueInfoProto| {
        let TypeValue::TensorType(tensor) = value.r#type.as_ref()?.value.as_ref()?;
        Some(precision(tensor.elem_type))
    };
    let ends = graph.input.iter().chain(&graph.output).filter_map(of_type);
    let casts = |node: &NodeProto| {
        let to = node.attribute.iter().find(|a| node.op_type == "Cast" && a.name == "to");
        to.map(|to| precision(to.i as i32))
    };
    let read: HashSet<&str> = graph
        .node
        .iter()
        .filter(|node| node.op_type != "Cast")
        .flat_map(|node| node.input.iter().map(String::as_str))
        .collect();
    let weights = graph.initializer.iter().filter(|t| read.contains(t.name.as_str()));
    let weights = weights.map(|t| precision(t.data_type));
    let constant = |node: &NodeProto| {
        let value = node.attribute.iter().find(|a| node.op_type == "Constant" && a.name == "value");
        let is_read = node.output.iter().any(|o| read.contains(o.as_str()));
        value.filter(|_| is_read)?.t.as_ref().map(|t| precision(t.data_type))
    };
    let nodes = graph.node.iter().flat_map(|node| [casts(node), constant(node)]).flatten();
    let inner =
        graph.node.iter().flat_map(|node| &node.attribute).flat_map(|a| &a.g).map(computed_in);
    ends.chain(weights).chain(nodes).chain(inner).max().unwrap_or_default()
}

/// Makes every constant, cast and declared type of a graph single.
pub(super) fn unify(graph: &mut GraphProto) {
    graph.initializer.iter_mut().for_each(unify_tensor);
    graph.input.iter_mut().chain(&mut graph.output).for_each(unify_type);
    for node in &mut graph.node {
        let casts = node.op_type == "Cast";
        for attribute in &mut node.attribute {
            if casts && attribute.name == "to" && is_other(attribute.i as i32) {
                attribute.i = i64::from(FLOAT);
            }
            attribute.t.iter_mut().chain(&mut attribute.tensors).for_each(unify_tensor);
            attribute.g.iter_mut().chain(&mut attribute.graphs).for_each(unify);
        }
    }
}

fn unify_type(value: &mut ValueInfoProto) {
    if let Some(TypeValue::TensorType(tensor)) =
        value.r#type.as_mut().and_then(|t| t.value.as_mut())
        && is_other(tensor.elem_type)
    {
        tensor.elem_type = FLOAT;
    }
}

fn unify_tensor(tensor: &mut TensorProto) {
    let kind = tensor.data_type;
    if !is_other(kind) || !tensor.external_data.is_empty() {
        return;
    }
    if kind == DOUBLE {
        let raw = tensor.raw_data.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes));
        let all = raw.chain(std::mem::take(&mut tensor.double_data));
        tensor.raw_data = all.flat_map(|v| (v as f32).to_le_bytes()).collect();
        tensor.data_type = FLOAT;
        return;
    }
    let raw = tensor.raw_data.as_chunks::<2>().0.iter().map(|bytes| u16::from_le_bytes(*bytes));
    let listed = tensor.int32_data.iter().map(|bits| *bits as u16);
    tensor.raw_data = raw.chain(listed).flat_map(|b| single(kind, b).to_le_bytes()).collect();
    tensor.int32_data.clear();
    tensor.data_type = FLOAT;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_become_the_numbers_that_they_are_however_they_are_stored() {
        let single = |kind: i32, bits: &[u16], raw: bool| {
            let mut tensor = TensorProto { data_type: kind, ..TensorProto::default() };
            if raw {
                tensor.raw_data = bits.iter().flat_map(|b| b.to_le_bytes()).collect();
            } else {
                tensor.int32_data = bits.iter().map(|b| i32::from(*b)).collect();
            }
            unify_tensor(&mut tensor);
            assert!(tensor.int32_data.is_empty() && tensor.data_type == FLOAT);
            let bytes = tensor.raw_data.as_chunks::<4>().0;
            bytes.iter().map(|b| f32::from_le_bytes(*b)).collect::<Vec<_>>()
        };
        for raw in [true, false] {
            let ieee = [0x3c00, 0xc000, 0x0001, 0x7bff, 0xfc00];
            let right = [1.0, -2.0, 2f32.powi(-24), 65_504.0, f32::NEG_INFINITY];
            assert_eq!(single(FLOAT16, &ieee, raw), right);
            let google = [0x3fc0, 0xc000, 0x0001];
            assert_eq!(single(BFLOAT16, &google, raw), [1.5, -2.0, f32::from_bits(1 << 16)]);
        }
    }

    #[test]
    fn weights_that_are_only_stored_in_halves_are_computed_with_in_single_precision() {
        use crate::import::graph::testing::{graph, int, node, value, weight};
        let half = |name: &str| TensorProto { data_type: FLOAT16, ..weight(name, &[1], &[]) };
        let casts =
            |to: i32| NodeProto { attribute: vec![int("to", to.into())], ..node("Cast", "w", "c") };
        let with = |nodes: Vec<NodeProto>, weights: Vec<TensorProto>| {
            computed_in(&GraphProto { initializer: weights, ..graph(nodes) })
        };
        let stored = vec![casts(FLOAT), node("Mul", "x c", "y")];
        assert_eq!(with(stored, vec![half("w")]), Precision::Single);
        assert_eq!(with(vec![node("Mul", "x w", "y")], vec![half("w")]), Precision::Half);
        let cast = vec![casts(BFLOAT16), node("Mul", "x c", "y")];
        assert_eq!(with(cast, vec![weight("w", &[1], &[1.0])]), Precision::BFloat);
        let mut hands_out = graph(vec![node("Relu", "x", "y")]);
        assert_eq!(computed_in(&hands_out), Precision::Single);
        let mut output = value("y", &[1, 4]);
        let TypeValue::TensorType(tensor) =
            output.r#type.as_mut().and_then(|t| t.value.as_mut()).expect("a type");
        tensor.elem_type = FLOAT16;
        hands_out.output = vec![output];
        assert_eq!(computed_in(&hands_out), Precision::Half);
    }

    #[test]
    fn doubles_become_the_nearest_single_numbers() {
        for raw in [true, false] {
            let numbers = [1.0, 0.1, -1e-50, f64::MAX];
            let mut tensor = TensorProto { data_type: DOUBLE, ..TensorProto::default() };
            if raw {
                tensor.raw_data = numbers.iter().flat_map(|v| v.to_le_bytes()).collect();
            } else {
                tensor.double_data = numbers.to_vec();
            }
            unify_tensor(&mut tensor);
            assert!(tensor.double_data.is_empty() && tensor.data_type == FLOAT);
            let bytes = tensor.raw_data.as_chunks::<4>().0;
            let single: Vec<f32> = bytes.iter().map(|b| f32::from_le_bytes(*b)).collect();
            assert_eq!(single, [1.0, 0.1, -0.0, f32::INFINITY]);
        }
        // Others stay as they are.
        let mut whole =
            TensorProto { data_type: 7, raw_data: vec![1; 8], ..TensorProto::default() };
        unify_tensor(&mut whole);
        assert_eq!((whole.data_type, whole.raw_data), (7, vec![1; 8]));
    }
}
