//! Names for what comes into a graph from elsewhere: a function's body, a branch.

use std::collections::{HashMap, HashSet};

use tract_onnx::pb::{GraphProto, NodeProto};

use super::{made_in, subgraphs, subgraphs_mut};

/// The names that a graph and the graphs within use.
pub(in crate::import) struct Names(HashSet<String>);

impl Names {
    /// Those of a graph.
    pub(in crate::import) fn of(graph: &GraphProto) -> Names {
        let mut names = Names(HashSet::new());
        names.take(graph);
        names
    }

    fn take(&mut self, graph: &GraphProto) {
        self.0.extend(made_in(graph).map(str::to_string));
        for node in &graph.node {
            self.0.extend(node.input.iter().cloned());
            subgraphs(node).for_each(|inner| self.take(inner));
        }
    }

    /// `wish`, or the like where it is taken.
    pub(in crate::import) fn fresh(&mut self, wish: String) -> String {
        let mut name = wish;
        while !self.0.insert(name.clone()) {
            name.push('~');
        }
        name
    }
}

/// Gives the values of a node, and of the graphs within, the names that `to` says.
pub(super) fn rename(node: &mut NodeProto, to: &mut impl FnMut(&str) -> String) {
    for name in node.input.iter_mut().chain(&mut node.output).filter(|name| !name.is_empty()) {
        *name = to(name);
    }
    for graph in subgraphs_mut(node) {
        let weights = graph.sparse_initializer.iter_mut().filter_map(|s| s.values.as_mut());
        let weights = graph.initializer.iter_mut().chain(weights).map(|t| &mut t.name);
        let ends = graph.input.iter_mut().chain(&mut graph.output).map(|v| &mut v.name);
        weights.chain(ends).for_each(|name| *name = to(name));
        graph.value_info.clear();
        graph.node.iter_mut().for_each(|inner| rename(inner, to));
    }
}

/// What is in `known`, by the name it has there.
pub(super) fn known(known: &HashMap<String, String>) -> impl FnMut(&str) -> String + '_ {
    |name| known.get(name).cloned().unwrap_or_else(|| name.to_string())
}

/// A node that hands a value on under another name.
pub(super) fn identity(from: String, to: String) -> NodeProto {
    NodeProto {
        op_type: "Identity".into(),
        name: to.clone(),
        input: vec![from],
        output: vec![to],
        ..NodeProto::default()
    }
}
