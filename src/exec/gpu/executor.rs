//! Plays a [`Program`]: upload, one pass, one submit, one read-back.

use std::sync::Arc;

use super::batch::Batch;
use super::context::GpuContext;
use super::meter::Meter;
use super::params::DeviceGoal;
use super::program::Program;
use crate::exec::{Cost, CpuExecutor, Evaluation, ExecError, Goal, Plan};
use crate::model::{Network, NodeId};

/// Device memory that one executor's lanes may take, in bytes.
const MEMORY_BUDGET: u64 = 512 << 20;

/// Runs one network on a device.
pub struct GpuExecutor {
    context: Arc<GpuContext>,
    network: Arc<Network>,
    program: Program,
    constants: Vec<wgpu::Buffer>,
    /// Most lanes at once; larger batches are cut.
    limit: usize,
    batch: Option<Batch>,
    meter: Meter,
    /// Reads a few images before the device would have answered; made when first asked.
    reader: Option<Box<CpuExecutor>>,
}

impl GpuExecutor {
    /// Lowers a network and uploads its weights.
    ///
    /// # Errors
    /// [`ExecError::TooLarge`] if not even one lane fits the device's limits,
    /// [`ExecError::DeviceLost`] on a lost device.
    pub fn new(context: Arc<GpuContext>, network: Arc<Network>) -> Result<GpuExecutor, ExecError> {
        context.check()?;
        let mut program = Program::new(&network, &Plan::new(&network));
        let limit = program.most_lanes(&context.device().limits(), MEMORY_BUDGET)?;
        let constants = std::mem::take(&mut program.constants)
            .iter()
            .map(|bytes| upload(&context, bytes))
            .collect();
        let (meter, reader) = (Meter::default(), None);
        Ok(GpuExecutor { context, network, program, constants, limit, batch: None, meter, reader })
    }

    /// The network that runs.
    #[must_use]
    pub fn network(&self) -> &Arc<Network> {
        &self.network
    }

    /// The same network on the processor.
    pub(crate) fn reader(&mut self) -> &mut CpuExecutor {
        let network = &self.network;
        self.reader.get_or_insert_with(|| Box::new(CpuExecutor::new(network.clone())))
    }

    /// The device it runs on.
    #[must_use]
    pub fn context(&self) -> &Arc<GpuContext> {
        &self.context
    }

    /// What was done so far.
    #[must_use]
    pub fn cost(&self) -> Cost {
        self.meter.cost()
    }

    /// Where kernels that are recorded behind this executor's are counted.
    pub fn meter(&mut self) -> &mut Meter {
        &mut self.meter
    }

    /// Bytes of the weights and of the buffers of the last [`GpuExecutor::prepare`].
    #[must_use]
    pub fn device_bytes(&self) -> u64 {
        let constants: u64 = self.constants.iter().map(wgpu::Buffer::size).sum();
        constants + self.batch.as_ref().map_or(0, Batch::bytes)
    }

    /// Most lanes that run at once; larger batches are cut in pieces.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Lowers [`GpuExecutor::limit`], to take less memory.
    pub fn lower_limit(&mut self, lanes: usize) {
        self.limit = self.limit.min(lanes.max(1));
        self.batch = None;
    }

    /// Readies buffers, pipelines and uniforms for a number of lanes and shows
    /// the buffers. Lanes up to the capacity of the last call cost no new buffer.
    ///
    /// # Errors
    /// [`ExecError::TooLarge`] beyond [`GpuExecutor::limit`].
    pub fn prepare(&mut self, lanes: usize) -> Result<&Batch, ExecError> {
        if lanes > self.limit {
            return Err(ExecError::TooLarge {
                what: "a batch of images",
                required: lanes as u64,
                actual: self.limit as u64,
            });
        }
        let fitting = self.batch.take().filter(|batch| batch.capacity() >= lanes);
        let batch = self.batch.insert(fitting.unwrap_or_else(|| {
            let capacity = lanes.next_power_of_two().min(self.limit);
            Batch::new(&self.context, &self.program, &self.constants, capacity)
        }));
        batch.set_lanes(&self.context, &self.program, lanes);
        Ok(batch)
    }

    /// Forgets the buffers after a failure, when nothing on the device is trusted.
    pub fn discard(&mut self) {
        self.batch = None;
    }

    /// The buffers of the last [`GpuExecutor::prepare`].
    #[must_use]
    pub fn batch(&self) -> Option<&Batch> {
        self.batch.as_ref()
    }

    /// Records forward, loss and backward of the prepared lanes.
    ///
    /// Reads the batch's images and goals; writes values, logits, gradients.
    /// May be called many times in one pass. Does nothing before `prepare`.
    pub fn record(&mut self, pass: &mut wgpu::ComputePass<'_>) {
        if let Some(batch) = &self.batch {
            batch.play(pass, &mut self.meter, 0..self.program.steps().count());
            self.meter.evaluations(batch.lanes());
        }
    }

    /// Records forward only: images to logits.
    pub fn record_forward(&mut self, pass: &mut wgpu::ComputePass<'_>) {
        if let Some(batch) = &self.batch {
            batch.play(pass, &mut self.meter, 0..self.program.forward.len());
        }
    }

    /// Logits `[lanes, classes]` of images `[lanes, pixels]`.
    ///
    /// # Errors
    /// [`ExecError::DeviceLost`] or [`ExecError::Device`], as reported.
    pub async fn logits(&mut self, images: &[f32]) -> Result<Vec<f32>, ExecError> {
        let (pixels, classes) = (self.network.pixels(), self.network.classes());
        let mut logits = vec![0.0; images.len() / pixels * classes];
        let pieces = images.chunks(self.limit * pixels);
        for (images, logits) in pieces.zip(logits.chunks_mut(self.limit * classes)) {
            let done = self.logits_of_piece(images, logits).await;
            self.settle(done)?;
        }
        Ok(logits)
    }

    async fn logits_of_piece(
        &mut self,
        images: &[f32],
        logits: &mut [f32],
    ) -> Result<(), ExecError> {
        let (pixels, classes) = (self.network.pixels(), self.network.classes());
        self.upload(images, None)?;
        let commands = self.commands(Self::record_forward, |batch, encoder| {
            let bytes = bytes_of(batch.lanes(), classes);
            encoder.copy_buffer_to_buffer(batch.logits(), 0, batch.staging(), 0, bytes);
        });
        self.read_back(commands, bytes_of(images.len() / pixels, classes), |bytes| {
            bytemuck::cast_slice_mut(logits).copy_from_slice(bytes);
        })
        .await
    }

    /// Values of one node, `[lanes, node's shape]`, for images `[lanes, pixels]`.
    ///
    /// `None` for a node that the logits do not depend on. Every call makes a
    /// buffer for its read-back: for looking into a network, not for loops.
    ///
    /// # Errors
    /// [`ExecError::DeviceLost`] or [`ExecError::Device`], as reported.
    pub async fn activations(
        &mut self,
        node: NodeId,
        images: &[f32],
    ) -> Result<Option<Vec<f32>>, ExecError> {
        let pixels = self.network.pixels();
        let Some(id) = self.program.value_of[node.0] else { return Ok(None) };
        let width = self.program.buffers[id.0];
        let mut values = vec![0.0; images.len() / pixels * width];
        let pieces = images.chunks(self.limit * pixels);
        for (images, values) in pieces.zip(values.chunks_mut(self.limit * width)) {
            self.upload(images, None)?;
            let bytes = bytes_of(images.len() / pixels, width);
            let staging = self.context.device().create_buffer(&wgpu::BufferDescriptor {
                label: Some("activations"),
                size: bytes,
                usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            });
            let commands = self.commands(Self::record_forward, |batch, encoder| {
                encoder.copy_buffer_to_buffer(batch.buffer(id), 0, &staging, 0, bytes);
            });
            self.meter.submit(self.context.queue(), commands);
            let show = |bytes: &[u8]| bytemuck::cast_slice_mut(values).copy_from_slice(bytes);
            let done = self.context.read(&mut self.meter, &staging, bytes, show).await;
            staging.destroy();
            self.settle(done)?;
        }
        Ok(Some(values))
    }

    /// Values, logits and input gradients of images `[lanes, pixels]`, one goal a lane.
    ///
    /// # Errors
    /// [`ExecError::DeviceLost`] or [`ExecError::Device`], as reported.
    pub async fn evaluate(
        &mut self,
        images: &[f32],
        goals: &[Goal],
        out: &mut Evaluation,
    ) -> Result<(), ExecError> {
        let pixels = self.network.pixels();
        out.resize(goals.len(), &self.network);
        for first in (0..goals.len()).step_by(self.limit) {
            let last = (first + self.limit).min(goals.len());
            let images = &images[first * pixels..last * pixels];
            let done = self.evaluate_piece(images, &goals[first..last], out, first).await;
            self.settle(done)?;
        }
        Ok(())
    }

    async fn evaluate_piece(
        &mut self,
        images: &[f32],
        goals: &[Goal],
        out: &mut Evaluation,
        first: usize,
    ) -> Result<(), ExecError> {
        let (pixels, classes) = (self.network.pixels(), self.network.classes());
        self.upload(images, Some(goals))?;
        let commands = self.commands(Self::record, |batch, encoder| {
            let mut offset = 0;
            let results =
                [(batch.values(), 1), (batch.logits(), classes), (batch.gradients(), pixels)];
            for (buffer, width) in results {
                let bytes = bytes_of(batch.lanes(), width);
                encoder.copy_buffer_to_buffer(buffer, 0, batch.staging(), offset, bytes);
                offset += bytes;
            }
        });
        let lanes = goals.len();
        self.read_back(commands, self.program.readback_bytes(lanes), |bytes| {
            let (values, rest) = bytes.split_at(bytes_of(lanes, 1) as usize);
            let (logits, gradients) = rest.split_at(bytes_of(lanes, classes) as usize);
            let copy = |to: &mut [f32], width: usize, from: &[u8]| {
                let piece = &mut to[first * width..(first + lanes) * width];
                bytemuck::cast_slice_mut(piece).copy_from_slice(from);
            };
            copy(&mut out.values, 1, values);
            copy(&mut out.logits, classes, logits);
            copy(&mut out.gradients, pixels, gradients);
        })
        .await
    }

    /// Writes images and goals to the device.
    fn upload(&mut self, images: &[f32], goals: Option<&[Goal]>) -> Result<(), ExecError> {
        let pixels = self.network.pixels();
        self.context.check()?;
        let context = self.context.clone();
        let batch = self.prepare(images.len() / pixels)?;
        let queue = context.queue();
        queue.write_buffer(batch.images(), 0, bytemuck::cast_slice(images));
        if let Some(goals) = goals {
            let goals: Vec<DeviceGoal> = goals.iter().map(|goal| (*goal).into()).collect();
            queue.write_buffer(batch.goals(), 0, bytemuck::cast_slice(&goals));
        }
        Ok(())
    }

    /// One encoder with one pass and the copies behind it.
    fn commands(
        &mut self,
        record: impl FnOnce(&mut Self, &mut wgpu::ComputePass<'_>),
        copy: impl FnOnce(&Batch, &mut wgpu::CommandEncoder),
    ) -> wgpu::CommandBuffer {
        let mut encoder = self.context.device().create_command_encoder(&Default::default());
        let mut pass = encoder.begin_compute_pass(&Default::default());
        record(self, &mut pass);
        drop(pass);
        if let Some(batch) = &self.batch {
            copy(batch, &mut encoder);
        }
        encoder.finish()
    }

    /// Submits, then maps the staging buffer once.
    async fn read_back(
        &mut self,
        commands: wgpu::CommandBuffer,
        bytes: u64,
        show: impl FnOnce(&[u8]),
    ) -> Result<(), ExecError> {
        self.meter.submit(self.context.queue(), commands);
        // Taken out meanwhile: a read-back that is abandoned half-way leaves a
        // mapped buffer behind, and a failed one a buffer of no use.
        let Some(batch) = self.batch.take() else { return Ok(()) };
        self.context.read(&mut self.meter, batch.staging(), bytes, show).await?;
        self.batch = Some(batch);
        Ok(())
    }

    fn settle(&mut self, done: Result<(), ExecError>) -> Result<(), ExecError> {
        if done.is_err() {
            self.discard();
        }
        done
    }
}

impl Drop for GpuExecutor {
    fn drop(&mut self) {
        // On the web a handle that goes away frees nothing.
        self.constants.iter().for_each(wgpu::Buffer::destroy);
    }
}

fn bytes_of(lanes: usize, width: usize) -> u64 {
    (4 * lanes * width) as u64
}

/// A read-only storage buffer with contents.
fn upload(context: &GpuContext, bytes: &[u8]) -> wgpu::Buffer {
    let buffer = context.device().create_buffer(&wgpu::BufferDescriptor {
        label: Some("constant"),
        size: bytes.len() as u64,
        usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    context.queue().write_buffer(&buffer, 0, bytes);
    buffer
}
