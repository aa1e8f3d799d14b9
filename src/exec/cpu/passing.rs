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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use super::*;
    use crate::exec::{Evaluation, Goal};
    use crate::import::{LoadOptions, load};

    /// Reads as a large network is read.
    fn passing(executor: &mut CpuExecutor) {
        executor.passing = Some(Box::new(Passing::new(&executor.plan)));
    }

    #[test]
    fn what_passes_reads_alike_in_less_room_and_can_still_be_differentiated() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/graphs");
        let (mut tried, mut early) = (0, 0);
        for file in fs::read_dir(folder).expect("fixtures") {
            let path = file.expect("a file").path();
            let options = LoadOptions { samples: None, ..LoadOptions::default() };
            let bytes = fs::read(&path).expect("a file");
            let Ok(network) = load(&bytes, &options) else { continue };
            let network = Arc::new(network);
            let [pixels, classes] = [network.pixels(), network.classes()];
            let images: Vec<f32> = (0..2 * pixels).map(|i| (i * 37 % 101) as f32 / 101.0).collect();
            let goals: Vec<Goal> = (0..2).map(|lane| Goal::CrossEntropy(lane % classes)).collect();
            let mut usual = CpuExecutor::new(network.clone());
            let mut large = CpuExecutor::new(network.clone());
            passing(&mut large);
            let bits = |z: Vec<f32>| z.into_iter().map(f32::to_bits).collect::<Vec<_>>();
            let wanted = bits(usual.logits(&images));
            for round in 0..2 {
                assert_eq!(bits(large.logits(&images)), wanted, "{path:?}, round {round}");
                let kept = large.buffers.iter().filter(|buffer| !buffer.is_empty()).count();
                assert_eq!(kept, 1, "{path:?}: the logits alone are kept");
                let [mut a, mut b] = [Evaluation::default(), Evaluation::default()];
                usual.evaluate(&images, &goals, &mut a);
                large.evaluate(&images, &goals, &mut b);
                assert_eq!(bits(a.gradients), bits(b.gradients), "{path:?}");
            }
            // The control: values that go a step too early are missed.
            let spoilt = large.passing.as_mut().expect("it passes");
            if spoilt.gone.len() > 3 {
                spoilt.gone.remove(0);
                let spoilt = std::panic::AssertUnwindSafe(|| bits(large.logits(&images)));
                early += usize::from(std::panic::catch_unwind(spoilt).ok() != Some(wanted));
            }
            tried += 1;
        }
        assert!(tried > 30 && early > 10, "{tried} tried, {early} missed values that went early");
    }
}
