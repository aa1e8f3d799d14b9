//! What further attempts and jitter bring, and for whom they are made.

use std::sync::Arc;

use super::*;
use crate::attack::{Problem, Unobserved, common};
use crate::exec::{CpuExecutor, Executor};
use crate::model::Network;

fn run(network: &Arc<Network>, problems: &[Problem], course: fn(bool) -> Course) -> Vec<Outcome> {
    let mut executor = Executor::Cpu(CpuExecutor::new(network.clone()));
    let tasks: Vec<Task<'_>> = problems.iter().map(Task::new).collect();
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
    let gallery = common::gallery();
    (0..6).map(|place| gallery.problem(place)).collect()
}

#[test]
fn further_attempts_find_nearer_images_where_gradients_jump() {
    let (network, problems) = (common::bundled("cnn"), problems());
    let single = lengths(&run(&network, &problems, Course::single), &problems);
    let usual = lengths(&run(&network, &problems, Course::usual), &problems);
    assert!(usual.iter().zip(&single).all(|(more, one)| more <= one), "{usual:?}, {single:?}");
    let shorter: f32 = usual.iter().zip(&single).map(|(more, one)| 1.0 - more / one).sum();
    assert!(shorter > 0.02, "{usual:?}, {single:?}");
    let again = lengths(&run(&network, &problems, Course::single), &problems);
    assert_eq!(again, single, "a search is not reproducible");
}

#[test]
fn further_attempts_are_made_for_the_nearest_target_alone() {
    let (network, problems) = (common::bundled("fc100-100-10"), problems());
    let evaluations = |course| -> Vec<u64> {
        run(&network, &problems, course).iter().map(|o| o.evaluations).collect()
    };
    let (single, usual) = (evaluations(Course::single), evaluations(Course::usual));
    let most = u64::from(2 * course::FURTHER);
    for (more, one) in usual.iter().zip(&single) {
        assert!(more > one && more - one <= most, "{usual:?}, {single:?}");
    }
}

#[test]
fn smooth_networks_are_told_from_others() {
    for (name, smooth) in [("fc10-1e-2", true), ("fc100-100-10", true), ("cnn", false)] {
        assert_eq!(common::bundled(name).is_smooth(), smooth, "{name}");
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
