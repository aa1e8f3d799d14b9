//! The WebGPU executor: plays a [`Plan`](super::Plan) with the kernels in
//! `ops/*/forward.wgsl` and `ops/*/backward.wgsl`.
//!
//! [`kernels`] is the table of all kernels. [`program`] lowers a network to a
//! list of dispatches, without a device and without a number of lanes; [`batch`]
//! holds the buffers and bind groups of one number of lanes; [`GpuExecutor`]
//! plays the list: one upload, one compute pass, one submit, one read-back.
//! An attack that lives on the device calls [`GpuExecutor::record`] as often as
//! it likes inside a pass of its own and reads [`GpuExecutor::batch`]'s buffers.
//!
//! The CPU twin is [`super::cpu`]; `tests/suite/kernels.rs` compares both with an
//! independent reference, `tests/suite/gpu.rs` tests the executor as a whole.

pub mod batch;
pub mod context;
mod executor;
pub mod kernels;
mod lower;
mod meter;
pub mod params;
pub mod program;
mod tables;

pub use batch::Batch;
pub use context::GpuContext;
pub use executor::GpuExecutor;
pub use meter::Meter;
