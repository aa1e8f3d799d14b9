//! Constants of functions that act element by element, and of sums along an axis.
//!
//! Constants are those of the functions that are meant, not of their f32
//! approximations, which differ from them by rounding.

use super::Unbounded;
use crate::model::{Network, Node};
use crate::ops::binary::cpu::walk;
use crate::ops::{
    Activation, Binary, BinaryKind, Operand, Reduce, ReduceKind, Softmax, Unary, UnaryKind,
};

/// `sup |act′|`.
pub(super) fn activation(activation: Activation) -> f64 {
    match activation {
        Activation::Sigmoid => 0.25,
        Activation::Identity | Activation::Relu | Activation::Tanh => 1.0,
    }
}

/// `sup |f′|` over all real numbers.
pub(super) fn unary(op: &Unary) -> Result<f64, Unbounded> {
    use UnaryKind as U;
    let (a, b) = (f64::from(op.a), f64::from(op.b));
    Ok(match op.kind {
        U::Relu | U::Tanh | U::Neg | U::Abs | U::Softplus => 1.0,
        U::Sin | U::Cos | U::Atan | U::Softsign | U::Asinh => 1.0,
        U::Clip => f64::from(u8::from(a < b)),
        U::Sigmoid => 0.25,
        U::LeakyRelu | U::Elu => a.abs().max(1.0),
        U::Affine | U::HardSigmoid => a.abs(),
        U::Erf => std::f64::consts::FRAC_2_SQRT_PI,
        // The maxima of σ + xσ(1−σ), Φ + xφ at √2, and of its twin with tanh, from above.
        U::Silu => 1.099_839_321,
        U::Gelu => 1.128_904_146,
        U::GeluTanh => 1.128_993_069,
        // x/3 + ½ at 3.
        U::HardSwish => 1.5,
        U::Pow if op.a == 1.0 => 1.0,
        U::Pow if op.a == 0.0 => 0.0,
        U::Exp | U::Square | U::Pow | U::Tan | U::Sinh | U::Cosh => {
            return Err(Unbounded::Steepens);
        }
        U::Asin | U::Acos | U::Acosh | U::Atanh => return Err(Unbounded::Steepens),
        U::Ln | U::Sqrt | U::Rsqrt | U::Recip => return Err(Unbounded::Divides),
        U::Not | U::Round => return Err(Unbounded::Jumps),
    })
}

/// Bound on a function of two operands, from the bounds of its inputs.
pub(super) fn binary(
    network: &Network,
    node: &Node,
    op: &Binary,
    inputs: &[f64],
) -> Result<f64, Unbounded> {
    // For a constant second factor, or for none, the operand's own part of the map.
    let part = |which: usize, factor: &dyn Fn(f64) -> f64| -> f64 {
        let Operand::Input(input) = op.operands[which] else { return 0.0 };
        let other = match op.operands[1 - which] {
            Operand::Weight(weight) => Some(&network.weight(weight).data),
            Operand::Input(_) => None,
        };
        let mut squares = vec![0.0f64; network.node(node.inputs[input]).len()];
        walk(op, |_, a, b| {
            let (own, theirs) = if which == 0 { (a, b) } else { (b, a) };
            let factor = factor(other.map_or(1.0, |data| f64::from(data[theirs])));
            squares[own] += factor * factor;
        });
        inputs[input] * squares.into_iter().fold(0.0, f64::max).sqrt()
    };
    let one = |_: f64| 1.0;
    let computed = op.operands.iter().all(|o| matches!(o, Operand::Input(_)));
    match op.kind {
        BinaryKind::Add | BinaryKind::Sub => Ok(part(0, &one) + part(1, &one)),
        // |max(a,b) − max(a′,b′)| ≤ max(|a−a′|, |b−b′|)
        BinaryKind::Min | BinaryKind::Max => Ok(part(0, &one).hypot(part(1, &one))),
        BinaryKind::Mul if computed => Err(Unbounded::Multiplies),
        BinaryKind::Mul => Ok(part(0, &|w| w) + part(1, &|w| w)),
        BinaryKind::Div if matches!(op.operands[1], Operand::Weight(_)) => {
            Some(part(0, &|w| 1.0 / w)).filter(|l| l.is_finite()).ok_or(Unbounded::Divides)
        }
        BinaryKind::Div => Err(Unbounded::Divides),
        BinaryKind::Pow => Err(Unbounded::Steepens),
        BinaryKind::Less | BinaryKind::LessEqual | BinaryKind::Equal => Err(Unbounded::Jumps),
    }
}

/// The exact constant of a reduction along an axis.
pub(super) fn reduce(op: &Reduce) -> f64 {
    match op.kind {
        ReduceKind::Sum => (op.len as f64).sqrt(),
        ReduceKind::Mean => 1.0 / (op.len as f64).sqrt(),
        ReduceKind::Max | ReduceKind::Min => 1.0,
    }
}

/// A softmax's Jacobian `diag(p) − ppᵀ` has a norm of at most ½; that of its logarithm,
/// the oblique projection `1 − 1pᵀ`, of at most `‖1‖‖p‖ ≤ √len`.
pub(super) fn softmax(op: &Softmax) -> f64 {
    match (op.len, op.log) {
        (1, _) => 0.0,
        (_, false) => 0.5,
        (len, true) => (len as f64).sqrt(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps of the differences that look for the steepest place.
    const STEP: f64 = 1e-4;

    /// The steepest difference quotient of a function.
    fn steepest(f: fn(f64) -> f64) -> f64 {
        let at = |i: i32| f(f64::from(i) * STEP);
        (-120_000..120_000).map(|i| (at(i + 1) - at(i)).abs() / STEP).fold(0.0, f64::max)
    }

    fn erf(x: f64) -> f64 {
        // Σ (−1)ⁿ x^(2n+1) / (n!(2n+1)), where it converges well.
        if x.abs() > 3.5 {
            return x.signum();
        }
        let (mut term, mut sum) = (x, 0.0);
        for n in 0..120 {
            sum += term / f64::from(2 * n + 1);
            term *= -x * x / f64::from(n + 1);
        }
        std::f64::consts::FRAC_2_SQRT_PI * sum
    }

    /// The argument of the tanh in GELU's approximation.
    fn inner(x: f64) -> f64 {
        (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x * x * x)
    }

    #[test]
    fn constants_are_the_steepest_slopes() {
        /// Rounding of a difference quotient.
        const ROUNDING: f64 = 1e-6;
        /// How far quotients fall short of a supremum at a kink, or beyond the range.
        const SHORT: f64 = 2.0 * STEP;
        type Function = fn(f64) -> f64;
        let sigmoid: Function = |x| 1.0 / (1.0 + (-x).exp());
        let cases: [(UnaryKind, Function); 13] = [
            (UnaryKind::Sigmoid, sigmoid),
            (UnaryKind::Tanh, f64::tanh),
            (UnaryKind::Erf, erf),
            (UnaryKind::Silu, |x| x / (1.0 + (-x).exp())),
            (UnaryKind::Gelu, |x| 0.5 * x * (1.0 + erf(x * std::f64::consts::FRAC_1_SQRT_2))),
            (UnaryKind::GeluTanh, |x| 0.5 * x * (1.0 + inner(x).tanh())),
            (UnaryKind::HardSwish, |x| x * (x / 6.0 + 0.5).clamp(0.0, 1.0)),
            (UnaryKind::Softsign, |x| x / (1.0 + x.abs())),
            (UnaryKind::Softplus, |x| x.exp().ln_1p()),
            (UnaryKind::Asinh, f64::asinh),
            (UnaryKind::LeakyRelu, |x| if x > 0.0 { x } else { -1.7 * x }),
            (UnaryKind::Elu, |x| if x > 0.0 { x } else { 1.4 * x.exp_m1() }),
            (UnaryKind::HardSigmoid, |x| (0.3 * x + 0.5).clamp(0.0, 1.0)),
        ];
        for (kind, f) in cases {
            let a = match kind {
                UnaryKind::LeakyRelu => -1.7,
                UnaryKind::Elu => 1.4,
                UnaryKind::HardSigmoid => 0.3,
                _ => 0.0,
            };
            let known = unary(&Unary { kind, len: 1, a, b: 0.5 }).expect("it has a constant");
            let found = steepest(f);
            assert!(found <= known + ROUNDING, "{kind:?}: {found} is steeper than {known}");
            assert!(found >= known - SHORT, "{kind:?}: {known} is more than needed, {found}");
        }
    }

    #[test]
    fn softmax_stays_within_its_constants() {
        let jacobian = |p: &[f64], log: bool| -> Vec<f64> {
            let n = p.len();
            let one = |i: usize, j: usize| f64::from(u8::from(i == j));
            (0..n * n)
                .map(|e| (e / n, e % n))
                .map(|(i, j)| if log { one(i, j) - p[j] } else { p[i] * (one(i, j) - p[j]) })
                .collect()
        };
        let softmax_of = |log| softmax(&Softmax { log, outer: 1, len: 4, inner: 1 });
        let norm = |p: [f64; 4], log| super::super::dense::norm(&jacobian(&p, log), 4);
        let (soft, logarithm) = (softmax_of(false), softmax_of(true));
        // Attained: two equal classes, and one class alone.
        assert!((norm([0.5, 0.5, 0.0, 0.0], false) - soft).abs() < 1e-12);
        assert!((norm([1.0, 0.0, 0.0, 0.0], true) - logarithm).abs() < 1e-12);
        for p in [[0.25; 4], [0.7, 0.1, 0.1, 0.1], [0.0, 0.9, 0.05, 0.05]] {
            assert!(norm(p, false) < soft && norm(p, true) < logarithm);
        }
    }
}
