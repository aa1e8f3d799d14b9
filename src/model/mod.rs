//! Networks: from ONNX bytes to a differentiable graph, and their cards.

pub mod card;
pub mod import;
pub mod network;

pub use card::Card;
pub use import::{ImportError, load};
pub use network::{CLASSES, Network, Node, NodeId, OutputKind, PIXELS, SIDE, Weight, WeightId};
