//! Spells out nodes that tract 0.23.9 reads wrongly, in terms of nodes it reads rightly.
//!
//! `Celu(x; α) = α·Elu(x/α; 1)`: tract leaves the factor α out. Padding by a
//! negative amount is a crop: tract takes the amounts as unsigned.

use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto, TensorProto};
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::TypedModelPatch;
use tract_onnx::tract_core::ops::array::{Pad, Slice};

const FLOAT: i32 = 1;
/// An attribute that holds a tensor.
const TENSOR: i32 = 4;

/// Replaces what the file itself shows.
pub(super) fn spell_out(graph: &mut GraphProto) {
    for node in std::mem::take(&mut graph.node) {
        match node.op_type.as_str() {
            "Celu" => graph.node.extend(celu(&node)),
            _ => graph.node.push(node),
        }
    }
}

fn node(op: &str, inputs: &[String], output: String) -> NodeProto {
    NodeProto {
        op_type: op.into(),
        name: output.clone(),
        input: inputs.to_vec(),
        output: vec![output],
        ..NodeProto::default()
    }
}

fn constant(output: String, tensor: TensorProto) -> NodeProto {
    let value = AttributeProto {
        name: "value".into(),
        r#type: TENSOR,
        t: Some(tensor),
        ..AttributeProto::default()
    };
    NodeProto { attribute: vec![value], ..node("Constant", &[], output) }
}

fn number(output: String, value: f32) -> NodeProto {
    let raw_data = value.to_le_bytes().to_vec();
    constant(output, TensorProto { data_type: FLOAT, raw_data, ..TensorProto::default() })
}

fn celu(celu: &NodeProto) -> Vec<NodeProto> {
    let alpha = celu.attribute.iter().find(|a| a.name == "alpha").map_or(1.0, |a| a.f);
    let output = celu.output[0].clone();
    let named = |part: &str| format!("{output}.{part}");
    vec![
        number(named("shrink"), 1.0 / alpha),
        number(named("grow"), alpha),
        node("Mul", &[celu.input[0].clone(), named("shrink")], named("shrunk")),
        node("Elu", &[named("shrunk")], named("elu")),
        NodeProto {
            name: celu.name.clone(),
            ..node("Mul", &[named("elu"), named("grow")], output.clone())
        },
    ]
}

/// Replaces what only shows when amounts have been computed: crops by padding.
pub(super) fn spell_out_crops(model: &mut TypedModel) -> TractResult<()> {
    for id in 0..model.nodes().len() {
        let node = model.node(id);
        let Some(pad) = node.op_as::<Pad>() else { continue };
        let signed = |amount: usize| amount as isize;
        if pad.pads.iter().all(|(a, b)| signed(*a) >= 0 && signed(*b) >= 0) {
            continue;
        }
        let mut patch = TypedModelPatch::default();
        let mut wire = patch.tap_model(model, node.inputs[0])?;
        let shape = model.outlet_fact(node.inputs[0])?.shape.clone();
        for (axis, (before, after)) in pad.pads.iter().enumerate() {
            let (start, cut) = ((-signed(*before)).max(0), (-signed(*after)).max(0));
            if start + cut > 0 {
                let slice = Slice::new(axis, start as usize, shape[axis].clone() - cut as i64);
                wire = patch.wire_node(format!("{}.crop.{axis}", node.name), slice, &[wire])?[0];
            }
        }
        let grown = |amount: usize| signed(amount).max(0) as usize;
        let pads = pad.pads.iter().map(|(a, b)| (grown(*a), grown(*b))).collect();
        let padded = Pad { pads, mode: pad.mode.clone() };
        let wire = patch.wire_node(&node.name, padded, &[wire])?[0];
        patch.shunt_outside(model, id.into(), wire)?;
        patch.apply(model)?;
    }
    Ok(())
}
