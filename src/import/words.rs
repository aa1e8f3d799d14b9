//! The file's words for what went wrong: its node and ONNX operator, whatever tract made of them.

use tract_onnx::pb::{GraphProto, NodeProto, TensorProto};

use super::{ImportError, graph};
use crate::import::kinds::{DOUBLE, FLOAT};

/// What the nodes of a graph are called.
pub(super) struct Words {
    nodes: Vec<Called>,
}

struct Called {
    label: String,
    op: String,
    inputs: Vec<String>,
    outputs: Vec<String>,
}

impl Words {
    /// Of a graph as the file has it, functions written out.
    pub(super) fn of(graph: &GraphProto) -> Words {
        let called = |node: &NodeProto| Called {
            label: graph::label(node).into(),
            op: graph::operator(node),
            inputs: node.input.clone(),
            outputs: node.output.clone(),
        };
        Words { nodes: graph.node.iter().map(called).collect() }
    }

    /// The node that a node of tract's was made from: tract adds to names behind a dot.
    fn node(&self, name: &str) -> Option<&Called> {
        let begins = |known: &str| {
            let rest = name.strip_prefix(known).filter(|_| !known.is_empty())?;
            let ends = rest.chars().next().is_none_or(|c| !c.is_alphanumeric());
            ends.then_some(known.len())
        };
        let length = |node: &&Called| {
            node.outputs.iter().chain([&node.label]).filter_map(|known| begins(known)).max()
        };
        self.nodes.iter().filter(|node| length(node).is_some()).max_by_key(length)
    }

    /// Label and operator of the node that one of tract's, or one that is spelled out, was made from.
    pub(super) fn called(&self, node: &str) -> Option<(String, String)> {
        self.node(node).map(|called| (called.label.clone(), called.op.clone()))
    }

    /// An error that one of tract's nodes makes too much.
    pub(super) fn too_large(&self, node: &str) -> ImportError {
        let called = self.node(node);
        let name = called.map_or(node, |called| &called.label);
        let op = called.map_or(String::new(), |called| format!(" ({})", called.op));
        let most = graph::MOST;
        ImportError::TooLarge(format!("node “{name}”{op} makes more than {most} numbers"))
    }

    /// An error with tract's names for nodes → the same with the file's; `graph` has its weights.
    pub(super) fn rewritten(&self, error: ImportError, graph: Option<&GraphProto>) -> ImportError {
        match error {
            ImportError::UnsupportedOp { node, op, detail } => match self.node(&node) {
                Some(called) => {
                    let hint = || graph::hint(&called.op).into();
                    ImportError::UnsupportedOp {
                        node: called.label.clone(),
                        op: called.op.clone(),
                        detail: if detail.is_empty() { hint() } else { detail },
                    }
                }
                None => ImportError::UnsupportedOp { node, op, detail },
            },
            ImportError::NotFiniteWeights(node) => {
                let called = self.node(&node);
                let spoiled = |name: &&String| {
                    graph.and_then(|graph| graph::held(graph, name)).is_some_and(is_spoiled)
                };
                let weight = called.and_then(|c| c.inputs.iter().find(spoiled));
                ImportError::NotFiniteWeights(match (weight, called) {
                    (Some(weight), _) => format!("weight “{weight}”"),
                    (None, Some(Called { label, op, .. })) => {
                        format!("a constant that node “{label}” ({op}) needs")
                    }
                    (None, None) => format!("weight “{node}”"),
                })
            }
            error => error,
        }
    }
}

/// Whether a tensor of floats has one that is not finite.
fn is_spoiled(tensor: &TensorProto) -> bool {
    let raw = &tensor.raw_data;
    match tensor.data_type {
        FLOAT => {
            let mut raw = raw.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b));
            tensor.float_data.iter().any(|v| !v.is_finite()) || raw.any(|v| !v.is_finite())
        }
        DOUBLE => {
            let mut raw = raw.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b));
            tensor.double_data.iter().any(|v| !v.is_finite()) || raw.any(|v| !v.is_finite())
        }
        _ => false,
    }
}
