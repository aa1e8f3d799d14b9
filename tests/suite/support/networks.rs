//! Building small networks around an operation.
//!
//! Executors take 784 pixels and give ten logits, so an operation under test
//! reads slices of the image and a random linear map follows it: every element
//! of its output moves every logit, and every due gradient reaches a pixel.

use std::sync::Arc;

use blindspots::digit::{CLASSES, IMAGE};
use blindspots::model::{
    Expectation, ImageShape, Network, Node, NodeId, OutputKind, Precision, Weight, WeightId,
};
use blindspots::ops::{Activation, Linear, Op, Part, Rearrange};

/// The network with its first layer's weights times a factor: near it, but not it.
pub(crate) fn spoiled(network: &Network, factor: f32) -> Arc<Network> {
    let weight = network.nodes.iter().find_map(|node| match &node.op {
        Op::Linear(op) => Some(op.weight),
        Op::Conv2d(op) => Some(op.weight),
        _ => None,
    });
    let mut network = network.clone();
    let weight = &mut network.weights[weight.expect("it has a layer with weights").0];
    weight.data = weight.data.iter().map(|w| factor * w).collect();
    Arc::new(network)
}

/// A small generator of the same numbers everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// In [0, 1).
    pub(crate) fn unit(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 40) as f32 / (1u64 << 24) as f32
    }

    /// In [low, high).
    pub(crate) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// One of some numbers.
    pub(crate) fn one_of(&mut self, numbers: &[f32]) -> f32 {
        numbers[(self.unit() * numbers.len() as f32) as usize]
    }
}

/// A network in the making; node 0 is the image.
pub(crate) struct Builder {
    image: ImageShape,
    nodes: Vec<Node>,
    weights: Vec<Weight>,
    random: Random,
}

impl Builder {
    /// A network of digits.
    pub(crate) fn new() -> Builder {
        Builder::of(IMAGE)
    }

    /// A network of any images.
    pub(crate) fn of(image: ImageShape) -> Builder {
        let random = Random::new(17);
        let mut builder = Builder { image, nodes: Vec::new(), weights: Vec::new(), random };
        builder.node(Op::Input, &[], &[image.pixels()]);
        builder
    }

    pub(crate) fn node(&mut self, op: Op, inputs: &[NodeId], shape: &[usize]) -> NodeId {
        self.nodes.push(Node {
            name: format!("{}-{}", op.name(), self.nodes.len()),
            op,
            inputs: inputs.to_vec(),
            shape: shape.to_vec(),
        });
        NodeId(self.nodes.len() - 1)
    }

    pub(crate) fn weight(&mut self, shape: &[usize], data: Vec<f32>) -> WeightId {
        assert_eq!(data.len(), shape.iter().product::<usize>());
        let name = format!("weight-{}", self.weights.len());
        self.weights.push(Weight { name, shape: shape.to_vec(), data: Arc::from(data) });
        WeightId(self.weights.len() - 1)
    }

    /// A weight with elements in ±`size`.
    pub(crate) fn random_weight(&mut self, shape: &[usize], size: f32) -> WeightId {
        let count = shape.iter().product();
        let data = (0..count).map(|_| self.random.between(-size, size)).collect();
        self.weight(shape, data)
    }

    /// Pixels from one on, under a shape.
    pub(crate) fn slice(&mut self, from: usize, shape: &[usize]) -> NodeId {
        let len = shape.iter().product();
        let part = Part {
            input: 0,
            sizes: vec![len],
            src_offset: from,
            src_strides: vec![1],
            dst_offset: 0,
            dst_strides: vec![1],
        };
        let op = Rearrange { len, fill: 0.0, has_fill: false, parts: vec![part] };
        self.node(Op::Rearrange(op), &[NodeId(0)], shape)
    }

    /// A linear map with random weights of a size that keeps sums near one.
    pub(crate) fn linear(
        &mut self,
        x: NodeId,
        [rows, k, n]: [usize; 3],
        bias: bool,
        activation: Activation,
    ) -> NodeId {
        let weight = self.random_weight(&[k, n], 1.7 / (k as f32).sqrt());
        let bias = bias.then(|| self.random_weight(&[n], 0.5));
        let op = Linear { rows, k, n, weight, bias, activation };
        self.node(Op::Linear(op), &[x], &[rows, n])
    }

    /// Ends in a random linear map from a node to the logits of ten classes.
    pub(crate) fn finish(self, from: NodeId) -> Network {
        self.finish_in(from, CLASSES)
    }

    /// The same with any number of classes.
    pub(crate) fn finish_in(mut self, from: NodeId, classes: usize) -> Network {
        let len = self.nodes[from.0].len();
        self.linear(from, [1, len, classes], true, Activation::Identity);
        let last = NodeId(self.nodes.len() - 1);
        self.finish_at(last)
    }

    /// Ends at the last node, whose values are the logits.
    pub(crate) fn finish_at(mut self, last: NodeId) -> Network {
        assert_eq!(last.0 + 1, self.nodes.len());
        self.nodes[last.0].shape = vec![self.nodes[last.0].len()];
        Network {
            image: self.image,
            nodes: self.nodes,
            weights: self.weights,
            input_shape: vec![self.image.pixels()],
            expects: Expectation::default(),
            output: OutputKind::Logits,
            precision: Precision::default(),
        }
    }
}
