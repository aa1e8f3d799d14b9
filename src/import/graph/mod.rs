//! The file's graph before tract sees it: passes that leave tract nothing to misread.
//!
//! tract looks operators up by their bare name, wants every reader behind its maker and
//! takes integers as they come. So local functions become their bodies (`functions`), operators of
//! other domains are refused (`domains`), nodes are sorted and names checked (`order`), branches
//! whose condition is known are chosen and loops written out (`control`), sizes that no network has
//! are refused (`sizes`), weights are brought in from other files (`tensors`), images of integers are
//! rounded from floats (`whole`), and a class at the end gives way to its scores (`choice`). What
//! scikit-learn's exporter (`learned`) and onnxruntime (`fused`, `eight_bits`) write, attention
//! (`attention`), layers of integers (`products`) and weights that a normalisation standardises
//! (`standardised`) become simpler operators of ONNX's own. Messages use the file's words: node, ONNX
//! operator, input.

mod attention;
mod choice;
mod control;
mod domains;
mod eight_bits;
mod functions;
mod fused;
mod hints;
mod learned;
mod modes;
mod order;
mod products;
mod rename;
mod sizes;
mod standardised;
mod tensors;
mod whole;

use std::collections::HashSet;

use tract_onnx::pb::type_proto::Value as TypeValue;
use tract_onnx::pb::{GraphProto, NodeProto, TensorProto};

use super::ImportError;
use super::kinds::{BOOL, INT32, INT64};

pub(super) use attention::spell_attention;
pub(super) use choice::scores_before_choice;
pub(super) use control::{decides, resolve};
pub(super) use domains::check as check_domains;
pub(super) use functions::{inline, version};
pub(super) use fused::spell_fused;
pub(super) use hints::hint;
pub(super) use learned::spell_learned;
pub(super) use modes::check as check_modes;
pub(super) use order::{ancestors, drop_unread, keep_ancestors, name_apart, sort};
pub(super) use products::{quantises, spell_products};
pub(super) use rename::Names;
pub(super) use sizes::{MOST, check as check_sizes, check_axes, check_windows};
pub(super) use standardised::spell_standardised;
pub(super) use tensors::{check_tensors, fill_sparse, gather};
pub(super) use whole::round_integers;

/// A node's name, or that of its first result, as messages call it.
pub(super) fn label(node: &NodeProto) -> &str {
    let unnamed = || node.output.iter().find(|o| !o.is_empty()).map_or("", String::as_str);
    if node.name.is_empty() { unnamed() } else { &node.name }
}

/// Whether a domain is ONNX's own.
fn is_standard(domain: &str) -> bool {
    domain.is_empty() || domain == "ai.onnx"
}

/// Whether a node is of an operator of ONNX's own.
pub(super) fn is(node: &NodeProto, op: &str) -> bool {
    node.op_type == op && is_standard(&node.domain)
}

/// The operator's name, with its domain where that is not ONNX's own.
pub(super) fn operator(node: &NodeProto) -> String {
    if is_standard(&node.domain) {
        node.op_type.clone()
    } else {
        format!("{}:{}", node.domain, node.op_type)
    }
}

/// An error that names the node in the file's words.
pub(super) fn unsupported(node: &NodeProto, detail: &str) -> ImportError {
    ImportError::UnsupportedOp {
        node: label(node).into(),
        op: operator(node),
        detail: detail.into(),
    }
}

/// The graphs that a node holds: branches and bodies.
fn subgraphs(node: &NodeProto) -> impl Iterator<Item = &GraphProto> {
    node.attribute.iter().flat_map(|a| a.g.iter().chain(&a.graphs))
}

fn subgraphs_mut(node: &mut NodeProto) -> impl Iterator<Item = &mut GraphProto> {
    node.attribute.iter_mut().flat_map(|a| a.g.iter_mut().chain(&mut a.graphs))
}

/// Leaves open what branches and bodies say of the sizes of their values: these follow from the image,
/// and names of sizes mean others inside.
pub(super) fn forget_sizes(graph: &mut GraphProto) {
    for inner in graph.node.iter_mut().flat_map(subgraphs_mut) {
        inner.value_info.clear();
        for end in inner.input.iter_mut().chain(&mut inner.output) {
            let kind = end.r#type.as_mut().and_then(|kind| kind.value.as_mut());
            if let Some(TypeValue::TensorType(tensor)) = kind {
                let sizes = tensor.shape.iter_mut().flat_map(|shape| &mut shape.dim);
                sizes.for_each(|size| size.value = None);
            }
        }
        forget_sizes(inner);
    }
}

/// Calls `visit` with every node of a list, and of the graphs within.
fn each_node<E>(
    nodes: &[NodeProto],
    visit: &mut impl FnMut(&NodeProto) -> Result<(), E>,
) -> Result<(), E> {
    for node in nodes {
        visit(node)?;
        for graph in subgraphs(node) {
            each_node(&graph.node, visit)?;
        }
    }
    Ok(())
}

/// What a graph makes or is given by itself.
fn made_in(graph: &GraphProto) -> impl Iterator<Item = &str> {
    let outputs = graph.node.iter().flat_map(|n| &n.output).map(String::as_str);
    let inputs = graph.input.iter().map(|i| i.name.as_str());
    outputs.chain(inputs).chain(weights_of(graph))
}

/// The names of a graph's weights.
fn weights_of(graph: &GraphProto) -> impl Iterator<Item = &str> {
    let sparse = graph.sparse_initializer.iter().filter_map(|s| s.values.as_ref());
    graph.initializer.iter().chain(sparse).map(|t| t.name.as_str())
}

/// What a node reads, the graphs within included as far as they read from outside.
pub(super) fn reads(node: &NodeProto) -> HashSet<&str> {
    let mut names: HashSet<&str> = node.input.iter().map(String::as_str).collect();
    for graph in subgraphs(node) {
        let own: HashSet<&str> = made_in(graph).collect();
        let inner = graph.node.iter().flat_map(reads);
        let ends = graph.output.iter().map(|o| o.name.as_str());
        names.extend(inner.chain(ends).filter(|name| !own.contains(name)));
    }
    names.remove("");
    names
}

/// What any node of a graph reads, and what it hands out.
fn all_read(graph: &GraphProto) -> HashSet<&str> {
    let ends = graph.output.iter().map(|o| o.name.as_str());
    graph.node.iter().flat_map(reads).chain(ends).collect()
}

/// The tensor of a name, where the file holds it: a weight, or the value of a `Constant`.
pub(super) fn held<'a>(graph: &'a GraphProto, name: &str) -> Option<&'a TensorProto> {
    let weight = graph.initializer.iter().find(|t| t.name == name);
    weight.or_else(|| {
        let constant = |n: &&NodeProto| is(n, "Constant") && n.output.iter().any(|o| o == name);
        let node = graph.node.iter().find(constant)?;
        node.attribute.iter().find(|a| a.name == "value")?.t.as_ref()
    })
}

/// The integers of a tensor, truth values included.
fn integers(tensor: &TensorProto) -> Option<Vec<i64>> {
    let raw = &tensor.raw_data;
    match tensor.data_type {
        INT64 if raw.is_empty() => Some(tensor.int64_data.clone()),
        INT64 => Some(raw.as_chunks::<8>().0.iter().map(|b| i64::from_le_bytes(*b)).collect()),
        INT32 if !raw.is_empty() => {
            Some(raw.as_chunks::<4>().0.iter().map(|b| i32::from_le_bytes(*b).into()).collect())
        }
        BOOL if !raw.is_empty() => Some(raw.iter().map(|b| (*b != 0).into()).collect()),
        INT32 | BOOL => Some(tensor.int32_data.iter().map(|v| (*v).into()).collect()),
        _ => None,
    }
}

#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;
