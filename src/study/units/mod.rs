//! Units against random directions (Szegedy et al., 2013, section 3).
//!
//! The paper's first claim: the images that most excite a unit, `argmax
//! ⟨φ(x), eᵢ⟩`, mean no more than those that most excite a random direction,
//! `argmax ⟨φ(x), v⟩`; so that there would be nothing special about units. It
//! shows rows of images. This module makes them and adds what the paper does
//! not give, numbers, together with the measures that were later published as
//! evidence against the claim.
//!
//! The way: [`hidden_layers`] of a network, a [`Probe`] for one of them,
//! [`Activations`] of images, [`portraits`] of directions, [`compare`] for the
//! numbers; [`maximise`] makes images instead of choosing them. The same seed
//! gives the same answer. Tests: `tests/suite/units/`.

mod compare;
mod error;
#[cfg(not(target_arch = "wasm32"))]
mod experiment;
pub mod judge;
mod layers;
mod maximise;
mod portrait;
mod probe;
mod rotation;
pub mod statistics;

pub use compare::{Comparison, ComparisonSettings, Point, check_labels, compare, generator};
pub use error::UnitsError;
#[cfg(not(target_arch = "wasm32"))]
pub use experiment::{LayerUnits, NetworkUnits, Units};
pub use layers::{Layer, hidden_layer, hidden_layers};
pub use maximise::{MaximiseSettings, Maximised, maximise};
pub use portrait::{Portrait, Ranked, portraits, random_directions, unit_directions};
pub use probe::{Activations, HEADS, Probe};
pub use rotation::Rotation;
