//! Projection of a point onto a half-space within a box.
//!
//! `min ‖u − x‖²  subject to  a·u ≥ b, u ∈ [lower, upper]^n` has the solution
//! `u = clip(x + λa)` with the least `λ ≥ 0` that satisfies the half-space.
//! `φ(λ) = a·clip(x + λa)` is increasing, piecewise linear and concave, so
//! Newton's method from below never overshoots and ends after finitely many
//! steps, once no further variable meets its bound.

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
const SHORT: f64 = 1e-6;

/// The twin on the device, `projection.wgsl`, has these constants.
pub(crate) fn constants() -> [(&'static str, f64); 2] {
    [("STEPS", STEPS as f64), ("SHORT", SHORT)]
}

/// Projects `x` onto `{u : a·u ≥ b} ∩ [lower, upper]^n` and writes the point to `u`.
///
/// All slices have the same length.
pub fn project(x: &[f32], a: &[f32], b: f32, lower: f32, upper: f32, u: &mut [f32]) -> Multiplier {
    let mut lambda = 0.0f32;
    let mut first_gap = None;
    for _ in 0..STEPS {
        let (value, slope) = place(x, a, lambda, lower, upper, u);
        let gap = f64::from(b) - value;
        let start = *first_gap.get_or_insert(gap);
        if gap <= SHORT * start.abs() || gap <= 0.0 {
            return Multiplier::Found(lambda);
        }
        if slope <= 1e-30 {
            return Multiplier::Infeasible(lambda);
        }
        let next = lambda + (gap / slope) as f32;
        if next <= lambda || !next.is_finite() {
            return Multiplier::Found(lambda);
        }
        lambda = next;
    }
    Multiplier::Found(lambda)
}

/// `u = clip(x + λa)`; returns `a·u` and the sum of `a²` over variables that still move.
fn place(x: &[f32], a: &[f32], lambda: f32, lower: f32, upper: f32, u: &mut [f32]) -> (f64, f64) {
    const LANES: usize = 16;
    let n = x.len();
    let (a, u) = (&a[..n], &mut u[..n]);
    let mut values = [0.0f32; LANES];
    let mut slopes = [0.0f32; LANES];
    let mut one = |i: usize, lane: usize| {
        let free = x[i] + lambda * a[i];
        let held = free.clamp(lower, upper);
        u[i] = held;
        values[lane] += a[i] * held;
        // A variable at its bound moves no more in the direction of `a`.
        let ahead = if a[i] > 0.0 { held < upper } else { held > lower };
        slopes[lane] += if ahead { a[i] * a[i] } else { 0.0 };
    };
    let whole = n - n % LANES;
    for start in (0..whole).step_by(LANES) {
        for lane in 0..LANES {
            one(start + lane, lane);
        }
    }
    for i in whole..n {
        one(i, i - whole);
    }
    let sum = |v: [f32; LANES]| v.iter().map(|v| f64::from(*v)).sum::<f64>();
    (sum(values), sum(slopes))
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
        let Multiplier::Found(lambda) = project(&x, &a, b, 0.0, 1.0, &mut u) else {
            panic!("the half-space meets the box")
        };
        assert!((dot(&u) - f64::from(b)).abs() < TIGHT * 60.0, "{}", dot(&u) - f64::from(b));
        let held = u.iter().filter(|v| **v == 0.0 || **v == 1.0).count();
        assert!(held > 50, "{held} bounds are active");
        for i in 0..n {
            assert_eq!(u[i], (x[i] + lambda * a[i]).clamp(0.0, 1.0));
        }
    }

    #[test]
    fn an_unreachable_half_space_is_said_to_be_so() {
        let mut u = vec![0.0; 4];
        let outcome = project(&[0.5; 4], &[1.0; 4], 5.0, 0.0, 1.0, &mut u);
        assert!(matches!(outcome, Multiplier::Infeasible(_)), "{outcome:?}");
        assert_eq!(u, vec![1.0; 4]);
        let reachable = project(&[0.5; 4], &[1.0; 4], 3.0, 0.0, 1.0, &mut u);
        assert!(matches!(reachable, Multiplier::Found(_)), "{reachable:?}");
    }
}
