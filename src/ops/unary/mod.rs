//! A differentiable function of each element: `y = f(x)`, `dx = dy·f′(x)`.

pub mod cpu;

use strum::VariantArray;

/// The functions. `a` and `b` are the parameters of [`Unary`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, VariantArray)]
#[repr(u32)]
pub enum UnaryKind {
    /// `max(x, 0)`
    Relu = 0,
    /// `x > 0 ? x : a·x`
    LeakyRelu = 1,
    /// `1/(1+e^−x)`
    Sigmoid = 2,
    /// `tanh x`
    Tanh = 3,
    /// `e^x`
    Exp = 4,
    /// `ln x`
    Ln = 5,
    /// `√x`; derivative 0 at 0, where it has none: so is that of the norm of a blank window.
    Sqrt = 6,
    /// `1/√x`
    Rsqrt = 7,
    /// `1/x`
    Recip = 8,
    /// `−x`
    Neg = 9,
    /// `|x|`
    Abs = 10,
    /// `x²`
    Square = 11,
    /// `xᵃ`; derivative 0 at 0 for `0 < a < 1`, as a root's.
    Pow = 12,
    /// The error function.
    Erf = 13,
    /// `a·x + b`
    Affine = 14,
    /// `min(max(x, a), b)`
    Clip = 15,
    /// `x > 0 ? x : a(e^x − 1)`
    Elu = 16,
    /// `ln(1 + e^x)`
    Softplus = 17,
    /// `x/(1+e^−x)`
    Silu = 18,
    /// `½x(1 + erf(x/√2))`
    Gelu = 19,
    /// `½x(1 + tanh(√(2/π)(x + 0.044715x³)))`
    GeluTanh = 20,
    /// `min(max(a·x + b, 0), 1)`
    HardSigmoid = 21,
    /// `x·min(max(x/6 + ½, 0), 1)`
    HardSwish = 22,
    /// `sin x`
    Sin = 23,
    /// `cos x`
    Cos = 24,
    /// `arctan x`
    Atan = 25,
    /// `x/(1+|x|)`
    Softsign = 26,
    /// `x = 0 ? 1 : 0`, the negation of a truth value; derivative 0.
    Not = 27,
    /// The nearest whole number, of two the even one. A quantised network rounds its activations; the
    /// derivative is 1, the straight-through estimate (Bengio et al., 2013), not the 0 that it is
    /// almost everywhere.
    Round = 28,
    /// `tan x`
    Tan = 29,
    /// `arcsin x`; derivative 0 at ±1, where it has none.
    Asin = 30,
    /// `arccos x`; derivative 0 at ±1, where it has none.
    Acos = 31,
    /// `(e^x − e^−x)/2`
    Sinh = 32,
    /// `(e^x + e^−x)/2`
    Cosh = 33,
    /// `ln(x + √(x²+1))`
    Asinh = 34,
    /// `ln(x + √(x²−1))`; derivative 0 at 1, where it has none.
    Acosh = 35,
    /// `½ ln((1+x)/(1−x))`
    Atanh = 36,
}

impl UnaryKind {
    /// What an element takes on a CPU, roughly, in multiply–adds of a product: nothing where memory is
    /// slower, tens for an exponential in vectors, hundreds where the standard library takes one
    /// element after the other.
    #[must_use]
    pub const fn effort(self) -> u64 {
        match self {
            UnaryKind::Relu
            | UnaryKind::LeakyRelu
            | UnaryKind::Sqrt
            | UnaryKind::Rsqrt
            | UnaryKind::Recip
            | UnaryKind::Neg
            | UnaryKind::Abs
            | UnaryKind::Square
            | UnaryKind::Affine
            | UnaryKind::Clip
            | UnaryKind::HardSigmoid
            | UnaryKind::HardSwish
            | UnaryKind::Softsign
            | UnaryKind::Not
            | UnaryKind::Round => 0,
            UnaryKind::Sigmoid | UnaryKind::Tanh | UnaryKind::Elu | UnaryKind::Silu => 30,
            UnaryKind::Softplus | UnaryKind::Erf | UnaryKind::Gelu | UnaryKind::GeluTanh => 80,
            UnaryKind::Exp
            | UnaryKind::Sin
            | UnaryKind::Cos
            | UnaryKind::Asin
            | UnaryKind::Acos => 200,
            UnaryKind::Ln
            | UnaryKind::Pow
            | UnaryKind::Atan
            | UnaryKind::Tan
            | UnaryKind::Sinh
            | UnaryKind::Cosh
            | UnaryKind::Asinh
            | UnaryKind::Acosh
            | UnaryKind::Atanh => 400,
        }
    }

    /// Every function, for tests that leave none out.
    pub const ALL: [UnaryKind; UnaryKind::VARIANTS.len()] =
        *UnaryKind::VARIANTS.first_chunk().expect("an array of them all");
}

/// One elementwise function over `len` elements a lane.
#[derive(Clone, Debug, PartialEq)]
pub struct Unary {
    /// Which function.
    pub kind: UnaryKind,
    /// Elements of one lane.
    pub len: usize,
    /// First parameter, where the function has one.
    pub a: f32,
    /// Second parameter, where the function has one.
    pub b: f32,
}

impl Unary {
    /// Whether the derivative is continuous where the function is defined.
    #[must_use]
    pub fn is_smooth(&self) -> bool {
        match self.kind {
            UnaryKind::Elu => self.a == 1.0,
            UnaryKind::Relu
            | UnaryKind::LeakyRelu
            | UnaryKind::Abs
            | UnaryKind::Clip
            | UnaryKind::HardSigmoid
            | UnaryKind::HardSwish
            | UnaryKind::Not
            | UnaryKind::Round => false,
            UnaryKind::Sigmoid
            | UnaryKind::Tanh
            | UnaryKind::Exp
            | UnaryKind::Ln
            | UnaryKind::Sqrt
            | UnaryKind::Rsqrt
            | UnaryKind::Recip
            | UnaryKind::Neg
            | UnaryKind::Square
            | UnaryKind::Pow
            | UnaryKind::Erf
            | UnaryKind::Affine
            | UnaryKind::Softplus
            | UnaryKind::Silu
            | UnaryKind::Gelu
            | UnaryKind::GeluTanh
            | UnaryKind::Sin
            | UnaryKind::Cos
            | UnaryKind::Atan
            | UnaryKind::Softsign
            | UnaryKind::Tan
            | UnaryKind::Asin
            | UnaryKind::Acos
            | UnaryKind::Sinh
            | UnaryKind::Cosh
            | UnaryKind::Asinh
            | UnaryKind::Acosh
            | UnaryKind::Atanh => true,
        }
    }
}
