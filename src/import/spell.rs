//! Spells out nodes that tract 0.23.9 reads wrongly, in terms of nodes it reads rightly.
//!
//! Padding by a negative amount is a crop: tract takes the amounts as unsigned, which on a
//! 32-bit target ends in wrong shapes. The logarithm of a sum of exponentials overflows
//! where the largest is not taken off first, and the logarithm of a logistic function
//! shows what tract's has lost far below zero: `ln σ(x) = −ln(1 + e^−x)`. A row times a row,
//! which is one number, it does not type.

use std::collections::{HashMap, HashSet};

use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto, TensorProto};
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::infer::Factoid as _;

use crate::import::graph::held;
use crate::import::kinds::attribute::{INTEGER, INTEGERS, REAL, STRING, TENSOR};
use crate::import::kinds::{FLOAT, INT64};

/// Replaces what the file itself shows.
pub(super) fn spell_out(graph: &mut GraphProto) {
    let in_a_row = |node: &NodeProto| held(graph, node.input.get(1)?).map(|t| t.dims == [1]);
    let sums: HashSet<String> = graph
        .node
        .iter()
        .filter(|node| node.op_type == "CumSum" && in_a_row(node) == Some(true))
        .filter_map(|node| node.output.first().cloned())
        .collect();
    let nodes = std::mem::take(&mut graph.node);
    let logistic: HashMap<String, String> = nodes
        .iter()
        .filter(|node| node.op_type == "Sigmoid" && node.domain.is_empty())
        .filter_map(|node| Some((node.output.first()?.clone(), node.input.first()?.clone())))
        .collect();
    for node in nodes {
        let known = node.domain.is_empty();
        let read = node.input.first();
        match node.op_type.as_str() {
            "ReduceLogSumExp" if known && !keeps_all(&node) => {
                graph.node.extend(log_sum_exp(node));
            }
            "Log" if known && let Some(x) = read.and_then(|read| logistic.get(read)) => {
                graph.node.extend(log_sigmoid(&node, x.clone()));
            }
            "CumSum" if known && sums.contains(&node.output[0]) => {
                graph.node.extend(sum_along(node));
            }
            "AveragePool" | "MaxPool" if known && let Some(flat) = flattened(&node) => {
                graph.node.extend(pool_of_channels(&node, flat));
            }
            _ => graph.node.push(node),
        }
    }
}

/// A sum along an axis that PyTorch's exporter puts into a row of one, where the standard has a number.
fn sum_along(mut sum: NodeProto) -> [NodeProto; 3] {
    let named = |part: &str| format!("{}.{part}", sum.output[0]);
    let first = TensorProto { data_type: INT64, raw_data: vec![0; 8], ..TensorProto::default() };
    let (first_name, axis_name) = (named("first"), named("axis"));
    let row = std::mem::replace(&mut sum.input[1], axis_name.clone());
    let axis = node("Gather", &[row, first_name.clone()], axis_name);
    [constant(first_name, first), axis, sum]
}

/// The attributes of a pool of one axis of three, `[k, 1, 1]`, that has one of two instead.
fn flattened(pool: &NodeProto) -> Option<Vec<AttributeProto>> {
    let mut attributes = pool.attribute.clone();
    let mut one_axis = false;
    for attribute in &mut attributes {
        // What becomes of the two last axes, which are one then.
        let (rest, flat): (i64, &[usize]) = match attribute.name.as_str() {
            "kernel_shape" | "strides" | "dilations" => (1, &[0, 1]),
            "pads" => (0, &[0, 1, 3, 4]),
            _ => continue,
        };
        let own = if rest == 1 { 3 } else { 6 };
        let is_rest = |(place, value): (usize, &i64)| place % 3 == 0 || *value == rest;
        if attribute.ints.len() != own || !attribute.ints.iter().enumerate().all(is_rest) {
            return None;
        }
        one_axis |= attribute.name == "kernel_shape";
        attribute.ints = flat.iter().map(|place| attribute.ints[*place]).collect();
    }
    (one_axis && pool.output.len() == 1).then_some(attributes)
}

/// A pool of the first of three axes, as in a normalisation by neighbouring channels: the other two are one
/// meanwhile.
fn pool_of_channels(pool: &NodeProto, attribute: Vec<AttributeProto>) -> Vec<NodeProto> {
    let output = pool.output[0].clone();
    let named = |part: &str| format!("{output}.{part}");
    let x = pool.input[0].clone();
    let concat = node("Concat", &[named("kept"), named("sides")], named("shape"));
    let last = node("Reshape", &[named("pooled"), named("shape")], output.clone());
    vec![
        list(named("flat"), &[0, 0, 0, -1]),
        node("Reshape", &[x.clone(), named("flat")], named("flattened")),
        NodeProto { attribute, ..node(&pool.op_type, &[named("flattened")], named("pooled")) },
        node("Shape", &[x], named("sizes")),
        list(named("places"), &[3, 4]),
        node("Gather", &[named("sizes"), named("places")], named("sides")),
        list(named("kept"), &[0, 0, 0]),
        NodeProto { attribute: vec![integer("axis", 0)], ..concat },
        NodeProto { name: pool.name.clone(), ..last },
    ]
}

/// A node that is named as what it makes.
pub(super) fn node(op: &str, inputs: &[String], output: String) -> NodeProto {
    NodeProto {
        op_type: op.into(),
        name: output.clone(),
        input: inputs.to_vec(),
        output: vec![output],
        ..NodeProto::default()
    }
}

/// A tensor that the graph holds.
pub(super) fn constant(output: String, value: TensorProto) -> NodeProto {
    NodeProto { attribute: vec![tensor("value", value)], ..node("Constant", &[], output) }
}

/// An attribute that is an integer.
pub(super) fn integer(name: &str, value: i64) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: INTEGER, i: value, ..AttributeProto::default() }
}

/// An attribute that is a row of integers.
pub(super) fn integers(name: &str, values: &[i64]) -> AttributeProto {
    let ints = values.to_vec();
    AttributeProto { name: name.into(), r#type: INTEGERS, ints, ..AttributeProto::default() }
}

/// An attribute that is a tensor.
pub(super) fn tensor(name: &str, value: TensorProto) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        r#type: TENSOR,
        t: Some(value),
        ..AttributeProto::default()
    }
}

/// An attribute that is a number.
pub(super) fn float(name: &str, value: f32) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: REAL, f: value, ..AttributeProto::default() }
}

/// An attribute that is a word.
pub(super) fn text(name: &str, word: &str) -> AttributeProto {
    let s = word.as_bytes().to_vec();
    AttributeProto { name: name.into(), r#type: STRING, s, ..AttributeProto::default() }
}

/// A node that makes numbers of another kind, by ONNX's number for it.
pub(super) fn cast(from: String, to: String, kind: i32) -> NodeProto {
    NodeProto { attribute: vec![integer("to", kind.into())], ..node("Cast", &[from], to) }
}

pub(super) fn number(output: String, value: f32) -> NodeProto {
    let raw_data = value.to_le_bytes().to_vec();
    constant(output, TensorProto { data_type: FLOAT, raw_data, ..TensorProto::default() })
}

/// Whether a reduction without axes is none.
fn keeps_all(reduction: &NodeProto) -> bool {
    reduction.attribute.iter().any(|a| a.name == "noop_with_empty_axes" && a.i != 0)
}

/// `ln Σ e^x = max x + ln Σ e^(x − max x)`.
fn log_sum_exp(mut reduction: NodeProto) -> Vec<NodeProto> {
    let output = reduction.output[0].clone();
    let named = |part: &str| format!("{output}.{part}");
    let largest = |part: &str| NodeProto {
        attribute: reduction.attribute.clone(),
        ..node("ReduceMax", &reduction.input, named(part))
    };
    let mut kept = largest("largest-kept");
    kept.attribute.retain(|a| a.name != "keepdims");
    let largest = largest("largest");
    let source = reduction.input[0].clone();
    reduction.input[0] = named("shifted");
    reduction.output[0] = named("of-shifted");
    let name = std::mem::replace(&mut reduction.name, named("of-shifted"));
    let last = node("Add", &[named("of-shifted"), named("largest")], output.clone());
    vec![
        kept,
        largest,
        node("Sub", &[source, named("largest-kept")], named("shifted")),
        reduction,
        NodeProto { name, ..last },
    ]
}

/// The logarithm of the logistic function.
fn log_sigmoid(logarithm: &NodeProto, x: String) -> Vec<NodeProto> {
    let output = logarithm.output[0].clone();
    let named = |part: &str| format!("{output}.{part}");
    vec![
        node("Neg", &[x], named("negated")),
        node("Softplus", &[named("negated")], named("softplus")),
        NodeProto { name: logarithm.name.clone(), ..node("Neg", &[named("softplus")], output) },
    ]
}

/// A row of integers that the graph holds.
pub(super) fn list(output: String, values: &[i64]) -> NodeProto {
    let raw_data = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let dims = vec![values.len() as i64];
    constant(output, TensorProto { data_type: INT64, dims, raw_data, ..TensorProto::default() })
}

/// Replaces products of a row with a row, one of which the file holds, by `Σ aᵢbᵢ`; `ranks` tells
/// the numbers of axes of values.
pub(super) fn spell_out_scalar_products(
    graph: &mut GraphProto,
    ranks: impl Fn(&GraphProto, &[&str]) -> Vec<Option<i64>>,
) {
    let holds_row = |graph: &GraphProto, x: &str| held(graph, x).is_some_and(|t| t.dims.len() == 1);
    let mut place = 0;
    while let Some(node) = graph.node.get(place) {
        let operands: Vec<&str> = node.input.iter().map(String::as_str).collect();
        let may_be = node.op_type == "MatMul" && operands.iter().any(|x| holds_row(graph, x));
        if may_be && ranks(graph, &operands) == [Some(1); 2] {
            let spelled = scalar_product(node);
            graph.node.splice(place..=place, spelled);
        }
        place += 1;
    }
}

fn scalar_product(product: &NodeProto) -> [NodeProto; 2] {
    let output = product.output[0].clone();
    let products = format!("{output}.products");
    let sum = node("ReduceSum", std::slice::from_ref(&products), output);
    let attribute = vec![integer("keepdims", 0)];
    [
        node("Mul", &product.input, products),
        NodeProto { name: product.name.clone(), attribute, ..sum },
    ]
}

/// Replaces paddings by negative amounts; `known` tells the value of a computed constant.
///
/// Returns whether there were any.
pub(super) fn spell_out_crops(
    graph: &mut GraphProto,
    known: impl Fn(&str) -> Option<Vec<i64>>,
) -> bool {
    let mut found = false;
    for node in std::mem::take(&mut graph.node) {
        let amounts = match node.attribute.iter().find(|a| a.name == "pads") {
            Some(attribute) => Some(attribute.ints.clone()),
            None => node.input.get(1).and_then(|name| known(name)),
        };
        match amounts.filter(|a| node.op_type == "Pad" && a.iter().any(|v| *v < 0)) {
            Some(amounts) => {
                found = true;
                graph.node.extend(crop(node, &amounts));
            }
            None => graph.node.push(node),
        }
    }
    found
}

/// The elements of an axis in the opposite order.
pub(super) fn turned(from: &str, to: &str, axis: i64) -> Vec<NodeProto> {
    let named = |part: &str| format!("{to}.turned-{part}");
    let bounds = [("starts", -1), ("ends", i64::MIN), ("axes", axis), ("steps", -1)];
    let mut nodes: Vec<NodeProto> =
        bounds.iter().map(|(part, value)| list(named(part), &[*value])).collect();
    let inputs: Vec<String> =
        std::iter::once(from.into()).chain(bounds.iter().map(|(part, _)| named(part))).collect();
    nodes.push(node("Slice", &inputs, to.into()));
    nodes
}

/// A slice, and the padding that is left.
fn crop(mut pad: NodeProto, amounts: &[i64]) -> Vec<NodeProto> {
    let grown: Vec<i64> = amounts.iter().map(|v| *v.max(&0)).collect();
    let output = pad.output[0].clone();
    let named = |part: &str| format!("{output}.{part}");
    let (before, after) = amounts.split_at(amounts.len() / 2);
    let starts: Vec<i64> = before.iter().map(|v| (-v).max(0)).collect();
    // A negative end counts from the back.
    let ends: Vec<i64> = after.iter().map(|v| if *v < 0 { *v } else { i64::MAX }).collect();
    let source = std::mem::replace(&mut pad.input[0], named("cropped"));
    if let Some(attribute) = pad.attribute.iter_mut().find(|a| a.name == "pads") {
        attribute.ints = grown;
        // Where a padding has its amounts as attributes, a slice has its bounds so too.
        let attribute = vec![integers("starts", &starts), integers("ends", &ends)];
        return vec![NodeProto { attribute, ..node("Slice", &[source], named("cropped")) }, pad];
    }
    let mut inputs = vec![source, named("starts"), named("ends")];
    inputs.extend(pad.input.get(3).filter(|axes| !axes.is_empty()).cloned());
    pad.input[1] = named("amounts");
    vec![
        list(named("starts"), &starts),
        list(named("ends"), &ends),
        list(named("amounts"), &grown),
        node("Slice", &inputs, named("cropped")),
        pad,
    ]
}

/// The integers of a constant in a graph whose values have been inferred.
pub(super) fn inferred_integers(model: &InferenceModel, outlet: OutletId) -> Option<Vec<i64>> {
    let tensor = model.outlet_fact(outlet).ok()?.value.concretize()?;
    let integers = tensor.cast_to::<i64>().ok()?;
    Some(integers.to_plain_array_view::<i64>().ok()?.iter().copied().collect())
}
