//! Of attacks with and without 8 bits.

use serde::{Deserialize, Serialize};

/// Attacks with and without 8 bits.
#[derive(Default, Serialize, Deserialize)]
pub(in crate::bench) struct EightBit {
    pub(in crate::bench) rows: Vec<EightBitRow>,
}

/// One network by one method.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(in crate::bench) struct EightBitRow {
    pub(in crate::bench) model: String,
    pub(in crate::bench) method: String,
    pub(in crate::bench) digits: u32,
    /// Pictures of 8 bits that fool; those without that do when they are rounded.
    pub(in crate::bench) fooled: u32,
    pub(in crate::bench) rounded: u32,
    /// Mean distances without 8 bits and with them.
    pub(in crate::bench) exact_l2: f64,
    pub(in crate::bench) l2: f64,
    /// As multiples of those without.
    pub(in crate::bench) more_evaluations: f64,
    pub(in crate::bench) more_time: f64,
}
