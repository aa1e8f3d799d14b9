//! Functions of one and of two elements, with the variances of their rounding.

use super::{Careful, FUNCTION};
use crate::ops::binary::cpu::walk;
use crate::ops::{Activation, Binary, BinaryKind, Unary, UnaryKind};

/// `1 − erf x`: the continued fraction far out, Kummer's series of `erf` elsewhere.
fn erfc(x: f64) -> f64 {
    if x < 0.0 {
        return 2.0 - erfc(-x);
    }
    if x < 2.0 {
        return 1.0 - erf(x);
    }
    let tail = (1..=100).rev().fold(x, |tail, n| x + 0.5 * f64::from(n) / tail);
    (-x * x).exp() * 0.5 * std::f64::consts::FRAC_2_SQRT_PI / tail
}

/// The error function.
fn erf(x: f64) -> f64 {
    if x.abs() >= 2.0 {
        return x.signum() * (1.0 - erfc(x.abs()));
    }
    let (mut term, mut sum, mut n) = (x, x, 0.0);
    while term.abs() > 1e-17 * sum.abs() {
        n += 1.0;
        term *= 2.0 * x * x / (2.0 * n + 1.0);
        sum += term;
    }
    std::f64::consts::FRAC_2_SQRT_PI * (-x * x).exp() * sum
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

/// `f(x)`, as the text of [`UnaryKind`] has it.
fn value(op: &Unary, x: f64) -> f64 {
    let (a, b) = (f64::from(op.a), f64::from(op.b));
    let truth = |holds: bool| f64::from(u8::from(holds));
    match op.kind {
        UnaryKind::Relu => x.max(0.0),
        UnaryKind::LeakyRelu => x * if x > 0.0 { 1.0 } else { a },
        UnaryKind::Sigmoid => sigmoid(x),
        UnaryKind::Tanh => x.tanh(),
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
        UnaryKind::Elu if x > 0.0 => x,
        UnaryKind::Elu => a * x.exp_m1(),
        UnaryKind::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
        UnaryKind::Silu => x * sigmoid(x),
        UnaryKind::Gelu => 0.5 * x * erfc(-x * std::f64::consts::FRAC_1_SQRT_2),
        UnaryKind::GeluTanh => {
            let root = 2.0 * (2.0 / std::f64::consts::PI).sqrt();
            x * sigmoid(root * (x + 0.044_715 * x * x * x))
        }
        UnaryKind::HardSigmoid => (a * x + b).clamp(0.0, 1.0),
        UnaryKind::HardSwish => x * (x / 6.0 + 0.5).clamp(0.0, 1.0),
        UnaryKind::Sin => x.sin(),
        UnaryKind::Cos => x.cos(),
        UnaryKind::Atan => x.atan(),
        UnaryKind::Softsign => x / (1.0 + x.abs()),
        UnaryKind::Not => truth(x == 0.0),
        UnaryKind::Round => x.round_ties_even(),
        UnaryKind::Tan => x.tan(),
        UnaryKind::Asin => x.asin(),
        UnaryKind::Acos => x.acos(),
        UnaryKind::Sinh => x.sinh(),
        UnaryKind::Cosh => x.cosh(),
        UnaryKind::Asinh => x.asinh(),
        UnaryKind::Acosh => x.acosh(),
        UnaryKind::Atanh => x.atanh(),
    }
}

/// The square of how far `f` is from `y` at both ends of an argument's error.
#[inline(always)]
fn carried(f: impl Fn(f64) -> f64, y: f64, x: f64, variance: f64) -> f64 {
    if variance == 0.0 {
        return 0.0;
    }
    let error = variance.sqrt();
    // Where an end is outside the function's domain, the other counts.
    let off = (f(x + error) - y).abs().max((f(x - error) - y).abs());
    off * off
}

/// The square of a function's own rounding at a value.
fn rounded(y: f64, rounding: f64) -> f64 {
    (FUNCTION * rounding * y).powi(2)
}

pub(super) fn unary(op: &Unary, x: &Careful, rounding: f64) -> Careful {
    let exact = matches!(
        op.kind,
        UnaryKind::Relu
            | UnaryKind::Neg
            | UnaryKind::Abs
            | UnaryKind::Clip
            | UnaryKind::Not
            | UnaryKind::Round
    );
    // A product is rounded before the sum, which may cancel.
    let product = |x: f64| match op.kind {
        UnaryKind::Affine | UnaryKind::HardSigmoid => rounded(f64::from(op.a) * x, rounding),
        _ => 0.0,
    };
    let own = |x, y| if exact { 0.0 } else { rounded(y, rounding) + product(x) };
    match op.kind {
        UnaryKind::Relu => each(x, |x| x.max(0.0), |_, _| 0.0),
        _ => each(x, |x| value(op, x), own),
    }
}

/// A function of every element, whose own rounding adds so much to the variance.
#[inline(always)]
fn each(x: &Careful, f: impl Fn(f64) -> f64, own: impl Fn(f64, f64) -> f64) -> Careful {
    let of = |(x, variance): (&f64, &f64)| {
        let y = f(*x);
        (y, own(*x, y) + carried(&f, y, *x, *variance))
    };
    let (values, variances) = x.values.iter().zip(&x.variances).map(of).unzip();
    Careful { values, variances }
}

/// Applies a fused activation.
pub(super) fn activate(activation: Activation, z: &mut Careful, rounding: f64) {
    let kind = match activation {
        Activation::Identity => return,
        Activation::Relu => UnaryKind::Relu,
        Activation::Sigmoid => UnaryKind::Sigmoid,
        Activation::Tanh => UnaryKind::Tanh,
    };
    *z = unary(&Unary { kind, len: z.values.len(), a: 0.0, b: 0.0 }, z, rounding);
}

/// `f(a, b)`, as the text of [`BinaryKind`] has it.
fn value_of_two(kind: BinaryKind, a: f64, b: f64) -> f64 {
    let truth = |holds: bool| f64::from(u8::from(holds));
    match kind {
        BinaryKind::Add => a + b,
        BinaryKind::Sub => a - b,
        BinaryKind::Mul => a * b,
        BinaryKind::Div => a / b,
        BinaryKind::Pow => a.powf(b),
        BinaryKind::Min => a.min(b),
        BinaryKind::Max => a.max(b),
        BinaryKind::Less => truth(a < b),
        BinaryKind::LessEqual => truth(a <= b),
        BinaryKind::Equal => truth(a == b),
    }
}

pub(super) fn binary(op: &Binary, a: &Careful, b: &Careful, rounding: f64) -> Careful {
    let mut y = Careful::zeros(op.shape.iter().product());
    walk(op, |out, i, j| {
        let ((a, va), (b, vb)) = (a.at(i), b.at(j));
        let value = value_of_two(op.kind, a, b);
        let of_a = carried(|a| value_of_two(op.kind, a, b), value, a, va);
        let of_b = carried(|b| value_of_two(op.kind, a, b), value, b, vb);
        y.set(out, (value, of_a + of_b + rounded(value, rounding)));
    });
    y
}
