//! CPU kernels of [`Binary`].

use super::{Binary, BinaryKind};

/// `f(a, b)`.
#[inline(always)]
fn value(kind: BinaryKind, a: f32, b: f32) -> f32 {
    match kind {
        BinaryKind::Add => a + b,
        BinaryKind::Sub => a - b,
        BinaryKind::Mul => a * b,
        BinaryKind::Div => a / b,
        BinaryKind::Pow => a.powf(b),
        BinaryKind::Min => a.min(b),
        BinaryKind::Max => a.max(b),
        BinaryKind::Less => f32::from(a < b),
        BinaryKind::LessEqual => f32::from(a <= b),
        BinaryKind::Equal => f32::from(a == b),
    }
}

/// `∂f/∂a` (`which` = 0) or `∂f/∂b` (1).
#[inline(always)]
fn derivative(kind: BinaryKind, which: usize, a: f32, b: f32) -> f32 {
    match (kind, which) {
        (BinaryKind::Add, _) | (BinaryKind::Sub, 0) => 1.0,
        (BinaryKind::Sub, _) => -1.0,
        (BinaryKind::Mul, 0) => b,
        (BinaryKind::Mul, _) => a,
        (BinaryKind::Div, 0) => 1.0 / b,
        (BinaryKind::Div, _) => -a / (b * b),
        (BinaryKind::Pow, 0) => b * a.powf(b - 1.0),
        (BinaryKind::Pow, _) => {
            if a > 0.0 {
                a.powf(b) * a.ln()
            } else {
                0.0
            }
        }
        (BinaryKind::Min, 0) => f32::from(a <= b),
        (BinaryKind::Min, _) => f32::from(b < a),
        (BinaryKind::Max, 0) => f32::from(a >= b),
        (BinaryKind::Max, _) => f32::from(b > a),
        (BinaryKind::Less | BinaryKind::LessEqual | BinaryKind::Equal, _) => 0.0,
    }
}

/// Calls `visit(output, a, b)` with element offsets for every output of one lane.
#[inline(always)]
pub(crate) fn walk(op: &Binary, mut visit: impl FnMut(usize, usize, usize)) {
    let rank = op.shape.len();
    let Some(inner) = rank.checked_sub(1) else {
        visit(0, 0, 0);
        return;
    };
    let outer: usize = op.shape[..inner].iter().product();
    let (step_a, step_b) = (op.strides[0][inner], op.strides[1][inner]);
    let mut index = vec![0usize; inner];
    let (mut a, mut b, mut out) = (0usize, 0usize, 0usize);
    for _ in 0..outer {
        for i in 0..op.shape[inner] {
            visit(out + i, a + i * step_a, b + i * step_b);
        }
        out += op.shape[inner];
        for axis in (0..inner).rev() {
            index[axis] += 1;
            a += op.strides[0][axis];
            b += op.strides[1][axis];
            if index[axis] < op.shape[axis] {
                break;
            }
            a -= index[axis] * op.strides[0][axis];
            b -= index[axis] * op.strides[1][axis];
            index[axis] = 0;
        }
    }
}

/// One lane of `y = f(a, b)`.
pub fn forward(op: &Binary, a: &[f32], b: &[f32], y: &mut [f32]) {
    walk(op, |out, i, j| y[out] = value(op.kind, a[i], b[j]));
}

/// One lane of the gradient of operand `which`: `d (+)= Σ dy·∂f`.
pub fn backward(
    op: &Binary,
    which: usize,
    a: &[f32],
    b: &[f32],
    dy: &[f32],
    d: &mut [f32],
    accumulate: bool,
) {
    if !accumulate {
        d.fill(0.0);
    }
    walk(op, |out, i, j| {
        let share = dy[out];
        if share != 0.0 {
            d[if which == 0 { i } else { j }] += share * derivative(op.kind, which, a[i], b[j]);
        }
    });
}
