//! A batch that an exporter fixed, taken out of a graph: of shapes that it computed, and of constants that it spread.
//!
//! Files are often exported with a batch of 2, of 64, of whatever stood in the example. Then shapes name it, and
//! what a network begins with (states of a recurrent layer, sums of a spiking one, grids, positions) is as tall. Which
//! numbers mean the batch is a guess; what comes of it counts only where it agrees with the file as it is. Where no
//! guess does, the batch stays and is filled with copies of one image.

use std::collections::HashSet;

use tract_onnx::pb::{GraphProto, TensorProto};

use super::graph::Names;
use super::kinds::INT64;
use super::spell::{integer, list, node};

/// Copies of one image that are read at most: each takes as long as the image.
const COPIES: usize = 64;

/// Which numbers of a shape mean the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// The first of the shape that is it, in shapes of `Reshape` and `Expand` alone.
    First,
    /// The first that is it or, where none is, the first that is a multiple of it, as where heads of attention are
    /// beside images. What is the same for all images is as for one.
    Anywhere,
    /// As `Anywhere`, with the second of the shape before the first: behind steps of a sequence.
    Second,
}

/// Inputs that are shapes.
const SHAPES: [(&str, usize); 4] =
    [("Reshape", 1), ("Expand", 1), ("ConstantOfShape", 0), ("Resize", 3)];

/// Takes a batch of so many out of a graph whose image is one.
pub(super) fn free(graph: &mut GraphProto, batch: i64, rule: Rule) {
    let known = if rule == Rule::First { &SHAPES[..2] } else { &SHAPES[..] };
    let shapes: HashSet<String> = graph
        .node
        .iter()
        .filter_map(|node| {
            let (_, place) = known.iter().find(|(operator, _)| node.op_type == *operator)?;
            node.input.get(*place).cloned()
        })
        .collect();
    let named = |tensor: &TensorProto| shapes.contains(&tensor.name);
    for tensor in &mut graph.initializer {
        free_constant(tensor, named(tensor), batch, rule);
    }
    for node in graph.node.iter_mut().filter(|node| node.op_type == "Constant") {
        let shape = node.output.iter().any(|output| shapes.contains(output));
        for tensor in node.attribute.iter_mut().filter_map(|a| a.t.as_mut()) {
            free_constant(tensor, shape, batch, rule);
        }
    }
}

/// Leaves a batch of so many as it is, of copies of one image, and keeps what it says of the first. `input` is the
/// image's place among the graph's inputs. Whether there was a batch that can be filled.
pub(super) fn fill(graph: &mut GraphProto, input: usize, batch: i64) -> bool {
    let Some(copies) = usize::try_from(batch).ok().filter(|copies| *copies <= COPIES) else {
        return false;
    };
    let mut names = Names::of(graph);
    let whole = graph.input[input].name.clone();
    let one = names.fresh(format!("{whole}.one"));
    graph.input[input].name.clone_from(&one);
    let mut copied = node("Concat", &vec![one; copies], whole);
    copied.attribute.push(integer("axis", 0));
    graph.node.insert(0, copied);
    let first = names.fresh("first".into());
    graph.node.insert(0, list(first.clone(), &[0]));
    for output in &mut graph.output {
        let all = output.name.clone();
        output.name = names.fresh(format!("{all}.one"));
        let mut gather = node("Gather", &[all, first.clone()], output.name.clone());
        gather.attribute.push(integer("axis", 0));
        graph.node.push(gather);
    }
    true
}

fn free_constant(tensor: &mut TensorProto, shape: bool, batch: i64, rule: Rule) {
    if shape && tensor.data_type == INT64 {
        free_shape(tensor, batch, rule);
    } else if rule != Rule::First {
        free_spread(tensor, batch, rule);
    }
}

/// A shape for a batch, for one.
fn free_shape(tensor: &mut TensorProto, batch: i64, rule: Rule) {
    let raw = tensor.int64_data.is_empty();
    let mut sizes = match raw {
        true => tensor
            .raw_data
            .chunks_exact(8)
            .map(|b| i64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]))
            .collect(),
        false => tensor.int64_data.clone(),
    };
    let Some(place) = place(&sizes, batch, rule) else { return };
    sizes[place] /= batch;
    match raw {
        true => tensor.raw_data = sizes.iter().flat_map(|size| size.to_le_bytes()).collect(),
        false => tensor.int64_data = sizes,
    }
}

/// Where a shape names the batch.
fn place(sizes: &[i64], batch: i64, rule: Rule) -> Option<usize> {
    let multiple = |place: &usize| sizes[*place] > 0 && sizes[*place] % batch == 0;
    let first = || (0..sizes.len()).find(multiple);
    let second = || (1..sizes.len().min(2)).find(multiple);
    let named = sizes.iter().position(|size| *size == batch);
    match rule {
        Rule::First => named.filter(|place| *place == 0),
        Rule::Anywhere => named.or_else(first),
        Rule::Second => named.or_else(second).or_else(first),
    }
}

/// A constant that is the same for every image of a batch, for one. The batch is its first axis or its second.
fn free_spread(tensor: &mut TensorProto, batch: i64, rule: Rule) {
    // Other kinds of numbers lie in other fields.
    if tensor.dims.len() < 2 || (tensor.raw_data.is_empty() && tensor.float_data.is_empty()) {
        return;
    }
    let order = if rule == Rule::Second { [1, 0] } else { [0, 1] };
    for axis in order {
        if tensor.dims[axis] != batch {
            continue;
        }
        let (outer, times) = (tensor.dims[..axis].iter().product::<i64>(), batch);
        let (Ok(outer), Ok(times)) = (usize::try_from(outer), usize::try_from(times)) else {
            return;
        };
        let raw = one_of(&tensor.raw_data, outer, times);
        let floats = one_of(&tensor.float_data, outer, times);
        let (Some(raw), Some(floats)) = (raw, floats) else { continue };
        (tensor.raw_data, tensor.float_data) = (raw, floats);
        tensor.dims[axis] = 1;
        return;
    }
}

/// Of `[outer, times, inner]` the first of each `times`; `None` where they are not all the same.
fn one_of<T: Clone + PartialEq>(all: &[T], outer: usize, times: usize) -> Option<Vec<T>> {
    let rows = outer.checked_mul(times)?;
    if all.is_empty() {
        return Some(Vec::new());
    }
    if rows == 0 || !all.len().is_multiple_of(rows) {
        return None;
    }
    let inner = all.len() / rows;
    let mut kept = Vec::with_capacity(outer * inner);
    for group in all.chunks_exact(times * inner) {
        let (first, _) = group.split_at(inner);
        if group.chunks_exact(inner).any(|one| one != first) {
            return None;
        }
        kept.extend_from_slice(first);
    }
    Some(kept)
}

#[cfg(test)]
mod tests {
    use tract_onnx::pb::ValueInfoProto;

    use super::*;

    fn shape(sizes: &[i64], raw: bool) -> TensorProto {
        let mut tensor = TensorProto {
            data_type: INT64,
            dims: vec![sizes.len() as i64],
            ..TensorProto::default()
        };
        match raw {
            true => tensor.raw_data = sizes.iter().flat_map(|size| size.to_le_bytes()).collect(),
            false => tensor.int64_data = sizes.to_vec(),
        }
        tensor
    }

    #[test]
    fn a_shape_loses_the_batch_where_a_rule_looks_for_it() {
        for raw in [false, true] {
            for (sizes, rule, right) in [
                ([4, 28, 4], Rule::First, [1, 28, 4]),
                ([28, 4, 8], Rule::First, [28, 4, 8]),
                ([28, 4, 8], Rule::Anywhere, [28, 1, 8]),
                ([28, 8, 6], Rule::Anywhere, [7, 8, 6]),
                ([28, 8, 6], Rule::Second, [28, 2, 6]),
                ([8, 27, 6], Rule::Second, [2, 27, 6]),
                ([-1, 3, 7], Rule::Second, [-1, 3, 7]),
                ([0, -4, 4], Rule::Anywhere, [0, -4, 1]),
            ] {
                let mut tensor = shape(&sizes, raw);
                free_shape(&mut tensor, 4, rule);
                assert_eq!(tensor, shape(&right, raw), "{sizes:?} by {rule:?}");
            }
        }
    }

    #[test]
    fn a_constant_that_is_the_same_for_all_images_is_as_for_one() {
        let tensor = |dims: &[i64], data: &[f32], raw: bool| {
            let mut tensor =
                TensorProto { data_type: 1, dims: dims.to_vec(), ..TensorProto::default() };
            match raw {
                true => tensor.raw_data = data.iter().flat_map(|v| v.to_le_bytes()).collect(),
                false => tensor.float_data = data.to_vec(),
            }
            tensor
        };
        for raw in [false, true] {
            let by = |rule: Rule, dims: &[i64], data: &[f32]| {
                let mut tensor = tensor(dims, data, raw);
                free_spread(&mut tensor, 2, rule);
                tensor
            };
            let freed = |dims: &[i64], data: &[f32]| by(Rule::Anywhere, dims, data);
            assert_eq!(
                freed(&[2, 3], &[1., 2., 3., 1., 2., 3.]),
                tensor(&[1, 3], &[1., 2., 3.], raw)
            );
            // States: layers, images, units.
            let states = [1., 2., 1., 2., 3., 4., 3., 4.];
            assert_eq!(freed(&[2, 2, 2], &states), tensor(&[2, 1, 2], &[1., 2., 3., 4.], raw));
            // Where both axes are as long, the rule says which is the batch.
            let zeros = [0.; 8];
            assert_eq!(freed(&[2, 2, 2], &zeros), tensor(&[1, 2, 2], &zeros[..4], raw));
            let second = by(Rule::Second, &[2, 2, 2], &zeros);
            assert_eq!(second, tensor(&[2, 1, 2], &zeros[..4], raw));
            // What differs from image to image stays, and so does what is no batch.
            for (dims, data) in [
                (&[2, 2][..], &[1., 2., 1., 3.][..]),
                (&[2], &[1., 1.]),
                (&[3, 1], &[1., 1., 1.]),
                (&[1, 1, 2], &[1., 1.]),
            ] {
                assert_eq!(freed(dims, data), tensor(dims, data, raw), "{dims:?}");
            }
        }
    }

    #[test]
    fn a_batch_is_filled_with_copies_and_the_first_is_kept() {
        let named = |name: &str| ValueInfoProto { name: name.into(), ..ValueInfoProto::default() };
        let mut graph = GraphProto {
            node: vec![node("Relu", &["x".into()], "y".into())],
            input: vec![named("w"), named("x")],
            output: vec![named("y")],
            ..GraphProto::default()
        };
        let before = graph.clone();
        assert!(!fill(&mut graph, 1, 65) && !fill(&mut graph, 1, -3) && graph == before);
        assert!(fill(&mut graph, 1, 3));
        let ends = [&graph.input[0], &graph.input[1], &graph.output[0]].map(|end| &end.name[..]);
        assert_eq!(ends, ["w", "x.one", "y.one"]);
        let made: Vec<(&str, Vec<&str>, &str)> = graph
            .node
            .iter()
            .map(|n| {
                (&n.op_type[..], n.input.iter().map(String::as_str).collect(), &n.output[0][..])
            })
            .collect();
        assert_eq!(
            made,
            [
                ("Constant", vec![], "first"),
                ("Concat", vec!["x.one"; 3], "x"),
                ("Relu", vec!["x"], "y"),
                ("Gather", vec!["y", "first"], "y.one"),
            ]
        );
    }
}
