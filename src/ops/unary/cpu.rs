//! CPU kernels of [`Unary`], and the functions themselves.

use std::f32::consts::FRAC_1_SQRT_2;

use super::{Unary, UnaryKind};
use crate::numeric::{exp, sigmoid, tanh};

/// `1/√(2π)`
const FRAC_1_SQRT_TAU: f32 = 0.398_942_3;
/// `√(2/π)`
const SQRT_2_OVER_PI: f32 = 0.797_884_6;
const GELU_CUBIC: f32 = 0.044_715;

/// The error function by Abramowitz and Stegun, 7.1.26.
#[inline(always)]
#[must_use]
pub fn erf(x: f32) -> f32 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x.abs());
    let polynomial = t
        * (0.254_829_6
            + t * (-0.284_496_72 + t * (1.421_413_8 + t * (-1.453_152_1 + t * 1.061_405_4))));
    (1.0 - polynomial * exp(-x * x)).copysign(x)
}

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
        UnaryKind::Elu => {
            if x > 0.0 {
                x
            } else {
                a * x.exp_m1()
            }
        }
        UnaryKind::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
        UnaryKind::Silu => x * sigmoid(x),
        UnaryKind::Gelu => 0.5 * x * (1.0 + erf(x * FRAC_1_SQRT_2)),
        UnaryKind::GeluTanh => 0.5 * x * (1.0 + tanh(gelu_inner(x))),
        UnaryKind::HardSigmoid => (a * x + b).clamp(0.0, 1.0),
        UnaryKind::HardSwish => x * (x / 6.0 + 0.5).clamp(0.0, 1.0),
        UnaryKind::Sin => x.sin(),
        UnaryKind::Cos => x.cos(),
        UnaryKind::Atan => x.atan(),
        UnaryKind::Softsign => x / (1.0 + x.abs()),
        UnaryKind::Not => f32::from(x == 0.0),
        UnaryKind::Round => x.round_ties_even(),
    }
}

#[inline(always)]
fn gelu_inner(x: f32) -> f32 {
    SQRT_2_OVER_PI * (x + GELU_CUBIC * x * x * x)
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
        UnaryKind::Sigmoid => y * (1.0 - y),
        UnaryKind::Tanh => 1.0 - y * y,
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
        UnaryKind::Elu => {
            if x > 0.0 {
                1.0
            } else {
                a * x.exp()
            }
        }
        UnaryKind::Softplus => sigmoid(x),
        UnaryKind::Silu => {
            let s = sigmoid(x);
            s * (1.0 + x * (1.0 - s))
        }
        UnaryKind::Gelu => {
            0.5 * (1.0 + erf(x * FRAC_1_SQRT_2)) + x * FRAC_1_SQRT_TAU * exp(-0.5 * x * x)
        }
        UnaryKind::GeluTanh => {
            let t = tanh(gelu_inner(x));
            let slope = SQRT_2_OVER_PI * (1.0 + 3.0 * GELU_CUBIC * x * x);
            0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * slope
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
    }
}

/// `y = f(x)`.
pub fn forward(op: &Unary, x: &[f32], y: &mut [f32]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y = value(op.kind, op.a, op.b, *x);
    }
}

/// `dx (+)= dy·f′(x)`.
pub fn backward(op: &Unary, x: &[f32], y: &[f32], dy: &[f32], dx: &mut [f32], accumulate: bool) {
    for (((dx, dy), x), y) in dx.iter_mut().zip(dy).zip(x).zip(y) {
        let share = if *dy == 0.0 { 0.0 } else { dy * derivative(op.kind, op.a, op.b, *x, *y) };
        *dx = if accumulate { *dx + share } else { share };
    }
}
