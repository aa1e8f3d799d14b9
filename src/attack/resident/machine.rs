//! The buffers, bind groups and pipelines of a method that lives on the device.
//!
//! A lane keeps its state and vectors at its **home**, a place it never
//! leaves, and is evaluated in a **slot** of the executor's batch. Slots say
//! which home they serve, so that lanes that stop can give theirs up. All is
//! made once, before the first evaluation; what is recorded later is launches
//! alone.

use std::sync::Arc;

use super::lane::{self, Head};
use super::{Screening, Spec, constants, image_constants};
use crate::attack::kernels::{self, MachineParams};
use crate::attack::lanes::Task;
use crate::exec::{ExecError, GpuContext, GpuExecutor};
use crate::ops::kernels::Kernel;

/// Vectors that every machine keeps: original, trial, point, best.
const SHARED: u64 = 4;

/// Which of them is the best image.
const BEST: u64 = 3;

/// Which of them is the trial point.
#[cfg(test)]
const TRIAL: u64 = 1;

/// Device memory that the lanes of a machine may take, in bytes.
const MEMORY_BUDGET: u64 = 256 << 20;

/// A kernel with its buffers.
struct Launch {
    pipeline: wgpu::ComputePipeline,
    group: wgpu::BindGroup,
}

/// Device memory of one method at work.
pub(super) struct Machine {
    context: Arc<GpuContext>,
    capacity: usize,
    /// Bytes of one vector of a lane.
    vector: u64,
    /// Lanes of the present piece, and the slots they use.
    lanes: usize,
    used: usize,
    /// Whether trial points have to be put into their slots first.
    placing: bool,
    uniform: wgpu::Buffer,
    rows: wgpu::Buffer,
    slots: wgpu::Buffer,
    heads: wgpu::Buffer,
    bodies: wgpu::Buffer,
    vectors: wgpu::Buffer,
    staging: wgpu::Buffer,
    place: Launch,
    advance: Launch,
    /// One for each screening of the method.
    screens: Vec<Launch>,
}

/// Bytes of one vector of a lane.
fn vector_bytes(gpu: &GpuExecutor) -> u64 {
    4 * gpu.network().pixels() as u64
}

/// Most lanes that a machine can keep on a device.
pub(super) fn most_lanes(gpu: &GpuExecutor, spec: &Spec) -> usize {
    let limits = gpu.context().device().limits();
    room(&limits, vector_bytes(gpu), spec.vectors).min(gpu.limit() as u64) as usize
}

/// Lanes that limits have room for, of so many vectors of so many bytes beside the shared ones.
fn room(limits: &wgpu::Limits, vector: u64, vectors: u64) -> u64 {
    let kept = (SHARED + vectors) * vector;
    let by_binding = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size) / kept;
    // Two rows and the copy that is read lie beside what a lane keeps.
    let by_memory = MEMORY_BUDGET / (kept + 3 * vector);
    by_binding.min(by_memory).min(u64::from(limits.max_compute_workgroups_per_dimension))
}

impl Machine {
    /// Makes everything for up to `capacity` lanes.
    pub(super) fn new(
        gpu: &mut GpuExecutor,
        spec: &Spec,
        capacity: usize,
    ) -> Result<Machine, ExecError> {
        use wgpu::BufferUsages as Usage;
        let context = gpu.context().clone();
        let network = gpu.network().clone();
        let vector = vector_bytes(gpu);
        gpu.prepare(capacity)?;
        // So that the pipelines of few lanes are made now.
        let batch = gpu.prepare(1)?;
        let make = |label, bytes, usage| {
            context.device().create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size: bytes,
                usage,
                mapped_at_creation: false,
            })
        };
        let room = capacity as u64;
        let storage = Usage::STORAGE | Usage::COPY_DST;
        let uniform_bytes = size_of::<MachineParams>() as u64;
        let uniform = make("machine", uniform_bytes, Usage::UNIFORM | Usage::COPY_DST);
        let rows = make("rows", 2 * room * vector, storage);
        let slots = make("slots", room * 4, storage);
        let heads = make("heads", room * size_of::<Head>() as u64, storage | Usage::COPY_SRC);
        let bodies = make("bodies", room * spec.body, storage);
        let vectors_bytes = room * (SHARED + spec.vectors) * vector;
        let vectors = make("vectors", vectors_bytes, storage | Usage::COPY_SRC);
        let staging_bytes = room * (size_of::<Head>() as u64 + vector);
        let staging = make("record", staging_bytes, Usage::MAP_READ | Usage::COPY_DST);

        let launch = |kernel, constants: &[_], buffers: &[&wgpu::Buffer]| Launch {
            pipeline: context.pipeline(kernel, constants),
            group: bind(&context, kernel, &uniform, buffers),
        };
        let (images, goals) = (batch.images(), batch.goals());
        let placed = [&rows, &slots, &heads, &vectors, images, goals];
        let (values, logits, gradients) = (batch.values(), batch.logits(), batch.gradients());
        let told = [values, logits, gradients, &slots, images, &vectors, &heads, &bodies];
        let place = launch(&kernels::LANES_PLACE, &image_constants(&network), &placed);
        let advance = launch(spec.kernel, &constants(spec, &network), &told);
        let screen = |screening: &Screening| {
            let mut constants = screening.constants(&spec.screenings);
            constants.extend(image_constants(&network));
            launch(&kernels::LANES_SCREEN, &constants, &[&heads, &slots])
        };
        let screens = spec.screenings.iter().map(screen).collect();
        Ok(Machine {
            capacity,
            vector,
            lanes: 0,
            used: 0,
            placing: false,
            uniform,
            rows,
            slots,
            heads,
            bodies,
            vectors,
            staging,
            place,
            advance,
            screens,
            context,
        })
    }

    /// Slots in use.
    pub(super) fn used(&self) -> usize {
        self.used
    }

    /// Begins with the lanes of some tasks.
    pub(super) fn load(
        &mut self,
        gpu: &mut GpuExecutor,
        tasks: &[Task<'_>],
        heads: &[Head],
        spec: &Spec,
    ) -> Result<(), ExecError> {
        let queue = self.context.queue();
        queue.write_buffer(&self.rows, 0, bytemuck::cast_slice(&lane::rows(tasks)));
        queue.write_buffer(&self.heads, 0, bytemuck::cast_slice(heads));
        queue.write_buffer(&self.bodies, 0, &vec![0; heads.len() * spec.body as usize]);
        self.lanes = heads.len();
        self.serve(gpu, (0..heads.len() as u32).collect(), true)
    }

    /// Gives the slots to some homes from now on.
    pub(super) fn serve(
        &mut self,
        gpu: &mut GpuExecutor,
        homes: Vec<u32>,
        fresh: bool,
    ) -> Result<(), ExecError> {
        self.context.queue().write_buffer(&self.slots, 0, bytemuck::cast_slice(&homes));
        self.use_slots(gpu, homes.len(), fresh)
    }

    /// Goes on with a number of slots, as they are.
    pub(super) fn use_slots(
        &mut self,
        gpu: &mut GpuExecutor,
        slots: usize,
        fresh: bool,
    ) -> Result<(), ExecError> {
        let params = MachineParams {
            lanes: self.lanes as u32,
            capacity: self.capacity as u32,
            fresh: u32::from(fresh),
        };
        self.context.queue().write_buffer(&self.uniform, 0, bytemuck::bytes_of(&params));
        gpu.prepare(slots)?;
        self.used = slots;
        self.placing = true;
        Ok(())
    }

    /// Records a number of evaluations with what the machine does after each.
    pub(super) fn record(
        &mut self,
        gpu: &mut GpuExecutor,
        pass: &mut wgpu::ComputePass<'_>,
        evaluations: usize,
    ) {
        let groups = self.used as u32;
        if std::mem::take(&mut self.placing) {
            self.place.play(gpu, pass, groups);
        }
        for _ in 0..evaluations {
            gpu.record(pass);
            self.advance.play(gpu, pass, groups);
        }
    }

    /// Records one of the screenings of all tasks' lanes.
    pub(super) fn record_screening(
        &self,
        gpu: &mut GpuExecutor,
        pass: &mut wgpu::ComputePass<'_>,
        which: usize,
    ) {
        self.screens[which].play(gpu, pass, (self.lanes as u32).div_ceil(64));
    }

    /// Copies all heads and the best images of the first `shown` lanes; bytes to read.
    pub(super) fn copy_record(&self, encoder: &mut wgpu::CommandEncoder, shown: usize) -> u64 {
        let heads = (self.lanes * size_of::<Head>()) as u64;
        let images = shown as u64 * self.vector;
        let bests = BEST * self.capacity as u64 * self.vector;
        encoder.copy_buffer_to_buffer(&self.heads, 0, &self.staging, 0, heads);
        if shown > 0 {
            encoder.copy_buffer_to_buffer(&self.vectors, bests, &self.staging, heads, images);
        }
        heads + images
    }

    /// Reads what [`Machine::copy_record`] copied.
    pub(super) async fn read_record(
        &self,
        gpu: &mut GpuExecutor,
        bytes: u64,
        heads: &mut [Head],
        images: &mut Vec<f32>,
    ) -> Result<(), ExecError> {
        let show = |bytes: &[u8]| {
            let (states, bests) = bytes.split_at(size_of_val(heads));
            bytemuck::cast_slice_mut(heads).copy_from_slice(states);
            images.resize(bests.len() / 4, 0.0);
            bytemuck::cast_slice_mut(images.as_mut_slice()).copy_from_slice(bests);
        };
        self.context.read(gpu.meter(), &self.staging, bytes, show).await
    }
}

impl Launch {
    fn play(&self, gpu: &mut GpuExecutor, pass: &mut wgpu::ComputePass<'_>, groups: u32) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.group, &[0]);
        gpu.meter().dispatch(pass, [groups, 1, 1]);
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // On the web a handle that goes away frees nothing.
        let small = [&self.uniform, &self.slots, &self.heads, &self.bodies];
        let large = [&self.rows, &self.vectors, &self.staging];
        small.into_iter().chain(large).for_each(wgpu::Buffer::destroy);
    }
}

fn bind(
    context: &GpuContext,
    kernel: &'static Kernel,
    uniform: &wgpu::Buffer,
    buffers: &[&wgpu::Buffer],
) -> wgpu::BindGroup {
    let entries: Vec<_> = std::iter::once(&uniform)
        .chain(buffers)
        .enumerate()
        .map(|(binding, buffer)| wgpu::BindGroupEntry {
            binding: binding as u32,
            resource: buffer.as_entire_binding(),
        })
        .collect();
    context.device().create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some(kernel.name),
        layout: &context.layout(kernel),
        entries: &entries,
    })
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
