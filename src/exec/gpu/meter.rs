//! The one place where dispatches, submits and read-backs are counted.

use crate::exec::Cost;

/// Does what costs something on a device, and counts it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Meter {
    cost: Cost,
}

impl Meter {
    /// What was done so far.
    #[must_use]
    pub fn cost(&self) -> Cost {
        self.cost
    }

    /// Launches the kernel that is set on a pass.
    pub fn dispatch(&mut self, pass: &mut wgpu::ComputePass<'_>, groups: [u32; 3]) {
        pass.dispatch_workgroups(groups[0], groups[1], groups[2]);
        self.cost.dispatches += 1;
    }

    /// Hands a command buffer to the queue.
    pub fn submit(
        &mut self,
        queue: &wgpu::Queue,
        commands: wgpu::CommandBuffer,
    ) -> wgpu::SubmissionIndex {
        self.cost.submits += 1;
        queue.submit([commands])
    }

    /// Notes that a buffer is mapped for reading.
    pub fn readback(&mut self) {
        self.cost.readbacks += 1;
    }

    /// Notes that a number of lanes went forward and backward.
    pub fn evaluations(&mut self, lanes: usize) {
        self.cost.evaluations += lanes as u64;
    }
}
