//! The differentiable graph that everything downstream of import works on.
//!
//! A [`Network`] is a function of **one** image, written as a list of nodes in
//! topological order; executors run it for any number of lanes at once. Node 0
//! is the image, the last node the logits. Shapes are those of one lane, so a
//! batch never appears here.

use strum::VariantArray;

use super::Expectation;
use crate::ops::{Op, Operand, UnaryKind, Weight, WeightId};

/// Index of a node in [`Network::nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub usize);

/// One operation with its operands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Name in the ONNX file, for messages and for picking a layer.
    pub name: String,
    /// What is computed.
    pub op: Op,
    /// Nodes that are read, in the operation's order.
    pub inputs: Vec<NodeId>,
    /// Shape of one lane of the result.
    pub shape: Vec<usize>,
}

impl Node {
    /// Elements of one lane of the result.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether the result has no elements. Import refuses such nodes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What the file ends in, and how its probabilities come from what the network ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputKind {
    /// Logits, as they are.
    Logits,
    /// A softmax followed; the network ends before it.
    Probabilities,
    /// A log-softmax followed; the network ends before it.
    LogProbabilities,
    /// Probabilities that add up to one, made otherwise than by a last softmax; the network ends in them.
    Distribution,
    /// A sigmoid for each class, a probability by itself; the network ends in them.
    Independent,
}

impl OutputKind {
    /// The probability of each class, from what the network ends in for one image: the softmax of its
    /// logits, or its outputs where they are probabilities.
    #[must_use]
    pub fn probabilities(self, outputs: &[f32]) -> Vec<f32> {
        match self {
            Self::Logits | Self::Probabilities | Self::LogProbabilities => softmax(outputs),
            Self::Distribution | Self::Independent => outputs.to_vec(),
        }
    }
}

/// Of one image's logits.
fn softmax(logits: &[f32]) -> Vec<f32> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut p: Vec<f32> = logits.iter().map(|z| (z - largest).exp()).collect();
    let sum: f32 = p.iter().sum();
    for v in &mut p {
        *v /= sum;
    }
    p
}

/// What a file computes in. Executors compute in single precision whatever it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, VariantArray)]
pub enum Precision {
    /// 24 bits, or more.
    #[default]
    Single,
    /// The 11 bits of IEEE's halves.
    Half,
    /// The 8 bits of Google's.
    BFloat,
}

impl Precision {
    /// All of them.
    pub const ALL: [Precision; Precision::VARIANTS.len()] =
        *Precision::VARIANTS.first_chunk().expect("an array of them all");

    /// Half a unit in the last place, relative.
    #[must_use]
    pub fn rounding(self) -> f64 {
        match self {
            Precision::Single => 1.0 / f64::from(1 << 24),
            Precision::Half => 1.0 / f64::from(1 << 11),
            Precision::BFloat => 1.0 / f64::from(1 << 8),
        }
    }

    /// The name in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Precision::Single => "single",
            Precision::Half => "half",
            Precision::BFloat => "bfloat16",
        }
    }
}

/// The image that a network reads: numbers in [0, 1], channel by channel, row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ImageShape {
    /// 1 for grey, 3 for red, green and blue.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl ImageShape {
    /// Numbers in an image: `channels · height · width`.
    #[must_use]
    pub const fn pixels(&self) -> usize {
        self.channels * self.height * self.width
    }
}

impl std::fmt::Display for ImageShape {
    /// `28 × 28`, or `3 × 32 × 32` with several channels.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.channels != 1 {
            write!(f, "{} × ", self.channels)?;
        }
        write!(f, "{} × {}", self.height, self.width)
    }
}

/// A classifier of images, ready to differentiate.
///
/// ```
/// use blindspots::import::{LoadOptions, load};
///
/// let network = load(&std::fs::read("models/cnn.onnx")?, &LoadOptions::default())?;
/// assert_eq!(network.image.to_string(), "28 × 28");
/// assert_eq!(network.classes(), 10);
/// assert!(!network.is_smooth(), "it has ReLUs");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Network {
    /// The image that node 0 holds.
    pub image: ImageShape,
    /// Operations in topological order; 0 is the image, the last the logits.
    pub nodes: Vec<Node>,
    /// Constants.
    pub weights: Vec<Weight>,
    /// The image's shape in the file without the batch, for example `[1, 28, 28]`.
    pub input_shape: Vec<usize>,
    /// What the file makes of the image; its nodes are among [`Network::nodes`].
    pub expects: Expectation,
    /// What the file ended in.
    pub output: OutputKind,
    /// What the file computes in: a change that fools it is clear of the rounding of that.
    pub precision: Precision,
}

impl Network {
    /// Numbers in an image.
    #[must_use]
    pub fn pixels(&self) -> usize {
        self.image.pixels()
    }

    /// Classes that the network tells apart: its logits.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.node(self.logits()).len()
    }

    /// The node that holds the logits.
    #[must_use]
    pub fn logits(&self) -> NodeId {
        NodeId(self.nodes.len() - 1)
    }

    /// A node by its id.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// A constant by its id.
    #[must_use]
    pub fn weight(&self, id: WeightId) -> &Weight {
        &self.weights[id.0]
    }

    /// Number of scalar constants.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.weights.iter().map(|w| w.data.len()).sum()
    }

    /// Multiply–adds of one forward pass of one lane, counting products only.
    #[must_use]
    pub fn multiply_adds(&self) -> u64 {
        // In 32 bits a large network's would begin again at 0.
        let of = |sizes: &[usize]| {
            sizes.iter().fold(1, |product: u64, size| product.saturating_mul(*size as u64))
        };
        let products = self.nodes.iter().map(|node| match &node.op {
            Op::Linear(op) => of(&[op.rows, op.k, op.n]),
            Op::MatMul(op) => of(&[op.batch, op.m, op.k, op.n]),
            Op::Conv2d(op) => {
                of(&op.output).saturating_mul(of(&op.kernel)).saturating_mul(op.input[0] as u64)
                    / op.groups as u64
            }
            _ => 0,
        });
        products.fold(0, u64::saturating_add)
    }

    /// Whether the logits have a continuous gradient: no ReLU, no maximum, no jump.
    #[must_use]
    pub fn is_smooth(&self) -> bool {
        self.nodes.iter().all(|node| node.op.is_smooth())
    }

    /// Whether a gradient goes straight through a rounding, as in a quantised network: it is an estimate
    /// where the true one is 0.
    #[must_use]
    pub fn straight_through(&self) -> bool {
        let rounds = |op: &Op| matches!(op, Op::Unary(op) if op.kind == UnaryKind::Round);
        self.nodes.iter().any(|node| rounds(&node.op))
    }

    /// Weights that a node's operation reads.
    pub fn weights_of(&self, id: NodeId) -> impl Iterator<Item = WeightId> + '_ {
        let of = |operands: &[Operand]| -> Vec<WeightId> {
            operands
                .iter()
                .filter_map(|o| match o {
                    Operand::Weight(w) => Some(*w),
                    Operand::Input(_) => None,
                })
                .collect()
        };
        match &self.node(id).op {
            Op::Linear(op) => [Some(op.weight), op.bias].into_iter().flatten().collect(),
            Op::Conv2d(op) => [Some(op.weight), op.bias].into_iter().flatten().collect(),
            Op::Binary(op) => of(&op.operands),
            Op::Select(op) => of(&op.operands),
            _ => Vec::new(),
        }
        .into_iter()
    }
}
