//! The CPU executor: plays a [`Plan`] with the kernels in `ops/*/cpu.rs`.
//!
//! Weights are packed once. Lanes go through the network a few at a time, so
//! that values and gradients stay in the caches; images are read and gradients
//! written where the caller has them, and nothing is allocated once the buffers
//! have grown. The device's twin is [`super::gpu`].

mod same;

use std::sync::Arc;

use super::plan::{BackwardStep, BufferId, ForwardStep};
use super::{Cost, Evaluation, Goal, Plan};
use crate::model::{Network, NodeId};
use crate::ops::{Op, Operand, binary, conv2d, linear, matmul, pool2d, rearrange, reduce, select};
use crate::ops::{softmax, unary};
use same::Same;

/// Bytes that values and gradients of the lanes that go together may take.
const CACHE: usize = 1 << 20;
/// Fewest lanes that go together: matrix products want a few rows.
const FEWEST: usize = 8;
/// Most lanes that go together.
const MOST: usize = 64;

/// What a node's kernel keeps between calls.
enum State {
    None,
    Linear(linear::cpu::Prepared),
    Conv2d(Box<conv2d::cpu::Prepared>, conv2d::cpu::Scratch),
    MatMul(matmul::cpu::Scratch),
    Pool2d(pool2d::cpu::Prepared),
}

/// Runs one network on the processor.
pub struct CpuExecutor {
    network: Arc<Network>,
    plan: Arc<Plan>,
    states: Vec<State>,
    buffers: Vec<Vec<f32>>,
    /// Lanes that go through the network together.
    chunk: usize,
    pixels: usize,
    classes: usize,
    same: Same,
    cost: Cost,
}

impl CpuExecutor {
    /// Plans a network and packs its weights.
    #[must_use]
    pub fn new(network: Arc<Network>) -> CpuExecutor {
        let plan = Arc::new(Plan::new(&network));
        let states = network
            .nodes
            .iter()
            .map(|node| match &node.op {
                Op::Linear(op) => State::Linear(linear::cpu::Prepared::new(op, &network.weights)),
                Op::Conv2d(op) => State::Conv2d(
                    Box::new(conv2d::cpu::Prepared::new(op, &network.weights)),
                    conv2d::cpu::Scratch::default(),
                ),
                Op::MatMul(_) => State::MatMul(matmul::cpu::Scratch::default()),
                Op::Pool2d(op) => State::Pool2d(pool2d::cpu::Prepared::new(op)),
                _ => State::None,
            })
            .collect();
        let buffers = vec![Vec::new(); plan.buffers.len()];
        let lane = plan.buffers.iter().sum::<usize>() * size_of::<f32>();
        let chunk = (CACHE / lane.max(1)).clamp(FEWEST, MOST);
        let (pixels, classes) = (network.pixels(), network.classes());
        let (same, cost) = (Same::default(), Cost::default());
        CpuExecutor { network, plan, states, buffers, chunk, pixels, classes, same, cost }
    }

    /// The network that runs.
    #[must_use]
    pub fn network(&self) -> &Arc<Network> {
        &self.network
    }

    /// What was done so far.
    #[must_use]
    pub fn cost(&self) -> Cost {
        self.cost
    }

    /// Logits `[lanes, classes]` of images `[lanes, pixels]`.
    pub fn logits(&mut self, images: &[f32]) -> Vec<f32> {
        let mut logits = Vec::with_capacity(images.len() / self.pixels * self.classes);
        for chunk in images.chunks(self.chunk * self.pixels) {
            self.forward(chunk);
            logits.extend_from_slice(&self.buffers[self.plan.logits.0]);
        }
        logits
    }

    /// Values of one node, `[lanes, node's shape]`, for images `[lanes, pixels]`.
    ///
    /// Returns `None` for a node that the logits do not depend on.
    pub fn activations(&mut self, node: NodeId, images: &[f32]) -> Option<Vec<f32>> {
        let buffer = self.plan.value_of[node.0]?;
        let mut values = Vec::new();
        for chunk in images.chunks(self.chunk * self.pixels) {
            self.forward(chunk);
            let inputs = Inputs { plan: &self.plan, buffers: &self.buffers, images: chunk };
            values.extend_from_slice(inputs.get(buffer));
        }
        Some(values)
    }

    /// Values, logits and input gradients of images `[lanes, pixels]`, one goal a lane.
    pub fn evaluate(&mut self, images: &[f32], goals: &[Goal], out: &mut Evaluation) {
        let (lanes, pixels, classes) = (goals.len(), self.pixels, self.classes);
        out.resize(lanes, &self.network);
        for first in (0..lanes).step_by(self.chunk) {
            let last = (first + self.chunk).min(lanes);
            let images = &images[first * pixels..last * pixels];
            self.forward_once(images);
            let logits = &self.buffers[self.plan.logits.0];
            out.logits[first * classes..last * classes].copy_from_slice(logits);
            let mut seed = std::mem::take(&mut self.buffers[self.plan.logits_gradient.0]);
            seed.resize((last - first) * classes, 0.0);
            let lines = seed
                .chunks_exact_mut(classes)
                .zip(out.logits[first * classes..].chunks_exact(classes))
                .zip(&goals[first..last]);
            for (value, ((gradient, logits), goal)) in out.values[first..last].iter_mut().zip(lines)
            {
                *value = goal.evaluate(logits, gradient);
            }
            self.buffers[self.plan.logits_gradient.0] = seed;
            self.backward(images, &mut out.gradients[first * pixels..last * pixels]);
        }
        self.cost.evaluations += lanes as u64;
    }

    /// Goes forward, once for neighbouring lanes that show the same image.
    fn forward_once(&mut self, images: &[f32]) {
        let mut same = std::mem::take(&mut self.same);
        if same.found_in(images, self.pixels) {
            self.forward(same.images());
            for step in &self.plan.forward {
                same.spread(&mut self.buffers[step.output.0], self.plan.buffers[step.output.0]);
            }
        } else {
            self.forward(images);
        }
        self.same = same;
    }

    fn forward(&mut self, images: &[f32]) {
        let lanes = images.len() / self.pixels;
        let plan = self.plan.clone();
        for step in &plan.forward {
            let mut output = self.take(step.output, lanes);
            self.forward_step(step, images, &mut output);
            self.buffers[step.output.0] = output;
        }
    }

    /// Takes a buffer out, sized for a number of lanes, contents unspecified.
    fn take(&mut self, id: BufferId, lanes: usize) -> Vec<f32> {
        let mut buffer = std::mem::take(&mut self.buffers[id.0]);
        buffer.resize(lanes * self.plan.buffers[id.0], 0.0);
        buffer
    }

    fn forward_step(&mut self, step: &ForwardStep, images: &[f32], y: &mut [f32]) {
        let lanes = images.len() / self.pixels;
        let network = self.network.clone();
        let inputs = Inputs { plan: &self.plan, buffers: &self.buffers, images };
        let inputs = StepInputs { inputs, ids: &step.inputs };
        let x = |input: usize| inputs.get(input);
        match (&network.node(step.node).op, &mut self.states[step.node.0]) {
            (Op::Linear(op), State::Linear(prepared)) => {
                linear::cpu::forward(op, prepared, lanes, x(0), y);
            }
            (Op::Conv2d(op), State::Conv2d(prepared, scratch)) => {
                conv2d::cpu::forward(op, prepared, scratch, x(0), y);
            }
            (Op::MatMul(op), State::MatMul(scratch)) => {
                matmul::cpu::forward(op, scratch, x(0), x(1), y);
            }
            (Op::Pool2d(op), State::Pool2d(prepared)) => {
                pool2d::cpu::forward(op, prepared, x(0), y);
            }
            (Op::Unary(op), _) => unary::cpu::forward(op, x(0), y),
            (Op::Reduce(op), _) => reduce::cpu::forward(op, x(0), y),
            (Op::Softmax(op), _) => softmax::cpu::forward(op, x(0), y),
            (Op::Binary(op), _) => {
                let operand = |o: usize| Lanes::of(&network, op.operands[o], lanes, inputs);
                let (a, b) = (operand(0), operand(1));
                for (lane, y) in y.chunks_exact_mut(op.shape.iter().product()).enumerate() {
                    binary::cpu::forward(op, a.get(lane), b.get(lane), y);
                }
            }
            (Op::Select(op), _) => {
                let operand = |o: usize| Lanes::of(&network, op.operands[o], lanes, inputs);
                let (c, a, b) = (operand(0), operand(1), operand(2));
                for (lane, y) in y.chunks_exact_mut(op.len).enumerate() {
                    select::cpu::forward(c.get(lane), a.get(lane), b.get(lane), y);
                }
            }
            (Op::Rearrange(op), _) => {
                for (lane, y) in y.chunks_exact_mut(op.len).enumerate() {
                    rearrange::cpu::fill(op, y);
                    for part in &op.parts {
                        let source = x(part.input);
                        let size = source.len() / lanes;
                        rearrange::cpu::forward(part, &source[lane * size..][..size], y);
                    }
                }
            }
            (Op::Input | Op::Reshape, _) => unreachable!("not planned"),
            (Op::Linear(_) | Op::Conv2d(_) | Op::MatMul(_) | Op::Pool2d(_), _) => {
                unreachable!("prepared")
            }
        }
    }

    fn backward(&mut self, images: &[f32], gradients: &mut [f32]) {
        let lanes = images.len() / self.pixels;
        let plan = self.plan.clone();
        let mut reached = plan.backward.iter().flat_map(|step| &step.input_gradients);
        if !reached.any(|gradient| gradient.buffer == plan.image_gradient) {
            gradients.fill(0.0);
        }
        for step in &plan.backward {
            let mut dy = self.take(step.gradient, lanes);
            for index in 0..step.input_gradients.len() {
                let id = step.input_gradients[index].buffer;
                if id == plan.image_gradient {
                    self.backward_step(step, index, images, &mut dy, gradients);
                } else {
                    let mut dx = self.take(id, lanes);
                    self.backward_step(step, index, images, &mut dy, &mut dx);
                    self.buffers[id.0] = dx;
                }
            }
            self.buffers[step.gradient.0] = dy;
        }
    }

    fn backward_step(
        &mut self,
        step: &BackwardStep,
        index: usize,
        images: &[f32],
        dy: &mut [f32],
        dx: &mut [f32],
    ) {
        let lanes = images.len() / self.pixels;
        let gradient = step.input_gradients[index];
        let add = gradient.accumulate;
        let network = self.network.clone();
        let inputs = Inputs { plan: &self.plan, buffers: &self.buffers, images };
        let inputs = StepInputs { inputs, ids: &step.inputs };
        let x = |input: usize| inputs.get(input);
        let y: &[f32] = &self.buffers[step.output.0];
        match (&network.node(step.node).op, &mut self.states[step.node.0]) {
            (Op::Linear(op), State::Linear(prepared)) => {
                linear::cpu::backward(op, prepared, lanes, y, dy, dx, add);
            }
            (Op::Conv2d(op), State::Conv2d(prepared, scratch)) => {
                conv2d::cpu::backward(op, prepared, scratch, y, dy, dx, add);
            }
            (Op::MatMul(op), State::MatMul(scratch)) => {
                if gradient.input == 0 {
                    matmul::cpu::backward_left(op, scratch, x(1), dy, dx, add);
                } else {
                    matmul::cpu::backward_right(op, scratch, x(0), dy, dx, add);
                }
            }
            (Op::Pool2d(op), State::Pool2d(prepared)) => {
                pool2d::cpu::backward(op, prepared, x(0), dy, dx, add);
            }
            (Op::Unary(op), _) => unary::cpu::backward(op, x(0), y, dy, dx, add),
            (Op::Reduce(op), _) => reduce::cpu::backward(op, x(0), dy, dx, add),
            (Op::Softmax(op), _) => softmax::cpu::backward(op, y, dy, dx, add),
            (Op::Binary(op), _) => {
                let operand = |o: usize| Lanes::of(&network, op.operands[o], lanes, inputs);
                let (a, b) = (operand(0), operand(1));
                let which = position(&op.operands, gradient.input);
                let (dx_len, dy_len) = (dx.len() / lanes, dy.len() / lanes);
                for lane in 0..lanes {
                    let dy = &dy[lane * dy_len..][..dy_len];
                    let dx = &mut dx[lane * dx_len..][..dx_len];
                    binary::cpu::backward(op, which, a.get(lane), b.get(lane), dy, dx, add);
                }
            }
            (Op::Select(op), _) => {
                let condition = Lanes::of(&network, op.operands[0], lanes, inputs);
                let holds = position(&op.operands, gradient.input) == 1;
                for (lane, (dy, dx)) in
                    dy.chunks_exact(op.len).zip(dx.chunks_exact_mut(op.len)).enumerate()
                {
                    select::cpu::backward(condition.get(lane), holds, dy, dx, add);
                }
            }
            (Op::Rearrange(op), _) => {
                if !add {
                    dx.fill(0.0);
                }
                let size = dx.len() / lanes;
                for (dy, dx) in dy.chunks_exact(op.len).zip(dx.chunks_exact_mut(size)) {
                    for part in op.parts.iter().filter(|p| p.input == gradient.input) {
                        rearrange::cpu::backward(part, dy, dx);
                    }
                }
            }
            (Op::Input | Op::Reshape, _) => unreachable!("not planned"),
            (Op::Linear(_) | Op::Conv2d(_) | Op::MatMul(_) | Op::Pool2d(_), _) => {
                unreachable!("prepared")
            }
        }
    }
}

/// Which operand reads a node's input.
fn position(operands: &[Operand], input: usize) -> usize {
    operands.iter().position(|o| *o == Operand::Input(input)).expect("every input is an operand")
}

/// An operand of a lane-by-lane kernel: a slice of a buffer, or a weight for all lanes.
struct Lanes<'a> {
    data: &'a [f32],
    /// Elements of one lane; 0 where all lanes share the data.
    size: usize,
}

impl<'a> Lanes<'a> {
    fn of(
        network: &'a Network,
        operand: Operand,
        lanes: usize,
        inputs: StepInputs<'a>,
    ) -> Lanes<'a> {
        match operand {
            Operand::Input(input) => {
                let data = inputs.get(input);
                Lanes { data, size: data.len() / lanes }
            }
            Operand::Weight(id) => Lanes { data: &network.weight(id).data, size: 0 },
        }
    }

    fn get(&self, lane: usize) -> &'a [f32] {
        if self.size == 0 { self.data } else { &self.data[lane * self.size..][..self.size] }
    }
}

/// Values going forward: the caller's images and what was computed from them.
#[derive(Clone, Copy)]
struct Inputs<'a> {
    plan: &'a Plan,
    buffers: &'a [Vec<f32>],
    images: &'a [f32],
}

impl<'a> Inputs<'a> {
    fn get(&self, id: BufferId) -> &'a [f32] {
        if id == self.plan.image { self.images } else { &self.buffers[id.0] }
    }
}

/// The values that a step reads.
#[derive(Clone, Copy)]
struct StepInputs<'a> {
    inputs: Inputs<'a>,
    ids: &'a [BufferId],
}

impl<'a> StepInputs<'a> {
    fn get(&self, input: usize) -> &'a [f32] {
        self.inputs.get(self.ids[input])
    }
}
