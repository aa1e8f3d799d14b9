//! Sums in f64, several side by side, so that the compiler can use vectors.

/// Sums that run side by side.
const SIDE_BY_SIDE: usize = 8;

/// `Σ aᵢbᵢ` of two slices of one length.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    sum(a, b, |a, b| a * b)
}

/// `Σ f(aᵢ, bᵢ)` of two slices of one length.
#[inline(always)]
pub(super) fn sum(a: &[f64], b: &[f64], f: impl Fn(f64, f64) -> f64) -> f64 {
    let (a, rest_a) = a.as_chunks::<SIDE_BY_SIDE>();
    let (b, rest_b) = b.as_chunks::<SIDE_BY_SIDE>();
    let mut sums = [0.0; SIDE_BY_SIDE];
    for (a, b) in a.iter().zip(b) {
        for i in 0..SIDE_BY_SIDE {
            sums[i] += f(a[i], b[i]);
        }
    }
    let rest: f64 = rest_a.iter().zip(rest_b).map(|(a, b)| f(*a, *b)).sum();
    sums.iter().sum::<f64>() + rest
}

/// `‖v‖₂`.
pub(super) fn norm(v: &[f64]) -> f64 {
    dot(v, v).sqrt()
}
