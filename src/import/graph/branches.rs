//! `If` with a condition that is known becomes the branch that it chooses.

use std::collections::HashMap;

use tract_onnx::pb::{GraphProto, NodeProto};

use super::rename::{Names, identity, known, rename};
use super::{held, integers, is, label, unsupported};
use crate::import::ImportError;

/// Conditions of the graph's own branches, by the names of their values.
fn conditions(graph: &GraphProto) -> impl Iterator<Item = &str> {
    let branching = graph.node.iter().filter(|n| is(n, "If"));
    branching.filter_map(|n| n.input.first()).map(String::as_str)
}

/// Chooses branches until no condition is known any more.
///
/// A condition is known where the file holds it, or where `computed` tells the values of some: it is
/// given the graph and the names.
pub(in crate::import) fn choose(
    graph: &mut GraphProto,
    computed: impl Fn(&GraphProto, &[String]) -> Vec<Option<bool>>,
) -> Result<(), ImportError> {
    loop {
        let mut asked: Vec<String> = conditions(graph).map(str::to_string).collect();
        if asked.is_empty() {
            return Ok(());
        }
        asked.sort();
        asked.dedup();
        let truth = |name: &String| {
            let values = integers(held(graph, name)?)?;
            values.first().map(|v| *v != 0).filter(|_| values.len() == 1)
        };
        let mut values: Vec<Option<bool>> = asked.iter().map(truth).collect();
        if values.iter().all(Option::is_none) {
            values = computed(graph, &asked);
        }
        let values: HashMap<String, bool> =
            asked.into_iter().zip(values).filter_map(|(n, v)| Some((n, v?))).collect();
        if values.is_empty() {
            return Ok(());
        }
        let mut names = Names::of(graph);
        for node in std::mem::take(&mut graph.node) {
            let chosen =
                is(&node, "If").then(|| values.get(node.input.first()?)).flatten().copied();
            match chosen {
                Some(chosen) => splice(graph, node, chosen, &mut names)?,
                None => graph.node.push(node),
            }
        }
    }
}

/// Puts a branch in place of its node.
fn splice(
    graph: &mut GraphProto,
    node: NodeProto,
    chosen: bool,
    names: &mut Names,
) -> Result<(), ImportError> {
    let which = if chosen { "then_branch" } else { "else_branch" };
    let branch = node.attribute.iter().find(|a| a.name == which).and_then(|a| a.g.clone());
    let Some(mut branch) = branch.filter(|b| b.output.len() == node.output.len()) else {
        return Err(unsupported(&node, &format!(": its {which} does not give what it should")));
    };
    let prefix = label(&node);
    let weights = branch.initializer.iter().map(|t| &t.name);
    let made = branch.node.iter().flat_map(|n| &n.output).filter(|o| !o.is_empty());
    let mut inside: HashMap<String, String> = weights
        .chain(made)
        .map(|name| (name.clone(), names.fresh(format!("{prefix}/{name}"))))
        .collect();
    let makes = |name: &String| branch.node.iter().any(|n| n.output.contains(name));
    let mut handed_on = Vec::new();
    for (end, wanted) in branch.output.iter().zip(&node.output).filter(|(_, o)| !o.is_empty()) {
        if makes(&end.name) && !node.output.contains(&inside[&end.name]) {
            inside.insert(end.name.clone(), wanted.clone());
        } else {
            let there = inside.get(&end.name).unwrap_or(&end.name);
            handed_on.push(identity(there.clone(), wanted.clone()));
        }
    }
    for inner in &mut branch.node {
        rename(inner, &mut known(&inside));
    }
    for weight in &mut branch.initializer {
        weight.name = known(&inside)(&weight.name);
    }
    graph.initializer.append(&mut branch.initializer);
    graph.node.append(&mut branch.node);
    graph.node.append(&mut handed_on);
    Ok(())
}
