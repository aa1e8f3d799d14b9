//! A function of two elements with broadcasting: `y[i] = f(a[σ(i)], b[τ(i)])`.
//!
//! The output of one lane has `shape` (at most [`MAX_RANK`] axes); each operand
//! has one stride an axis, zero where it is broadcast. Operands are node inputs
//! or weights. The vector-Jacobian product of a broadcast operand sums over the
//! axes along which it was repeated.

pub mod cpu;

use strum::VariantArray;

use super::WeightId;

/// Most axes that a broadcast or a strided copy may have, after merging.
pub const MAX_RANK: usize = 6;

/// The functions of two elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, VariantArray)]
#[repr(u32)]
pub enum BinaryKind {
    /// `a + b`
    Add = 0,
    /// `a − b`
    Sub = 1,
    /// `a·b`
    Mul = 2,
    /// `a / b`
    Div = 3,
    /// `aᵇ`; the gradient for `b` needs `a > 0`
    Pow = 4,
    /// `min(a, b)`; at a tie the gradient goes to `a`
    Min = 5,
    /// `max(a, b)`; at a tie the gradient goes to `a`
    Max = 6,
    /// `a < b` as 0 or 1; derivative 0
    Less = 7,
    /// `a ≤ b` as 0 or 1; derivative 0
    LessEqual = 8,
    /// `a = b` as 0 or 1; derivative 0
    Equal = 9,
}

impl BinaryKind {
    /// Whether the derivatives are continuous where the function is defined.
    #[must_use]
    pub fn is_smooth(self) -> bool {
        use BinaryKind as K;
        match self {
            K::Add | K::Sub | K::Mul | K::Div | K::Pow => true,
            K::Min | K::Max | K::Less | K::LessEqual | K::Equal => false,
        }
    }

    /// Every function, for tests that leave none out.
    pub const ALL: [BinaryKind; BinaryKind::VARIANTS.len()] =
        *BinaryKind::VARIANTS.first_chunk().expect("an array of them all");
}

/// Where an operand comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// The node's input of this number.
    Input(usize),
    /// A constant, the same for all lanes.
    Weight(WeightId),
}

/// One broadcast operation. At least one operand is an input.
#[derive(Clone, Debug, PartialEq)]
pub struct Binary {
    /// Which function.
    pub kind: BinaryKind,
    /// Shape of one lane of the output.
    pub shape: Vec<usize>,
    /// The operands.
    pub operands: [Operand; 2],
    /// One stride an axis and operand, in elements; 0 where broadcast.
    pub strides: [Vec<usize>; 2],
}
