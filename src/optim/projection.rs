//! Projection of a point onto a half-space within a box.
//!
//! `min ‖u − x‖²  subject to  a·u ≥ b, u ∈ [lower, upper]^n` has the solution
//! `u = clip(x + λa)` with the least `λ ≥ 0` that satisfies the half-space.
//! `φ(λ) = a·clip(x + λa)` is increasing, piecewise linear and concave, so
//! Newton's method from below never overshoots and ends after finitely many
//! steps, once no further variable meets its bound.

use crate::numeric::simd::{self, Vector, WIDTH, total};
use crate::numeric::vector::dot;

/// The result of a projection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Multiplier {
    /// The multiplier; 0 where the point already lies in the half-space.
    Found(f32),
    /// The half-space misses the box; this multiplier comes nearest.
    Infeasible(f32),
}

/// Most Newton steps; each fixes at least one more variable, in practice few suffice.
const STEPS: usize = 60;

/// How far a point may stay short of the half-space, relative to its distance at the start.
const SHORT: f32 = 1e-6;

/// The twin on the device, `projection.wgsl`, has these constants.
pub(crate) fn constants() -> [(&'static str, f64); 2] {
    [("STEPS", STEPS as f64), ("SHORT", f64::from(SHORT))]
}

/// Projects `x` onto `{u : a·u ≥ b} ∩ [lower, upper]^n` and writes the point to `u`.
///
/// All slices have the same length. Newton's method starts at the multiplier `guess ≥ 0`; a guess
/// beyond the solution costs one step, because a tangent of the concave φ meets `b` before φ does.
pub fn project(
    x: &[f32],
    a: &[f32],
    b: f32,
    [lower, upper]: [f32; 2],
    guess: f32,
    u: &mut [f32],
) -> Multiplier {
    let start = b - dot(a, x);
    let short = SHORT * start.abs();
    let mut lambda = guess;
    for step in 0..STEPS {
        let (gained, slope) = simd::widest(Place { x, a, lambda, lower, upper, u });
        let gap = start - gained;
        // Only a guess can lie beyond the solution; later steps do so by rounding at most.
        let beyond = step == 0 && guess > 0.0 && gap < -short;
        if gap <= short && !beyond {
            return Multiplier::Found(lambda);
        }
        if slope <= 1e-30 && !beyond {
            return Multiplier::Infeasible(lambda);
        }
        let next = (lambda + gap / slope.max(1e-30)).max(0.0);
        if (next <= lambda && !beyond) || !next.is_finite() {
            return Multiplier::Found(lambda);
        }
        lambda = next;
    }
    Multiplier::Found(lambda)
}

/// `u = clip(x + λa)`; returns `a·(u − x)` and the sum of `a²` over variables that still move.
struct Place<'a> {
    x: &'a [f32],
    a: &'a [f32],
    lambda: f32,
    lower: f32,
    upper: f32,
    u: &'a mut [f32],
}

impl simd::Loops for Place<'_> {
    type Output = (f32, f32);

    #[inline(always)]
    fn run<V: Vector>(self) -> (f32, f32) {
        let Place { x, a, lambda, lower, upper, u } = self;
        let mut sums = [V::splat(0.0); 2];
        let (lambda, bounds) = (V::splat(lambda), [V::splat(lower), V::splat(upper)]);
        let (x, x_rest) = x.as_chunks::<WIDTH>();
        let (a, a_rest) = a.as_chunks::<WIDTH>();
        let (u, u_rest) = u.as_chunks_mut::<WIDTH>();
        for ((x, a), u) in x.iter().zip(a).zip(u) {
            place(V::load(x), V::load(a), lambda, bounds, &mut sums).store(u);
        }
        // What is left over is placed as a vector filled up with zeros, which add nothing.
        let mut last = [[0.0; WIDTH]; 3];
        last[0][..x_rest.len()].copy_from_slice(x_rest);
        last[1][..a_rest.len()].copy_from_slice(a_rest);
        place(V::load(&last[0]), V::load(&last[1]), lambda, bounds, &mut sums).store(&mut last[2]);
        u_rest.copy_from_slice(&last[2][..u_rest.len()]);
        (total(sums[0]), total(sums[1]))
    }
}

/// `u = clip(x + λa)`; adds to `a·(u − x)`, and to `a²` where a variable still moves.
#[inline(always)]
fn place<V: Vector>(x: V, a: V, lambda: V, [lower, upper]: [V; 2], sums: &mut [V; 2]) -> V {
    let zero = V::splat(0.0);
    let u = a.multiply_add(lambda, x).clamp(lower, upper);
    sums[0] = u.subtract(x).multiply_add(a, sums[0]);
    // A variable at its bound moves no more in the direction of `a`.
    let up = u.if_less(upper, a, zero);
    let down = lower.if_less(u, a, zero);
    sums[1] = zero.if_less(a, up, down).multiply_add(a, sums[1]);
    u
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_projection_satisfies_kkt() {
        /// f32 sums of 784 products.
        const TIGHT: f64 = 1e-4;
        let n = 784;
        let x: Vec<f32> = (0..n).map(|i| (i as f32 * 0.37).sin().abs()).collect();
        let a: Vec<f32> = (0..n).map(|i| (i as f32 * 1.7).cos()).collect();
        let dot = |u: &[f32]| -> f64 {
            a.iter().zip(u).map(|(a, u)| f64::from(*a) * f64::from(*u)).sum()
        };
        let b = (dot(&x) + 60.0) as f32;
        let mut u = vec![0.0; n];
        let Multiplier::Found(lambda) = project(&x, &a, b, [0.0, 1.0], 0.0, &mut u) else {
            panic!("the half-space meets the box")
        };
        assert!((dot(&u) - f64::from(b)).abs() < TIGHT * 60.0, "{}", dot(&u) - f64::from(b));
        let held = u.iter().filter(|v| **v == 0.0 || **v == 1.0).count();
        assert!(held > 50, "{held} bounds are active");
        for i in 0..n {
            let placed = (x[i] + lambda * a[i]).clamp(0.0, 1.0);
            assert!((u[i] - placed).abs() <= 2.0 * f32::EPSILON, "{} is not {placed}", u[i]);
        }
        // A guess short of it, beyond it, and far beyond it lead to the same point.
        for guess in [0.5 * lambda, 2.0 * lambda, 1e6 * lambda] {
            let outcome = project(&x, &a, b, [0.0, 1.0], guess, &mut u);
            let Multiplier::Found(found) = outcome else { panic!("{guess}: {outcome:?}") };
            assert!((found / lambda - 1.0).abs() < TIGHT as f32, "{guess}: {found}, not {lambda}");
        }
    }

    #[test]
    fn a_point_inside_stays_whatever_is_guessed() {
        for guess in [0.0, 3.0] {
            let mut u = vec![0.0; 4];
            let outcome = project(&[0.5; 4], &[1.0; 4], 1.0, [0.0, 1.0], guess, &mut u);
            assert_eq!(outcome, Multiplier::Found(0.0));
            assert_eq!(u, [0.5; 4]);
        }
    }

    #[test]
    fn a_guess_beyond_the_solution_comes_back_by_a_tangent() {
        // From 0.5 in [0, 1]² along (1, 2): φ(λ) = 5λ up to λ = 0.25, then 1 + λ up to 0.5.
        let found = |b: f32, guess: f32| {
            let mut u = [0.0; 2];
            let outcome = project(&[0.5; 2], &[1.0, 2.0], 1.5 + b, [0.0, 1.0], guess, &mut u);
            (outcome, u)
        };
        let close = |(outcome, u): (Multiplier, [f32; 2]), lambda: f32| {
            let Multiplier::Found(found) = outcome else { panic!("{outcome:?}") };
            let wanted = [0.5 + lambda, (0.5 + 2.0 * lambda).min(1.0)];
            (found - lambda).abs() < 1e-5 && u.iter().zip(wanted).all(|(u, w)| (u - w).abs() < 1e-5)
        };
        for guess in [0.0, 0.05, 0.1, 0.2, 0.3, 0.45, 0.5, 0.7, 1e9] {
            // On the first piece, on the second, and where the guess is right or a little off.
            for (b, lambda) in [(0.5, 0.1), (1.3, 0.3)] {
                assert!(close(found(b, guess), lambda), "{b} from {guess}: {:?}", found(b, guess));
                assert!(!close(found(b + 0.01, guess), lambda), "another half-space is told apart");
            }
            // A point that lies in the half-space stays where it is.
            assert_eq!(found(-0.1, guess), (Multiplier::Found(0.0), [0.5; 2]), "from {guess}");
            // What no point of the box reaches is said to be so, wherever the guess is.
            let (outcome, u) = found(1.6, guess);
            assert!(matches!(outcome, Multiplier::Infeasible(_)), "{outcome:?} from {guess}");
            assert_eq!(u, [1.0; 2]);
        }
    }

    #[test]
    fn a_half_space_that_is_nearly_reached_is_reached() {
        // As far away as its distance is small: λ = gap/5.
        for gap in [1e-4, 1e-2, 1.0] {
            let mut u = [0.0; 2];
            let outcome = project(&[0.5; 2], &[1.0, 2.0], 1.5 + gap, [0.0, 1.0], 0.0, &mut u);
            let Multiplier::Found(lambda) = outcome else { panic!("{outcome:?}") };
            assert!((lambda / (gap / 5.0) - 1.0).abs() < 0.01, "{gap}: {lambda}");
        }
    }

    #[test]
    fn an_unreachable_half_space_is_said_to_be_so() {
        let mut u = vec![0.0; 4];
        let outcome = project(&[0.5; 4], &[1.0; 4], 5.0, [0.0, 1.0], 0.0, &mut u);
        assert!(matches!(outcome, Multiplier::Infeasible(_)), "{outcome:?}");
        assert_eq!(u, vec![1.0; 4]);
        let reachable = project(&[0.5; 4], &[1.0; 4], 3.0, [0.0, 1.0], 0.0, &mut u);
        assert!(matches!(reachable, Multiplier::Found(_)), "{reachable:?}");
    }
}
