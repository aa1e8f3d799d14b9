//! Buffers, bind groups and uniforms for up to a number of lanes.
//!
//! Made once for a capacity and used for any number of lanes below it: only
//! the uniforms, all in one buffer, are rewritten when the lanes change.
//! Images and goals are written before, values, logits and gradients are read
//! after a pass in which `Batch::play` recorded the steps.

use std::ops::Range;

use super::context::GpuContext;
use super::meter::Meter;
use super::params::DeviceGoal;
use super::program::{Program, Slot};
use crate::exec::plan::BufferId;

/// Device memory of one network at work.
pub struct Batch {
    capacity: usize,
    lanes: usize,
    buffers: Vec<wgpu::Buffer>,
    goals: wgpu::Buffer,
    values: wgpu::Buffer,
    staging: wgpu::Buffer,
    uniforms: wgpu::Buffer,
    uniform_stride: usize,
    groups: Vec<wgpu::BindGroup>,
    /// Pipeline and workgroups of each step for the present lanes.
    launches: Vec<(wgpu::ComputePipeline, [u32; 3])>,
    image: BufferId,
    image_gradient: BufferId,
    logits: BufferId,
}

impl Batch {
    /// Makes everything for up to `capacity` lanes.
    pub(super) fn new(
        context: &GpuContext,
        program: &Program,
        constants: &[wgpu::Buffer],
        capacity: usize,
    ) -> Batch {
        use wgpu::BufferUsages as Usage;
        let device = context.device();
        let storage = Usage::STORAGE | Usage::COPY_SRC | Usage::COPY_DST;
        let make = |label, size: u64, usage| {
            device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size,
                usage,
                mapped_at_creation: false,
            })
        };
        // Whole vectors, for kernels that read four elements at once.
        let capacity_bytes = |len: usize| (4 * len * capacity).next_multiple_of(16) as u64;
        let limits = device.limits();
        let largest = program.steps().map(|step| step.params.len()).max().unwrap_or(4);
        let uniform_stride =
            largest.next_multiple_of(limits.min_uniform_buffer_offset_alignment as usize);
        let uniform_bytes = (program.steps().count() * uniform_stride) as u64;
        let mut batch = Batch {
            capacity,
            lanes: 0,
            buffers: (program.buffers.iter())
                .map(|len| make("lanes", capacity_bytes(*len), storage))
                .collect(),
            goals: make("goals", (size_of::<DeviceGoal>() * capacity) as u64, storage),
            values: make("values", capacity_bytes(1), storage),
            staging: make(
                "staging",
                program.readback_bytes(capacity),
                Usage::MAP_READ | Usage::COPY_DST,
            ),
            uniforms: make("uniforms", uniform_bytes, Usage::UNIFORM | Usage::COPY_DST),
            uniform_stride,
            groups: Vec::new(),
            launches: Vec::new(),
            image: program.image,
            image_gradient: program.image_gradient,
            logits: program.logits,
        };
        batch.groups = batch.bind(context, program, constants);
        batch
    }

    fn bind(
        &self,
        context: &GpuContext,
        program: &Program,
        constants: &[wgpu::Buffer],
    ) -> Vec<wgpu::BindGroup> {
        let resource = |slot: &Slot| match slot {
            Slot::Lanes(id) => &self.buffers[id.0],
            Slot::Constant(index) => &constants[*index],
            Slot::Goals => &self.goals,
            Slot::Values => &self.values,
        };
        let group = |step: &super::program::Step| {
            let kernel = step.many.kernel;
            let uniform = wgpu::BindGroupEntry {
                binding: 0,
                resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                    buffer: &self.uniforms,
                    offset: 0,
                    size: std::num::NonZeroU64::new(kernel.params as u64),
                }),
            };
            let mut entries = vec![uniform];
            entries.extend(step.slots.iter().enumerate().map(|(index, slot)| {
                wgpu::BindGroupEntry {
                    binding: index as u32 + 1,
                    resource: resource(slot).as_entire_binding(),
                }
            }));
            context.device().create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some(kernel.name),
                layout: &context.layout(kernel),
                entries: &entries,
            })
        };
        program.steps().map(group).collect()
    }

    /// Sets the number of lanes that the next passes run.
    pub(super) fn set_lanes(&mut self, context: &GpuContext, program: &Program, lanes: usize) {
        debug_assert!(lanes <= self.capacity);
        if self.lanes == lanes {
            return;
        }
        self.lanes = lanes;
        let mut uniforms = vec![0u8; self.uniforms.size() as usize];
        for (step, bytes) in program.steps().zip(uniforms.chunks_mut(self.uniform_stride)) {
            bytes[..step.params.len()].copy_from_slice(&step.params);
            bytes[..4].copy_from_slice(&(lanes as u32).to_ne_bytes());
        }
        context.queue().write_buffer(&self.uniforms, 0, &uniforms);
        self.launches = program
            .steps()
            .map(|step| {
                let dispatch = step.dispatch(lanes);
                let groups = dispatch.grid.map(|extent| extent.groups(lanes) as u32);
                (context.pipeline(dispatch.kernel, &dispatch.constants), groups)
            })
            .collect();
    }

    /// Records a range of the program's steps.
    pub(super) fn play(
        &self,
        pass: &mut wgpu::ComputePass<'_>,
        meter: &mut Meter,
        steps: Range<usize>,
    ) {
        for step in steps {
            let (pipeline, groups) = &self.launches[step];
            pass.set_pipeline(pipeline);
            pass.set_bind_group(0, &self.groups[step], &[(step * self.uniform_stride) as u32]);
            meter.dispatch(pass, *groups);
        }
    }

    /// Most lanes that fit.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Lanes that a pass runs.
    #[must_use]
    pub fn lanes(&self) -> usize {
        self.lanes
    }

    /// Bytes of all buffers.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.all_buffers().map(wgpu::Buffer::size).sum()
    }

    fn all_buffers(&self) -> impl Iterator<Item = &wgpu::Buffer> {
        let own = [&self.goals, &self.values, &self.staging, &self.uniforms];
        self.buffers.iter().chain(own)
    }

    /// Images, `[capacity, pixels]` f32.
    #[must_use]
    pub fn images(&self) -> &wgpu::Buffer {
        &self.buffers[self.image.0]
    }

    /// One [`DeviceGoal`] a lane.
    #[must_use]
    pub fn goals(&self) -> &wgpu::Buffer {
        &self.goals
    }

    /// The goals' values, `[capacity]` f32.
    #[must_use]
    pub fn values(&self) -> &wgpu::Buffer {
        &self.values
    }

    /// Logits, `[capacity, classes]` f32.
    #[must_use]
    pub fn logits(&self) -> &wgpu::Buffer {
        &self.buffers[self.logits.0]
    }

    /// ∂ value / ∂ image, `[capacity, pixels]` f32.
    #[must_use]
    pub fn gradients(&self) -> &wgpu::Buffer {
        &self.buffers[self.image_gradient.0]
    }

    /// A buffer of the plan.
    pub(super) fn buffer(&self, id: BufferId) -> &wgpu::Buffer {
        &self.buffers[id.0]
    }

    /// Where results are copied to be mapped.
    pub(super) fn staging(&self) -> &wgpu::Buffer {
        &self.staging
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        // On the web a handle that goes away frees nothing.
        self.all_buffers().for_each(wgpu::Buffer::destroy);
    }
}
