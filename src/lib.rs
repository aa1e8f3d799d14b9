//! **Blind Spots**: *Intriguing properties of neural networks* (Szegedy et al.,
//! 2013) as something you do.
//!
//! Data flows one way: ONNX bytes become a [`model::Network`], a network and a
//! number of lanes become an [`exec::Executor`], an executor and a goal become
//! an [`attack::Report`]. `ARCHITECTURE.md` has the whole way and the reasons.
//!
//! # Quick start
//!
//! A bundled network reads a digit of the gallery and is fooled by a change that is as small as the
//! attack can make it:
//!
//! ```
//! use std::sync::Arc;
//!
//! use blindspots::attack::{Method, Problem, Unobserved, attack};
//! use blindspots::digit::{PIXELS, idx};
//! use blindspots::exec::{CpuExecutor, Executor};
//! use blindspots::import::{LoadOptions, load};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let network = load(&std::fs::read("models/fc100-100-10.onnx")?, &LoadOptions::default())?;
//! let mut executor = Executor::Cpu(CpuExecutor::new(Arc::new(network)));
//!
//! let digits = idx::read_digits(
//!     &std::fs::read("models/gallery-images-idx3-ubyte.gz")?,
//!     &std::fs::read("models/gallery-labels-idx1-ubyte.gz")?,
//! )?;
//! let image = digits.images[..PIXELS].to_vec();
//! let label = usize::from(digits.labels[0]);
//!
//! let problems = [Problem { image, label, target: None }];
//! let method = Method::NearestBoundary;
//! let reports =
//!     pollster::block_on(attack(&mut executor, &problems, method, &mut Unobserved))?;
//! assert!(reports[0].success && reports[0].predicted != label);
//! println!("‖r‖₂ = {:.3}", reports[0].distance.l2);
//! # Ok(())
//! # }
//! ```
//!
//! The crate is asynchronous where a graphics device may be waited for; on the processor any executor
//! of futures will do, such as `pollster`. [`attack::parallel`] attacks on all cores and is not.
//!
//! # Features
//!
//! - `cli`, on by default: the program `blindspots`. Library users leave it out and compile neither
//!   clap nor indicatif.
//! - `import`, on by default: reading ONNX files, with tract. Without it networks are read that were
//!   lowered before.
//! - `web`: what JavaScript calls, where the crate is compiled to WebAssembly.

// What tests share calls the crate by its name.
#[cfg(test)]
extern crate self as blindspots;

pub mod attack;
mod clock;
pub mod code;
pub mod count;
pub mod digit;
pub mod exec;
#[cfg(feature = "import")]
pub mod import;
pub mod lesson;
pub mod model;
pub mod npy;
pub mod numeric;
pub mod ops;
pub mod optim;
pub mod study;
#[cfg(test)]
#[allow(dead_code, reason = "the suite shares it and needs more of it")]
mod testing;
#[cfg(any(not(target_arch = "wasm32"), feature = "web"))]
pub mod web;

pub use code::Code;
