//! A lane's steps, one by one, on three pixels.

use super::*;
use crate::attack::Problem;

/// A lane of three pixels, towards class 2 of a problem of class 1.
fn small(problem: &Problem) -> NearestBoundaryLane {
    let task = Task::new(problem, &[2, 0]);
    NearestBoundaryLane::new(0, 2, &task, Course::single(true))
}

fn greys() -> Problem {
    Problem { image: vec![0.5, 0.25, 0.75], label: 1, target: None }
}

#[test]
fn a_lane_says_where_it_leads_and_how_far_it_is() {
    let mut lane = small(&greys());
    assert_eq!(lane.target(), Some(2));
    let all = lane.course.all_rounds();
    for (rounds, share) in [(0, 0.0), (all / 4, 0.25), (all, 1.0)] {
        lane.rounds = rounds;
        assert_eq!(lane.fraction(), share);
    }
    assert_eq!(goal_of(&greys(), 2), Goal::Margin(2, 1));
    let asked = Problem { target: Some(2), ..greys() };
    assert_eq!(goal_of(&asked, 2), Goal::Lead(2));
    // No two draws of a lane are the same, nor those of two lanes.
    (lane.rounds, lane.standing.goal) = (7, Goal::Lead(2));
    assert_eq!(lane.seed(), 2 * 65_536 + 7);
}

#[test]
fn a_point_far_across_the_boundary_goes_back_to_where_the_secant_crosses_it() {
    let problem = greys();
    // Which point was asked, which margin it had, what the near side's point and margin are then.
    let came = |first: f32, round: u32, margin: f32| {
        let mut lane = small(&problem);
        (lane.first, lane.round, lane.rounds, lane.near_margin) = (first, round, 2, -1.0);
        let named = lane.at.named();
        named.x.copy_from_slice(&[0.9, 0.25, 0.35]);
        named.centre.copy_from_slice(&[0.1; 3]);
        let back = lane.came_back(margin);
        let Named { x, centre, near, .. } = lane.at.named();
        (back, x[0], centre[0], near[0], lane.near_margin)
    };
    let far = came(1.0, 2, 3.0);
    // From the margin −1 at 0.5 to 3 at 0.9: a quarter of the way.
    assert!(far.0 && (far.1 - 0.6).abs() < 1e-6 && far.1 == far.2, "{far:?}");
    assert_eq!((far.3, far.4), (0.5, -1.0));
    // Never nearer than a tenth, never farther than nine.
    assert!((came(1.0, 2, 1e6).1 - 0.54).abs() < 1e-6);
    assert!((came(1e-3, 2, 0.01).1 - 0.86).abs() < 1e-6);
    // A little across it is no harm, and on the near side it is the new near point.
    let stays = |margin| (false, 0.9, 0.1, 0.5, margin);
    assert_eq!(came(1.0, 2, OVERSHOT), stays(-1.0));
    assert_eq!(came(1.0, 2, 0.1), stays(-1.0));
    assert_eq!(came(1.0, 2, 0.0), (false, 0.9, 0.1, 0.9, 0.0));
    assert_eq!(came(1.0, 2, -0.2), (false, 0.9, 0.1, 0.9, -0.2));
    // Nor is anyone sent back who started elsewhere, or late.
    assert_eq!(came(f32::INFINITY, 2, 3.0), stays(-1.0));
    assert_eq!(came(1.0, course::FIRST, 3.0), stays(-1.0));
    assert!(came(1.0, course::FIRST - 1, 3.0).0);
}

#[test]
fn how_far_the_original_is_from_the_boundary_is_what_the_first_round_says() {
    let first = |rounds: u32, known: f32| {
        let mut lane = small(&greys());
        (lane.rounds, lane.round, lane.first) = (rounds, rounds, known);
        lane.came_back(-4.0);
        lane.first
    };
    assert_eq!([first(1, 0.0), first(2, 0.0), first(1, 3.0)], [4.0, 0.0, 3.0]);
    assert_eq!(first(1, f32::INFINITY), f32::INFINITY);
}

#[test]
fn the_aggregate_cut_keeps_of_the_past_what_gradients_contradict() {
    let problem = greys();
    let after = |round: u32, gradient: [f32; 3], margin: f32| {
        let mut lane = small(&problem);
        (lane.round, lane.b, lane.steepness, lane.missing) = (round, 1.0, 4.0, 0.5);
        let named = lane.at.named();
        named.a.copy_from_slice(&[2.0, 0.0, 0.0]);
        named.previous.copy_from_slice(&[2.0, 0.0, 0.0]);
        let steepness = gradient.iter().map(|g| g * g).sum();
        let alike = lane.aggregate(&gradient, steepness, 3.0, margin);
        let Named { a, previous, .. } = lane.at.named();
        assert_eq!((&*previous, lane.steepness), (&gradient[..], steepness));
        (a.to_vec(), lane.b, lane.missing, alike)
    };
    // At first the past has no say, and nothing is missing.
    let early = after(course::APPROACH, [0.0, 2.0, 0.0], -1.0);
    assert_eq!(early, (vec![0.0, 2.0, 0.0], 3.0, 0.5, false));
    // A gradient of the same direction contradicts nothing, so that the past goes; across it stays.
    let round = 20;
    assert_eq!(after(round, [6.0, 0.0, 0.0], 0.0), (vec![6.0, 0.0, 0.0], 3.0, 0.35, true));
    let past = Course::past(round);
    let (a, b, ..) = after(round, [0.0, 2.0, 0.0], 0.0);
    let near = |found: f32, right: f32| assert!((found - right).abs() < 1e-6, "{found}, {right}");
    near(a[0], 2.0 * past);
    near(a[1], 2.0 * (1.0 - past));
    near(b, past + 3.0 * (1.0 - past));
    // Half of a contradiction, half of the past.
    let angle = (1.0f32 - 0.5 * CONTRADICTION).acos();
    let (_, b, _, alike) = after(round, [2.0 * angle.cos(), 2.0 * angle.sin(), 0.0], 0.0);
    assert!((b - (0.5 * past + 3.0 * (1.0 - 0.5 * past))).abs() < 1e-3 && !alike, "{b}");
    // What a linearisation promised and did not keep is added, and forgotten where it did.
    near(after(round, [2.0, 0.0, 0.0], -1.0).2, 0.5 + Course::correction(round));
    near(after(round, [2.0, 0.0, 0.0], 1.0).2, 0.5 * FORGETTING);
    near(after(course::APPROACH + 1, [2.0, 0.0, 0.0], -1.0).2, 0.5);
}

#[test]
fn a_lane_counts_the_projections_that_stand_still() {
    let mut lane = small(&greys());
    lane.at.named().a.copy_from_slice(&[1.0, 0.0, 0.0]);
    let mut still = |b: f32| {
        lane.b = b;
        lane.project(&greys().image);
        (lane.still, lane.estimate, lane.change)
    };
    // a·u ≥ b with a along the first pixel: the original's 0.5 has to become b.
    assert_eq!(still(0.75), (0, 0.25, f32::INFINITY));
    assert_eq!(still(0.75), (1, 0.25, 0.0));
    // A change of as much as STILL is none: 0.25·STILL.
    assert_eq!(still(0.75 + 0.1 * 0.25 * STILL).0, 2);
    let (count, estimate, change) = still(0.8);
    assert_eq!(count, 0);
    assert!((estimate - 0.3).abs() < 1e-6 && (change - 0.05).abs() < 1e-5, "{estimate}, {change}");
    // No pixel goes so far.
    let (_, estimate, _) = still(1.5);
    assert_eq!(estimate, f32::INFINITY);
}

#[test]
fn an_attempt_that_ended_is_followed_by_another_until_patience_is_spent() {
    let problem = greys();
    let task = Task::new(&problem, &[2, 0]);
    let ended = |attempt: u32, idle: u32, rounds: u32, alone: bool| {
        let mut lane = NearestBoundaryLane::new(0, 2, &task, Course::usual(true));
        (lane.alone, lane.attempt, lane.idle, lane.rounds) = (alone, attempt, idle, rounds);
        (lane.round, lane.still, lane.missing, lane.lambda, lane.first) = (30, 2, 0.5, 0.5, 1.0);
        (lane.reached, lane.estimate) = (0.25, 0.3);
        lane.standing.best.offer(0.0625, &[0.75, 0.25, 0.75]);
        lane.conclude(&problem.image);
        let Named { x, centre, .. } = lane.at.named();
        assert_eq!(x, centre);
        if lane.standing.stop.is_none() {
            let new = (lane.round, lane.still, lane.missing, lane.lambda, lane.first);
            assert_eq!(new, (0, 0, 0.0, 0.0, f32::INFINITY));
            assert_ne!(x, [0.75, 0.25, 0.75], "it sets out elsewhere");
        }
        (lane.attempt, lane.idle, lane.standing.rests, lane.standing.stop)
    };
    // The first attempt of several targets rests, but not once the time for screening is over.
    assert_eq!(ended(0, 0, 12, false), (1, 1, true, None));
    assert_eq!(ended(0, 0, 12, true), (1, 1, false, None));
    assert!(ended(0, 0, AWAKE_AFTER - 1, false).2);
    assert!(!ended(0, 0, AWAKE_AFTER, false).2);
    assert_eq!(ended(1, 0, 12, false), (2, 1, false, None));
    // Patience is 2, and there are 4 further attempts.
    assert_eq!(ended(2, 1, 60, false), (2, 2, false, Some(Stop::Converged)));
    assert_eq!(ended(4, 0, 60, false), (4, 1, false, Some(Stop::Converged)));
}

#[test]
fn an_answer_is_counted_and_becomes_a_cut_with_a_hair_to_spare() {
    let problem = greys();
    let mut lane = small(&problem);
    // Class 1 leads by so much that a clear win needs 0.4 more.
    let logits = [0.0, 1e5, 0.0];
    let hair = 2.0 * CLEAR_WIN * spread(&logits);
    assert!((0.1..1.0).contains(&hair), "{hair}");
    for round in 1..=2 {
        let at = lane.trial().to_vec();
        let told = Told { value: -1.0, logits: &logits, classes: 3, gradient: &[2.0, 0.0, -1.0] };
        lane.tell(&problem, told);
        assert_eq!((lane.round, lane.rounds, lane.standing.evaluations), (round, round, round));
        let right = 2.0 * at[0] - at[2] + 1.0 + hair;
        assert!((lane.b - right).abs() < 1e-5, "{} instead of {right}", lane.b);
        assert!(lane.standing.runs() && lane.standing.best.get().is_none());
    }
}

#[test]
fn without_a_gradient_the_first_attempt_is_the_last_and_another_ends() {
    let problem = greys();
    let after = |attempt: u32| {
        let task = Task::new(&problem, &[2, 0]);
        let mut lane = NearestBoundaryLane::new(0, 2, &task, Course::usual(true));
        lane.attempt = attempt;
        lane.standing.best.offer(0.0625, &[0.75, 0.25, 0.75]);
        let logits = [0.0, 1.0, 0.0];
        let told = Told { value: -1.0, logits: &logits, classes: 3, gradient: &[0.0; 3] };
        lane.tell(&problem, told);
        (lane.attempt, lane.standing.stop)
    };
    assert_eq!(after(0), (0, Some(Stop::VanishingGradient)));
    assert_eq!(after(1), (2, None));
}

#[test]
fn on_the_device_lanes_of_several_targets_wait_before_they_go_on() {
    let problem = greys();
    for (rivals, waits) in [(&[2, 0][..], AWAKE_AFTER), (&[2], 0)] {
        let tasks = [Task::new(&problem, rivals)];
        let spec = on_device(Course::usual(true), true, &tasks);
        assert_eq!(spec.most, (waits + 260) as usize);
        assert_eq!((spec.fraction)(spec.most as u32 / 2), 0.5);
        assert_eq!((spec.body, spec.vectors), (44, 3));
    }
}

#[test]
fn a_step_leads_towards_the_projection_and_looks_beside_it_where_that_jitters() {
    let problem = greys();
    let task = Task::new(&problem, &[2, 0]);
    let stepped = |course: Course, round: u32, linear: bool| {
        let mut lane = NearestBoundaryLane::new(0, 2, &task, course);
        lane.round = round;
        let named = lane.at.named();
        named.centre.copy_from_slice(&[0.5; 3]);
        named.u.copy_from_slice(&[0.5, 0.75, 0.5]);
        lane.step(linear);
        let Named { x, centre, .. } = lane.at.named();
        (x.to_vec(), centre.to_vec())
    };
    let whole = vec![0.5, 0.75, 0.5];
    assert_eq!(stepped(Course::single(true), 8, true), (whole.clone(), whole.clone()));
    let (x, centre) = stepped(Course::single(true), 8, false);
    assert!(x == centre && (x[1] - (0.5 + 0.25 * Course::step(8))).abs() < 1e-6, "{x:?}");
    // From the eighth round on a rough network's pixels jitter, its centre does not.
    let (x, centre) = stepped(Course::single(false), 7, true);
    assert!(x == whole && centre == whole);
    let (x, centre) = stepped(Course::single(false), 8, true);
    let most = Course::single(false).jitter(0, 8);
    let apart: Vec<f32> = x.iter().zip(&centre).map(|(x, c)| (x - c).abs()).collect();
    assert!(centre == whole && apart.iter().all(|a| *a <= most) && apart != [0.0; 3], "{apart:?}");
}

#[test]
fn how_far_a_lane_reaches_is_its_image_or_its_estimate() {
    let mut lane = small(&greys());
    lane.estimate = 0.5;
    assert_eq!([true, false].map(|by_best| lane.reach(by_best)), [0.5; 2]);
    lane.standing.best.offer(0.0625, &[0.75, 0.25, 0.75]);
    assert_eq!([true, false].map(|by_best| lane.reach(by_best)), [0.25, 0.5]);
}
