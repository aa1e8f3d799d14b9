//! Grids of an affine map, as ONNX's AffineGrid makes them: `[N, H, W, 2]` of `θ` in `[N, 2, 3]`.

use tract_onnx::pb::{GraphProto, NodeProto, TensorProto};

use super::{held, integers, is, label, unsupported};
use crate::import::ImportError;
use crate::import::kinds::FLOAT;
use crate::import::spell::{constant, integers as numbers, list, node};

/// Most places of one grid.
const MOST: i64 = 1 << 24;

/// Replaces each by the product of `θ` with the places of an even grid.
///
/// # Errors
/// Where its size is not held by the graph, or not that of planes.
pub(in crate::import) fn spell_grids(graph: &mut GraphProto) -> Result<(), ImportError> {
    let spelled: Vec<Option<Vec<NodeProto>>> = graph
        .node
        .iter()
        .map(|old| is(old, "AffineGrid").then(|| written_out(graph, old)).transpose())
        .collect::<Result<_, _>>()?;
    let nodes = std::mem::take(&mut graph.node).into_iter().zip(spelled);
    graph.node = nodes.flat_map(|(old, new)| new.unwrap_or_else(|| vec![old])).collect();
    Ok(())
}

fn written_out(graph: &GraphProto, old: &NodeProto) -> Result<Vec<NodeProto>, ImportError> {
    let refused = |detail: &str| Err(unsupported(old, detail));
    let [theta, size] = &old.input[..] else { return refused(": it lacks an input") };
    let Some(size) = held(graph, size).and_then(integers) else {
        return refused(": its size is not constant");
    };
    let [_, _, height, width] = size[..] else { return refused(": only of two dimensions") };
    let fits = height > 0 && width > 0 && height.checked_mul(width).is_some_and(|n| n <= MOST);
    let (Some(output), true) = (old.output.first(), fits) else {
        return refused(": its size is not that of an image");
    };
    let align = old.attribute.iter().any(|a| a.name == "align_corners" && a.i != 0);
    let at = label(old).to_string();
    let named = |part: &str| format!("{at}.{part}");
    let turned = NodeProto {
        attribute: vec![numbers("perm", &[0, 2, 1])],
        ..node("Transpose", &[named("rows")], named("pairs"))
    };
    let last = node("Reshape", &[named("pairs"), named("sizes")], output.clone());
    Ok(vec![
        constant(named("even"), even(height, width, align)),
        node("MatMul", &[theta.clone(), named("even")], named("rows")),
        turned,
        list(named("sizes"), &[-1, height, width, 2]),
        NodeProto { name: at.clone(), ..last },
    ])
}

/// Columns `(x, y, 1)` of an even grid, row by row: `[3, H·W]`.
fn even(height: i64, width: i64, align: bool) -> TensorProto {
    let place = |at: i64, size: i64| match (align, size) {
        (true, 1) => 0.0,
        (true, _) => 2.0 * at as f64 / (size - 1) as f64 - 1.0,
        (false, _) => (2 * at + 1) as f64 / size as f64 - 1.0,
    };
    let places = || (0..height * width).map(|at| (at % width, at / width));
    let columns = places().map(|(x, _)| place(x, width));
    let rows = places().map(|(_, y)| place(y, height));
    let ones = places().map(|_| 1.0);
    let all = columns.chain(rows).chain(ones);
    let raw_data = all.flat_map(|v| (v as f32).to_le_bytes()).collect();
    let dims = vec![3, height * width];
    TensorProto { data_type: FLOAT, dims, raw_data, ..TensorProto::default() }
}
