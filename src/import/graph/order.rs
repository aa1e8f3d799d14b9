//! Who makes what: names that fit together, and nodes behind those they read.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use tract_onnx::pb::GraphProto;

use super::{all_read, label, operator, reads, weights_of};
use crate::import::ImportError;

fn malformed<T>(text: String) -> Result<T, ImportError> {
    Err(ImportError::Malformed(text))
}

/// Puts every node behind those whose results it reads; otherwise the order stays.
///
/// # Errors
/// Where two nodes make one value, where one reads what no node makes or what depends on itself,
/// and where no node makes an output.
pub(in crate::import) fn sort(graph: &mut GraphProto) -> Result<(), ImportError> {
    let mut given: HashSet<&str> = HashSet::new();
    for name in weights_of(graph) {
        if !given.insert(name) {
            return malformed(format!("two of its weights are called “{name}”"));
        }
    }
    given.extend(graph.input.iter().map(|i| i.name.as_str()));
    let mut maker: HashMap<&str, usize> = HashMap::new();
    for (index, node) in graph.node.iter().enumerate() {
        for name in node.output.iter().filter(|name| !name.is_empty()) {
            if given.contains(name.as_str()) || maker.insert(name, index).is_some() {
                return malformed(format!(
                    "node “{}” ({}) makes “{name}”, which is there already",
                    label(node),
                    operator(node)
                ));
            }
        }
    }
    let mut seen = HashSet::new();
    for output in &graph.output {
        let name = output.name.as_str();
        if !maker.contains_key(name) && !given.contains(name) {
            return malformed(format!("no node makes its output “{name}”"));
        }
        if !seen.insert(name) {
            return malformed(format!("two of its outputs are called “{name}”"));
        }
    }
    let order = ordered(graph, &given, &maker)?;
    let mut nodes: Vec<Option<_>> = std::mem::take(&mut graph.node).into_iter().map(Some).collect();
    graph.node = order.into_iter().filter_map(|index| nodes[index].take()).collect();
    Ok(())
}

/// The nodes' places in an order in which every one can be computed.
fn ordered(
    graph: &GraphProto,
    given: &HashSet<&str>,
    maker: &HashMap<&str, usize>,
) -> Result<Vec<usize>, ImportError> {
    let count = graph.node.len();
    let mut readers: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut missing = vec![0usize; count];
    for (index, node) in graph.node.iter().enumerate() {
        for name in reads(node) {
            match maker.get(name) {
                Some(made) => {
                    readers[*made].push(index);
                    missing[index] += 1;
                }
                None if given.contains(name) => {}
                None => {
                    return malformed(format!(
                        "no node makes “{name}”, which node “{}” ({}) reads",
                        label(node),
                        operator(node)
                    ));
                }
            }
        }
    }
    let ready = |index: &usize| missing[*index] == 0;
    let mut next: BinaryHeap<Reverse<usize>> = (0..count).filter(ready).map(Reverse).collect();
    let mut order = Vec::with_capacity(count);
    while let Some(Reverse(index)) = next.pop() {
        order.push(index);
        for reader in &readers[index] {
            missing[*reader] -= 1;
            if missing[*reader] == 0 {
                next.push(Reverse(*reader));
            }
        }
    }
    match (0..count).find(|index| missing[*index] > 0) {
        None => Ok(order),
        Some(index) => {
            let node = &graph.node[circular(graph, maker, &missing, index)];
            malformed(format!(
                "node “{}” ({}) reads what depends on its own result",
                label(node),
                operator(node)
            ))
        }
    }
}

/// A node of a circle, from one that only waits for it.
fn circular(
    graph: &GraphProto,
    maker: &HashMap<&str, usize>,
    missing: &[usize],
    from: usize,
) -> usize {
    let mut seen = HashSet::new();
    let mut at = from;
    while seen.insert(at) {
        let waits = reads(&graph.node[at]);
        let makers = waits.iter().filter_map(|name| maker.get(name).copied());
        at = makers.filter(|made| missing[*made] > 0).min().unwrap_or(at);
    }
    at
}

/// Which nodes some values depend on; the nodes are in order.
pub(in crate::import) fn ancestors<'a>(
    graph: &'a GraphProto,
    of: impl IntoIterator<Item = &'a str>,
) -> Vec<bool> {
    let mut wanted: HashSet<&str> = of.into_iter().collect();
    let mut kept = vec![false; graph.node.len()];
    for (index, node) in graph.node.iter().enumerate().rev() {
        if node.output.iter().any(|o| wanted.contains(o.as_str())) {
            kept[index] = true;
            wanted.extend(reads(node));
        }
    }
    kept
}

/// Drops nodes that no output depends on; the nodes are in order.
pub(in crate::import) fn keep_ancestors(graph: &mut GraphProto) {
    let mut kept = ancestors(graph, graph.output.iter().map(|o| o.name.as_str())).into_iter();
    graph.node.retain(|_| kept.next().unwrap_or(false));
}

/// Drops weights that nothing reads, with the inputs that they are defaults of.
pub(in crate::import) fn drop_unread(graph: &mut GraphProto) {
    let read = all_read(graph);
    let unread = |name: &str| !read.contains(name);
    let idle: HashSet<String> =
        graph.initializer.iter().filter(|t| unread(&t.name)).map(|t| t.name.clone()).collect();
    graph.initializer.retain(|t| !idle.contains(&t.name));
    graph.input.retain(|i| !idle.contains(&i.name));
}

/// Gives every node a name of its own, which ONNX does not ask for but tract does.
pub(in crate::import) fn name_apart(graph: &mut GraphProto) {
    let inputs = graph.input.iter().map(|i| i.name.clone());
    let mut taken: HashSet<String> = inputs.chain(weights_of(graph).map(str::to_string)).collect();
    for node in &mut graph.node {
        let mut name = label(node).to_string();
        while !taken.insert(name.clone()) {
            name.push('~');
        }
        node.name = name;
    }
}
