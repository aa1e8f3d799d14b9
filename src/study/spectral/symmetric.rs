//! The largest eigenvalue of a symmetric matrix, in f64.
//!
//! Householder reflections make the matrix tridiagonal; Sturm counts then
//! close in on its largest eigenvalue from both sides, and the upper end of
//! the bracket is returned. Both halves are backward stable: the error is a
//! few units of f64 rounding times the order, relative to the norm.

use crate::study::sums::{dot, norm};

/// Largest eigenvalue of the symmetric matrix `a`, `[n, n]`; 0 for `n` = 0.
///
/// The matrix is used up.
pub(super) fn largest_eigenvalue(a: &mut [f64], n: usize) -> f64 {
    let (diagonal, beside) = tridiagonal(a, n);
    largest_of_tridiagonal(&diagonal, &beside)
}

/// Diagonal and off-diagonal of an orthogonally similar tridiagonal matrix.
fn tridiagonal(a: &mut [f64], n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut beside = vec![0.0; n.saturating_sub(1)];
    let (mut v, mut p) = (vec![0.0; n], vec![0.0; n]);
    for k in 0..n.saturating_sub(2) {
        let m = n - k - 1;
        let (v, p) = (&mut v[..m], &mut p[..m]);
        v.copy_from_slice(&a[k * n + k + 1..][..m]);
        let length = norm(v);
        if length == 0.0 {
            continue;
        }
        // The sign that adds, so that nothing cancels.
        beside[k] = if v[0] > 0.0 { -length } else { length };
        v[0] -= beside[k];
        let half = 0.5 * dot(v, v);
        for (i, out) in p.iter_mut().enumerate() {
            *out = dot(&a[(k + 1 + i) * n + k + 1..][..m], v) / half;
        }
        let share = dot(p, v) / (2.0 * half);
        p.iter_mut().zip(&*v).for_each(|(p, v)| *p -= share * v);
        for i in 0..m {
            let row = &mut a[(k + 1 + i) * n + k + 1..][..m];
            let (vi, pi) = (v[i], p[i]);
            row.iter_mut().zip(v.iter().zip(&*p)).for_each(|(a, (v, p))| *a -= vi * p + pi * v);
        }
    }
    if n > 1 {
        beside[n - 2] = a[(n - 2) * n + n - 1];
    }
    ((0..n).map(|i| a[i * n + i]).collect(), beside)
}

/// Largest eigenvalue of a symmetric tridiagonal matrix, from above; 0 where it is empty.
pub(super) fn largest_of_tridiagonal(diagonal: &[f64], beside: &[f64]) -> f64 {
    let n = diagonal.len();
    if n == 0 {
        return 0.0;
    }
    let reach = |i: usize| {
        let left = if i > 0 { beside[i - 1].abs() } else { 0.0 };
        left + beside.get(i).map_or(0.0, |b| b.abs())
    };
    // Gershgorin's discs hold every eigenvalue; the largest diagonal entry is below the largest.
    let mut high = (0..n).map(|i| diagonal[i] + reach(i)).fold(f64::MIN, f64::max);
    let mut low = diagonal.iter().copied().fold(f64::MIN, f64::max);
    high += f64::EPSILON * high.abs();
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return high;
        }
        if all_below(diagonal, beside, middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
}

/// Whether every eigenvalue is below `x`: all pivots of `T − x` are negative.
fn all_below(diagonal: &[f64], beside: &[f64], x: f64) -> bool {
    let mut pivot = diagonal[0] - x;
    for (d, b) in diagonal[1..].iter().zip(beside) {
        if pivot >= 0.0 {
            return false;
        }
        pivot = (d - x) - b * b / pivot;
    }
    pivot < 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A few units of f64 rounding times the order.
    const TIGHT: f64 = 1e-13;

    #[test]
    fn the_largest_eigenvalue_of_known_matrices() {
        // The second difference has the eigenvalues 2 − 2cos(kπ/(n+1)).
        let n = 40;
        let mut a = vec![0.0; n * n];
        for i in 0..n {
            a[i * n + i] = 2.0;
            if i + 1 < n {
                (a[i * n + i + 1], a[(i + 1) * n + i]) = (-1.0, -1.0);
            }
        }
        let known = 2.0 + 2.0 * (std::f64::consts::PI / (n as f64 + 1.0)).cos();
        let found = largest_eigenvalue(&mut a.clone(), n);
        assert!((found - known).abs() < TIGHT, "{found} is not {known}");
        // The negative control: another matrix has another eigenvalue.
        a[0] += 0.1;
        assert!((largest_eigenvalue(&mut a, n) - known).abs() > TIGHT);
    }

    #[test]
    fn full_small_and_empty_matrices() {
        // u·uᵀ + 1 has the largest eigenvalue ‖u‖² + 1.
        let u: Vec<f64> = (0..23).map(|i| f64::from(i).sin()).collect();
        let n = u.len();
        let mut a: Vec<f64> =
            (0..n * n).map(|e| u[e / n] * u[e % n] + f64::from(u8::from(e / n == e % n))).collect();
        let found = largest_eigenvalue(&mut a, n);
        assert!((found - dot(&u, &u) - 1.0).abs() < TIGHT * found, "{found}");
        assert_eq!(largest_eigenvalue(&mut [], 0), 0.0);
        assert!((largest_eigenvalue(&mut [3.0], 1) - 3.0).abs() < TIGHT);
        assert_eq!(largest_eigenvalue(&mut [0.0; 9], 3), 0.0);
    }
}
