//! CPU kernels of [`Binary`].

use super::{Binary, BinaryKind};
use crate::numeric::simd::{self, Vector};

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

/// Calls `visit(output, a, b)` with the element offsets at which each row of the last axis begins.
#[inline(always)]
fn rows(op: &Binary, mut visit: impl FnMut(usize, usize, usize)) {
    let inner = op.shape.len().saturating_sub(1);
    let outer: usize = op.shape[..inner].iter().product();
    let length = op.shape.get(inner).copied().unwrap_or(1);
    let mut index = vec![0usize; inner];
    let (mut a, mut b) = (0usize, 0usize);
    for row in 0..outer {
        visit(row * length, a, b);
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

/// Outputs of a row, and the steps of both operands along it.
fn row(op: &Binary) -> (usize, [usize; 2]) {
    let step = |strides: &Vec<usize>| strides.last().copied().unwrap_or(0);
    (op.shape.last().copied().unwrap_or(1), [step(&op.strides[0]), step(&op.strides[1])])
}

/// Calls `visit(output, a, b)` with element offsets for every output of one lane.
#[inline(always)]
pub(crate) fn walk(op: &Binary, mut visit: impl FnMut(usize, usize, usize)) {
    let (length, [step_a, step_b]) = row(op);
    rows(op, |out, a, b| {
        for i in 0..length {
            visit(out + i, a + i * step_a, b + i * step_b);
        }
    });
}

/// Calls a loop with a kind that the compiler knows, where there are vectors to be had for it.
macro_rules! known {
    ($kind:expr, $run:ident $rest:tt) => {
        known!($kind, $run $rest, [Add, Sub, Mul, Div, Min, Max])
    };
    ($kind:expr, $run:ident $rest:tt, [$($known:ident),*]) => {
        match $kind {
            $(BinaryKind::$known => known!(@ $run BinaryKind::$known, $rest),)*
            other => known!(@ $run other, $rest),
        }
    };
    (@ $run:ident $kind:expr, ($($argument:expr),*)) => { $run($kind, $($argument),*) };
}

/// One lane of `y = f(a, b)`.
pub fn forward(op: &Binary, a: &[f32], b: &[f32], y: &mut [f32]) {
    simd::widest(Forward { op, a, b, y });
}

/// The arguments of [`forward`].
struct Forward<'a> {
    op: &'a Binary,
    a: &'a [f32],
    b: &'a [f32],
    y: &'a mut [f32],
}

impl simd::Loops for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        known!(self.op.kind, values(self));
    }
}

#[inline(always)]
fn values(kind: BinaryKind, all: Forward<'_>) {
    let Forward { op, a, b, y } = all;
    let (length, steps) = row(op);
    rows(op, |out, i, j| {
        let y = &mut y[out..][..length];
        match steps {
            [1, 1] => {
                for ((y, a), b) in y.iter_mut().zip(&a[i..][..length]).zip(&b[j..][..length]) {
                    *y = value(kind, *a, *b);
                }
            }
            [1, 0] => {
                let b = b[j];
                for (y, a) in y.iter_mut().zip(&a[i..][..length]) {
                    *y = value(kind, *a, b);
                }
            }
            [0, 1] => {
                let a = a[i];
                for (y, b) in y.iter_mut().zip(&b[j..][..length]) {
                    *y = value(kind, a, *b);
                }
            }
            [step_a, step_b] => {
                for (at, y) in y.iter_mut().enumerate() {
                    *y = value(kind, a[i + at * step_a], b[j + at * step_b]);
                }
            }
        }
    });
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
    simd::widest(Backward { op, which, a, b, dy, d });
}

/// The arguments of [`backward`].
struct Backward<'a> {
    op: &'a Binary,
    which: usize,
    a: &'a [f32],
    b: &'a [f32],
    dy: &'a [f32],
    d: &'a mut [f32],
}

impl simd::Loops for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        known!(self.op.kind, slopes(self));
    }
}

#[inline(always)]
fn slopes(kind: BinaryKind, all: Backward<'_>) {
    let Backward { op, which, a, b, dy, d } = all;
    // Where nothing is due, a slope without bound contributes nothing.
    let share = |due: f32, which: usize, a: f32, b: f32| {
        if due == 0.0 { 0.0 } else { due * derivative(kind, which, a, b) }
    };
    let (length, steps) = row(op);
    if steps != [1, 1] {
        walk(op, |out, i, j| {
            d[if which == 0 { i } else { j }] += share(dy[out], which, a[i], b[j]);
        });
        return;
    }
    rows(op, |out, i, j| {
        let d = &mut d[if which == 0 { i } else { j }..][..length];
        let all = d.iter_mut().zip(&dy[out..][..length]).zip(&a[i..][..length]);
        for (((d, dy), a), b) in all.zip(&b[j..][..length]) {
            *d += share(*dy, which, *a, *b);
        }
    });
}
