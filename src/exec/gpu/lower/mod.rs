//! Lowering: from the steps of a plan to dispatches with packed constants.
//!
//! One function an operation and direction: the products in `products.rs`, all
//! others in `elements.rs`. Backward, every input of a node gets a dispatch of
//! its own, because a node may read the same value twice; the second then adds
//! to the first.

mod elements;
mod products;

use std::collections::HashMap;

use bytemuck::Pod;

use crate::exec::plan::{BackwardStep, BufferId, ForwardStep, InputGradient, Plan};
use crate::model::{Network, WeightId};
use crate::ops::{Activation, Op, Operand};

use super::program::{Dispatch, Extent, Grid, Slot, Step};
use crate::ops::kernels::Kernel;

/// Invocations of a workgroup, in every kernel.
const GROUP: usize = 64;

/// Work of the elementwise kernels: elements along x, lanes along y.
fn elements(len: usize) -> Grid {
    [
        Extent { items: len, per_lane: false, per_group: GROUP },
        Extent { items: 1, per_lane: true, per_group: 1 },
        Extent::ONE,
    ]
}

fn flag(value: bool) -> f64 {
    f64::from(u8::from(value))
}

/// Collects steps and constants.
pub(super) struct Lowering<'a> {
    network: &'a Network,
    plan: &'a Plan,
    steps: Vec<Step>,
    constants: Vec<Vec<u8>>,
    raw: HashMap<WeightId, usize>,
    none: Option<usize>,
    early: HashMap<BufferId, Activation>,
}

/// An activation's derivative that a backward kernel multiplies by.
struct Slope {
    /// The kernel's constant; 0 where nothing is due.
    activation: f64,
    /// The activation's value.
    value: Slot,
}

impl<'a> Lowering<'a> {
    pub(super) fn new(network: &'a Network, plan: &'a Plan) -> Lowering<'a> {
        let (steps, constants, raw) = (Vec::new(), Vec::new(), HashMap::new());
        let early = early(network, plan);
        Lowering { network, plan, steps, constants, raw, none: None, early }
    }

    pub(super) fn take_steps(&mut self) -> Vec<Step> {
        std::mem::take(&mut self.steps)
    }

    pub(super) fn into_constants(self) -> Vec<Vec<u8>> {
        self.constants
    }

    pub(super) fn forward(&mut self, step: &ForwardStep) {
        let network = self.network;
        let node = network.node(step.node);
        match &node.op {
            Op::Input | Op::Reshape => {}
            Op::Linear(op) => self.linear_forward(op, step),
            Op::MatMul(op) => self.matmul_forward(op, step),
            Op::Conv2d(op) => self.conv2d_forward(op, step),
            Op::Pool2d(op) => self.pool2d_forward(op, step),
            Op::Unary(op) => self.unary_forward(op, step),
            Op::Binary(op) => self.binary_forward(op, step),
            Op::Select(op) => self.select_forward(op, step),
            Op::Reduce(op) => self.reduce_forward(op, step),
            Op::Softmax(op) => self.softmax_forward(op, step),
            Op::Rearrange(op) => self.rearrange_forward(op, step),
        }
    }

    pub(super) fn backward(&mut self, step: &BackwardStep) {
        let network = self.network;
        let node = network.node(step.node);
        for due in &step.input_gradients {
            match &node.op {
                Op::Input | Op::Reshape => {}
                Op::Linear(op) => self.linear_backward(op, step, due),
                Op::MatMul(op) => self.matmul_backward(op, step, due),
                Op::Conv2d(op) => self.conv2d_backward(op, step, due),
                Op::Pool2d(op) => self.pool2d_backward(op, step, due),
                Op::Unary(op) => self.unary_backward(op, step, due),
                Op::Binary(op) => self.binary_backward(op, step, due),
                Op::Select(op) => self.select_backward(op, step, due),
                Op::Reduce(op) => self.reduce_backward(op, step, due),
                Op::Softmax(op) => self.softmax_backward(op, step, due),
                Op::Rearrange(op) => self.rearrange_backward(op, step, due),
            }
        }
    }

    fn push<P: Pod>(
        &mut self,
        kernel: &'static Kernel,
        constants: Vec<(&'static str, f64)>,
        grid: Grid,
        params: P,
        slots: Vec<Slot>,
    ) {
        debug_assert_eq!(size_of::<P>(), kernel.params);
        debug_assert_eq!(slots.len(), kernel.storage.len());
        let params = bytemuck::bytes_of(&params).to_vec();
        let many = Dispatch { kernel, constants, grid };
        self.steps.push(Step { many, few: None, params, slots });
    }

    fn constant<T: Pod>(&mut self, data: &[T]) -> Slot {
        self.constants.push(bytemuck::cast_slice(data).to_vec());
        Slot::Constant(self.constants.len() - 1)
    }

    /// A buffer for a binding that the specialised kernel does not read.
    fn nothing(&mut self) -> Slot {
        if let Some(none) = self.none {
            return Slot::Constant(none);
        }
        let slot = self.constant(&[0u32; 4]);
        self.none = Some(self.constants.len() - 1);
        slot
    }

    /// What a node's backward kernel multiplies the gradient it reads by.
    fn own_slope(&mut self, activation: Activation, step: &BackwardStep) -> Slope {
        let due = activation != Activation::Identity && !self.early.contains_key(&step.gradient);
        self.slope(due.then_some(activation), step.output)
    }

    /// What a node's backward kernel multiplies the gradient it writes by.
    fn slope_below(&mut self, step: &BackwardStep, due: &InputGradient) -> Slope {
        self.slope(self.early.get(&due.buffer).copied(), step.inputs[due.input])
    }

    fn slope(&mut self, activation: Option<Activation>, value: BufferId) -> Slope {
        match activation {
            None => Slope { activation: 0.0, value: self.nothing() },
            Some(kind) => Slope { activation: f64::from(kind as u32), value: Slot::Lanes(value) },
        }
    }

    fn weight(&self, id: WeightId) -> &'a [f32] {
        &self.network.weight(id).data
    }

    /// Where an operand lies, and its elements a lane: 0 for a weight.
    fn operand(&mut self, operand: Operand, inputs: &[BufferId]) -> (Slot, u32) {
        match operand {
            Operand::Input(input) => {
                let id = inputs[input];
                (Slot::Lanes(id), self.plan.buffers[id.0] as u32)
            }
            Operand::Weight(id) => {
                if let Some(index) = self.raw.get(&id) {
                    return (Slot::Constant(*index), 0);
                }
                let slot = self.constant(self.weight(id));
                self.raw.insert(id, self.constants.len() - 1);
                (slot, 0)
            }
        }
    }
}

/// Gradients that hold ∂L/∂z instead of ∂L/∂y, y = act(z): those that only
/// kernels write which can multiply by act′(y). They do it once an element;
/// the kernel that reads the gradient would do it as often as it reads it.
fn early(network: &Network, plan: &Plan) -> HashMap<BufferId, Activation> {
    let activation = |step: &BackwardStep| match &network.node(step.node).op {
        Op::Linear(op) => op.activation,
        Op::Conv2d(op) => op.activation,
        _ => Activation::Identity,
    };
    let able = |step: &BackwardStep| {
        matches!(network.node(step.node).op, Op::Linear(_) | Op::Conv2d(_) | Op::Pool2d(_))
    };
    let writes = |step: &BackwardStep, buffer| {
        step.input_gradients.iter().any(|gradient| gradient.buffer == buffer)
    };
    let is_early = |gradient| {
        gradient != plan.logits_gradient
            && plan.backward.iter().all(|step| able(step) || !writes(step, gradient))
    };
    (plan.backward.iter())
        .map(|step| (step.gradient, activation(step)))
        .filter(|(gradient, kind)| *kind != Activation::Identity && is_early(*gradient))
        .collect()
}

/// The override constants of kernels that slide a window.
fn window(
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
) -> Vec<(&'static str, f64)> {
    vec![
        ("KERNEL_Y", kernel[0] as f64),
        ("KERNEL_X", kernel[1] as f64),
        ("STRIDE_Y", stride[0] as f64),
        ("STRIDE_X", stride[1] as f64),
        ("DILATION_Y", dilation[0] as f64),
        ("DILATION_X", dilation[1] as f64),
    ]
}
