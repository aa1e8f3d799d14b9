//! Whether a network is one that executors can run.
//!
//! Executors trust a network: sizes fit, indices are within bounds, windows
//! touch what they read. Here all of that is looked at, once, and sums are
//! formed so that none can overflow.

use crate::model::{Network, Node, NodeId, WeightId};
use crate::ops::binary::MAX_RANK;
use crate::ops::{Binary, Conv2d, Op, Operand, Part, Pool2d, Rearrange};

/// Most numbers of all values of one lane together, and of what a kernel lays out for itself.
pub const LARGEST_LANE: usize = 1 << 25;
/// Most axes of a shape.
const AXES: usize = 16;
/// More than the outputs that a convolution's kernel computes side by side.
const SIDE_BY_SIDE: usize = 64;

/// What is wrong with a network.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("“{at}” {what}")]
pub struct Flaw {
    /// The node's or weight's name, or “the network”.
    pub at: String,
    /// What it does that it must not.
    pub what: &'static str,
}

type Checked = Result<(), &'static str>;

/// Finds the first flaw of a network.
///
/// # Errors
/// That flaw.
pub fn check(network: &Network) -> Result<(), Flaw> {
    whole(network).map_err(|what| Flaw { at: "the network".into(), what })?;
    for weight in &network.weights {
        let fits = product(&weight.shape) == Some(weight.data.len());
        let found = holds(fits, "is a weight with another count of numbers than its shape")
            .and(holds(weight.data.iter().all(|v| v.is_finite()), "holds NaN or an infinity"));
        found.map_err(|what| Flaw { at: weight.name.clone(), what })?;
    }
    // Whether a node's value is the image itself, under another shape.
    let mut is_image = vec![false; network.nodes.len()];
    for (index, node) in network.nodes.iter().enumerate() {
        let found = checked(network, index, node);
        found.map_err(|what| Flaw { at: node.name.clone(), what })?;
        is_image[index] = match node.op {
            Op::Input => true,
            Op::Reshape => is_image[node.inputs[0].0],
            _ => false,
        };
    }
    let computes = is_image.last() == Some(&false);
    holds(computes && network.classes() > 1, "computes no logits of two classes or more")
        .map_err(|what| Flaw { at: "the network".into(), what })
}

/// Numbers of all values of one lane together, where shapes have a size; at most [`LARGEST_LANE`] can be.
#[must_use]
pub fn lane(network: &Network) -> usize {
    let values = network.nodes.iter().filter(|node| node.op != Op::Reshape);
    values.fold(0, |sum, node| sum.saturating_add(product(&node.shape).unwrap_or(0)))
}

fn holds(condition: bool, otherwise: &'static str) -> Checked {
    if condition { Ok(()) } else { Err(otherwise) }
}

/// The product, unless it is zero or too large.
fn product(sizes: &[usize]) -> Option<usize> {
    let product = sizes.iter().try_fold(1usize, |product, n| product.checked_mul(*n))?;
    (product > 0 && product <= isize::MAX as usize / size_of::<f32>()).then_some(product)
}

/// What concerns no single node.
fn whole(network: &Network) -> Checked {
    let image = &network.image;
    let pixels = product(&[image.channels, image.height, image.width]);
    let pixels = pixels.filter(|n| *n <= LARGEST_LANE).ok_or("reads an image of no usable size")?;
    // A file may read larger images, or in colour, to whose size digits are brought.
    let input = product(&network.input_shape).is_some_and(|n| n <= LARGEST_LANE);
    let usable = network.input_shape.len() <= AXES && input;
    holds(usable, "was lowered from an input of no usable size")?;
    holds(network.nodes.len() > 1, "has no operation")?;
    holds(lane(network) <= LARGEST_LANE, "is too large to run")?;
    let first = network.node(NodeId(0));
    let begins = first.op == Op::Input && product(&first.shape) == Some(pixels);
    holds(begins, "does not begin with its image")
}

/// One node.
fn checked(network: &Network, index: usize, node: &Node) -> Checked {
    holds(node.shape.len() <= AXES, "has too many axes")?;
    let len = product(&node.shape).ok_or("has a shape of no usable size")?;
    holds(node.inputs.iter().all(|input| input.0 < index), "reads what comes later")?;
    let inputs: Vec<usize> = node.inputs.iter().map(|input| network.node(*input).len()).collect();
    match (&node.op, &inputs[..]) {
        (Op::Input, []) => holds(index == 0, "is a second image"),
        (Op::Reshape, [x]) => holds(*x == len, "changes the number of elements"),
        (Op::Linear(op), [x]) => {
            sizes(*x, &[op.rows, op.k])?;
            sizes(len, &[op.rows, op.n])?;
            weight(network, op.weight, &[op.k, op.n])?;
            bias(network, op.bias, op.n)
        }
        (Op::MatMul(op), [a, b]) => {
            sizes(*a, &[op.batch, op.m, op.k])?;
            sizes(*b, &[op.batch, op.k, op.n])?;
            sizes(len, &[op.batch, op.m, op.n])
        }
        (Op::Conv2d(op), [x]) => convolution(network, op, *x, len),
        (Op::Pool2d(op), [x]) => pool(op, *x, len),
        (Op::Unary(op), [x]) => {
            holds(op.a.is_finite() && op.b.is_finite(), "has a parameter that is no number")?;
            holds(op.len == len && op.len == *x, "has another length than what it reads")
        }
        (Op::Binary(op), inputs) => binary(network, op, inputs, len),
        (Op::Select(op), inputs) => {
            holds(op.len == len, "has another length than its shape")?;
            operands(&op.operands, inputs.len())?;
            let fits = op.operands.iter().all(|o| operand_len(network, inputs, *o) == Some(len));
            holds(fits, "has another length than what it reads")
        }
        (Op::Reduce(op), [x]) => {
            sizes(*x, &[op.outer, op.len, op.inner])?;
            sizes(len, &[op.outer, op.inner])
        }
        (Op::Softmax(op), [x]) => {
            sizes(*x, &[op.outer, op.len, op.inner])?;
            holds(*x == len, "has another length than what it reads")
        }
        (Op::Rearrange(op), inputs) => rearrange(op, inputs, len),
        _ => Err("reads another number of values than it can"),
    }
}

fn sizes(len: usize, factors: &[usize]) -> Checked {
    holds(product(factors) == Some(len), "has sizes that do not fit what it reads or gives")
}

fn weight(network: &Network, id: WeightId, factors: &[usize]) -> Checked {
    let weight = network.weights.get(id.0).ok_or("has a weight that is not there")?;
    holds(product(factors) == Some(weight.data.len()), "has a weight of another size")
}

fn bias(network: &Network, id: Option<WeightId>, units: usize) -> Checked {
    id.map_or(Ok(()), |id| weight(network, id, &[units]))
}

/// From the first position under the first window to the last under the last, padding included.
fn reach(
    axis: usize,
    output: usize,
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
) -> Option<usize> {
    let last = output.checked_sub(1)?.checked_mul(stride[axis])?;
    let extent = kernel[axis].checked_sub(1)?.checked_mul(dilation[axis])?;
    last.checked_add(extent)?.checked_add(1)
}

/// Windows along both axes are where their input is.
fn windows(
    input: [usize; 3],
    output: [usize; 2],
    [kernel, stride, pad, dilation]: [[usize; 2]; 4],
) -> Checked {
    for axis in 0..2 {
        let positive = kernel[axis] > 0 && stride[axis] > 0 && dilation[axis] > 0;
        holds(positive && output[axis] > 0, "has a window, step or gap of zero")?;
        let size = input[axis + 1];
        let reach = reach(axis, output[axis], kernel, stride, dilation);
        let extent = (kernel[axis] - 1).checked_mul(dilation[axis]).filter(|n| *n <= LARGEST_LANE);
        let last = (output[axis] - 1).checked_mul(stride[axis]);
        let (Some(_), Some(extent), Some(last)) = (reach, extent, last) else {
            return Err("has windows of no usable size");
        };
        let begins = pad[axis] <= extent.max(size);
        let ends = size.checked_add(pad[axis]).is_some_and(|rim| last < rim);
        holds(begins && ends, "has windows that lie beside their input")?;
    }
    Ok(())
}

fn convolution(network: &Network, op: &Conv2d, x: usize, len: usize) -> Checked {
    sizes(x, &op.input)?;
    sizes(len, &op.output)?;
    let [_, height, width] = op.output;
    windows(op.input, [height, width], [op.kernel, op.stride, op.pad, op.dilation])?;
    let divides = |n: usize| op.groups > 0 && n.is_multiple_of(op.groups);
    holds(divides(op.input[0]) && divides(op.output[0]), "has groups that do not divide channels")?;
    let each = op.input[0] / op.groups;
    weight(network, op.weight, &[op.output[0], each, op.kernel[0], op.kernel[1]])?;
    bias(network, op.bias, op.output[0])?;
    // What kernels lay out for themselves: rows with padding, sorted by the step.
    let rows = reach(0, height, op.kernel, op.stride, op.dilation);
    let columns = reach(1, width, op.kernel, op.stride, op.dilation)
        .and_then(|n| n.checked_add((SIDE_BY_SIDE + 1).checked_mul(op.stride[1])?));
    let laid = rows.zip(columns).and_then(|(rows, columns)| product(&[each, rows, columns]));
    holds(laid.is_some_and(|n| n <= LARGEST_LANE), "has windows of no usable size")
}

fn pool(op: &Pool2d, x: usize, len: usize) -> Checked {
    sizes(x, &op.input)?;
    sizes(len, &[op.input[0], op.output[0], op.output[1]])?;
    windows(op.input, op.output, [op.kernel, op.stride, op.pad, op.dilation])?;
    let table = product(&[op.output[0], op.output[1], op.kernel[0], op.kernel[1]]);
    holds(table.is_some_and(|n| n <= LARGEST_LANE), "has windows of no usable size")?;
    let rim = |axis: usize| op.pad_end[axis] <= LARGEST_LANE;
    holds(rim(0) && rim(1), "has padding of no usable size")
}

/// Every input is one operand, and no other is read.
fn operands(operands: &[Operand], inputs: usize) -> Checked {
    let reads = |input: usize| operands.iter().filter(|o| **o == Operand::Input(input)).count();
    let others = operands.iter().any(|o| matches!(o, Operand::Input(i) if *i >= inputs));
    let once = inputs > 0 && (0..inputs).all(|input| reads(input) == 1);
    holds(once && !others, "has operands that are not its inputs")
}

fn operand_len(network: &Network, inputs: &[usize], operand: Operand) -> Option<usize> {
    match operand {
        Operand::Input(input) => inputs.get(input).copied(),
        Operand::Weight(id) => network.weights.get(id.0).map(|weight| weight.data.len()),
    }
}

fn binary(network: &Network, op: &Binary, inputs: &[usize], len: usize) -> Checked {
    let rank = op.shape.len();
    holds((1..=MAX_RANK).contains(&rank), "has more axes than can be walked, or none")?;
    sizes(len, &op.shape)?;
    operands(&op.operands, inputs.len())?;
    for (operand, strides) in op.operands.iter().zip(&op.strides) {
        holds(strides.len() == rank, "has another number of strides than axes")?;
        let there =
            operand_len(network, inputs, *operand).ok_or("has a weight that is not there")?;
        let last =
            op.shape.iter().zip(strides).try_fold(0usize, |last, (n, stride)| {
                last.checked_add((n - 1).checked_mul(*stride)?)
            });
        holds(last.is_some_and(|last| last < there), "reads beyond an operand")?;
    }
    Ok(())
}

fn rearrange(op: &Rearrange, inputs: &[usize], len: usize) -> Checked {
    holds(op.len == len, "has another length than its shape")?;
    holds(op.fill.is_finite(), "fills with what is no number")?;
    let mut written = 0usize;
    for part in &op.parts {
        let there = *inputs.get(part.input).ok_or("copies from an input that is not there")?;
        written = written.saturating_add(boxed(part, there, len)?);
    }
    // No more is written than there is, so that it can be walked.
    let fits = if op.has_fill { written <= len } else { written == len };
    holds(fits, "writes more than there is, or leaves something out")?;
    let all_read = (0..inputs.len()).all(|input| op.parts.iter().any(|part| part.input == input));
    holds(all_read && !inputs.is_empty(), "has an input that it does not read")?;
    let mut seen = vec![false; len];
    for part in &op.parts {
        holds(places(part).all(|at| !std::mem::replace(&mut seen[at], true)), "writes twice")?;
    }
    Ok(())
}

/// The elements of a part, which lie within what is read and what is written.
fn boxed(part: &Part, there: usize, len: usize) -> Result<usize, &'static str> {
    const BEYOND: &str = "copies beyond what it reads or writes";
    let rank = part.sizes.len();
    let strides = part.src_strides.len() == rank && part.dst_strides.len() == rank;
    holds(rank <= MAX_RANK && strides, "has more axes than can be walked")?;
    let count = product(&part.sizes).filter(|count| *count <= len).ok_or(BEYOND)?;
    let offset = isize::try_from(part.src_offset).map_err(|_| BEYOND)?;
    let (mut low, mut high, mut last) = (offset, offset, part.dst_offset);
    for axis in 0..rank {
        // A size is no more than `len`, which is an `isize`.
        let steps = (part.sizes[axis] - 1) as isize;
        let way = steps.checked_mul(part.src_strides[axis]).ok_or(BEYOND)?;
        low = low.checked_add(way.min(0)).ok_or(BEYOND)?;
        high = high.checked_add(way.max(0)).ok_or(BEYOND)?;
        let way = (part.sizes[axis] - 1).checked_mul(part.dst_strides[axis]).ok_or(BEYOND)?;
        last = last.checked_add(way).ok_or(BEYOND)?;
    }
    let within = low >= 0 && (high as usize) < there && last < len;
    holds(within, BEYOND).map(|()| count)
}

/// Where a part writes.
fn places(part: &Part) -> impl Iterator<Item = usize> + '_ {
    (0..part.sizes.iter().product::<usize>()).map(|index| {
        let (mut rest, mut at) = (index, part.dst_offset);
        for (size, stride) in part.sizes.iter().zip(&part.dst_strides).rev() {
            at += rest % size * stride;
            rest /= size;
        }
        at
    })
}
