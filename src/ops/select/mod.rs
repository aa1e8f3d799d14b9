//! `y = cond ≠ 0 ? a : b`, element by element, without broadcasting.
//!
//! The condition and the branches have `len` elements a lane; each is a node
//! input or a weight. `da = cond ≠ 0 ? dy : 0`, `db = cond ≠ 0 ? 0 : dy`; the
//! branch not taken contributes nothing, not even `0·∞`. The condition gets no
//! gradient.

pub mod cpu;

use super::Operand;

/// One elementwise choice.
#[derive(Clone, Debug, PartialEq)]
pub struct Select {
    /// Elements of one lane.
    pub len: usize,
    /// Condition, value where it holds, value where it does not.
    pub operands: [Operand; 3],
}
