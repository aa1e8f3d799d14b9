//! Graphs for tests, in a few words.

use tract_onnx::pb::tensor_shape_proto::Dimension;
use tract_onnx::pb::tensor_shape_proto::dimension::Value;
use tract_onnx::pb::type_proto::{Tensor, Value as Type};
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
    TensorShapeProto, TypeProto, ValueInfoProto,
};

pub(in crate::import) use crate::import::spell::{float, integer as int, integers as ints};

/// A node: operator, operands and results with spaces between them.
pub(in crate::import) fn node(op: &str, inputs: &str, outputs: &str) -> NodeProto {
    let names = |text: &str| text.split_whitespace().map(str::to_string).collect();
    let (domain, op) = op.split_once(':').unwrap_or(("", op));
    NodeProto {
        op_type: op.into(),
        domain: domain.into(),
        input: names(inputs),
        output: names(outputs),
        ..NodeProto::default()
    }
}

pub(in crate::import) fn graph_of(name: &str, graph: GraphProto) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: 5, g: Some(graph), ..AttributeProto::default() }
}

/// A value of floats.
pub(in crate::import) fn value(name: &str, sizes: &[i64]) -> ValueInfoProto {
    let dim = |n: &i64| Dimension { value: Some(Value::DimValue(*n)), ..Dimension::default() };
    let shape = Some(TensorShapeProto { dim: sizes.iter().map(dim).collect() });
    let tensor = Type::TensorType(Tensor { elem_type: 1, shape });
    let r#type = Some(TypeProto { value: Some(tensor), ..TypeProto::default() });
    ValueInfoProto { name: name.into(), r#type, ..ValueInfoProto::default() }
}

/// A weight of floats.
pub(in crate::import) fn weight(name: &str, sizes: &[i64], data: &[f32]) -> TensorProto {
    TensorProto {
        name: name.into(),
        data_type: 1,
        dims: sizes.to_vec(),
        float_data: data.to_vec(),
        ..TensorProto::default()
    }
}

/// Truth values or integers: `data_type` 9 or 7.
pub(in crate::import) fn integers(name: &str, data_type: i32, data: &[i64]) -> TensorProto {
    let mut tensor = TensorProto { name: name.into(), data_type, ..TensorProto::default() };
    tensor.dims = if data_type == 9 { vec![] } else { vec![data.len() as i64] };
    match data_type {
        9 => tensor.int32_data = data.iter().map(|v| *v as i32).collect(),
        _ => tensor.int64_data = data.to_vec(),
    }
    tensor
}

/// A graph from `x` to `y`, which are [1, 2, 2].
pub(in crate::import) fn graph(nodes: Vec<NodeProto>) -> GraphProto {
    GraphProto {
        node: nodes,
        input: vec![value("x", &[1, 2, 2])],
        output: vec![value("y", &[1, 4])],
        ..GraphProto::default()
    }
}

pub(in crate::import) fn model(graph: GraphProto) -> ModelProto {
    ModelProto {
        ir_version: 9,
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: 17 }],
        graph: Some(graph),
        ..ModelProto::default()
    }
}

/// Operators and operands of nodes, as “Relu(x) → y”.
pub(in crate::import) fn written(nodes: &[NodeProto]) -> Vec<String> {
    let list = |names: &[String]| names.join(", ");
    nodes
        .iter()
        .map(|n| format!("{}({}) → {}", n.op_type, list(&n.input), list(&n.output)))
        .collect()
}
