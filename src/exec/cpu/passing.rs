//! Reading a large network: the logits alone are asked for, and what no later step reads makes room.
//!
//! Twenty thousand operations over an image are 63 MB of values a lane; a chain of them needs two
//! operations' at a time.

use std::collections::HashSet;

use super::CpuExecutor;
use crate::exec::Plan;
use crate::exec::plan::BufferId;

/// Values of a network that is read and no more, which few steps need for long.
pub(super) struct Passing {
    /// Of each forward step, whose values no later one reads.
    gone: Vec<Vec<BufferId>>,
    /// Room that values have left.
    free: Vec<Vec<f32>>,
}

impl Passing {
    pub(super) fn new(plan: &Plan) -> Passing {
        let mut read: HashSet<BufferId> = HashSet::from([plan.image, plan.logits]);
        let mut gone: Vec<Vec<BufferId>> = Vec::new();
        for step in plan.forward.iter().rev() {
            let ids = step.inputs.iter().chain([&step.output]).copied();
            gone.push(ids.filter(|id| read.insert(*id)).collect());
        }
        gone.reverse();
        Passing { gone, free: Vec::new() }
    }

    /// Gives all room back.
    pub(super) fn clear(&mut self) {
        self.free = Vec::new();
    }
}

impl CpuExecutor {
    /// Goes forward to the logits alone: what no later step reads makes room for what comes.
    pub(super) fn pass(&mut self, images: &[f32], passing: &mut Passing) {
        let lanes = images.len() / self.pixels;
        let plan = self.plan.clone();
        passing
            .free
            .extend(self.buffers.iter_mut().map(std::mem::take).filter(|b| b.capacity() > 0));
        for (step, gone) in plan.forward.iter().zip(&passing.gone) {
            let mut output = passing.free.pop().unwrap_or_default();
            output.resize(lanes * plan.buffers[step.output.0], 0.0);
            self.forward_step(step, images, &mut output);
            self.buffers[step.output.0] = output;
            for id in gone {
                passing.free.push(std::mem::take(&mut self.buffers[id.0]));
            }
        }
    }
}
