//! **Blind Spots**: *Intriguing properties of neural networks* (Szegedy et al.,
//! 2013) as something you do.
//!
//! Data flows one way: ONNX bytes become a [`model::Network`], a network and a
//! number of lanes become an [`exec::Executor`], an executor and a goal become
//! an [`attack::Report`]. `ARCHITECTURE.md` has the whole way and the reasons.

// What tests share calls the crate by its name.
#[cfg(test)]
extern crate self as blindspots;

pub mod attack;
mod clock;
pub mod code;
pub mod digit;
pub mod exec;
pub mod import;
pub mod model;
pub mod npy;
pub mod numeric;
pub mod ops;
pub mod optim;
pub mod study;
#[cfg(test)]
#[allow(dead_code, reason = "the suite shares it and needs more of it")]
mod testing;
pub mod web;

pub use code::Code;
