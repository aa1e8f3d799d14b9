//! A network as a list of dispatches, for any number of lanes and no device.
//!
//! Each [`Step`] names its kernel, the override constants that specialise it,
//! its uniform and its buffers. How many workgroups it takes is a [`Grid`], a
//! function of the lanes. Constants are packed as the kernels want them:
//! matrices in rows of vec4s, kernels of convolutions in blocks of channels,
//! strides as index tables. The lowering of each operation is in `lower`.

use crate::exec::ExecError;
use crate::exec::plan::{BufferId, Plan};
use crate::model::Network;
use crate::ops::kernels::Kernel;

use super::kernels;
use super::lower::Lowering;
use super::params::{DeviceGoal, LossParams};

/// What a storage binding refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// A buffer of the plan, sized by the lanes.
    Lanes(BufferId),
    /// An element of [`Program::constants`].
    Constant(usize),
    /// The goals, one a lane.
    Goals,
    /// The goals' values, one a lane.
    Values,
}

/// Work along one dimension of a dispatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Items of work, of one lane if `per_lane`, else in all.
    pub items: usize,
    /// Whether there are as many again for every lane.
    pub per_lane: bool,
    /// Items that one workgroup does.
    pub per_group: usize,
}

impl Extent {
    /// A dimension that is not used.
    pub const ONE: Extent = Extent { items: 1, per_lane: false, per_group: 1 };

    /// Workgroups for a number of lanes.
    #[must_use]
    pub fn groups(&self, lanes: usize) -> usize {
        (self.items * if self.per_lane { lanes } else { 1 }).div_ceil(self.per_group)
    }

    /// Most lanes for which a device that allows `most` workgroups suffices.
    fn most_lanes(&self, most: usize) -> usize {
        match (self.per_lane, self.groups(1) <= most) {
            (_, false) => 0,
            (true, true) => most * self.per_group / self.items,
            (false, true) => usize::MAX,
        }
    }
}

/// Workgroups along x, y and z.
pub type Grid = [Extent; 3];

/// A kernel, specialised, with the shape of its work.
#[derive(Clone, Debug)]
pub struct Dispatch {
    /// Which kernel.
    pub kernel: &'static Kernel,
    /// Values of the WGSL's override constants.
    pub constants: Vec<(&'static str, f64)>,
    /// Workgroups.
    pub grid: Grid,
}

/// One dispatch with its buffers.
#[derive(Clone, Debug)]
pub struct Step {
    /// The usual kernel.
    pub many: Dispatch,
    /// The kernel up to a number of lanes, and that number.
    pub few: Option<(usize, Dispatch)>,
    /// The uniform; its first four bytes are the lanes, filled in later.
    pub params: Vec<u8>,
    /// Storage bindings, in order.
    pub slots: Vec<Slot>,
}

impl Step {
    /// The kernel for a number of lanes.
    #[must_use]
    pub fn dispatch(&self, lanes: usize) -> &Dispatch {
        match &self.few {
            Some((most, few)) if lanes <= *most => few,
            _ => &self.many,
        }
    }
}

/// Forward, loss and backward of one network.
#[derive(Clone, Debug)]
pub struct Program {
    /// Elements of one lane of each buffer of the plan.
    pub buffers: Vec<usize>,
    /// The images.
    pub image: BufferId,
    /// ∂ value / ∂ image. A buffer that no step writes stays as it was made: zero.
    pub image_gradient: BufferId,
    /// The logits.
    pub logits: BufferId,
    /// Value buffer of every node; `None` for a node that nothing needs.
    pub value_of: Vec<Option<BufferId>>,
    /// Packed weights and tables, as bytes.
    pub constants: Vec<Vec<u8>>,
    /// From image to logits.
    pub forward: Vec<Step>,
    /// From logits to values and to the gradient at the logits.
    pub loss: Step,
    /// From the gradient at the logits to that at the image.
    pub backward: Vec<Step>,
}

impl Program {
    /// Lowers a network.
    #[must_use]
    pub fn new(network: &Network, plan: &Plan) -> Program {
        let mut lowering = Lowering::new(network, plan);
        for step in &plan.forward {
            lowering.forward(step);
        }
        let forward = lowering.take_steps();
        for step in &plan.backward {
            lowering.backward(step);
        }
        let backward = lowering.take_steps();
        Program {
            buffers: plan.buffers.clone(),
            image: plan.image,
            image_gradient: plan.image_gradient,
            logits: plan.logits,
            value_of: plan.value_of.clone(),
            constants: lowering.into_constants(),
            forward,
            loss: loss(plan),
            backward,
        }
    }

    /// All steps in the order of a full evaluation.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.forward.iter().chain([&self.loss]).chain(&self.backward)
    }

    /// Bytes of device memory that one lane takes, read-back included.
    #[must_use]
    pub fn bytes_per_lane(&self) -> u64 {
        let buffers: usize = self.buffers.iter().sum();
        4 * (buffers + 1) as u64 + size_of::<DeviceGoal>() as u64 + self.readback_bytes(1)
    }

    /// Bytes of values, logits and gradients of a number of lanes.
    #[must_use]
    pub fn readback_bytes(&self, lanes: usize) -> u64 {
        (4 * lanes * (1 + self.buffers[self.logits.0] + self.buffers[self.image.0])) as u64
    }

    /// Most lanes that a device can take at once, within a budget of memory.
    ///
    /// # Errors
    /// [`ExecError::TooLarge`] where not even one fits, with what is needed and what is there.
    pub fn most_lanes(&self, limits: &wgpu::Limits, budget: u64) -> Result<usize, ExecError> {
        let binding = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size);
        let too_large = |what, required, actual| ExecError::TooLarge { what, required, actual };
        for constant in &self.constants {
            if constant.len() as u64 > binding {
                return Err(too_large("a weight", constant.len() as u64, binding));
            }
        }
        let longest = 4 * self.buffers.iter().copied().max().unwrap_or(1) as u64;
        if longest > binding {
            return Err(too_large("a layer", longest, binding));
        }
        let groups = limits.max_compute_workgroups_per_dimension as usize;
        let by_grid = self
            .steps()
            .flat_map(|step| [Some(&step.many), step.few.as_ref().map(|few| &few.1)])
            .flatten()
            .flat_map(|dispatch| dispatch.grid)
            .map(|extent| (extent.most_lanes(groups), extent.groups(1)))
            .min()
            .unwrap_or((usize::MAX, 0));
        if by_grid.0 == 0 {
            return Err(too_large("a layer's grid", by_grid.1 as u64, groups as u64));
        }
        let by_memory = (binding / longest)
            .min(limits.max_buffer_size / self.readback_bytes(1))
            .min(budget / self.bytes_per_lane())
            .max(1);
        Ok(by_grid.0.min(by_memory as usize))
    }
}

fn loss(plan: &Plan) -> Step {
    Step {
        many: Dispatch {
            kernel: &kernels::LOSS,
            constants: vec![("CLASSES", plan.buffers[plan.logits.0] as f64)],
            grid: [Extent { items: 1, per_lane: true, per_group: 64 }, Extent::ONE, Extent::ONE],
        },
        few: None,
        params: bytemuck::bytes_of(&LossParams::default()).to_vec(),
        slots: vec![
            Slot::Lanes(plan.logits),
            Slot::Goals,
            Slot::Values,
            Slot::Lanes(plan.logits_gradient),
        ],
    }
}
