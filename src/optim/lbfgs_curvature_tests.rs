//! Curvature pairs: which are kept, what the recursion makes of them, and when they are given up.

use super::tests::settings;
use super::{Lbfgs, Status};

/// What the recursion should make of `d`: BFGS's inverse matrix over the free variables, built up in
/// f64 from the pairs of F = φ + μ‖x − a‖², oldest first, times `d`.
fn by_matrices(pairs: &[([f64; 4], [f64; 4])], mu: f64, free: [f64; 4], d: [f64; 4]) -> [f64; 4] {
    let dot = |a: &[f64; 4], b: &[f64; 4]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    let of_f: Vec<_> = pairs
        .iter()
        .map(|(s, y)| {
            let s: [f64; 4] = std::array::from_fn(|i| free[i] * s[i]);
            (s, std::array::from_fn(|i| free[i] * y[i] + 2.0 * mu * s[i]))
        })
        .filter(|(s, y)| dot(s, y) > 0.0)
        .collect();
    let (s, y) = of_f.last().expect("a pair with curvature");
    let scale = dot(s, y) / dot(y, y);
    let mut inverse = [[0.0; 4]; 4];
    (0..4).for_each(|i| inverse[i][i] = scale);
    for (s, y) in &of_f {
        let sy = dot(s, y);
        let hy: [f64; 4] = std::array::from_fn(|i| dot(&inverse[i], y));
        let yhy = dot(y, &hy);
        for i in 0..4 {
            for j in 0..4 {
                inverse[i][j] +=
                    (1.0 + yhy / sy) * s[i] * s[j] / sy - (hy[i] * s[j] + s[i] * hy[j]) / sy;
            }
        }
    }
    std::array::from_fn(|i| dot(&inverse[i], &d))
}

#[test]
fn the_recursion_is_the_inverse_of_bfgs() {
    /// Some dozens of roundings in f32.
    const ROUNDINGS: f64 = 1e-5;
    // The second step has curvature only in the third variable.
    let steps: [([f32; 4], [f32; 4]); 3] = [
        ([0.5, -0.2, 0.1, 0.3], [0.8, -0.1, 0.3, 0.2]),
        ([0.1, 0.4, 1.0, -0.2], [-0.7, -0.9, 6.0, 0.6]),
        ([-0.3, 0.2, 0.2, 0.6], [-0.2, 0.5, 0.1, 0.9]),
    ];
    let wide = |numbers: [f32; 4]| numbers.map(f64::from);
    let pairs = steps.map(|(s, y)| (wide(s), wide(y)));
    let d = [0.7, -0.4, 0.9, 0.2];
    let mut machine = Lbfgs::new(settings(-9.0, 9.0), &[0.0; 4], &[0.0; 4], 0.0);
    for (s, y) in steps {
        (machine.x, machine.trial) = (vec![0.0; 4], s.to_vec());
        machine.gradient.fill(0.0);
        machine.remember(&y);
    }
    assert_eq!(machine.pairs.count, 3);
    // In this order a pair that has been of use is of none, and would leave its α behind.
    for (free, mu) in
        [([1.0; 4], 0.0), ([1.0; 4], 0.7), ([1.0, 1.0, 0.0, 1.0], 0.1), ([1.0; 4], 0.3)]
    {
        let free_f32: [f32; 4] = free.map(|v: f64| v as f32);
        machine.weight = mu as f32;
        machine.free = free_f32.to_vec();
        machine.direction = std::array::from_fn::<f32, 4, _>(|i| free_f32[i] * d[i]).to_vec();
        assert!(machine.recurse());
        let held = std::array::from_fn(|i| free[i] * f64::from(d[i]));
        let apart = |wanted: [f64; 4]| {
            let pairs = machine.direction.iter().zip(wanted);
            pairs.map(|(found, wanted)| (f64::from(*found) - wanted).abs()).fold(0.0, f64::max)
        };
        let wanted = by_matrices(&pairs, mu, free, held);
        assert!(apart(wanted) < ROUNDINGS, "μ = {mu}: {:?}, not {wanted:?}", machine.direction);
        // Another weight, and pairs of all variables, would be seen.
        assert!(apart(by_matrices(&pairs, mu + 0.01, free, held)) > ROUNDINGS, "μ = {mu}");
        if free != [1.0; 4] {
            assert!(apart(by_matrices(&pairs, mu, [1.0; 4], held)) > ROUNDINGS);
            assert_eq!(machine.pairs.rho[1], 0.0, "the second pair has no curvature left");
        }
    }
}

#[test]
fn a_pair_counts_with_the_curvature_of_the_square() {
    // s = 2e₁ and y = k·e₁ + t·e₂. Of F, sᵀy is 2k + 8μ, and yᵀy is (k + 4μ)² + t²: it is kept where
    // sᵀy is more than a ten-thousandth of ‖s‖‖y‖.
    for (k, t, weight, kept) in [
        (-1.0, 1.0, 0.2, false),
        (-1.0, 1.0, 0.3, true),
        (0.0, 1.0, 0.0, false),
        (0.0, 1.0, 0.1, true),
        (2e-4, 1.0, 0.0, true),
        (5e-5, 1.0, 0.0, false),
        (5e-3, 100.0, 0.0, false),
        (2e-2, 100.0, 0.0, true),
        (-0.99995, 1.0, 0.25, false),
        (-0.9998, 1.0, 0.25, true),
    ] {
        let mut machine = Lbfgs::new(settings(-9.0, 9.0), &[0.0; 2], &[0.0; 2], weight);
        machine.trial = vec![2.0, 0.0];
        machine.remember(&[k, t]);
        assert_eq!(machine.pairs.count == 1, kept, "k = {k}, t = {t}, μ = {weight}");
        // A pair that was kept with more weight is passed over by the same measure.
        machine.weight = 50.0;
        machine.remember(&[k, t]);
        assert!(machine.pairs.count > 0);
        machine.pairs.count = 1;
        (machine.weight, machine.direction) = (weight, vec![1.0, 1.0]);
        assert_eq!(machine.recurse(), kept, "k = {k}, t = {t}, μ = {weight}");
    }
}

#[test]
fn a_direction_that_the_box_turns_uphill_is_given_up_with_its_curvature() {
    // Curvature by which −g = (−1, −0.04) becomes about (−10, 0.5): downhill, but not where the first
    // variable has only 0.001 of room.
    let mut machine = Lbfgs::new(settings(0.0, 9.0), &[0.0; 2], &[0.001, 1.0], 0.0);
    for (slot, (s, y)) in [([-0.5, 1.0], [0.0, 1.0]), ([10.0, -0.5], [1.0, 0.0])].iter().enumerate()
    {
        (machine.pairs.s[slot], machine.pairs.y[slot]) = (s.to_vec(), y.to_vec());
    }
    (machine.pairs.newest, machine.pairs.count) = (1, 2);
    (machine.started, machine.gradient) = (true, vec![1.0, 0.04]);
    assert_eq!(machine.advance(), Status::Running);
    assert_eq!(machine.pairs.count, 0);
    let steepest = machine.direction[1] / machine.direction[0];
    assert!((steepest - 0.04).abs() < 1e-6, "{:?}", machine.direction);
    assert!(machine.slope() < 0.0);
    // With room it is taken, and the curvature kept.
    (machine.x, machine.pairs.count) = (vec![8.0, 1.0], 2);
    machine.settings.lower = -9.0;
    assert_eq!((machine.advance(), machine.pairs.count), (Status::Running, 2));
    assert!(machine.direction[1] > 0.0, "{:?}", machine.direction);
    // Where rounding swallows the step, and no curvature is to blame, there is no way on.
    let mut stuck = Lbfgs::new(settings(0.0, 2e8), &[0.0], &[1e8], 0.0);
    assert_eq!(stuck.tell(1.0, &[100.0]), Status::Stalled);
}

#[test]
fn steps_that_are_rounding_have_no_curvature() {
    // The gradient of φ is the same at both ends, so that all curvature is that of the weight.
    let kept = |step: f32, weight: f32| {
        let mut machine = Lbfgs::new(settings(0.0, 1.0), &[0.0; 4], &[0.0; 4], weight);
        (machine.x, machine.trial) = (vec![0.0; 4], vec![step; 4]);
        machine.gradient.fill(-1.0);
        machine.remember(&[-1.0; 4]);
        machine.pairs.count
    };
    assert_eq!(kept(1e-3, 1e-4), 1);
    assert_eq!(kept(1e-16, 1e-4), 0, "a step of rounding");
    assert_eq!(kept(1e-3, 1e-36), 0, "1/sᵀy is infinite");
}

#[test]
fn a_direction_without_numbers_is_given_up() {
    let mut machine = Lbfgs::new(settings(0.0, 1.0), &[0.5; 4], &[0.5; 4], 0.0);
    assert_eq!(machine.tell(1.0, &[1.0; 4]), Status::Running);
    let kept = machine.x.clone();
    // As a pair of rounding would leave it.
    machine.trial = vec![f32::NAN; 4];
    assert_eq!(machine.tell(0.5, &[1.0; 4]), Status::Running);
    assert!(!machine.accepted() && machine.x == kept, "NaN was accepted");
    assert!(machine.trial().iter().all(|v| v.is_finite()));
}
