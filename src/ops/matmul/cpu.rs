//! CPU kernels of [`MatMul`]: one product a lane and batch entry.

use super::MatMul;
use crate::numeric::gemm::{PackedB, gemm};

/// Memory that is reused between calls.
#[derive(Default)]
pub struct Scratch {
    packed: PackedB,
    transposed: Vec<f32>,
}

/// `y = a·b`.
pub fn forward(op: &MatMul, scratch: &mut Scratch, a: &[f32], b: &[f32], y: &mut [f32]) {
    let (m, k, n) = (op.m, op.k, op.n);
    for ((a, b), y) in
        a.chunks_exact(m * k).zip(b.chunks_exact(k * n)).zip(y.chunks_exact_mut(m * n))
    {
        scratch.packed.repack(k, n, b, n, 1);
        gemm(m, a, &scratch.packed, y, false);
    }
}

/// `da (+)= dy·bᵀ`.
pub fn backward_left(
    op: &MatMul,
    scratch: &mut Scratch,
    b: &[f32],
    dy: &[f32],
    da: &mut [f32],
    accumulate: bool,
) {
    let (m, k, n) = (op.m, op.k, op.n);
    for ((b, dy), da) in
        b.chunks_exact(k * n).zip(dy.chunks_exact(m * n)).zip(da.chunks_exact_mut(m * k))
    {
        scratch.packed.repack(n, k, b, 1, n);
        gemm(m, dy, &scratch.packed, da, accumulate);
    }
}

/// `db (+)= aᵀ·dy`.
pub fn backward_right(
    op: &MatMul,
    scratch: &mut Scratch,
    a: &[f32],
    dy: &[f32],
    db: &mut [f32],
    accumulate: bool,
) {
    let (m, k, n) = (op.m, op.k, op.n);
    scratch.transposed.resize(m * k, 0.0);
    for ((a, dy), db) in
        a.chunks_exact(m * k).zip(dy.chunks_exact(m * n)).zip(db.chunks_exact_mut(k * n))
    {
        for (i, row) in a.chunks_exact(k).enumerate() {
            for (j, v) in row.iter().enumerate() {
                scratch.transposed[j * m + i] = *v;
            }
        }
        scratch.packed.repack(m, n, dy, n, 1);
        gemm(k, &scratch.transposed, &scratch.packed, db, accumulate);
    }
}
