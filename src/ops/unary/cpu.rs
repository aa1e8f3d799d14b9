//! CPU kernels of [`Unary`], and the functions themselves.

use std::f32::consts::FRAC_1_SQRT_2;
use std::hint::select_unpredictable;

use super::{Unary, UnaryKind};
use crate::numeric::simd::{self, Vector};
use crate::numeric::{erf, erfc, exp, exp_m1, ln_1p, sigmoid, tanh};

/// `1/√(2π)`
const FRAC_1_SQRT_TAU: f32 = 0.398_942_3;
/// `√(2/π)`
const SQRT_2_OVER_PI: f32 = 0.797_884_6;
const GELU_CUBIC: f32 = 0.044_715;
/// Beyond these the logistic function has come to its ends.
const GELU_ENDS: f32 = 13.0;

/// `f(x)`.
#[inline(always)]
fn value(kind: UnaryKind, a: f32, b: f32, x: f32) -> f32 {
    match kind {
        UnaryKind::Relu => x.max(0.0),
        UnaryKind::LeakyRelu => {
            if x > 0.0 {
                x
            } else {
                a * x
            }
        }
        UnaryKind::Sigmoid => sigmoid(x),
        UnaryKind::Tanh => tanh(x),
        UnaryKind::Exp => x.exp(),
        UnaryKind::Ln => x.ln(),
        UnaryKind::Sqrt => x.sqrt(),
        UnaryKind::Rsqrt => 1.0 / x.sqrt(),
        UnaryKind::Recip => 1.0 / x,
        UnaryKind::Neg => -x,
        UnaryKind::Abs => x.abs(),
        UnaryKind::Square => x * x,
        UnaryKind::Pow => x.powf(a),
        UnaryKind::Erf => erf(x),
        UnaryKind::Affine => a * x + b,
        UnaryKind::Clip => x.max(a).min(b),
        // Both are computed: a branch would be one element after the other.
        UnaryKind::Elu => select_unpredictable(x > 0.0, x, a * exp_m1(x)),
        UnaryKind::Softplus => x.max(0.0) + ln_1p(exp(-x.abs())),
        UnaryKind::Silu => x * sigmoid(x),
        UnaryKind::Gelu => 0.5 * x * erfc(-x * FRAC_1_SQRT_2),
        UnaryKind::GeluTanh => x * sigmoid(gelu_inner(x.clamp(-GELU_ENDS, GELU_ENDS))),
        UnaryKind::HardSigmoid => (a * x + b).clamp(0.0, 1.0),
        UnaryKind::HardSwish => x * (x / 6.0 + 0.5).clamp(0.0, 1.0),
        UnaryKind::Sin => x.sin(),
        UnaryKind::Cos => x.cos(),
        UnaryKind::Atan => x.atan(),
        UnaryKind::Softsign => x / (1.0 + x.abs()),
        UnaryKind::Not => f32::from(x == 0.0),
        UnaryKind::Round => x.round_ties_even(),
        UnaryKind::Tan => x.tan(),
        UnaryKind::Asin => x.asin(),
        UnaryKind::Acos => x.acos(),
        UnaryKind::Sinh => x.sinh(),
        UnaryKind::Cosh => x.cosh(),
        UnaryKind::Asinh => x.asinh(),
        UnaryKind::Acosh => arcosh(x),
        UnaryKind::Atanh => artanh(x),
    }
}

/// `ln(1 + t + √(t(t+2)))` with `t = x − 1`, which does not cancel near 1.
fn arcosh(x: f32) -> f32 {
    let t = x - 1.0;
    (t + t.sqrt() * (t + 2.0).sqrt()).ln_1p()
}

/// `½ ln(1 + 2x/(1−x))`, from the size: near −1 the quotient would cancel.
fn artanh(x: f32) -> f32 {
    let size = x.abs();
    (0.5 * (2.0 * size / (1.0 - size)).ln_1p()).copysign(x)
}

/// Twice the argument of the hyperbolic tangent: `½(1 + tanh u)` is the logistic function of `2u`,
/// which does not cancel where `u` is far below zero.
#[inline(always)]
fn gelu_inner(x: f32) -> f32 {
    2.0 * SQRT_2_OVER_PI * (x + GELU_CUBIC * x * x * x)
}

#[inline(always)]
fn within(inside: bool, slope: f32) -> f32 {
    if inside { slope } else { 0.0 }
}

/// `f′(x)`, given `y = f(x)`.
#[inline(always)]
fn derivative(kind: UnaryKind, a: f32, b: f32, x: f32, y: f32) -> f32 {
    match kind {
        UnaryKind::Relu => within(x > 0.0, 1.0),
        UnaryKind::LeakyRelu => {
            if x > 0.0 {
                1.0
            } else {
                a
            }
        }
        // From the argument and not from y, which is rounded to 1 where the slope is still there.
        UnaryKind::Sigmoid => {
            let e = exp(-x.abs());
            e / ((1.0 + e) * (1.0 + e))
        }
        UnaryKind::Tanh => {
            let e = exp(-2.0 * x.abs());
            4.0 * e / ((1.0 + e) * (1.0 + e))
        }
        UnaryKind::Exp => y,
        UnaryKind::Ln => 1.0 / x,
        UnaryKind::Sqrt => within(y != 0.0, 0.5 / y),
        UnaryKind::Rsqrt => -0.5 * y / x,
        UnaryKind::Recip => -y * y,
        UnaryKind::Neg => -1.0,
        UnaryKind::Abs => within(x != 0.0, x.signum()),
        UnaryKind::Square => 2.0 * x,
        UnaryKind::Pow if x == 0.0 && a > 0.0 && a < 1.0 => 0.0,
        UnaryKind::Pow => a * x.powf(a - 1.0),
        UnaryKind::Erf => 2.0 * FRAC_1_SQRT_TAU * std::f32::consts::SQRT_2 * exp(-x * x),
        UnaryKind::Affine => a,
        UnaryKind::Clip => within(x > a && x < b, 1.0),
        UnaryKind::Elu => select_unpredictable(x > 0.0, 1.0, a * exp(x)),
        UnaryKind::Softplus => sigmoid(x),
        UnaryKind::Silu => sigmoid(x) * (1.0 + x * sigmoid(-x)),
        UnaryKind::Gelu => 0.5 * erfc(-x * FRAC_1_SQRT_2) + x * FRAC_1_SQRT_TAU * exp(-0.5 * x * x),
        UnaryKind::GeluTanh => {
            let x = x.clamp(-GELU_ENDS, GELU_ENDS);
            let z = gelu_inner(x);
            let rise = 2.0 * SQRT_2_OVER_PI * (1.0 + 3.0 * GELU_CUBIC * x * x);
            sigmoid(z) * (1.0 + x * rise * sigmoid(-z))
        }
        UnaryKind::HardSigmoid => within(y > 0.0 && y < 1.0, a),
        UnaryKind::HardSwish => {
            let gate = (x / 6.0 + 0.5).clamp(0.0, 1.0);
            gate + within(gate > 0.0 && gate < 1.0, x / 6.0)
        }
        UnaryKind::Sin => x.cos(),
        UnaryKind::Cos => -x.sin(),
        UnaryKind::Atan => 1.0 / (1.0 + x * x),
        UnaryKind::Softsign => {
            let d = 1.0 + x.abs();
            1.0 / (d * d)
        }
        UnaryKind::Not => 0.0,
        UnaryKind::Round => 1.0,
        UnaryKind::Tan => 1.0 + y * y,
        UnaryKind::Asin => within(x.abs() != 1.0, 1.0 / ((1.0 - x) * (1.0 + x)).sqrt()),
        UnaryKind::Acos => within(x.abs() != 1.0, -1.0 / ((1.0 - x) * (1.0 + x)).sqrt()),
        UnaryKind::Sinh => x.cosh(),
        UnaryKind::Cosh => x.sinh(),
        UnaryKind::Asinh => 1.0 / (1.0 + x * x).sqrt(),
        UnaryKind::Acosh => within(x != 1.0, 1.0 / ((x - 1.0).sqrt() * (x + 1.0).sqrt())),
        UnaryKind::Atanh => 1.0 / ((1.0 - x) * (1.0 + x)),
    }
}

/// Calls a loop with a kind that the compiler knows, where there are vectors to be had for it.
macro_rules! known {
    ($kind:expr, $run:ident $rest:tt) => {
        known!(
            $kind, $run $rest,
            [
                Relu, LeakyRelu, Sigmoid, Tanh, Sqrt, Rsqrt, Recip, Neg, Abs, Square, Erf, Affine, Clip, Elu,
                Softplus, Silu, Gelu, GeluTanh, HardSigmoid, HardSwish, Softsign, Not, Round
            ]
        )
    };
    ($kind:expr, $run:ident $rest:tt, [$($known:ident),*]) => {
        match $kind {
            $(UnaryKind::$known => known!(@ $run UnaryKind::$known, $rest),)*
            other => known!(@ $run other, $rest),
        }
    };
    (@ $run:ident $kind:expr, ($($argument:expr),*)) => { $run($kind, $($argument),*) };
}

/// `y = f(x)`.
pub fn forward(op: &Unary, x: &[f32], y: &mut [f32]) {
    simd::widest(Forward { op, x, y });
}

/// The arguments of [`forward`].
struct Forward<'a> {
    op: &'a Unary,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl simd::Loops for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let Forward { op, x, y } = self;
        known!(op.kind, values(op, x, y));
    }
}

#[inline(always)]
fn values(kind: UnaryKind, op: &Unary, x: &[f32], y: &mut [f32]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y = value(kind, op.a, op.b, *x);
    }
}

/// `dx (+)= dy·f′(x)`.
pub fn backward(op: &Unary, x: &[f32], y: &[f32], dy: &[f32], dx: &mut [f32], accumulate: bool) {
    simd::widest(Backward { op, x, y, dy, dx, accumulate });
}

/// The arguments of [`backward`].
struct Backward<'a> {
    op: &'a Unary,
    x: &'a [f32],
    y: &'a [f32],
    dy: &'a [f32],
    dx: &'a mut [f32],
    accumulate: bool,
}

impl simd::Loops for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let kind = self.op.kind;
        known!(kind, slopes(self));
    }
}

#[inline(always)]
fn slopes(kind: UnaryKind, all: Backward<'_>) {
    let Backward { op, x, y, dy, dx, accumulate } = all;
    for (((dx, dy), x), y) in dx.iter_mut().zip(dy).zip(x).zip(y) {
        // Where nothing is due, a slope without bound contributes nothing.
        let slope = derivative(kind, op.a, op.b, *x, *y);
        let share = if *dy == 0.0 { 0.0 } else { dy * slope };
        *dx = if accumulate { *dx + share } else { share };
    }
}
