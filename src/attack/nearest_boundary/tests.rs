//! What further attempts and jitter bring, and for whom they are made.

use std::sync::Arc;

use super::screen::drop_farther;
use super::*;
use crate::attack::resident::Screening;
use crate::attack::{Problem, Unobserved, rivals};
use crate::digit::PIXELS;
use crate::exec::{CpuExecutor, Executor};
use crate::model::Network;
use crate::testing;

fn run(network: &Arc<Network>, problems: &[Problem], course: fn(bool) -> Course) -> Vec<Outcome> {
    let mut executor = Executor::Cpu(CpuExecutor::new(network.clone()));
    let tasks: Vec<Task<'_>> = problems.iter().map(task).collect();
    let mut ensemble = Ensemble::from(&mut executor);
    pollster::block_on(search(&mut ensemble, &tasks, course, &mut Unobserved)).expect("it runs")
}

fn lengths(outcomes: &[Outcome], problems: &[Problem]) -> Vec<f32> {
    let length = |(outcome, problem): (&Outcome, &Problem)| {
        let image = outcome.image.as_ref().expect("an image is found");
        squared_distance(image, &problem.image).sqrt()
    };
    outcomes.iter().zip(problems).map(length).collect()
}

fn problems() -> Vec<Problem> {
    let gallery = testing::gallery();
    (0..6).map(|place| gallery.problem(place)).collect()
}

fn task(problem: &Problem) -> Task<'_> {
    Task::new(problem, rivals::of_digit(problem.label))
}

#[test]
fn further_attempts_find_nearer_images_where_gradients_jump() {
    let (network, problems) = (testing::bundled("cnn"), problems());
    let single = lengths(&run(&network, &problems, Course::single), &problems);
    let usual = lengths(&run(&network, &problems, Course::usual), &problems);
    assert!(usual.iter().zip(&single).all(|(more, one)| more <= one), "{usual:?}, {single:?}");
    let shorter: f32 = usual.iter().zip(&single).map(|(more, one)| 1.0 - more / one).sum();
    assert!(shorter > 0.02, "{usual:?}, {single:?}");
    let again = lengths(&run(&network, &problems, Course::single), &problems);
    assert_eq!(again, single, "a search is not reproducible");
}

/// Lanes of one problem, all with their first attempt behind them, whose images are so far.
fn resting(problem: &Problem, lengths: &[f32]) -> Vec<NearestBoundaryLane> {
    let task = task(problem);
    let lanes = lengths.iter().zip(task.targets()).map(|(length, target)| {
        let mut lane = NearestBoundaryLane::new(0, target, &task, Course::usual(true));
        lane.standing.best.offer(length * length, &problem.image);
        lane.standing.rests = true;
        lane.rounds = 12;
        lane
    });
    lanes.collect()
}

fn run_on(lanes: &[NearestBoundaryLane]) -> Vec<bool> {
    lanes.iter().map(|lane| lane.standing.runs()).collect()
}

#[test]
fn the_nearest_targets_alone_are_woken_once_none_runs() {
    let problem = &problems()[0];
    let mut lanes = resting(problem, &[1.5, 1.02, 1.0, 1.03, 1.025]);
    screen(&mut lanes);
    assert_eq!(run_on(&lanes), [false, true, true, false, true]);
    assert!(lanes.iter().all(|lane| lane.standing.runs() == lane.standing.stop.is_none()));
    // The second is too far to be worth it.
    let mut lanes = resting(problem, &[1.5, 1.05, 1.0, 1.1]);
    screen(&mut lanes);
    assert_eq!(run_on(&lanes), [false, false, true, false]);
}

#[test]
fn an_image_counts_where_its_lane_has_ended_and_an_estimate_does_not() {
    let problem = &problems()[0];
    let left = |by_best: bool, image: bool| {
        let mut lanes = resting(problem, &[2.0, 2.1]);
        for lane in &mut lanes {
            lane.estimate = 3.0;
        }
        let other = if image { 1.0 } else { f32::INFINITY };
        let mut ended = resting(problem, &[other]).remove(0);
        (ended.estimate, ended.standing.stop) = (1.0, Some(Stop::Converged));
        lanes.push(ended);
        let screening =
            Screening { after: 12, by_best, kept: 2, clearly_farther: 1.2, wakes: false };
        drop_farther(&mut lanes, &screening);
        lanes[..2].iter().filter(|lane| lane.standing.stop.is_none()).count()
    };
    // Beside an image that is half as far nobody stays; beside an estimate, or nothing, both do.
    assert_eq!([left(true, true), left(true, false), left(false, true)], [0, 2, 2]);
}

#[test]
fn no_target_is_woken_before_its_time_while_another_runs() {
    let problem = &problems()[0];
    for (rounds, woken) in [(AWAKE_AFTER - 1, false), (AWAKE_AFTER, true)] {
        let mut lanes = resting(problem, &[1.01, 1.0]);
        lanes[0].standing.rests = false;
        lanes[0].rounds = rounds;
        screen(&mut lanes);
        assert_eq!(run_on(&lanes), [true, woken], "after {rounds} rounds");
        assert_eq!(lanes[1].standing.stop, None);
    }
}

/// Estimates of targets that were dropped early are no bound for the others, which know more.
#[test]
fn a_target_that_was_dropped_drops_no_other() {
    let problem = &problems()[0];
    let task = task(problem);
    let lane = |target, estimate: f32| {
        let mut lane = NearestBoundaryLane::new(0, target, &task, Course::usual(false));
        (lane.rounds, lane.estimate, lane.change) = (12, estimate, 0.0);
        lane
    };
    let mut lanes: Vec<_> =
        task.targets().zip([0.5, 1.0, 1.1, 1.3]).map(|(target, far)| lane(target, far)).collect();
    lanes[0].standing.stop = Some(Stop::Converged);
    screen(&mut lanes);
    assert_eq!(run_on(&lanes), [false, true, true, false]);
    // An image that was found is one, whoever found it.
    lanes[0].standing.best.offer(0.25, &problem.image);
    lanes.iter_mut().for_each(|lane| lane.rounds = AWAKE_AFTER);
    screen(&mut lanes);
    assert_eq!(run_on(&lanes), [false; 4]);
}

#[test]
fn an_attempt_is_given_up_the_sooner_the_farther_it_leads() {
    assert_eq!(Course::hopeless(1), f32::INFINITY);
    let limits: Vec<f32> = (1..=course::FURTHER).map(Course::hopeless).collect();
    assert!(limits.windows(2).all(|pair| pair[1] <= pair[0]), "{limits:?}");
    let last = limits.last().expect("attempts have rounds");
    assert!((1.0..1.001).contains(last), "{limits:?}");
}

#[test]
fn an_attempt_that_comes_to_the_nearest_image_again_takes_more_patience() {
    let taken = |length, estimate| Course::idled(length, 1.0, estimate);
    assert_eq!(taken(0.99, 0.99), None);
    let (again, elsewhere) = (taken(1.0, 1.0005), taken(1.0, 1.1));
    assert!(again > elsewhere && elsewhere > None, "{again:?}, {elsewhere:?}");
    // What gains too little to count, and what leads nowhere.
    assert_eq!([taken(0.9995, 0.9995), taken(1.0, f32::NAN)], [again, elsewhere]);
    assert_eq!(taken(1.0, f32::INFINITY), elsewhere);
}

#[test]
fn further_attempts_set_out_beyond_the_original_where_the_network_is_smooth() {
    let (original, nearest) = ([0.5; PIXELS], [0.6; PIXELS]);
    let away = |smooth| {
        let mut to = [0.0; PIXELS];
        Course::usual(smooth).set_out(&original, &nearest, 7, &mut to);
        assert!(to.iter().all(|v| (0.0..=1.0).contains(v)));
        to.iter().sum::<f32>() / PIXELS as f32 - 0.5
    };
    assert!(away(true) < -0.02 && away(false) > 0.02, "{}, {}", away(true), away(false));
}

#[test]
fn smooth_networks_are_told_from_others() {
    for (name, smooth) in [("fc10-1e-2", true), ("fc100-100-10", true), ("cnn", false)] {
        assert_eq!(testing::bundled(name).is_smooth(), smooth, "{name}");
    }
}

#[test]
fn jitter_fades_and_smooth_networks_have_none() {
    let (smooth, other) = (Course::usual(true), Course::usual(false));
    for attempt in 0..3 {
        for round in 1..=course::FIRST {
            assert_eq!(smooth.jitter(attempt, round), 0.0);
            let (now, next) = (other.jitter(attempt, round), other.jitter(attempt, round + 1));
            assert!(next == 0.0 || now == 0.0 || next < now, "attempt {attempt}, round {round}");
        }
        assert_eq!(other.jitter(attempt, Course::rounds(attempt)), 0.0);
        assert!(other.jitter(attempt, 10) > 0.0);
    }
}

#[test]
fn targets_are_kept_where_estimates_still_swing() {
    let problem = &problems()[0];
    let task = task(problem);
    // Estimates from 1 to 9, each so much from the one before.
    let lanes = |change: f32| -> Vec<NearestBoundaryLane> {
        let lane = |(place, target): (usize, usize)| {
            let mut lane = NearestBoundaryLane::new(0, target, &task, Course::usual(false));
            lane.rounds = 4;
            lane.estimate = (place + 1) as f32;
            lane.change = change * lane.estimate;
            lane
        };
        task.targets().enumerate().map(lane).collect()
    };
    for (change, kept) in [(0.0, 1), (0.29, 1), (0.31, 9), (f32::INFINITY, 9), (f32::NAN, 9)] {
        let mut lanes = lanes(change);
        screen(&mut lanes);
        let running = run_on(&lanes).into_iter().filter(|runs| *runs).count();
        assert_eq!(running, kept, "estimates change by {change}");
        let thorough = lanes[0].course == Course::thorough(false);
        assert_eq!(thorough, kept == 9, "estimates change by {change}");
    }
    // One lane whose projection misses the box is enough; one that has stopped is not.
    for (stop, kept) in [(None, 9), (Some(Stop::VanishingGradient), 1)] {
        let mut lanes = lanes(0.0);
        lanes[8].estimate = f32::INFINITY;
        lanes[8].standing.stop = stop;
        screen(&mut lanes);
        assert_eq!(run_on(&lanes).into_iter().filter(|runs| *runs).count(), kept);
    }
}

#[test]
fn steps_and_corrections_shrink_after_twenty_rounds_and_the_past_grows() {
    let close = |found: f32, right: f32| (found - right).abs() < 1e-6;
    assert!([1, 20].iter().all(|round| close(Course::correction(*round), 0.5)));
    assert!(close(Course::correction(40), 0.25) && close(Course::correction(100), 0.1));
    assert!([1, 20].iter().all(|round| close(Course::step(*round), 0.7)));
    assert!(close(Course::step(80), 0.35), "{}", Course::step(80));
    for (round, right) in [(1, 0.5), (16, 0.5), (20, 0.6), (80, 0.9), (1000, 0.99)] {
        assert!(close(Course::past(round), right), "{round}: {}", Course::past(round));
    }
}

/// A lane of two pixels that has been under way for a while.
fn under_way(problem: &Problem, round: u32) -> NearestBoundaryLane {
    let task = Task::new(problem, &[1]);
    let mut lane = NearestBoundaryLane::new(0, 1, &task, Course::usual(true));
    (lane.round, lane.steepness, lane.b) = (round, 1.0, 1.0);
    let Named { a, previous, .. } = lane.at.named();
    a.copy_from_slice(&[1.0, 0.0]);
    previous.copy_from_slice(&[1.0, 0.0]);
    lane
}

#[test]
fn the_past_weighs_in_a_cut_as_much_as_gradients_contradict_each_other() {
    let problem = Problem { image: vec![0.5; 2], label: 0, target: None };
    let close = |found: f32, right: f32| (found - right).abs() < 1e-5;
    // 1 − cos is 0.005, half of what gives the past its full 0.6 in round 20; and more than all.
    for (cos, past) in [(0.995f32, 0.3), (0.9, 0.6), (1.0, 0.0)] {
        let mut lane = under_way(&problem, 20);
        let gradient = [cos, (1.0 - cos * cos).sqrt()];
        let same = lane.aggregate(&gradient, 1.0, 2.0, -0.25);
        assert_eq!(same, cos == 1.0);
        let Named { a, previous, .. } = lane.at.named();
        assert!(close(a[0], past + (1.0 - past) * cos), "{cos}: {a:?}");
        assert!(close(a[1], (1.0 - past) * gradient[1]), "{cos}: {a:?}");
        assert_eq!(previous, gradient);
        assert!(close(lane.b, past + (1.0 - past) * 2.0), "{cos}: {}", lane.b);
        // Half of the missing margin is asked for beside it, and forgotten beyond the boundary.
        assert!(close(lane.missing, 0.125), "{}", lane.missing);
        lane.aggregate(&gradient, 1.0, 2.0, 0.25);
        assert!(close(lane.missing, 0.7 * 0.125), "{}", lane.missing);
    }
    // On the approach the past has no say.
    let mut lane = under_way(&problem, course::APPROACH);
    lane.aggregate(&[0.0, 1.0], 1.0, 2.0, -0.25);
    assert_eq!((&*lane.at.named().a, lane.b, lane.missing), (&[0.0, 1.0][..], 2.0, 0.0));
}

#[test]
fn an_attempt_ends_when_its_rounds_do_when_it_is_still_or_when_it_leads_too_far() {
    let problem = Problem { image: vec![0.5; 2], label: 0, target: None };
    // In round 25, of the distance 2, what is more than 2·(1 + 0.04·0.8⁵) = 2.026 is hopeless.
    let over = |attempt: u32, round: u32, estimate: f32, still: u32, found: bool| {
        let mut lane = under_way(&problem, round);
        (lane.attempt, lane.estimate, lane.still) = (attempt, estimate, still);
        if found {
            lane.standing.best.offer(4.0, &[0.5; 2]);
        }
        lane.is_over()
    };
    assert!(!over(1, 25, 2.02, 0, true) && over(1, 25, 2.03, 0, true));
    assert!(!over(0, 25, 2.03, 0, true), "the first attempt is not given up");
    assert!(!over(1, 10, 9.0, 0, true), "nor is any before it has had a glimpse");
    assert!(!over(0, 25, 2.0, 1, true) && over(0, 25, 2.0, 2, true));
    assert!(!over(0, 25, 2.0, 2, false), "nothing is found yet");
    assert!(over(0, course::FIRST, 2.0, 0, false) && !over(0, course::FIRST - 1, 2.0, 0, false));
    assert!(over(1, course::FURTHER, 2.0, 0, false));
}
