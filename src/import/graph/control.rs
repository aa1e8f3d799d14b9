//! Control flow that is known before the image is: an `If` becomes the branch that it chooses, a
//! `Loop` is written out, step by step.

use std::collections::HashMap;

use tract_onnx::pb::{GraphProto, NodeProto, TensorProto};

use super::rename::{Names, identity, known, rename};
use super::{held, integers, is, label, unsupported};
use crate::import::ImportError;
use crate::import::kinds::{BOOL, INT64};
use crate::import::spell::{integer, integers as row_of, node as made_of};

/// Most nodes that all steps of all loops become.
const MOST: usize = 20_000;
/// Most steps of a loop that computes whether it goes on.
const MOST_ASKED: usize = 100;

/// Whether a node decides what is computed.
pub(in crate::import) fn decides(node: &NodeProto) -> bool {
    is(node, "If") || is(node, "Loop")
}

/// What a node has to know before it can be replaced: a condition, or a number of steps and whether
/// there is a first, which a loop may leave out.
fn asks(node: &NodeProto) -> impl Iterator<Item = &String> {
    let is_loop = is(node, "Loop");
    let count = if is_loop { 2 } else { 1 };
    node.input.iter().take(count).filter(move |name| !(is_loop && name.is_empty()))
}

/// Replaces what decides as long as something is known of it.
///
/// A truth value or a number is known where the file holds it, or where `computed` tells some of
/// them: it is given a graph in order and the names. `version` is that of ONNX's operators.
pub(in crate::import) fn resolve(
    graph: &mut GraphProto,
    version: i64,
    computed: impl Fn(&GraphProto, &[String]) -> Vec<Option<i64>>,
) -> Result<(), ImportError> {
    let mut left = MOST;
    loop {
        let deciding = graph.node.iter().filter(|node| decides(node));
        let mut asked: Vec<String> = deciding.flat_map(asks).cloned().collect();
        asked.sort();
        asked.dedup();
        let by_name = |values: Vec<Option<i64>>| -> HashMap<String, i64> {
            asked.iter().cloned().zip(values).filter_map(|(n, v)| Some((n, v?))).collect()
        };
        let is_ready = |node: &NodeProto, known: &HashMap<String, i64>| {
            let is_told = || asks(node).all(|name| known.contains_key(name));
            decides(node) && (is(node, "Loop") || !node.input.is_empty()) && is_told()
        };
        let is_any_ready =
            |known: &HashMap<String, i64>| graph.node.iter().any(|node| is_ready(node, known));
        let mut known = by_name(asked.iter().map(|name| single(graph, name)).collect());
        if !is_any_ready(&known) && !asked.is_empty() {
            known = by_name(computed(graph, &asked));
        }
        if !is_any_ready(&known) {
            return Ok(());
        }
        let names = Names::of(graph);
        let nodes = std::mem::take(&mut graph.node);
        let mut written = Written { graph, names, version, left };
        for node in nodes {
            match is_ready(&node, &known) {
                true if is(&node, "If") => {
                    written.branch(&node, asks(&node).all(|name| known[name] != 0))?;
                }
                true => written.steps(&node, &known, &computed)?,
                false => written.graph.node.push(node),
            }
        }
        left = written.left;
    }
}

/// The only number of a tensor that the file holds.
pub(super) fn single(graph: &GraphProto, name: &str) -> Option<i64> {
    let values = integers(held(graph, name)?)?;
    values.first().copied().filter(|_| values.len() == 1)
}

/// The graph of a node's attribute, where it hands out as many values as it should.
fn body(node: &NodeProto, which: &str, results: usize) -> Result<GraphProto, ImportError> {
    let body = node.attribute.iter().find(|a| a.name == which).and_then(|a| a.g.clone());
    body.filter(|b| b.output.len() == results)
        .ok_or_else(|| unsupported(node, &format!(": its {which} does not give what it should")))
}

/// Names outside for what a body makes: its name behind a prefix.
fn made(body: &GraphProto, prefix: &str, names: &mut Names) -> HashMap<String, String> {
    let weights = body.initializer.iter().map(|t| &t.name);
    let made = body.node.iter().flat_map(|n| &n.output).filter(|o| !o.is_empty());
    weights
        .chain(made)
        .map(|name| (name.clone(), names.fresh(format!("{prefix}/{name}"))))
        .collect()
}

/// A graph as far as it is written again.
struct Written<'a> {
    graph: &'a mut GraphProto,
    /// Names that are taken.
    names: Names,
    version: i64,
    /// How many nodes loops may still become.
    left: usize,
}

impl Written<'_> {
    /// Appends what a body holds, under the names that it has outside.
    fn append(&mut self, mut body: GraphProto, outside: &HashMap<String, String>) {
        for inner in &mut body.node {
            rename(inner, &mut known(outside));
        }
        for weight in &mut body.initializer {
            weight.name = known(outside)(&weight.name);
        }
        self.graph.initializer.append(&mut body.initializer);
        self.graph.node.append(&mut body.node);
    }

    /// A branch in place of its node.
    fn branch(&mut self, node: &NodeProto, chosen: bool) -> Result<(), ImportError> {
        let which = if chosen { "then_branch" } else { "else_branch" };
        let branch = body(node, which, node.output.len())?;
        let mut outside = made(&branch, label(node), &mut self.names);
        let makes = |name: &String| branch.node.iter().any(|n| n.output.contains(name));
        let mut handed_on = Vec::new();
        for (end, wanted) in branch.output.iter().zip(&node.output).filter(|(_, o)| !o.is_empty()) {
            if makes(&end.name) && !node.output.contains(&outside[&end.name]) {
                outside.insert(end.name.clone(), wanted.clone());
            } else {
                let there = outside.get(&end.name).unwrap_or(&end.name);
                handed_on.push(identity(there.clone(), wanted.clone()));
            }
        }
        self.append(branch, &outside);
        self.graph.node.append(&mut handed_on);
        Ok(())
    }

    /// The steps of a loop, behind each other, in place of its node.
    ///
    /// Where a step computes whether there is another, `computed` is asked for it.
    fn steps(
        &mut self,
        node: &NodeProto,
        values: &HashMap<String, i64>,
        computed: impl Fn(&GraphProto, &[String]) -> Vec<Option<i64>>,
    ) -> Result<(), ImportError> {
        let mut step = body(node, "body", node.output.len() + 1)?;
        let mut state: Vec<String> = node.input.iter().skip(2).cloned().collect();
        if step.input.len() != state.len() + 2 || node.output.len() < state.len() {
            return Err(unsupported(node, ": its body does not take what it should"));
        }
        let value = |slot: usize| node.input.get(slot).and_then(|name| values.get(name)).copied();
        let is_asked = !goes_on(&step);
        let most = value(0).or(is_asked.then_some(i64::MAX));
        let most = most.ok_or_else(|| unsupported(node, ": it never ends"))?;
        let cost = step.node.len().max(if is_asked { MOST / MOST_ASKED } else { 1 });
        self.share_weights(&mut step, label(node));
        let mut rows: Vec<Vec<String>> = vec![Vec::new(); node.output.len() - state.len()];
        let mut is_on = value(1) != Some(0);
        let mut count = 0;
        while is_on && count < most {
            let left = self.left.checked_sub(cost);
            self.left = left.ok_or_else(|| unsupported(node, ": it has too many steps"))?;
            let prefix = format!("{}/{count}", label(node));
            let mut results = self.step(&step, &prefix, count, state).into_iter();
            let going = results.next().unwrap_or_default();
            state = results.by_ref().take(step.input.len() - 2).collect();
            rows.iter_mut().zip(results).for_each(|(row, value)| row.push(value));
            count += 1;
            if is_asked && count < most {
                let said = single(self.graph, &going);
                let said = said.or_else(|| computed(self.graph, std::slice::from_ref(&going))[0]);
                is_on = said.ok_or_else(|| unsupported(node, super::hint("Loop")))? != 0;
            }
        }
        let (last, all) = node.output.split_at(state.len());
        let handed_on = state.into_iter().zip(last).filter(|(_, wanted)| !wanted.is_empty());
        self.graph.node.extend(handed_on.map(|(there, wanted)| identity(there, wanted.clone())));
        for (row, wanted) in rows.iter().zip(all).filter(|(_, wanted)| !wanted.is_empty()) {
            if row.is_empty() {
                return Err(unsupported(node, ": it has no step"));
            }
            self.stack(row, wanted);
        }
        Ok(())
    }

    /// Moves the weights of a loop's body to the graph, where all steps read them.
    fn share_weights(&mut self, step: &mut GraphProto, prefix: &str) {
        let initializer = std::mem::take(&mut step.initializer);
        let weights = GraphProto { initializer, ..GraphProto::default() };
        let outside = made(&weights, prefix, &mut self.names);
        self.append(weights, &outside);
        step.node.iter_mut().for_each(|inner| rename(inner, &mut known(&outside)));
        step.output.iter_mut().for_each(|end| end.name = known(&outside)(&end.name));
    }

    /// Appends one step of a loop; gives the names of its results.
    fn step(
        &mut self,
        step: &GraphProto,
        prefix: &str,
        count: i64,
        state: Vec<String>,
    ) -> Vec<String> {
        let mut outside = made(step, prefix, &mut self.names);
        let mut given = Vec::new();
        for ((kind, value), end) in [(INT64, count), (BOOL, 1)].into_iter().zip(&step.input) {
            let name = self.names.fresh(format!("{prefix}/{}", end.name));
            self.graph.initializer.push(scalar(&name, kind, value));
            given.push(name);
        }
        given.extend(state);
        outside.extend(step.input.iter().map(|end| end.name.clone()).zip(given));
        self.append(step.clone(), &outside);
        step.output.iter().map(|end| known(&outside)(&end.name)).collect()
    }

    /// Values of all steps behind each other, along a new first axis.
    fn stack(&mut self, row: &[String], wanted: &str) {
        // Since version 13 axes are an operand.
        let axes = (self.version >= 13).then(|| self.names.fresh(format!("{wanted}/axes")));
        let mut pieces = Vec::new();
        for value in row {
            let piece = self.names.fresh(format!("{wanted}/{}", pieces.len()));
            let operands: Vec<String> = std::iter::once(value).chain(&axes).cloned().collect();
            let mut apart = made_of("Unsqueeze", &operands, piece.clone());
            apart.attribute.extend(axes.is_none().then(|| row_of("axes", &[0])));
            self.graph.node.push(apart);
            pieces.push(piece);
        }
        let axes = axes.map(|name| TensorProto { dims: vec![1], ..scalar(&name, INT64, 0) });
        self.graph.initializer.extend(axes);
        let mut whole = made_of("Concat", &pieces, wanted.into());
        whole.attribute.push(integer("axis", 0));
        self.graph.node.push(whole);
    }
}

/// Whether a loop's body says in every step that there is another.
fn goes_on(step: &GraphProto) -> bool {
    let Some(mut end) = step.output.first().map(|end| &end.name) else { return false };
    // As often as there are nodes: those of a damaged file may go round.
    for _ in &step.node {
        let hands_on = |n: &&NodeProto| is(n, "Identity") && n.output.contains(end);
        let Some(node) = step.node.iter().find(hands_on) else { break };
        let Some(read) = node.input.first() else { return false };
        end = read;
    }
    step.input.get(1).is_some_and(|given| given.name == *end)
        || single(step, end).is_some_and(|value| value != 0)
}

/// An integer or a truth value.
fn scalar(name: &str, kind: i32, value: i64) -> TensorProto {
    let mut tensor = TensorProto { name: name.into(), data_type: kind, ..TensorProto::default() };
    match kind {
        INT64 => tensor.int64_data = vec![value],
        _ => tensor.int32_data = vec![value as i32],
    }
    tensor
}

#[cfg(test)]
#[path = "control_tests.rs"]
mod tests;
