//! What lanes keep, what they are told and what they come to.

use super::*;
use crate::attack::listener::Listener;

#[test]
fn of_equally_near_images_the_first_is_kept_and_a_nearer_one_in_its_place() {
    let mut best = Best::default();
    best.offer(0.25, &[0.5]);
    best.offer(0.25, &[0.0]);
    assert_eq!(best.get(), Some((0.25, &[0.5][..])));
    best.offer(0.09, &[0.3]);
    best.offer(0.16, &[0.4]);
    assert_eq!(best.get(), Some((0.09, &[0.3][..])));
    best.replace(0.16, &[0.4]);
    assert_eq!(best.get(), Some((0.16, &[0.4][..])));
}

#[test]
fn a_task_tries_what_is_asked_for_or_the_rivals() {
    let any = Problem { image: vec![0.5], label: 0, target: None };
    let asked = Problem { target: Some(2), ..any.clone() };
    let targets = |task: &Task<'_>| (task.targets().collect::<Vec<_>>(), task.is_alone());
    let all = Task::new(&any, &[3, 1]);
    assert_eq!(targets(&all), (vec![3, 1], false));
    assert_eq!(targets(&Task::new(&any, &[3])), (vec![3], true));
    assert_eq!(targets(&Task::new(&asked, &[3, 1])), (vec![2], true));
    assert_eq!(targets(&Task { only: Some(1), ..all.clone() }), (vec![1], true));
    assert_eq!(all.start(), [0.5]);
    assert_eq!(Task { from: Some(vec![0.75]), ..all }.start(), [0.75]);
}

#[test]
fn what_wins_leads_by_more_than_rounding() {
    let any = Problem { image: vec![], label: 1, target: None };
    let asked = Problem { target: Some(2), ..any.clone() };
    for (logits, of_any, of_asked) in [
        ([0.0, 1.0, 0.5], false, false),
        ([2.0, 1.0, 0.5], true, false),
        ([1.0, 1.5, 2.0], true, true),
        ([1.0, 1.0, 0.0], false, false),
        // The spread is 1, of which 2e-6 would be clear.
        ([0.0, 1.0, 1.000_001], false, false),
        ([0.0, 1.0, 1.000_003], true, true),
        // Of 4 as much would not be.
        ([-3.0, 1.0, 1.000_003], false, false),
        ([-3.0, 1.0, 1.000_012], true, true),
    ] {
        assert_eq!([wins(&any, &logits), wins(&asked, &logits)], [of_any, of_asked], "{logits:?}");
    }
    // Every network has to be fooled.
    let told = |logits: &'static [f32]| Told { value: 0.0, logits, classes: 3, gradient: &[] };
    assert!(told(&[2.0, 1.0, 0.5, 0.0, 0.0, 1.0]).wins(&any));
    assert!(!told(&[2.0, 1.0, 0.5, 0.0, 1.0, 0.5]).wins(&any));
}

#[test]
fn a_task_comes_to_the_nearest_of_its_lanes() {
    let near = ([0.1f32], [0.11f32], [0.2f32]);
    let end = |best, target, stop| End { best, target, evaluations: 10, stop };
    let converged = Some(Stop::Converged);
    let ends = [
        end(Some((0.016, &near.2[..])), Some(3), converged),
        end(Some((0.01, &near.0[..])), Some(1), converged),
        // 1.25 times as far, at most, is kept beside it.
        end(Some((0.0121, &near.1[..])), Some(2), converged),
        end(None, Some(4), converged),
    ];
    let all = conclude(&ends, false);
    assert_eq!(all.image.as_deref(), Some(&near.0[..]));
    assert_eq!(all.near, [(1, near.0.to_vec()), (2, near.1.to_vec())]);
    assert_eq!((all.evaluations, all.stop), (40, Stop::Converged));
    // Why: cancelled where some had not ended, else a budget that was spent; without a gradient all of them.
    let stop = |stops: &[Option<Stop>], cancelled: bool| {
        let ends: Vec<End<'_>> = stops.iter().map(|stop| end(None, None, *stop)).collect();
        conclude(&ends, cancelled).stop
    };
    let (flat, spent) = (Some(Stop::VanishingGradient), Some(Stop::Budget));
    assert_eq!(stop(&[None, converged], true), Stop::Cancelled);
    assert_eq!(stop(&[spent, converged], true), Stop::Budget);
    assert_eq!(stop(&[flat, converged], false), Stop::Converged);
    assert_eq!(stop(&[flat, spent], false), Stop::Budget);
    assert_eq!(stop(&[flat, flat], false), Stop::VanishingGradient);
}

#[test]
fn an_image_without_numbers_is_never_kept() {
    let mut best = Best::default();
    best.offer(f32::NAN, &[f32::NAN]);
    assert!(best.get().is_none());
    best.offer(0.25, &[0.5]);
    best.offer(f32::NAN, &[f32::NAN]);
    assert_eq!(best.get(), Some((0.25, &[0.5][..])));
}

/// A lane that stands somewhere, of a problem.
struct Standstill {
    standing: Standing,
    fraction: f32,
}

impl Lane for Standstill {
    fn standing(&self) -> &Standing {
        &self.standing
    }

    fn standing_mut(&mut self) -> &mut Standing {
        &mut self.standing
    }

    fn trial(&self) -> &[f32] {
        &[]
    }

    fn learn(&mut self, _: &Problem, _: Told<'_>) {}

    fn fraction(&self) -> f32 {
        self.fraction
    }
}

#[test]
fn a_lane_that_makes_for_no_class_comes_to_an_image_of_none() {
    let mut standing = Standing::new(0, Goal::Margin(0, 1));
    standing.best.offer(0.25, &[0.5]);
    let came_to = outcome(&[Standstill { standing, fraction: 1.0 }], false);
    assert_eq!((came_to.image, came_to.near), (Some(vec![0.5]), vec![]));
}

#[test]
fn progress_is_the_mean_of_tasks_each_of_them_of_its_lanes() {
    let lane = |problem, fraction, evaluations, best: Option<(f32, f32)>, stop| {
        let mut standing = Standing::new(problem, Goal::Margin(0, 1));
        (standing.evaluations, standing.stop) = (evaluations, stop);
        if let Some((squared, pixel)) = best {
            standing.best.offer(squared, &[pixel]);
        }
        Standstill { standing, fraction }
    };
    let stopped = Some(Stop::Converged);
    // Of four tasks the second has ended, and the last is not begun.
    let ended = Outcome { evaluations: 100, ..Outcome::without_image(Stop::Converged) };
    let ended = [None, Some(ended), None, None];
    let lanes = [
        lane(0, 0.5, 3, Some((0.25, 0.5)), None),
        // What has stopped is done, whatever it says, and nobody is done more than wholly.
        lane(0, 0.25, 5, Some((0.04, 0.2)), stopped),
        lane(2, 7.0, 11, Some((0.01, 0.1)), None),
        lane(2, 0.0, 13, None, None),
        lane(2, 0.5, 17, None, None),
    ];
    let mut told = Listener::default();
    tell_progress(&lanes, &ended, &mut told);
    assert_eq!(told.fractions, [(1.0 + 0.75 + 0.5) / 4.0]);
    assert_eq!(told.evaluations, [100 + 3 + 5 + 11 + 13 + 17]);
    // The nearest of the first task's, though another's lies nearer.
    assert_eq!(told.best, Some((vec![0.2], 0.2)));
    // Nothing is shown of a first task that has nothing, or has ended.
    tell_progress(&lanes[2..], &ended, &mut told);
    assert_eq!((told.fractions[1], told.best), ((1.0 + 0.5) / 4.0, None));
}
