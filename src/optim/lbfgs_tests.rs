//! Oracles: Rosenbrock's function, quadratics with active bounds, an anchored square.

use super::{Lbfgs, LbfgsSettings, Status};

fn settings(lower: f32, upper: f32) -> LbfgsSettings {
    LbfgsSettings {
        lower,
        upper,
        decrease: 1e-9,
        gradient: 1e-6,
        iterations: 500,
        ..LbfgsSettings::default()
    }
}

fn run(mut machine: Lbfgs, f: impl Fn(&[f32]) -> (f32, Vec<f32>)) -> (Lbfgs, Status, usize) {
    for evaluations in 1..5_000 {
        let (value, gradient) = f(machine.trial());
        let status = machine.tell(value, &gradient);
        if status != Status::Running {
            return (machine, status, evaluations);
        }
    }
    panic!("never stops");
}

fn rosenbrock(x: &[f32]) -> (f32, Vec<f32>) {
    let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
    (a * a + 100.0 * b * b, vec![-2.0 * a - 400.0 * x[0] * b, 200.0 * b])
}

#[test]
fn rosenbrock_in_a_wide_box_ends_at_one_one() {
    let machine = Lbfgs::new(settings(-5.0, 5.0), &[0.0, 0.0], &[-1.2, 1.0], 0.0);
    let (machine, _, evaluations) = run(machine, rosenbrock);
    for x in machine.point() {
        assert!((x - 1.0).abs() < 2e-3, "{:?} after {evaluations}", machine.point());
    }
    assert!(evaluations < 120, "{evaluations}");
}

#[test]
fn rosenbrock_with_an_active_bound_stops_on_it() {
    // With x ≤ 0.5 the minimiser is (0.5, 0.25).
    let machine = Lbfgs::new(settings(-5.0, 0.5), &[0.0, 0.0], &[-1.2, 0.4], 0.0);
    let (machine, _, _) = run(machine, rosenbrock);
    assert!((machine.point()[0] - 0.5).abs() < 1e-6, "{:?}", machine.point());
    assert!((machine.point()[1] - 0.25).abs() < 1e-3, "{:?}", machine.point());
}

#[expect(clippy::type_complexity, reason = "a target and a function")]
/// `½Σ kᵢ(xᵢ − tᵢ)²`, whose minimiser in a box is `clamp(t)`.
fn quadratic(n: usize) -> (Vec<f32>, impl Fn(&[f32]) -> (f32, Vec<f32>)) {
    let target: Vec<f32> = (0..n).map(|i| (i as f32 * 0.7).sin() * 1.5).collect();
    let stiffness: Vec<f32> = (0..n).map(|i| 1.0 + 50.0 * (i as f32 * 1.3).cos().abs()).collect();
    let t = target.clone();
    (target, move |x: &[f32]| {
        let gradient: Vec<f32> = (0..n).map(|i| stiffness[i] * (x[i] - t[i])).collect();
        let value = (0..n).map(|i| 0.5 * gradient[i] * (x[i] - t[i])).sum();
        (value, gradient)
    })
}

/// The objective is some thousands at its minimum, so f32 does not see steps of `√(1e-7·F/k)`.
const FLAT: f32 = 5e-3;

#[test]
fn a_bounded_quadratic_ends_at_the_clamped_minimum() {
    let (target, f) = quadratic(784);
    let start = vec![0.5; 784];
    let (machine, _, _) = run(Lbfgs::new(settings(0.0, 1.0), &start, &start, 0.0), f);
    let distance = |wanted: &[f32]| {
        machine.point().iter().zip(wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    };
    let clamped: Vec<f32> = target.iter().map(|t| t.clamp(0.0, 1.0)).collect();
    assert!(distance(&clamped) < FLAT, "{}", distance(&clamped));
    assert!(distance(&target) > 0.1, "the bounds matter");
    let active = clamped.iter().filter(|v| **v == 0.0 || **v == 1.0).count();
    assert!(active > 200, "{active} bounds are active");
}

#[test]
fn a_changed_weight_moves_the_minimum_as_it_should() {
    // min ½Σk(x−t)² + μΣ(x−a)²  ⇒  x = (k t + 2μ a)/(k + 2μ); one variable, k = 2, t = 0.8, a = 0.2.
    let f = |x: &[f32]| ((x[0] - 0.8) * (x[0] - 0.8), vec![2.0 * (x[0] - 0.8)]);
    let (mut machine, _, _) = run(Lbfgs::new(settings(0.0, 1.0), &[0.2], &[0.2], 1.0), f);
    assert!((machine.point()[0] - 0.5).abs() < 1e-3, "{:?}", machine.point());
    let status = machine.reweigh(3.0);
    assert_eq!(status, Status::Running);
    let (machine, _, _) = run(machine, f);
    assert!((machine.point()[0] - 0.35).abs() < 1e-3, "{:?}", machine.point());
}

#[test]
fn numbers_that_are_not_finite_are_a_status() {
    let mut machine = Lbfgs::new(settings(0.0, 1.0), &[0.5], &[0.5], 0.0);
    assert_eq!(machine.tell(f32::NAN, &[1.0]), Status::NotFinite);
}
