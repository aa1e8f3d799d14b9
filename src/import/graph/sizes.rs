//! Sizes that no network has are refused before they are counted with.
//!
//! tract takes integers as unsigned words of the machine: beyond 32 bits they would become
//! others in the browser, and negative ones would be huge.

use tract_onnx::pb::{GraphProto, NodeProto};

use super::{each_node, held, integers, label, operator};
use crate::import::ImportError;
use crate::import::kinds::attribute::INTEGER;

/// Largest step, window, margin or number of groups.
const WIDEST: i64 = 1 << 20;
/// Most axes that a tensor has.
pub(super) const AXES: i64 = 64;
/// Most numbers in a tensor.
pub(in crate::import) const MOST: i64 = 1 << 28;

/// Operators that slide a window over the image.
const WINDOWED: [&str; 9] = [
    "AveragePool",
    "Conv",
    "ConvInteger",
    "ConvTranspose",
    "DeformConv",
    "LpPool",
    "MaxPool",
    "MaxUnpool",
    "QLinearConv",
];

/// What an attribute of integers may be.
fn of_attribute(op: &str, name: &str) -> Option<(i64, i64)> {
    Some(match name {
        "kernel_shape" | "strides" | "dilations" | "output_shape" | "group"
            if WINDOWED.contains(&op) =>
        {
            (1, WIDEST)
        }
        "pads" | "output_padding" if WINDOWED.contains(&op) => (0, WIDEST),
        "pads" | "paddings" => (-WIDEST, WIDEST),
        "axis" | "axes" | "batch_dims" => (-AXES, AXES),
        "perm" => (0, AXES),
        "blocksize" | "hidden_size" | "num_groups" | "num_heads" | "num_outputs" => (1, WIDEST),
        "size" if op == "LRN" => (1, WIDEST),
        "p" if op.ends_with("Pool") || op.starts_with("Lp") => (1, WIDEST),
        "split" | "k" => (0, MOST),
        "shape" if op == "Reshape" => (-1, MOST),
        _ => return None,
    })
}

/// What a constant input of integers may be, by its place.
fn of_input(op: &str, slot: usize) -> Option<(i64, i64)> {
    Some(match (op, slot) {
        ("Reshape", 1) => (-1, MOST),
        ("Expand" | "Tile" | "Split", 1) | ("ConstantOfShape", 0) | ("Resize", 3) => (0, MOST),
        ("TopK" | "OneHot", 1) => (0, MOST),
        ("Pad", 1) => (-WIDEST, WIDEST),
        ("Squeeze" | "Unsqueeze", 1) | ("Pad" | "Slice", 3) => (-AXES, AXES),
        (op, 1) if op.starts_with("Reduce") => (-AXES, AXES),
        ("Slice", 4) => (-MOST, MOST),
        _ => return None,
    })
}

/// Checks attributes and constant inputs of every node.
///
/// # Errors
/// With the node, its operator and what is out of range.
pub(in crate::import) fn check(graph: &GraphProto) -> Result<(), ImportError> {
    each_node(&graph.node, &mut |node| {
        let op = node.op_type.as_str();
        for attribute in &node.attribute {
            let Some(range) = of_attribute(op, &attribute.name) else { continue };
            let single = [attribute.i];
            let values = if attribute.ints.is_empty() { &single[..] } else { &attribute.ints };
            let unset = attribute.ints.is_empty() && attribute.r#type != INTEGER;
            if !unset {
                within(node, &attribute.name, values, range)?;
            }
            if attribute.name == "perm" && !is_permutation(values) {
                return Err(ImportError::Malformed(format!(
                    "node “{}” ({}) has {values:?} in its “perm”, which is no order of {} axes",
                    label(node),
                    operator(node),
                    values.len()
                )));
            }
        }
        check_lengths(node)?;
        for (slot, name) in node.input.iter().enumerate() {
            let Some(range) = of_input(op, slot) else { continue };
            let Some(values) = held(graph, name).and_then(integers) else { continue };
            within(node, name, &values, range)?;
            let makes = matches!((op, slot), ("Expand", 1) | ("ConstantOfShape", 0));
            if makes && product(&values).is_none_or(|n| n > MOST) {
                return Err(ImportError::TooLarge(format!(
                    "node “{}” ({op}) makes a tensor of {values:?} numbers, more than {MOST}",
                    label(node)
                )));
            }
        }
        Ok(())
    })
}

/// Operators whose axes are those of their first input.
const ALONG: [&str; 12] = [
    "ArgMax",
    "ArgMin",
    "Concat",
    "CumSum",
    "Gather",
    "GatherElements",
    "Hardmax",
    "LogSoftmax",
    "LpNormalization",
    "Softmax",
    "Split",
    "Squeeze",
];

/// Checks that axes are among those that the first input has; `rank` knows how many of a value.
///
/// # Errors
/// With the node, its operator and the axis.
pub(in crate::import) fn check_axes(
    graph: &GraphProto,
    rank: impl Fn(&str) -> Option<i64>,
) -> Result<(), ImportError> {
    for node in &graph.node {
        let op = node.op_type.as_str();
        if !ALONG.contains(&op) && !op.starts_with("Reduce") {
            continue;
        }
        let Some(rank) = node.input.first().and_then(|name| rank(name)) else { continue };
        let given = node.attribute.iter().filter(|a| ["axis", "axes"].contains(&a.name.as_str()));
        for attribute in given {
            let values =
                if attribute.name == "axis" { &[attribute.i][..] } else { &attribute.ints };
            within(node, &attribute.name, values, (-rank, rank - 1))?;
        }
    }
    Ok(())
}

/// Checks that windows fit into what they slide over; `shape` knows the sizes of a value.
///
/// # Errors
/// With the node, its operator, the window and the image.
pub(in crate::import) fn check_windows(
    graph: &GraphProto,
    shape: impl Fn(&str) -> Option<Vec<i64>>,
) -> Result<(), ImportError> {
    const SLIDING: [&str; 4] = ["AveragePool", "Conv", "LpPool", "MaxPool"];
    check_kernels(graph, &shape)?;
    for node in graph.node.iter().filter(|node| SLIDING.contains(&node.op_type.as_str())) {
        let shape_of = |slot: usize| node.input.get(slot).and_then(|name| shape(name));
        let ints = |name: &str| node.attribute.iter().find(|a| a.name == name).map(|a| &a.ints[..]);
        let padded =
            node.attribute.iter().any(|a| a.name == "auto_pad" && a.s.starts_with(b"SAME"));
        let rounds_up = node.attribute.iter().any(|a| a.name == "ceil_mode" && a.i == 1);
        let Some(image) = shape_of(0).filter(|sizes| sizes.len() > 2 && !padded) else { continue };
        let kernel = shape_of(1).filter(|_| node.op_type == "Conv");
        let kernel = kernel.and_then(|sizes| Some(sizes.get(2..)?.to_vec()));
        let Some(kernel) = kernel.or_else(|| ints("kernel_shape").map(<[i64]>::to_vec)) else {
            continue;
        };
        let spatial = image.len() - 2;
        for (axis, (size, width)) in image[2..].iter().zip(kernel).enumerate() {
            let of = |name: &str, place: usize, otherwise: i64| {
                ints(name).and_then(|values| values.get(place)).copied().unwrap_or(otherwise)
            };
            let window = of("dilations", axis, 1) * (width - 1) + 1;
            let there = size + of("pads", axis, 0) + of("pads", axis + spatial, 0);
            // Where sizes are rounded up, a last window may lie over the rim.
            let over = if rounds_up { of("strides", axis, 1) - 1 } else { 0 };
            if window > there + over {
                return Err(ImportError::Malformed(format!(
                    "node “{}” ({}) has windows of {window} in an image of {there}",
                    label(node),
                    operator(node)
                )));
            }
        }
    }
    Ok(())
}

/// Checks that a kernel and what it slides over have axes for the batch, the channels and at least one
/// along which it slides, and as many of them.
fn check_kernels(
    graph: &GraphProto,
    shape: &impl Fn(&str) -> Option<Vec<i64>>,
) -> Result<(), ImportError> {
    const KERNELS: [&str; 4] = ["Conv", "ConvInteger", "ConvTranspose", "DeformConv"];
    for node in graph.node.iter().filter(|node| KERNELS.contains(&node.op_type.as_str())) {
        let axes = |slot: usize| node.input.get(slot).and_then(|name| shape(name)).map(|s| s.len());
        let (image, kernel) = (axes(0), axes(1));
        let known = image.into_iter().chain(kernel);
        if known.min().is_some_and(|axes| axes < 3)
            || image.zip(kernel).is_some_and(|(a, b)| a != b)
        {
            let of = |axes: Option<usize>| axes.map_or("?".into(), |axes| axes.to_string());
            return Err(ImportError::Malformed(format!(
                "node “{}” ({}) has a kernel of {} axes for an image of {}: both have as many, and at \
                 least 3",
                label(node),
                operator(node),
                of(kernel),
                of(image)
            )));
        }
    }
    Ok(())
}

/// Whether every place from 0 on is there once.
fn is_permutation(places: &[i64]) -> bool {
    (0..places.len() as i64).all(|place| places.contains(&place))
}

/// Checks that what a window has along each axis it has for as many axes.
fn check_lengths(node: &NodeProto) -> Result<(), ImportError> {
    if !WINDOWED.contains(&node.op_type.as_str()) {
        return Ok(());
    }
    let length = |name: &str| {
        let attribute = node.attribute.iter().find(|a| a.name == name && !a.ints.is_empty());
        attribute.map(|a| if name == "pads" { a.ints.len().div_ceil(2) } else { a.ints.len() })
    };
    let names = ["kernel_shape", "strides", "dilations", "pads"];
    let mut lengths = names.iter().filter_map(|name| Some((name, length(name)?)));
    let Some((first, axes)) = lengths.next() else { return Ok(()) };
    let uneven = node.attribute.iter().any(|a| a.name == "pads" && a.ints.len() % 2 == 1);
    match lengths.find(|(_, length)| *length != axes) {
        None if !uneven => Ok(()),
        other => Err(ImportError::Malformed(format!(
            "node “{}” ({}) has a “{}” for other axes than its “{first}”",
            label(node),
            operator(node),
            other.map_or(&"pads", |(name, _)| name)
        ))),
    }
}

fn product(values: &[i64]) -> Option<i64> {
    values.iter().try_fold(1i64, |all, n| all.checked_mul(*n))
}

fn within(
    node: &NodeProto,
    what: &str,
    values: &[i64],
    (least, most): (i64, i64),
) -> Result<(), ImportError> {
    match values.iter().find(|v| !(least..=most).contains(v)) {
        None => Ok(()),
        Some(value) => Err(ImportError::Malformed(format!(
            "node “{}” ({}) has {value} in its “{what}”, which is from {least} to {most}",
            label(node),
            operator(node)
        ))),
    }
}
