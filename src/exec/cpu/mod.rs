//! The CPU executor: plays a [`Plan`] with the kernels in `ops/*/cpu.rs`.
//!
//! Weights are packed once. Lanes go through the network a few at a time, so
//! that values and gradients stay in the caches; images are read and gradients
//! written where the caller has them, and nothing is allocated once the buffers
//! have grown, save those of large networks (`passing.rs`). The device's twin is [`super::gpu`].

mod operands;
mod passing;
mod same;

use std::sync::Arc;

use super::plan::{BackwardStep, BufferId, ForwardStep};
use super::{Cost, Evaluation, Goal, Plan};
use crate::model::{Network, NodeId};
use crate::ops::{Binary, Conv2d, Linear, MatMul, Op, Pool2d, Rearrange, Reduce, Select};
use crate::ops::{Softmax, Unary, Weight};
use crate::ops::{
    binary, conv2d, linear, matmul, pool2d, rearrange, reduce, select, softmax, unary,
};
use operands::{Inputs, Lanes, StepInputs, position};
use passing::Passing;
use same::Same;

/// Bytes that values and gradients of the lanes that go together may take.
const CACHE: usize = 1 << 20;
/// Fewest lanes that go together: matrix products want a few rows.
const FEWEST: usize = 8;
/// Most lanes that go together.
const MOST: usize = 64;
/// Bytes that values and gradients of lanes that go together take at most, unless one lane alone takes
/// more; from half of it on, values are not kept where only the logits are asked for.
const LARGE: usize = 1 << 26;

/// A node's operation with what its kernel keeps between calls.
enum Work {
    /// The image, and reshapes: nothing to do.
    Nothing,
    Linear(Linear, linear::cpu::Prepared),
    Conv2d(Conv2d, Box<(conv2d::cpu::Prepared, conv2d::cpu::Scratch)>),
    MatMul(MatMul, matmul::cpu::Scratch),
    Pool2d(Pool2d, pool2d::cpu::Prepared),
    Unary(Unary),
    Binary(Binary),
    Select(Select),
    Reduce(Reduce),
    Softmax(Softmax),
    Rearrange(Rearrange),
}

impl Work {
    fn new(op: &Op, weights: &[Weight]) -> Work {
        match op.clone() {
            Op::Input | Op::Reshape => Work::Nothing,
            Op::Linear(op) => {
                let prepared = linear::cpu::Prepared::new(&op, weights);
                Work::Linear(op, prepared)
            }
            Op::Conv2d(op) => {
                let prepared = conv2d::cpu::Prepared::new(&op, weights);
                Work::Conv2d(op, Box::new((prepared, conv2d::cpu::Scratch::default())))
            }
            Op::MatMul(op) => Work::MatMul(op, matmul::cpu::Scratch::default()),
            Op::Pool2d(op) => {
                let prepared = pool2d::cpu::Prepared::new(&op);
                Work::Pool2d(op, prepared)
            }
            Op::Unary(op) => Work::Unary(op),
            Op::Binary(op) => Work::Binary(op),
            Op::Select(op) => Work::Select(op),
            Op::Reduce(op) => Work::Reduce(op),
            Op::Softmax(op) => Work::Softmax(op),
            Op::Rearrange(op) => Work::Rearrange(op),
        }
    }
}

/// Runs one network on the processor.
pub struct CpuExecutor {
    network: Arc<Network>,
    plan: Arc<Plan>,
    work: Vec<Work>,
    buffers: Vec<Vec<f32>>,
    /// Lanes that go through the network together.
    chunk: usize,
    /// How values are let go of, where together they are large and only the logits are asked for.
    passing: Option<Box<Passing>>,
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
        let work = network.nodes.iter().map(|node| Work::new(&node.op, &network.weights)).collect();
        let buffers = vec![Vec::new(); plan.buffers.len()];
        let lane = plan.buffers.iter().sum::<usize>() * size_of::<f32>();
        let most = (LARGE / lane.max(1)).clamp(1, MOST);
        let chunk = (CACHE / lane.max(1)).max(FEWEST).min(most);
        let passing = (lane * chunk > LARGE / 2).then(|| Box::new(Passing::new(&plan)));
        let (pixels, classes) = (network.pixels(), network.classes());
        let (same, cost) = (Same::default(), Cost::default());
        CpuExecutor { network, plan, work, buffers, chunk, passing, pixels, classes, same, cost }
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
        let mut passing = self.passing.take();
        for chunk in images.chunks(self.chunk * self.pixels) {
            match &mut passing {
                None => self.forward(chunk),
                Some(passing) => self.pass(chunk, passing),
            }
            logits.extend_from_slice(&self.buffers[self.plan.logits.0]);
        }
        self.passing = passing;
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
        if let Some(passing) = &mut self.passing {
            passing.clear();
        }
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
        match &mut self.work[step.node.0] {
            Work::Linear(op, prepared) => {
                linear::cpu::forward(op, prepared, lanes, x(0), y);
            }
            Work::Conv2d(op, kept) => {
                let (prepared, scratch) = &mut **kept;
                conv2d::cpu::forward(op, prepared, scratch, x(0), y);
            }
            Work::MatMul(op, scratch) => {
                matmul::cpu::forward(op, scratch, x(0), x(1), y);
            }
            Work::Pool2d(op, prepared) => {
                pool2d::cpu::forward(op, prepared, x(0), y);
            }
            Work::Unary(op) => unary::cpu::forward(op, x(0), y),
            Work::Reduce(op) => reduce::cpu::forward(op, x(0), y),
            Work::Softmax(op) => softmax::cpu::forward(op, x(0), y),
            Work::Binary(op) => {
                let operand = |o: usize| Lanes::of(&network, op.operands[o], lanes, inputs);
                let (a, b) = (operand(0), operand(1));
                for (lane, y) in y.chunks_exact_mut(op.shape.iter().product()).enumerate() {
                    binary::cpu::forward(op, a.get(lane), b.get(lane), y);
                }
            }
            Work::Select(op) => {
                let operand = |o: usize| Lanes::of(&network, op.operands[o], lanes, inputs);
                let (c, a, b) = (operand(0), operand(1), operand(2));
                for (lane, y) in y.chunks_exact_mut(op.len).enumerate() {
                    select::cpu::forward(c.get(lane), a.get(lane), b.get(lane), y);
                }
            }
            Work::Rearrange(op) => {
                for (lane, y) in y.chunks_exact_mut(op.len).enumerate() {
                    rearrange::cpu::fill(op, y);
                    for part in &op.parts {
                        let source = x(part.input);
                        let size = source.len() / lanes;
                        rearrange::cpu::forward(part, &source[lane * size..][..size], y);
                    }
                }
            }
            Work::Nothing => {}
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
        match &mut self.work[step.node.0] {
            Work::Linear(op, prepared) => {
                linear::cpu::backward(op, prepared, lanes, y, dy, dx, add);
            }
            Work::Conv2d(op, kept) => {
                let (prepared, scratch) = &mut **kept;
                conv2d::cpu::backward(op, prepared, scratch, y, dy, dx, add);
            }
            Work::MatMul(op, scratch) => {
                if gradient.input == 0 {
                    matmul::cpu::backward_left(op, scratch, x(1), dy, dx, add);
                } else {
                    matmul::cpu::backward_right(op, scratch, x(0), dy, dx, add);
                }
            }
            Work::Pool2d(op, prepared) => {
                pool2d::cpu::backward(op, prepared, x(0), dy, dx, add);
            }
            Work::Unary(op) => unary::cpu::backward(op, x(0), y, dy, dx, add),
            Work::Reduce(op) => reduce::cpu::backward(op, x(0), dy, dx, add),
            Work::Softmax(op) => softmax::cpu::backward(op, y, dy, dx, add),
            Work::Binary(op) => {
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
            Work::Select(op) => {
                let condition = Lanes::of(&network, op.operands[0], lanes, inputs);
                let holds = position(&op.operands, gradient.input) == 1;
                for (lane, (dy, dx)) in
                    dy.chunks_exact(op.len).zip(dx.chunks_exact_mut(op.len)).enumerate()
                {
                    select::cpu::backward(condition.get(lane), holds, dy, dx, add);
                }
            }
            Work::Rearrange(op) => {
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
            Work::Nothing => {}
        }
    }
}
