//! Networks: the differentiable graph, and the cards of those that are bundled.

pub mod card;
pub mod lowered;
pub mod network;

pub use crate::ops::{Weight, WeightId};
pub use card::Card;
pub use network::{ImageShape, Network, Node, NodeId, OutputKind};
