//! Running a [`Network`] for many lanes at once.
//!
//! [`plan`] lists kernels and buffers, [`cpu`] and [`gpu`] play them. Both
//! executors answer the same two questions: the logits of a batch of images,
//! and, for a [`Goal`] a lane, its value and its gradient with respect to the
//! image. [`Executor`] is the one of the two that runs.

pub mod cpu;
pub mod double;
pub mod gpu;
pub mod loss;
pub mod plan;
pub mod speed;

use std::sync::Arc;

use crate::code::Code;
use crate::count::counted;
use crate::model::{Network, NodeId};

pub use cpu::CpuExecutor;
pub use gpu::{GpuContext, GpuExecutor};
pub use loss::Goal;
pub use plan::Plan;

/// What went wrong while running a network.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ExecError {
    /// WebGPU is not there or gives no adapter or device.
    #[error("WebGPU cannot be used here: {0}")]
    NoDevice(String),
    /// The device was lost: a driver reset, a sleeping laptop.
    #[error("the graphics device was lost: {0}")]
    DeviceLost(String),
    /// A buffer or a dispatch exceeds what the device allows.
    #[error("{what} needs {required}, the device allows {actual}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// What is needed.
        required: u64,
        /// What is there.
        actual: u64,
    },
    /// A buffer of the wrong length was handed in.
    #[error("{what}: expected {}, got {actual}", counted(required, "number"))]
    WrongLength {
        /// Which argument.
        what: &'static str,
        /// Numbers expected.
        required: usize,
        /// Numbers given.
        actual: usize,
    },
    /// The device reported an error that has no better name.
    #[error("the graphics device reported: {0}")]
    Device(String),
}

impl ExecError {
    /// Stable name for programs.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            ExecError::NoDevice(_) => Code::NoWebgpu,
            ExecError::DeviceLost(_) | ExecError::Device(_) => Code::DeviceLost,
            ExecError::TooLarge { .. } => Code::TooLarge,
            ExecError::WrongLength { .. } => Code::WrongLength,
        }
    }
}

/// What a device was asked to do, counted where it happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Forward and input gradient of one lane, each counted once.
    pub evaluations: u64,
    /// Kernel launches.
    pub dispatches: u64,
    /// Command buffers handed to the queue.
    pub submits: u64,
    /// Buffers mapped for reading.
    pub readbacks: u64,
}

impl std::ops::Add for Cost {
    type Output = Cost;

    fn add(self, more: Cost) -> Cost {
        Cost {
            evaluations: self.evaluations + more.evaluations,
            dispatches: self.dispatches + more.dispatches,
            submits: self.submits + more.submits,
            readbacks: self.readbacks + more.readbacks,
        }
    }
}

impl std::ops::Sub for Cost {
    type Output = Cost;

    fn sub(self, before: Cost) -> Cost {
        Cost {
            evaluations: self.evaluations - before.evaluations,
            dispatches: self.dispatches - before.dispatches,
            submits: self.submits - before.submits,
            readbacks: self.readbacks - before.readbacks,
        }
    }
}

/// Values, logits and gradients of a batch; buffers are reused between calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evaluation {
    /// The goal's value, `[lanes]`.
    pub values: Vec<f32>,
    /// `[lanes, classes]`.
    pub logits: Vec<f32>,
    /// ∂ value / ∂ image, `[lanes, pixels]`.
    pub gradients: Vec<f32>,
}

impl Evaluation {
    /// Makes room for a number of lanes of a network.
    pub fn resize(&mut self, lanes: usize, network: &Network) {
        self.values.resize(lanes, 0.0);
        self.logits.resize(lanes * network.classes(), 0.0);
        self.gradients.resize(lanes * network.pixels(), 0.0);
    }
}

/// Most images that are read on the processor though the network runs on a device.
const FEW: usize = 16;

/// The backend that runs a network.
///
/// ```
/// use std::sync::Arc;
///
/// use blindspots::exec::{CpuExecutor, Executor};
/// use blindspots::import::{LoadOptions, load};
///
/// let network = load(&std::fs::read("models/fc10-1.onnx")?, &LoadOptions::default())?;
/// let mut executor = Executor::Cpu(CpuExecutor::new(Arc::new(network)));
/// let two = vec![0.5; 2 * executor.network().pixels()];
/// let logits = pollster::block_on(executor.logits(&two))?;
/// assert_eq!(logits.len(), 2 * executor.network().classes());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub enum Executor {
    /// SIMD on the processor.
    Cpu(CpuExecutor),
    /// WebGPU.
    Gpu(Box<GpuExecutor>),
}

impl Executor {
    /// The network that runs.
    #[must_use]
    pub fn network(&self) -> &Arc<Network> {
        match self {
            Executor::Cpu(cpu) => cpu.network(),
            Executor::Gpu(gpu) => gpu.network(),
        }
    }

    /// What was done so far.
    #[must_use]
    pub fn cost(&self) -> Cost {
        match self {
            Executor::Cpu(cpu) => cpu.cost(),
            Executor::Gpu(gpu) => gpu.cost(),
        }
    }

    /// Bytes of the buffers that are held on a graphics device.
    #[must_use]
    pub fn device_bytes(&self) -> u64 {
        match self {
            Executor::Cpu(_) => 0,
            Executor::Gpu(gpu) => gpu.device_bytes(),
        }
    }

    /// Logits `[lanes, classes]` of images `[lanes, pixels]`.
    ///
    /// # Errors
    /// [`ExecError::WrongLength`] for images of another size, and what a device reports.
    pub async fn logits(&mut self, images: &[f32]) -> Result<Vec<f32>, ExecError> {
        self.check_images(images)?;
        match self {
            Executor::Cpu(cpu) => Ok(cpu.logits(images)),
            Executor::Gpu(gpu) => gpu.logits(images).await,
        }
    }

    /// [`logits`](Executor::logits) where it does not matter which backend answers: the processor
    /// has read a few images before a device would have answered, and needs no read-back.
    pub(crate) async fn read(&mut self, images: &[f32]) -> Result<Vec<f32>, ExecError> {
        self.check_images(images)?;
        match self {
            Executor::Gpu(gpu) if images.len() <= FEW * gpu.network().pixels() => {
                Ok(gpu.reader().logits(images))
            }
            _ => self.logits(images).await,
        }
    }

    /// Values of one node, `[lanes, node's shape]`, for images `[lanes, pixels]`.
    ///
    /// `None` for a node that the logits do not depend on.
    ///
    /// # Errors
    /// Those of [`logits`](Executor::logits).
    pub async fn activations(
        &mut self,
        node: NodeId,
        images: &[f32],
    ) -> Result<Option<Vec<f32>>, ExecError> {
        self.check_images(images)?;
        match self {
            Executor::Cpu(cpu) => Ok(cpu.activations(node, images)),
            Executor::Gpu(gpu) => gpu.activations(node, images).await,
        }
    }

    /// Values, logits and input gradients of images `[lanes, pixels]`, one goal a lane.
    ///
    /// # Errors
    /// Those of [`logits`](Executor::logits), and [`ExecError::WrongLength`] for another number of goals.
    pub async fn evaluate(
        &mut self,
        images: &[f32],
        goals: &[Goal],
        out: &mut Evaluation,
    ) -> Result<(), ExecError> {
        self.check_images(images)?;
        let lanes = images.len() / self.network().pixels();
        if goals.len() != lanes {
            return Err(ExecError::WrongLength {
                what: "goals",
                required: lanes,
                actual: goals.len(),
            });
        }
        match self {
            Executor::Cpu(cpu) => {
                cpu.evaluate(images, goals, out);
                Ok(())
            }
            Executor::Gpu(gpu) => gpu.evaluate(images, goals, out).await,
        }
    }

    /// Refuses numbers that are not whole images.
    pub(crate) fn check_images(&self, images: &[f32]) -> Result<(), ExecError> {
        let pixels = self.network().pixels();
        if images.is_empty() || !images.len().is_multiple_of(pixels) {
            return Err(ExecError::WrongLength {
                what: "images",
                required: images.len().div_ceil(pixels).max(1) * pixels,
                actual: images.len(),
            });
        }
        Ok(())
    }
}
