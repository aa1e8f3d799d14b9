//! Optimisers as state machines: they ask for a point, are told value and
//! gradient there, and say when they are done.
//!
//! A machine never evaluates anything itself, so that many of them, one a
//! lane, share every batch that goes through a network.

pub(crate) mod lattice;
pub mod lbfgs;
pub mod projection;
pub mod scatter;

pub use lbfgs::{Lbfgs, LbfgsSettings, Status};
