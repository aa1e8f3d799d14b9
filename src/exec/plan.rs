//! The order of kernels and the buffers between them, the same on every backend.
//!
//! A [`Plan`] lists the forward steps of a [`Network`] and, backwards, the
//! steps that carry ∂L/∂logits to ∂L/∂image. Buffers are per-lane lengths; an
//! executor multiplies them by its lanes. A reshape shares its input's buffers.
//! Only nodes between image and logits are visited.

use crate::model::{Network, NodeId};
use crate::ops::Op;

/// Index of a buffer in [`Plan::buffers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BufferId(pub usize);

/// Gradient with respect to one input of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputGradient {
    /// Which input of the node.
    pub input: usize,
    /// Where ∂L/∂input is kept.
    pub buffer: BufferId,
    /// Add to what is there (true) or overwrite it (false).
    pub accumulate: bool,
}

/// One node going forward.
#[derive(Clone, Debug, PartialEq)]
pub struct ForwardStep {
    /// The node; never an input or a reshape.
    pub node: NodeId,
    /// Values read, in the operation's order.
    pub inputs: Vec<BufferId>,
    /// Value written.
    pub output: BufferId,
}

/// One node going backward.
#[derive(Clone, Debug, PartialEq)]
pub struct BackwardStep {
    /// The node; never an input or a reshape.
    pub node: NodeId,
    /// Values read going forward.
    pub inputs: Vec<BufferId>,
    /// Value written going forward.
    pub output: BufferId,
    /// Where ∂L/∂output is.
    pub gradient: BufferId,
    /// What is written.
    pub input_gradients: Vec<InputGradient>,
}

/// Steps and buffers of one network.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Elements of one lane of each buffer.
    pub buffers: Vec<usize>,
    /// Forward steps in order.
    pub forward: Vec<ForwardStep>,
    /// Backward steps in order: logits first.
    pub backward: Vec<BackwardStep>,
    /// The images.
    pub image: BufferId,
    /// ∂L/∂image.
    pub image_gradient: BufferId,
    /// The logits.
    pub logits: BufferId,
    /// ∂L/∂logits, filled by the loss.
    pub logits_gradient: BufferId,
    /// Value buffer of every node; `None` for a node that nothing needs.
    pub value_of: Vec<Option<BufferId>>,
}

impl Plan {
    /// Plans forward and backward for a network.
    #[must_use]
    pub fn new(network: &Network) -> Plan {
        let count = network.nodes.len();
        let mut needed = vec![false; count];
        needed[0] = true;
        needed[count - 1] = true;
        for index in (0..count).rev() {
            if needed[index] {
                for input in &network.nodes[index].inputs {
                    needed[input.0] = true;
                }
            }
        }
        // The node whose buffers a node shares: itself, unless it is a reshape.
        let mut owner: Vec<usize> = (0..count).collect();
        for (index, node) in network.nodes.iter().enumerate() {
            if node.op == Op::Reshape {
                owner[index] = owner[node.inputs[0].0];
            }
        }
        let mut buffers = Vec::new();
        let mut own = |len: usize| {
            buffers.push(len);
            BufferId(buffers.len() - 1)
        };
        let mut value_of: Vec<Option<BufferId>> = vec![None; count];
        let mut gradient_of: Vec<Option<BufferId>> = vec![None; count];
        for index in 0..count {
            if !needed[index] {
                continue;
            }
            if owner[index] == index {
                value_of[index] = Some(own(network.nodes[index].len()));
                gradient_of[index] = Some(own(network.nodes[index].len()));
            } else {
                value_of[index] = value_of[owner[index]];
                gradient_of[index] = gradient_of[owner[index]];
            }
        }
        let value = |id: NodeId| value_of[id.0].expect("a needed node has a buffer");
        let gradient = |id: NodeId| gradient_of[id.0].expect("a needed node has a buffer");

        let computes = |index: &usize| {
            needed[*index] && !matches!(network.nodes[*index].op, Op::Input | Op::Reshape)
        };
        let mut forward = Vec::new();
        for index in (0..count).filter(computes) {
            forward.push(ForwardStep {
                node: NodeId(index),
                inputs: network.nodes[index].inputs.iter().map(|i| value(*i)).collect(),
                output: value(NodeId(index)),
            });
        }
        let mut written = vec![false; buffers.len()];
        let logits = network.logits();
        written[gradient(logits).0] = true;
        let mut backward = Vec::new();
        for index in (0..count).rev().filter(computes) {
            let node = &network.nodes[index];
            let own_gradient = gradient(NodeId(index));
            if !written[own_gradient.0] {
                continue; // only ever read as a condition
            }
            let mut input_gradients = Vec::new();
            for (input, id) in node.inputs.iter().enumerate() {
                if matches!(&node.op, Op::Select(op) if op.operands[0] == crate::ops::Operand::Input(input))
                {
                    continue;
                }
                let buffer = gradient(*id);
                input_gradients.push(InputGradient {
                    input,
                    buffer,
                    accumulate: written[buffer.0],
                });
                written[buffer.0] = true;
            }
            backward.push(BackwardStep {
                node: NodeId(index),
                inputs: node.inputs.iter().map(|i| value(*i)).collect(),
                output: value(NodeId(index)),
                gradient: own_gradient,
                input_gradients,
            });
        }
        Plan {
            image: value(NodeId(0)),
            image_gradient: gradient(NodeId(0)),
            logits: value(logits),
            logits_gradient: gradient(logits),
            forward,
            backward,
            value_of,
            buffers,
        }
    }
}
