//! Weights that a normalisation in training mode standardises, as PyTorch's `batch_norm` does in a
//! convolution with weight standardisation: `(w − mean)/√(variance + ε)·scale + shift` of each of the
//! second axis' entries.
//!
//! Of the image the same would make the images of a batch influence each other, which `modes` refuses.

use tract_onnx::pb::{GraphProto, NodeProto};

use super::{all_read, ancestors, is, label, reads};
use crate::import::spell::{integers, list, node, number};

/// ε where the file names none (ONNX, `BatchNormalization`).
const EPSILON: f32 = 1e-5;

/// Writes out normalisations in training mode of what does not depend on an input; the nodes are in order,
/// `opset` is the version of ONNX's own operators.
pub(in crate::import) fn spell_standardised(graph: &mut GraphProto, opset: i64) {
    let spelled: Vec<Option<Vec<NodeProto>>> = graph
        .node
        .iter()
        .map(|old| (trains(old) && is_fixed(graph, old)).then(|| written_out(old, opset)))
        .collect();
    if spelled.iter().all(Option::is_none) {
        return;
    }
    let nodes = std::mem::take(&mut graph.node).into_iter().zip(spelled);
    graph.node = nodes.flat_map(|(old, new)| new.unwrap_or_else(|| vec![old])).collect();
}

/// Whether a node normalises by the batch at hand.
pub(super) fn trains(node: &NodeProto) -> bool {
    let mut attributes = node.attribute.iter();
    is(node, "BatchNormalization") && attributes.any(|a| a.name == "training_mode" && a.i != 0)
}

/// Whether what a node normalises is the same for all images, and only what becomes of it is read.
fn is_fixed(graph: &GraphProto, node: &NodeProto) -> bool {
    let Some(x) = node.input.first() else { return false };
    let weight = |name: &str| graph.initializer.iter().any(|t| t.name == name);
    let is_image = |name: &str| graph.input.iter().any(|i| i.name == name) && !weight(name);
    let needed = ancestors(graph, [x.as_str()]);
    let before = graph.node.iter().zip(needed).filter(|(_, needed)| *needed).map(|(node, _)| node);
    let read = all_read(graph);
    let is_read = |name: &String| read.contains(name.as_str());
    !is_image(x)
        && !before.flat_map(reads).any(is_image)
        && !node.output.iter().skip(1).any(is_read)
}

fn written_out(old: &NodeProto, opset: i64) -> Vec<NodeProto> {
    let at = label(old).to_string();
    let named = |part: &str| format!("{at}.{part}");
    let own = |parts: &[&str]| parts.iter().map(|part| named(part)).collect::<Vec<_>>();
    let mean = |of: &str, to: &str| match opset {
        ..18 => NodeProto {
            attribute: vec![integers("axes", &[0, 2])],
            ..node("ReduceMean", &own(&[of]), named(to))
        },
        _ => node("ReduceMean", &own(&[of, "axes"]), named(to)),
    };
    let given = |slot: usize| old.input.get(slot).cloned().unwrap_or_default();
    let epsilon = old.attribute.iter().find(|a| a.name == "epsilon").map_or(EPSILON, |a| a.f);
    let last = node("Reshape", &own(&["shifted", "shape"]), old.output[0].clone());
    vec![
        list(named("flat"), &[0, 0, -1]),
        list(named("column"), &[1, -1, 1]),
        list(named("axes"), &[0, 2]),
        node("Shape", &[given(0)], named("shape")),
        node("Reshape", &[given(0), named("flat")], named("x")),
        node("Reshape", &[given(1), named("column")], named("scale")),
        node("Reshape", &[given(2), named("column")], named("shift")),
        mean("x", "mean"),
        node("Sub", &own(&["x", "mean"]), named("centred")),
        node("Mul", &own(&["centred", "centred"]), named("squares")),
        mean("squares", "variance"),
        number(named("epsilon"), epsilon),
        node("Add", &own(&["variance", "epsilon"]), named("kept-off-zero")),
        node("Sqrt", &own(&["kept-off-zero"]), named("deviation")),
        node("Div", &own(&["centred", "deviation"]), named("standard")),
        node("Mul", &own(&["standard", "scale"]), named("scaled")),
        node("Add", &own(&["scaled", "shift"]), named("shifted")),
        NodeProto { name: old.name.clone(), ..last },
    ]
}

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use tract_onnx::pb::{GraphProto, NodeProto};

    use crate::exec::CpuExecutor;
    use crate::import::graph::testing::{float, int, integers, model, node, value, weight};
    use crate::import::{ImportError, LoadOptions, load};
    use crate::model::Network;

    /// A product of four pixels with standardised weights; or pixels that are standardised themselves.
    fn standardised(of: &str, opset: i64) -> Result<Network, ImportError> {
        let normalised = NodeProto {
            attribute: vec![int("training_mode", 1), float("epsilon", 0.25)],
            ..node("BatchNormalization", "of scale shift m v", "w mean variance")
        };
        let graph = GraphProto {
            node: vec![
                node("Reshape", "x row", "image"),
                node("Identity", of, "of"),
                normalised,
                node("Reshape", "w matrix", "weights"),
                node("MatMul", "image weights", "y"),
            ],
            input: vec![value("x", &[1, 2, 2])],
            output: vec![value("y", &[1, 2])],
            initializer: vec![
                // Two entries on the second axis: 1, 3, 5, 7 and 2, 2, 2, 2.
                weight("fixed", &[2, 2, 2], &[1.0, 3.0, 2.0, 2.0, 5.0, 7.0, 2.0, 2.0]),
                weight("scale", &[2], &[2.0, 1.0]),
                weight("shift", &[2], &[0.5, -1.0]),
                weight("m", &[2], &[0.0; 2]),
                weight("v", &[2], &[1.0; 2]),
                integers("row", 7, &[1, 4]),
                integers("matrix", 7, &[-1, 2]),
            ],
            ..GraphProto::default()
        };
        let mut model = model(graph);
        model.opset_import[0].version = opset;
        load(&model.encode_to_vec(), &LoadOptions::default())
    }

    #[test]
    fn weights_are_standardised_by_their_own_mean_and_variance() {
        let deviation = (5.0f32 + 0.25).sqrt();
        let first = |v: f32| (v - 4.0) / deviation * 2.0 + 0.5;
        let right = [
            0.1 * first(1.0) - 0.2 + 0.3 * first(5.0) - 0.4,
            0.1 * first(3.0) - 0.2 + 0.3 * first(7.0) - 0.4,
        ];
        for opset in [15, 18, 21] {
            let network = standardised("fixed", opset).expect("weights alone");
            let logits =
                CpuExecutor::new(std::sync::Arc::new(network)).logits(&[0.1, 0.2, 0.3, 0.4]);
            for (logit, right) in logits.iter().zip(right) {
                assert!((logit - right).abs() < 1e-5, "opset {opset}: {logits:?}");
            }
        }
    }

    #[test]
    fn what_depends_on_the_image_is_refused() {
        let text = standardised("x", 17).expect_err("a batch").to_string();
        assert!(text.contains("the images of a batch influence each other"), "{text}");
    }
}
