//! What a file computes its answer from, where that is the class itself.
//!
//! `ArgMax`, `ArgMin`, `Hardmax` and the place that a `TopK` of one gives name a class and have no slope.
//! At the end of a network they are left off: the scores that they choose from name the same class.

use tract_onnx::pb::{GraphProto, NodeProto, ValueInfoProto};

use super::control::single;
use super::rename::Names;
use super::{is, is_standard};
use crate::import::spell::node;

/// Operators that hand a class on, in another type or shape.
const HANDS_ON: [&str; 7] =
    ["Identity", "Cast", "CastLike", "Squeeze", "Unsqueeze", "Reshape", "Flatten"];

/// Makes the scores the output of a graph that has one output and chooses a class at its end.
pub(in crate::import) fn scores_before_choice(graph: &mut GraphProto) {
    let [output] = &graph.output[..] else { return };
    let mut name = output.name.as_str();
    let chooser = loop {
        let Some(maker) = graph.node.iter().find(|n| n.output.iter().any(|o| o == name)) else {
            return;
        };
        match maker.input.first() {
            Some(input) if HANDS_ON.iter().any(|op| is(maker, op)) => name = input,
            _ => break maker,
        }
    };
    let Some(scores) = chooser.input.first().cloned() else { return };
    let scores = match choice(graph, chooser, name) {
        None => return,
        Some(Choice::Greatest) => scores,
        Some(Choice::Least) => {
            let negative = Names::of(graph).fresh(format!("{scores}.negative"));
            graph.node.push(node("Neg", &[scores], negative.clone()));
            negative
        }
    };
    graph.output = vec![ValueInfoProto { name: scores, ..ValueInfoProto::default() }];
}

/// Which of the scores a class is named after.
enum Choice {
    Greatest,
    Least,
}

/// What one of a node's results names, along an axis that is not the batch's.
fn choice(graph: &GraphProto, node: &NodeProto, result: &str) -> Option<Choice> {
    let attribute = |name: &str| node.attribute.iter().find(|a| a.name == name).map(|a| a.i);
    if !is_standard(&node.domain) {
        return None;
    }
    let (default, choice) = match node.op_type.as_str() {
        "ArgMax" => (0, Choice::Greatest),
        "ArgMin" => (0, Choice::Least),
        "Hardmax" => (-1, Choice::Greatest),
        "TopK" => {
            let count = node.input.get(1).map_or(attribute("k"), |name| single(graph, name));
            let is_place = node.output.get(1).is_some_and(|place| place == result);
            let greatest = attribute("largest") != Some(0);
            let choice = if greatest { Choice::Greatest } else { Choice::Least };
            (-1, Some(choice).filter(|_| count == Some(1) && is_place)?)
        }
        _ => return None,
    };
    Some(choice).filter(|_| attribute("axis").unwrap_or(default) != 0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use prost::Message as _;
    use tract_onnx::pb::type_proto::Value as TypeValue;

    use crate::exec::CpuExecutor;
    use crate::import::graph::testing::{graph, int, ints, model, node, value, weight, written};
    use crate::import::kinds::INT64;
    use crate::import::{LoadOptions, load};

    use super::*;

    /// What a graph's output is, and its nodes, once its end is left off.
    fn read(nodes: Vec<NodeProto>) -> (String, Vec<String>) {
        let mut graph = graph(nodes);
        scores_before_choice(&mut graph);
        super::super::keep_ancestors(&mut graph);
        (graph.output[0].name.clone(), written(&graph.node))
    }

    fn along(axis: i64, node: NodeProto) -> NodeProto {
        NodeProto { attribute: vec![int("axis", axis)], ..node }
    }

    #[test]
    fn a_class_at_the_end_is_left_off() {
        let scores = || node("Gemm", "x w", "z");
        for end in [
            vec![along(1, node("ArgMax", "z", "y"))],
            vec![along(-1, node("ArgMax", "z", "k")), node("Cast", "k", "y")],
            vec![along(1, node("ArgMax", "z", "k")), node("Squeeze", "k", "y")],
            vec![node("Hardmax", "z", "y")],
            vec![NodeProto { attribute: vec![int("k", 1)], ..node("TopK", "z", "v y") }],
        ] {
            let found = read([vec![scores()], end].concat());
            assert_eq!(found, ("z".into(), vec!["Gemm(x, w) → z".into()]));
        }
        let (output, nodes) = read(vec![scores(), along(1, node("ArgMin", "z", "y"))]);
        assert_eq!(nodes, ["Gemm(x, w) → z".into(), format!("Neg(z) → {output}")]);
    }

    #[test]
    fn the_scores_are_read_where_a_file_hands_out_their_greatest_and_its_place() {
        let typed = |kind, name: &str, sizes: &[i64]| {
            let mut end = value(name, sizes);
            let of = end.r#type.as_mut().and_then(|t| t.value.as_mut());
            let Some(TypeValue::TensorType(tensor)) = of else { unreachable!("it is a tensor") };
            tensor.elem_type = kind;
            end
        };
        // As `torch.max(scores, 1)` is written: its first result is no classifier's.
        let chosen = GraphProto {
            node: vec![
                node("Flatten", "x", "flat"),
                node("MatMul", "flat w", "z"),
                NodeProto {
                    attribute: vec![ints("axes", &[1]), int("keepdims", 0)],
                    ..node("ReduceMax", "z", "most")
                },
                along(1, node("ArgMax", "z", "place")),
            ],
            output: vec![value("most", &[1]), typed(INT64, "place", &[1, 1])],
            initializer: vec![weight(
                "w",
                &[4, 3],
                &[0.5, -1.0, 2.0, 0.25, 1.0, 0.0, 0.0, 0.0, 1.0, 3.0, 2.0, 1.0],
            )],
            ..graph(vec![])
        };
        let scored = GraphProto { output: vec![value("z", &[1, 3])], ..chosen.clone() };
        let [chosen, scored] = [chosen, scored].map(|graph| {
            let options = LoadOptions { samples: None, ..LoadOptions::default() };
            load(&model(graph).encode_to_vec(), &options).expect("it loads")
        });
        assert_eq!(chosen.expects.output.as_deref(), Some("place"));
        let logits = [chosen, scored]
            .map(|network| CpuExecutor::new(Arc::new(network)).logits(&[0.5, 0.25, 1.0, 0.0]));
        assert_eq!(logits[0], [0.3125, -0.25, 2.0]);
        assert_eq!(logits[0], logits[1]);
    }

    #[test]
    fn other_ends_stay() {
        for end in [
            // Along the batch, and something else made of a class.
            vec![node("ArgMax", "z", "y")],
            vec![along(0, node("Hardmax", "z", "y"))],
            vec![along(1, node("ArgMax", "z", "k")), node("Mul", "k k", "y")],
            vec![along(1, node("my.own:ArgMax", "z", "y"))],
            vec![node("Softmax", "z", "y")],
            // Several places, and a score.
            vec![NodeProto { attribute: vec![int("k", 2)], ..node("TopK", "z", "v y") }],
            vec![NodeProto { attribute: vec![int("k", 1)], ..node("TopK", "z", "y k") }],
        ] {
            let nodes = [vec![node("Gemm", "x w", "z")], end].concat();
            assert_eq!(read(nodes.clone()), ("y".into(), written(&nodes)));
        }
    }
}
