//! What functions are, in f64 formulas that cancel nowhere, and how far off they may be.

use blindspots::ops::{Unary, UnaryKind};

/// One unit in the last place, relative to the number, at most.
pub(super) const ULP: f64 = 1.0 / (1 << 23) as f64;

/// Devices make numbers below the smallest normal one zero, and exponentials saturate to little
/// more than that.
pub(super) const SMALLEST: f64 = 2.0 * f32::MIN_POSITIVE as f64;

/// How far a result may be off: so many units in the last place, and absolutely.
#[derive(Clone, Copy)]
pub(super) struct Bound {
    pub(super) ulps: f64,
    pub(super) absolute: f64,
}

const fn within(ulps: f64) -> Bound {
    Bound { ulps, absolute: 0.0 }
}

/// What a function is, and what is asked of it at a point.
pub(super) struct Truth {
    pub(super) value: f64,
    pub(super) slope: f64,
    pub(super) value_bound: Bound,
    pub(super) slope_bound: Bound,
    /// Argument of the exponential in it: WGSL allows that 3 + 2|x| ulp, and quotients 2.5.
    pub(super) exponent: f64,
}

/// `1 − erf x`: the continued fraction far out, Kummer's series of `erf` elsewhere.
fn erfc(x: f64) -> f64 {
    if x < 0.0 {
        return 2.0 - erfc(-x);
    }
    let root = std::f64::consts::PI.sqrt();
    if x < 2.0 {
        return 1.0 - erf(x);
    }
    let tail = (1..=120).rev().fold(x, |tail, n| x + f64::from(n) / 2.0 / tail);
    (-x * x).exp() / (root * tail)
}

fn erf(x: f64) -> f64 {
    if x.abs() >= 2.0 {
        return x.signum() * (1.0 - erfc(x.abs()));
    }
    let (mut term, mut sum, mut n) = (x, x, 0.0);
    while term.abs() > 1e-18 * sum.abs() {
        n += 1.0;
        term *= 2.0 * x * x / (2.0 * n + 1.0);
        sum += term;
    }
    2.0 / std::f64::consts::PI.sqrt() * (-x * x).exp() * sum
}

/// The logistic function.
fn logistic(z: f64) -> f64 {
    if z < 0.0 { z.exp() / (1.0 + z.exp()) } else { 1.0 / (1.0 + (-z).exp()) }
}

/// A function, its slope, and their bounds as their texts say; `None` where it is not defined.
pub(super) fn truth(op: &Unary, x: f64) -> Option<Truth> {
    let (a, b) = (f64::from(op.a), f64::from(op.b));
    let step = |holds: bool| f64::from(u8::from(holds));
    let exact = within(0.0);
    let of = |value: f64, slope: f64, value_bound: Bound, slope_bound: Bound| Truth {
        value,
        slope,
        value_bound,
        slope_bound,
        exponent: 0.0,
    };
    // The smallest number that an exponential saturates to, times the argument.
    let floor = |ulps: f64| Bound { ulps, absolute: SMALLEST * x.abs() };
    let truth = match op.kind {
        UnaryKind::Relu => of(x.max(0.0), step(x > 0.0), exact, exact),
        UnaryKind::LeakyRelu => {
            let slope = if x > 0.0 { 1.0 } else { a };
            of(slope * x, slope, within(1.0), exact)
        }
        UnaryKind::Sigmoid => {
            let slope = logistic(x) * logistic(-x);
            Truth { exponent: x, ..of(logistic(x), slope, within(3.0), within(8.0)) }
        }
        UnaryKind::Tanh => {
            let e = (-2.0 * x.abs()).exp();
            let slope = 4.0 * e / ((1.0 + e) * (1.0 + e));
            let bound = Bound { ulps: 8.0, absolute: 8.0 * SMALLEST };
            Truth { exponent: 2.0 * x, ..of(x.tanh(), slope, within(6.0), bound) }
        }
        UnaryKind::Exp if x < 88.0 => {
            Truth { exponent: x, ..of(x.exp(), x.exp(), within(2.0), within(2.0)) }
        }
        UnaryKind::Erf => {
            let slope = 2.0 / std::f64::consts::PI.sqrt() * (-x * x).exp();
            let bound = within(6.0 + x * x);
            Truth { exponent: x * x, ..of(erf(x), slope, within(2.0), bound) }
        }
        UnaryKind::Elu => {
            let (value, slope) = if x > 0.0 { (x, 1.0) } else { (a * x.exp_m1(), a * x.exp()) };
            Truth { exponent: x, ..of(value, slope, within(6.0), within(3.0)) }
        }
        UnaryKind::Softplus => {
            let value = x.max(0.0) + (-x.abs()).exp().ln_1p();
            Truth { exponent: x, ..of(value, logistic(x), within(3.0), within(3.0)) }
        }
        UnaryKind::Silu => {
            let slope = logistic(x) * (1.0 + x * logistic(-x));
            let near = Bound { absolute: 4e-7, ..floor(8.0) };
            Truth { exponent: x, ..of(x * logistic(x), slope, floor(5.0), near) }
        }
        UnaryKind::Gelu => {
            let half = 0.5 * erfc(-x / std::f64::consts::SQRT_2);
            let bell = (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
            let ulps = 12.0 + 2.0 * x * x;
            let near = Bound { absolute: 5e-7, ..floor(ulps) };
            Truth { exponent: 0.5 * x * x, ..of(x * half, half + x * bell, floor(ulps), near) }
        }
        UnaryKind::GeluTanh => {
            let root = 2.0 * (2.0 / std::f64::consts::PI).sqrt();
            let z = root * (x + 0.044715 * x * x * x);
            let rise = root * (1.0 + 3.0 * 0.044715 * x * x);
            let slope = logistic(z) * (1.0 + x * rise * logistic(-z));
            let ulps = 8.0 + 4.0 * z.abs().min(90.0);
            let near = Bound { absolute: 1e-6, ..floor(ulps) };
            let slope = if slope.is_nan() { step(x > 0.0) } else { slope };
            Truth { exponent: z, ..of(x * logistic(z), slope, floor(ulps), near) }
        }
        UnaryKind::HardSigmoid => {
            let z = a * x + b;
            let near = Bound { ulps: 2.0, absolute: 1e-7 };
            of(z.clamp(0.0, 1.0), a * step(z > 0.0 && z < 1.0), near, exact)
        }
        UnaryKind::HardSwish => {
            let gate = (x / 6.0 + 0.5).clamp(0.0, 1.0);
            let slope = gate + x / 6.0 * step(gate > 0.0 && gate < 1.0);
            let near = Bound { ulps: 4.0, absolute: 4e-7 };
            of(x * gate, slope, near, near)
        }
        UnaryKind::Atan => of(x.atan(), 1.0 / (1.0 + x * x), within(4.0), within(4.0)),
        UnaryKind::Softsign => {
            let d = 1.0 + x.abs();
            of(x / d, 1.0 / (d * d), within(4.0), within(5.0))
        }
        UnaryKind::Asin | UnaryKind::Acos if x.abs() < 1.0 => {
            let slope = 1.0 / ((1.0 - x) * (1.0 + x)).sqrt();
            let (value, slope) = match op.kind {
                UnaryKind::Asin => (x.asin(), slope),
                // 2 arctan √((1−x)/(1+x)), which does not cancel near 1.
                _ => (2.0 * ((1.0 - x) / (1.0 + x)).sqrt().atan(), -slope),
            };
            of(value, slope, within(4.0), within(4.0))
        }
        UnaryKind::Sinh if x.abs() < 88.0 => {
            Truth { exponent: x, ..of(x.sinh(), x.cosh(), within(4.0), within(4.0)) }
        }
        UnaryKind::Cosh if x.abs() < 88.0 => {
            Truth { exponent: x, ..of(x.cosh(), x.sinh(), within(4.0), within(4.0)) }
        }
        UnaryKind::Asinh => {
            let size = x.abs();
            let value = (size + x * x / (1.0 + x.hypot(1.0))).ln_1p().copysign(x);
            of(value, 1.0 / x.hypot(1.0), within(4.0), within(4.0))
        }
        UnaryKind::Acosh if x > 1.0 => {
            let t = x - 1.0;
            let root = (t * (t + 2.0)).sqrt();
            of((t + root).ln_1p(), 1.0 / root, within(4.0), within(4.0))
        }
        UnaryKind::Atanh if x.abs() < 1.0 => {
            let value = 0.5 * (x.ln_1p() - (-x).ln_1p());
            of(value, 1.0 / ((1.0 - x) * (1.0 + x)), within(4.0), within(4.0))
        }
        // Libraries' own, or correctly rounded; or not defined there.
        UnaryKind::Exp
        | UnaryKind::Ln
        | UnaryKind::Sqrt
        | UnaryKind::Rsqrt
        | UnaryKind::Recip
        | UnaryKind::Neg
        | UnaryKind::Abs
        | UnaryKind::Square
        | UnaryKind::Pow
        | UnaryKind::Affine
        | UnaryKind::Clip
        | UnaryKind::Sin
        | UnaryKind::Cos
        | UnaryKind::Not
        | UnaryKind::Round
        | UnaryKind::Tan
        | UnaryKind::Asin
        | UnaryKind::Acos
        | UnaryKind::Sinh
        | UnaryKind::Cosh
        | UnaryKind::Acosh
        | UnaryKind::Atanh => return None,
    };
    Some(truth)
}
