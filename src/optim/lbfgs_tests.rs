//! Oracles: Rosenbrock's function, quadratics with active bounds, an anchored square.

use super::{Lbfgs, LbfgsSettings, Status};

pub(super) fn settings(lower: f32, upper: f32) -> LbfgsSettings {
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

#[test]
fn a_line_without_a_lower_point_is_given_up_after_its_trials() {
    let limit = LbfgsSettings { backtracks: 3, ..settings(0.0, 1.0) };
    let mut machine = Lbfgs::new(limit, &[0.5], &[0.5], 0.0);
    let told: Vec<Status> = [0.0, 1.0, 1.0, 1.0, 1.0].map(|phi| machine.tell(phi, &[1.0])).into();
    assert_eq!(told[..4], [Status::Running; 4]);
    assert_eq!(
        (told[4], machine.point(), machine.accepted()),
        (Status::Stalled, &[0.5][..], false)
    );
}

#[test]
fn steps_are_counted() {
    // A slope that never ends, in a box so wide that it does not.
    let slope = |x: &[f32]| (-x[0], vec![-1.0]);
    for iterations in [1, 5] {
        let limit = LbfgsSettings { iterations, decrease: 0.0, ..settings(-1e6, 1e6) };
        let (_, status, evaluations) = run(Lbfgs::new(limit, &[0.0], &[0.0], 0.0), slope);
        assert_eq!((status, evaluations), (Status::Exhausted, iterations + 1));
    }
    // Every step gains less than this share: two of them are the end.
    let quiet = LbfgsSettings { decrease: 1e9, ..settings(-1e6, 1e6) };
    let (_, status, evaluations) =
        run(Lbfgs::new(quiet, &[0.0], &[0.0], 0.0), |x| (1e3 - x[0], vec![-1.0]));
    assert_eq!((status, evaluations), (Status::Converged, 3));
}

#[test]
fn the_gradient_that_counts_is_what_the_box_leaves_of_it() {
    for (at, gradient, status) in [
        (0.0, 1.0, Status::Converged),
        (0.0, -1.0, Status::Running),
        (1.0, -1.0, Status::Converged),
        (1.0, 1.0, Status::Running),
        (0.5, 0.0, Status::Converged),
        (0.5, 1.0, Status::Running),
    ] {
        // A gradient of 0 is small enough whatever the tolerance.
        let exact = LbfgsSettings { gradient: 0.0, ..settings(0.0, 1.0) };
        let mut machine = Lbfgs::new(exact, &[at], &[at], 0.0);
        assert_eq!(machine.tell(1.0, &[gradient]), status, "at {at} with {gradient}");
    }
}

#[test]
fn the_first_step_is_the_gradient_or_of_length_one() {
    for (gradient, length) in [([30.0, 40.0], 1.0), ([0.03, 0.04], 0.05)] {
        let mut machine = Lbfgs::new(settings(-9.0, 9.0), &[0.0; 2], &[0.0; 2], 0.0);
        assert_eq!(machine.tell(1.0, &gradient), Status::Running);
        let found = machine.trial()[0].hypot(machine.trial()[1]);
        assert!((found / length - 1.0).abs() < 1e-6, "{found}");
    }
}

#[test]
fn an_anchored_square_gives_a_concave_function_its_curvature() {
    // φ = −½Σ kᵢxᵢ², with F = φ + μ‖x − a‖² convex: x = 2μa/(2μ − k). Without the square's part in
    // the pairs none would be kept, and this would be a slow descent.
    let (k, anchor, mu) = ([1.0, 3.0, 5.0, 8.0], [0.1, -0.2, 0.05, 0.1], 5.0);
    let concave = |x: &[f32]| {
        let gradient: Vec<f32> = x.iter().zip(k).map(|(x, k)| -k * x).collect();
        (0.5 * gradient.iter().zip(x).map(|(g, x)| g * x).sum::<f32>(), gradient)
    };
    let exact = LbfgsSettings { decrease: 1e-7, ..settings(-2.0, 2.0) };
    let (machine, _, evaluations) = run(Lbfgs::new(exact, &anchor, &[0.9; 4], mu), concave);
    for ((x, k), a) in machine.point().iter().zip(k).zip(anchor) {
        let minimiser = 2.0 * mu * a / (2.0 * mu - k);
        assert!((x - minimiser).abs() < 2e-3, "{x} is not {minimiser}");
    }
    assert!(evaluations < 20, "{evaluations} evaluations");
    assert!(machine.pairs.count > 3, "{} pairs", machine.pairs.count);
}

#[test]
fn a_restart_forgets_the_point_and_keeps_the_curvature() {
    let (_, f) = quadratic(6);
    let start = [0.5; 6];
    let (mut machine, _, _) = run(Lbfgs::new(settings(-2.0, 2.0), &start, &start, 0.0), &f);
    let (end, pairs) = (machine.point().to_vec(), machine.pairs.count);
    machine.restart(&[1.9; 6], 0.0);
    assert_eq!((machine.trial(), machine.point()), (&[1.9; 6][..], &[1.9; 6][..]));
    assert_eq!((machine.pairs.count, pairs > 0), (pairs, true));
    let (machine, _, _) = run(machine, &f);
    let apart = machine.point().iter().zip(&end).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(apart < FLAT, "{apart}");
}

/// Hands a machine a step of 1 from 0 along a variable, with so much curvature.
fn step_along(machine: &mut Lbfgs, variable: usize, curvature: f32) {
    machine.x.fill(0.0);
    machine.trial.fill(0.0);
    machine.trial[variable] = 1.0;
    machine.gradient.fill(0.0);
    let mut gradient = vec![0.0; machine.x.len()];
    gradient[variable] = curvature;
    machine.remember(&gradient);
}

#[test]
fn pairs_without_curvature_are_not_kept() {
    let kept = |machine: &Lbfgs| -> Vec<usize> {
        let along = |slot: usize| machine.pairs.s[slot].iter().position(|s| *s == 1.0);
        machine.pairs.recent().map(|slot| along(slot).expect("a step")).collect()
    };
    let limit = LbfgsSettings { memory: 2, ..settings(-1.0, 1.0) };
    let mut machine = Lbfgs::new(limit, &[0.0; 4], &[0.0; 4], 0.0);
    step_along(&mut machine, 0, -1.0);
    step_along(&mut machine, 0, 0.0);
    assert!(kept(&machine).is_empty());
    step_along(&mut machine, 1, 1.0);
    assert_eq!(kept(&machine), [1]);
    // In a ring with room, what is of no use takes nothing away.
    step_along(&mut machine, 0, -1.0);
    assert_eq!(kept(&machine), [1]);
    step_along(&mut machine, 2, 1.0);
    assert_eq!(kept(&machine), [2, 1]);
    // In a full one, the oldest has been overwritten.
    step_along(&mut machine, 0, -1.0);
    assert_eq!(kept(&machine), [2]);
    step_along(&mut machine, 3, 1.0);
    assert_eq!(kept(&machine), [3, 2]);
}

#[test]
fn a_step_is_shortened_to_the_minimum_of_a_parabola() {
    // Slope −2, and 2 higher at the end of the step: the minimum is at a quarter.
    assert_eq!(super::shorter(-2.0, 2.0), 0.25);
    assert_eq!((super::shorter(-1.0, 50.0), super::shorter(-1.0, -0.1)), (0.1, 0.5));
    // A parabola that opens downwards has none.
    assert_eq!(super::shorter(-1.0, -3.0), 0.5);
}

#[test]
fn the_value_is_that_of_both_parts() {
    // φ = 3 at (0.5, 1), anchored at (0, 0.5) with μ = 4.
    let mut machine = Lbfgs::new(settings(0.0, 1.0), &[0.0, 0.5], &[0.5, 1.0], 4.0);
    machine.tell(3.0, &[1.0, 1.0]);
    assert_eq!(machine.value(), 3.0 + 4.0 * (0.25 + 0.25));
}

#[test]
fn a_variable_at_its_bound_is_held_only_against_an_outward_gradient() {
    let at = [0.0, 0.0, 1.0, 1.0, 0.5];
    let mut machine = Lbfgs::new(settings(0.0, 1.0), &at, &at, 0.0);
    machine.tell(1.0, &[0.1, -0.1, -0.1, 0.1, 0.1]);
    assert_eq!(machine.free, [0.0, 1.0, 0.0, 1.0, 1.0]);
    assert_eq!(machine.direction, [0.0, 0.1, 0.0, -0.1, -0.1]);
}

#[test]
fn a_trial_is_refused_or_taken_by_the_change_of_both_parts() {
    // From 0, anchored at −1 with μ = 1000: φ and the square are 1000 each, and rounding may hide 6e-4.
    // The gradient of F is −1, so that the step leads from 0 to 1, where the square is 3000 more.
    let told = |phi: f32, change: f32| {
        let mut machine = Lbfgs::new(settings(-2.0, 2.0), &[-1.0], &[0.0], 1000.0);
        assert_eq!(machine.tell(phi, &[-2001.0]), Status::Running);
        assert_eq!(machine.trial(), [1.0]);
        machine.tell(phi - 3000.0 + change, &[-4000.0]);
        machine
    };
    assert!(told(1000.0, 2.5e-4).accepted() && told(-1000.0, 2.5e-4).accepted());
    assert!(!told(1000.0, 2e-3).accepted() && !told(-1000.0, 2e-3).accepted());
    // It is 1 higher where 1 lower was promised: the parabola's minimum is at a quarter.
    let refused = told(1000.0, 1.0);
    assert_eq!((refused.accepted(), refused.trial()), (false, &[0.25][..]));
    // Of what is not a number nothing is known but that it is too far.
    let lost = told(1000.0, f32::INFINITY);
    assert_eq!((lost.accepted(), lost.trial()), (false, &[0.1][..]));
}

#[test]
fn a_step_is_quiet_where_it_gains_a_small_share_of_the_value() {
    // φ = 3 and a square of 1 make F = 4, of which two steps gain a hundredth each.
    for (decrease, status) in [(0.009, Status::Running), (0.011, Status::Converged)] {
        let limit = LbfgsSettings { decrease, ..settings(-9.0, 9.0) };
        let mut machine = Lbfgs::new(limit, &[-1.0], &[0.0], 1.0);
        machine.tell(3.0, &[-3.0]);
        let mut told = Status::Running;
        for _ in 0..2 {
            let (x, to) = (machine.point()[0], machine.trial()[0]);
            let squares = (to + 1.0) * (to + 1.0) - (x + 1.0) * (x + 1.0);
            let gained = 0.01 * machine.value();
            told = machine.tell(machine.phi - gained - squares, &[-9.0 - 2.0 * to]);
            assert!(machine.accepted());
        }
        assert_eq!(told, status, "a share of {decrease}");
    }
}
