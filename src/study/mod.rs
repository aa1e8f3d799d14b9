//! The paper's experiments: many digits, several networks, one table at the end.
//!
//! [`transfer`] makes examples for one network and shows them to others, for
//! one digit on the page as for ten thousand in a table; [`paper`] holds the
//! cells that the paper prints, which nothing here computes with; [`split`] is
//! the cut of the training digits into P1 and P2. [`parallel`] takes transfers to
//! all cores.
//!
//! [`reproduce`] runs whole experiments natively, in pieces that any number of
//! machines can share; [`tables`] are the paper's four tables among them.
//! [`mod@slice`] reads images along a line and in a plane.
//! [`units`] compares hidden units with random directions. [`spectral`] bounds how
//! far an answer can move, and [`certify`] proves, digit by digit, that nothing
//! nearby is misread.

pub mod certify;
mod error;
pub(crate) mod pace;
pub mod paper;
#[cfg(test)]
mod paper_cells;
#[cfg(not(target_arch = "wasm32"))]
pub mod parallel;
#[cfg(not(target_arch = "wasm32"))]
pub mod reproduce;
pub mod slice;
pub mod spectral;
pub mod split;
mod sums;
pub mod table;
#[cfg(not(target_arch = "wasm32"))]
pub mod tables;
pub mod transfer;
pub mod units;

pub use error::StudyError;
