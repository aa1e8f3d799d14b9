//! Networks: from ONNX bytes to a differentiable graph, and their cards.

pub mod card;
pub mod import;
pub mod network;

pub use crate::digit::{CLASSES, PIXELS, SIDE};
pub use crate::ops::{Weight, WeightId};
pub use card::Card;
pub use import::{ImportError, load};
pub use network::{ImageShape, Network, Node, NodeId, OutputKind};
