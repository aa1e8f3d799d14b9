//! Random rotations and their fractional powers.
//!
//! *Network Dissection* (Bau et al., 2017) turns a layer's basis gradually: a
//! rotation `Q`, uniform on SO(n), and `Qᵅ` on the shortest path from the
//! units (α = 0) to a random basis (α = 1). There `Q` is drawn first and then
//! decomposed. Here it is drawn decomposed, which costs no eigenvalue problem
//! of size n:
//!
//! `Qᵅ = U·R(αθ)·Uᵀ`, with `R` turning the planes of columns `(2j, 2j+1)` of
//! `U` by `αθⱼ`, `θⱼ ∈ [0, π]`.
//!
//! The uniform measure is invariant under conjugation, so `Q` is uniform if `U`
//! is uniform on O(n) and, independently, the angles have the law of a uniform
//! rotation's: `U` is a product of random reflections (Stewart, 1980), and
//! `2cos θⱼ` are the eigenvalues of Killip and Nenciu's (2004, Theorem 2)
//! random Jacobi matrix with β = 2.

use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg32;

use crate::numeric::gemm::{PackedB, gemm};

/// A rotation of ℝⁿ, in the form that can be raised to any power.
#[derive(Clone, Debug)]
pub struct Rotation {
    n: usize,
    /// `U`, `[n, n]` row-major.
    basis: Vec<f32>,
    /// One angle for every two columns of `U`, in [0, π].
    angles: Vec<f64>,
}

impl Rotation {
    /// A rotation that is uniform on SO(n).
    #[must_use]
    pub fn random(n: usize, generator: &mut Pcg32) -> Rotation {
        Rotation { n, angles: angles(n, generator), basis: reflections(n, generator) }
    }

    /// Angles of the planes it turns, in [0, π].
    #[must_use]
    pub fn angles(&self) -> &[f64] {
        &self.angles
    }

    /// `Qᵅ`, `[n, n]` row-major.
    #[must_use]
    pub fn power(&self, alpha: f64) -> Vec<f32> {
        let n = self.n;
        if alpha == 0.0 {
            return super::unit_directions(n);
        }
        let mut turned = self.basis.clone();
        for row in turned.chunks_exact_mut(n) {
            for (pair, angle) in row.chunks_exact_mut(2).zip(&self.angles) {
                let (sin, cos) = (alpha * angle).sin_cos();
                let (a, b) = (f64::from(pair[0]), f64::from(pair[1]));
                pair[0] = (cos * a + sin * b) as f32;
                pair[1] = (cos * b - sin * a) as f32;
            }
        }
        let mut power = vec![0.0; n * n];
        gemm(n, &turned, &PackedB::pack(n, n, &self.basis, 1, n), &mut power, false);
        power
    }
}

/// A uniform orthogonal matrix `[n, n]`: reflections that lead random vectors of
/// growing dimension to an axis, with random signs.
fn reflections(n: usize, generator: &mut Pcg32) -> Vec<f32> {
    let mut u = vec![0.0f64; n * n];
    u.iter_mut().step_by(n + 1).for_each(|v| *v = 1.0);
    let mut along = vec![0.0f64; n];
    for first in (0..n).rev() {
        let mut v: Vec<f64> = (first..n).map(|_| StandardNormal.sample(generator)).collect();
        let length = v.iter().map(|v| v * v).sum::<f64>().sqrt();
        let sign = if v[0] < 0.0 { -1.0 } else { 1.0 };
        v[0] += sign * length;
        let scale = 2.0 / v.iter().map(|v| v * v).sum::<f64>();
        // u ← −sign·(1 − scale·v·vᵀ)·u; rows above `first` are still those of the identity.
        along[first..].fill(0.0);
        for (row, v) in u.chunks_exact(n).skip(first).zip(&v) {
            along[first..].iter_mut().zip(&row[first..]).for_each(|(a, u)| *a += scale * v * u);
        }
        for (row, v) in u.chunks_exact_mut(n).skip(first).zip(&v) {
            row[first..]
                .iter_mut()
                .zip(&along[first..])
                .for_each(|(u, a)| *u = sign * (v * a - *u));
        }
    }
    u.into_iter().map(|v| v as f32).collect()
}

/// The angles of a uniform rotation of ℝⁿ, ⌊n/2⌋ of them.
fn angles(n: usize, generator: &mut Pcg32) -> Vec<f64> {
    let planes = n / 2;
    if planes == 0 {
        return Vec::new();
    }
    // α of index −1 and 2·planes − 1 are −1; the others are independent.
    let drawn: Vec<f64> = (1..2 * planes)
        .rev()
        .map(|freedom| {
            let t = chi_square(freedom, generator);
            let s = chi_square(freedom + 2 * (n % 2), generator);
            (t - s) / (t + s)
        })
        .chain([-1.0])
        .collect();
    let alpha = |index: usize| if index == 0 { -1.0 } else { drawn[index - 1] };
    let diagonal: Vec<f64> = (0..planes)
        .map(|k| {
            let before = if k == 0 { 0.0 } else { alpha(2 * k - 1) };
            (1.0 - alpha(2 * k)) * alpha(2 * k + 1) - (1.0 + alpha(2 * k)) * before
        })
        .collect();
    let squares: Vec<f64> = (1..planes)
        .map(|k| {
            let (a, b, c) = (alpha(2 * k - 2), alpha(2 * k - 1), alpha(2 * k));
            (1.0 - a) * (1.0 - b * b) * (1.0 + c)
        })
        .collect();
    (0..planes).map(|index| (0.5 * eigenvalue(&diagonal, &squares, index)).acos()).collect()
}

/// Sum of the squares of independent standard normal numbers.
fn chi_square(freedom: usize, generator: &mut Pcg32) -> f64 {
    let square = |v: f64| v * v;
    (0..freedom).map(|_| square(StandardNormal.sample(generator))).sum()
}

/// The eigenvalue of a number, from the smallest, of a symmetric tridiagonal matrix with
/// spectrum in [−2, 2]: bisection on Sturm's count of negative pivots.
///
/// `squares` are those of the elements beside the diagonal.
fn eigenvalue(diagonal: &[f64], squares: &[f64], index: usize) -> f64 {
    let below = |x: f64| {
        let mut pivot = 1.0;
        diagonal
            .iter()
            .enumerate()
            .filter(|(k, d)| {
                let coupling = if *k == 0 { 0.0 } else { squares[k - 1] / pivot };
                pivot = **d - x - coupling;
                if pivot == 0.0 {
                    pivot = f64::MIN_POSITIVE;
                }
                pivot < 0.0
            })
            .count()
    };
    let (mut low, mut high) = (-2.0, 2.0);
    // Until the ends are neighbours in f64.
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if below(middle) > index { high = middle } else { low = middle }
    }
    low
}
