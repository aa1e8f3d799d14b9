//! Networks: the differentiable graph, and the cards of those that are bundled.

pub mod card;
pub mod expectation;
pub mod lowered;
pub mod network;
pub mod transform;

pub use crate::ops::{Weight, WeightId};
pub use card::Card;
pub use expectation::{Alternative, Chosen, Expectation, Fit, Score};
pub use network::{ImageShape, Network, Node, NodeId, OutputKind, Precision};
pub use transform::{InputTransform, TransformError};
