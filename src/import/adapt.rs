//! What a file makes of the image that a person sees, as operations before its own; and its classes
//! in the person's order, behind them.

use std::sync::Arc;

use super::ImportError;
use super::constant::row_major;
use super::layout::View;
use crate::model::{
    Expectation, Fit, ImageShape, Network, Node, NodeId, OutputKind, Precision, Weight, WeightId,
};
use crate::ops::{Activation, Binary, BinaryKind, Linear, Op, Operand, Rearrange};

/// The network of `image` whose file, as it stands, is `plain`.
///
/// # Errors
/// Where the transform has numbers for another count of channels, or an image in colour would have
/// to become another.
pub(super) fn adapt(
    plain: Network,
    expects: Expectation,
    image: ImageShape,
) -> Result<Network, ImportError> {
    let file = plain.image;
    let mut before =
        Before { nodes: Vec::new(), weights: plain.weights, name: plain.nodes[0].name.clone() };
    let mut shape = image;
    let mut x = before.push(Op::Input, &[], &axes(image));
    if (shape.height, shape.width) != oriented(file, expects.transposed) {
        let (height, width) = oriented(file, expects.transposed);
        (x, shape) = match expects.fit {
            Fit::Padded => before.padded(x, shape, height, width)?,
            Fit::Cropped => before.cropped(x, shape, height, width)?,
            Fit::Same | Fit::Scaled => before.scaled(x, shape, height, width),
        };
    }
    if shape.channels != file.channels {
        if shape.channels != 1 {
            return Err(ImportError::NotAnImageClassifier(format!(
                "it reads images of {file}, not of {image}"
            )));
        }
        shape.channels = file.channels;
        let view = View::dense(&before.nodes[x.0].shape).broadcast(&axes(shape));
        x = before.push(view.op(), &[x], &view.shape);
    }
    if expects.transposed {
        let view = View::dense(&axes(shape)).permuted(&[0, 2, 1]);
        x = before.push(view.op(), &[x], &view.shape);
    }
    let [scale, offset] = expects.transform.of_channels(file.channels)?;
    for (kind, numbers, nothing) in [(BinaryKind::Mul, scale, 1.0), (BinaryKind::Add, offset, 0.0)]
    {
        if numbers.iter().any(|v| *v != nothing) {
            x = before.per_channel(kind, numbers, x, file);
        }
    }
    // The file's own image is the last of these nodes.
    let shift = before.nodes.len() - 1;
    let moved = |id: NodeId| NodeId(id.0 + shift);
    let Before { mut nodes, weights, .. } = before;
    debug_assert_eq!(x.0, shift);
    nodes.extend(
        plain
            .nodes
            .into_iter()
            .skip(1)
            .map(|node| Node { inputs: node.inputs.into_iter().map(moved).collect(), ..node }),
    );
    if let Some(order) = &expects.classes {
        in_order(&mut nodes, order);
    }
    Ok(Network { image, nodes, weights, expects, ..plain })
}

/// A network that hands its image on: adapted, it shows what a file is given.
pub(super) fn pictures(file: ImageShape) -> Network {
    let shape = axes(file).to_vec();
    let node = |op, inputs| Node { name: "image".into(), op, inputs, shape: shape.clone() };
    let copy = View::dense(&shape).op();
    Network {
        image: file,
        nodes: vec![node(Op::Input, Vec::new()), node(copy, vec![NodeId(0)])],
        weights: Vec::new(),
        input_shape: shape.clone(),
        expects: Expectation::default(),
        output: OutputKind::Logits,
        precision: Precision::default(),
    }
}

/// Rows above an image, and columns left of it, that is in the middle of a larger one.
fn margins(inner: ImageShape, outer: ImageShape) -> Result<[usize; 2], ImportError> {
    let half = |outer: usize, inner: usize| Some(outer.checked_sub(inner)? / 2);
    match (half(outer.height, inner.height), half(outer.width, inner.width)) {
        (Some(above), Some(left)) => Ok([above, left]),
        _ => Err(ImportError::NotAnImageClassifier(format!(
            "an image of {inner} is larger than {outer}"
        ))),
    }
}

/// Channels, rows, columns.
fn axes(image: ImageShape) -> [usize; 3] {
    [image.channels, image.height, image.width]
}

/// Rows and columns of the image before they are swapped.
fn oriented(file: ImageShape, transposed: bool) -> (usize, usize) {
    if transposed { (file.width, file.height) } else { (file.height, file.width) }
}

/// Appends the logits in another order: of class `c` the one at `order[c]`.
fn in_order(nodes: &mut Vec<Node>, order: &[usize]) {
    let last = NodeId(nodes.len() - 1);
    let parts = order.iter().enumerate().map(|(class, place)| {
        let view = View { shape: vec![1], strides: vec![1], offset: *place };
        view.part(0, class, &[1])
    });
    let op = Rearrange { len: order.len(), fill: 0.0, has_fill: false, parts: parts.collect() };
    nodes.push(Node {
        name: "classes in order".into(),
        op: Op::Rearrange(op),
        inputs: vec![last],
        shape: vec![order.len()],
    });
}

/// The operations before those of the file.
struct Before {
    nodes: Vec<Node>,
    weights: Vec<Weight>,
    name: String,
}

impl Before {
    fn push(&mut self, op: Op, inputs: &[NodeId], shape: &[usize]) -> NodeId {
        let node =
            Node { name: self.name.clone(), op, inputs: inputs.to_vec(), shape: shape.to_vec() };
        self.nodes.push(node);
        NodeId(self.nodes.len() - 1)
    }

    fn weight(&mut self, shape: &[usize], data: Vec<f32>) -> WeightId {
        let weight =
            Weight { name: self.name.clone(), shape: shape.to_vec(), data: Arc::from(data) };
        self.weights.push(weight);
        WeightId(self.weights.len() - 1)
    }

    /// `x ∘ numbers`, with a number for each channel.
    fn per_channel(
        &mut self,
        kind: BinaryKind,
        numbers: Vec<f32>,
        x: NodeId,
        file: ImageShape,
    ) -> NodeId {
        let area = file.height * file.width;
        let weight = self.weight(&[file.channels, 1, 1], numbers);
        let op = Binary {
            kind,
            shape: vec![file.channels, area],
            operands: [Operand::Input(0), Operand::Weight(weight)],
            strides: [vec![area, 1], vec![1, 0]],
        };
        self.push(Op::Binary(op), &[x], &axes(file))
    }

    /// The image in the middle of a larger one of paper.
    fn padded(
        &mut self,
        x: NodeId,
        from: ImageShape,
        height: usize,
        width: usize,
    ) -> Result<(NodeId, ImageShape), ImportError> {
        let to = ImageShape { height, width, ..from };
        let [above, left] = margins(from, to)?;
        let start = above * width + left;
        let part = View::dense(&axes(from)).part(0, start, &row_major(&axes(to)));
        let op = Rearrange { len: to.pixels(), fill: 0.0, has_fill: true, parts: vec![part] };
        Ok((self.push(Op::Rearrange(op), &[x], &axes(to)), to))
    }

    /// The middle of the image.
    fn cropped(
        &mut self,
        x: NodeId,
        from: ImageShape,
        height: usize,
        width: usize,
    ) -> Result<(NodeId, ImageShape), ImportError> {
        let to = ImageShape { height, width, ..from };
        let [above, left] = margins(to, from)?;
        let rows = View::dense(&axes(from)).sliced(1, above, height, 1);
        let view = rows.sliced(2, left, width, 1);
        Ok((self.push(view.op(), &[x], &view.shape), to))
    }

    /// The image scaled along each axis by linear interpolation.
    fn scaled(
        &mut self,
        x: NodeId,
        from: ImageShape,
        height: usize,
        width: usize,
    ) -> (NodeId, ImageShape) {
        let ImageShape { channels, .. } = from;
        let wide = self.interpolated(x, channels * from.height, from.width, width);
        let turned = self.turned(wide, channels, from.height, width);
        let tall = self.interpolated(turned, channels * width, from.height, height);
        let back = self.turned(tall, channels, width, height);
        (back, ImageShape { height, width, ..from })
    }

    /// Rows of `from` numbers as rows of `to`.
    fn interpolated(&mut self, x: NodeId, rows: usize, from: usize, to: usize) -> NodeId {
        let weight = self.weight(&[from, to], interpolation(from, to));
        let op =
            Linear { rows, k: from, n: to, weight, bias: None, activation: Activation::Identity };
        self.push(Op::Linear(op), &[x], &[rows, to])
    }

    /// Rows and columns swapped in each channel.
    fn turned(&mut self, x: NodeId, channels: usize, height: usize, width: usize) -> NodeId {
        let view = View::dense(&[channels, height, width]).permuted(&[0, 2, 1]);
        self.push(view.op(), &[x], &view.shape)
    }
}

/// `[from, to]`: how much of each number each of the new ones is.
///
/// Between the middles of pixels it is linear; where several pixels become one, their weights are
/// spread over as many, as image libraries do with antialiasing.
fn interpolation(from: usize, to: usize) -> Vec<f32> {
    let step = from as f64 / to as f64;
    let reach = step.max(1.0);
    let mut weights = vec![0.0f32; from * to];
    for new in 0..to {
        let middle = (new as f64 + 0.5) * step - 0.5;
        let near = |old: usize| (1.0 - (old as f64 - middle).abs() / reach).max(0.0);
        let sum: f64 = (0..from).map(near).sum();
        for old in 0..from {
            weights[old * to + new] = (near(old) / sum) as f32;
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpolation_keeps_paper_ink_and_what_is_linear() {
        for (from, to) in [(28, 32), (28, 14), (28, 56), (5, 3), (1, 4), (4, 4)] {
            let weights = interpolation(from, to);
            for new in 0..to {
                let sum: f32 = (0..from).map(|old| weights[old * to + new]).sum();
                assert!((sum - 1.0).abs() < 1e-6, "{from} → {to}");
            }
        }
        let unchanged = interpolation(4, 4);
        assert!((0..16).all(|i| unchanged[i] == f32::from(i % 5 == 0)));
        // Twice as many: quarters between neighbours.
        let doubled = interpolation(4, 8);
        let third: Vec<f32> = (0..4).map(|old| doubled[old * 8 + 3]).collect();
        assert_eq!(third, [0.0, 0.75, 0.25, 0.0]);
    }
}
