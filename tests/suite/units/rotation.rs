//! Random rotations and their powers.

use blindspots::study::units::{Rotation, unit_directions};
use rand_pcg::Pcg32;

use crate::support::compare::{Tolerance, assert_close, wide};

/// Products of orthogonal f32 matrices, entries at most 1.
const ORTHOGONAL: Tolerance =
    Tolerance { name: "orthogonal", absolute: 3e-6, relative: 0.0, of_largest: 0.0 };

fn product(n: usize, a: &[f64], b: &[f64]) -> Vec<f64> {
    let at = |i: usize| (0..n).map(|k| a[i / n * n + k] * b[k * n + i % n]).sum();
    (0..n * n).map(at).collect()
}

fn transposed(n: usize, a: &[f64]) -> Vec<f64> {
    (0..n * n).map(|i| a[i % n * n + i / n]).collect()
}

#[test]
fn powers_are_orthogonal_and_add_up() {
    for n in [1, 2, 3, 16, 33, 100] {
        let q = Rotation::random(n, &mut Pcg32::new(n as u64, 0));
        let power = |alpha: f64| wide(&q.power(alpha));
        let identity = wide(&unit_directions(n));
        assert_close("Q⁰ = I", &power(0.0), &identity, Tolerance::EXACT);
        for alpha in [1e-9, 0.3, 1.0] {
            let turned = power(alpha);
            let square = product(n, &transposed(n, &turned), &turned);
            assert_close("QᵅᵀQᵅ = I", &square, &identity, ORTHOGONAL);
        }
        let sum = product(n, &power(0.3), &power(0.7));
        assert_close("Q^0.3·Q^0.7 = Q¹", &sum, &power(1.0), ORTHOGONAL);
        assert_close("Q^0 from nearby", &power(1e-9), &identity, ORTHOGONAL);
        if n > 1 {
            let differ = power(1.0).iter().zip(&identity).any(|(a, b)| (a - b).abs() > 0.1);
            assert!(differ, "a random rotation of ℝ{n} is hardly the identity");
        }
    }
}

/// Means of tr Q, (tr Q)², tr Q² and (tr Q²)² over many rotations.
fn moments(n: usize, draw: impl Fn(u64) -> Vec<f64>) -> [f64; 4] {
    const DRAWS: u64 = 4000;
    let mut sums = [0.0; 4];
    for seed in 0..DRAWS {
        let angles = draw(seed);
        let trace =
            |k: f64| angles.iter().map(|t| 2.0 * (k * t).cos()).sum::<f64>() + (n % 2) as f64;
        let (first, second) = (trace(1.0), trace(2.0));
        for (sum, v) in sums.iter_mut().zip([first, first * first, second, second * second]) {
            *sum += v / DRAWS as f64;
        }
    }
    sums
}

#[test]
fn angles_have_the_law_of_uniform_rotations() {
    /// Five standard errors of a mean of 4,000 numbers with variance of at most 12.
    const SAMPLING: f64 = 0.28;
    // Traces of powers of a uniform rotation (Diaconis and Shahshahani, 1994): tr Qᵏ has the
    // mean 1 for even k, 0 for odd, and the variance k, from a small dimension on.
    let expected = [0.0, 1.0, 1.0, 3.0];
    for n in [6, 7, 20, 21] {
        let uniform = |seed| Rotation::random(n, &mut Pcg32::new(seed, 1)).angles().to_vec();
        for (found, right) in moments(n, uniform).iter().zip(expected) {
            assert!((found - right).abs() < SAMPLING, "SO({n}): {found} instead of {right}");
        }
        // Control: angles that do not repel each other are not those of a rotation.
        let independent = |seed: u64| -> Vec<f64> {
            let mut random = crate::support::networks::Random::new(seed + 1);
            (0..n / 2).map(|_| f64::from(random.between(0.0, std::f32::consts::PI))).collect()
        };
        assert!((moments(n, independent)[1] - 1.0).abs() > SAMPLING, "SO({n}): control passes");
    }
}

#[test]
fn columns_point_everywhere_alike() {
    // ⟨eᵢ, Q eⱼ⟩ of a uniform rotation has the mean 0 and the variance 1/n.
    const N: usize = 5;
    const DRAWS: usize = 3000;
    let mut sums = vec![(0.0, 0.0); N * N];
    for seed in 0..DRAWS as u64 {
        let q = Rotation::random(N, &mut Pcg32::new(seed, 2)).power(1.0);
        for (sum, v) in sums.iter_mut().zip(wide(&q)) {
            *sum = (sum.0 + v / DRAWS as f64, sum.1 + v * v / DRAWS as f64);
        }
    }
    for (mean, square) in sums {
        // Five standard errors: √(0.2/3000) = 0.008 and √(0.06/3000) < 0.005.
        assert!(mean.abs() < 0.04 && (square - 0.2).abs() < 0.025, "{mean} and {square}");
    }
    let halfway = Rotation::random(N, &mut Pcg32::new(0, 2)).power(0.5);
    let trace: f64 = (0..N).map(|i| f64::from(halfway[i * N + i])).sum();
    assert!(trace > 1.0, "control: half a rotation is nearer to the identity, trace {trace}");
}

#[test]
fn the_same_seed_gives_the_same_rotation() {
    let draw = |seed| Rotation::random(30, &mut Pcg32::new(seed, 3)).power(0.4);
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
}
