//! Running many lanes through a network together, whatever each of them does.
//!
//! A [`Lane`] is one target of one problem. All lanes that still run are
//! evaluated in one batch; lanes that have stopped take no part any more.

use super::{AttackError, Observer, Outcome, Problem, Progress, Stop};
use crate::exec::{Evaluation, Executor, Goal};
use crate::model::{CLASSES, PIXELS};

/// The best image of a lane.
#[derive(Clone, Debug, Default)]
pub(super) struct Best {
    found: Option<(f32, Vec<f32>)>,
}

impl Best {
    /// Keeps an image if it is nearer than the one kept; `squared` is `‖r‖²`.
    pub(super) fn offer(&mut self, squared: f32, image: &[f32]) {
        match &mut self.found {
            Some((best, kept)) if squared < *best => {
                *best = squared;
                kept.copy_from_slice(image);
            }
            None => self.found = Some((squared, image.to_vec())),
            Some(_) => {}
        }
    }

    /// `‖r‖²` and the image.
    pub(super) fn get(&self) -> Option<(f32, &[f32])> {
        self.found.as_ref().map(|(squared, image)| (*squared, image.as_slice()))
    }
}

/// What one evaluation says to a lane.
#[derive(Clone, Copy)]
pub(super) struct Told<'a> {
    pub(super) value: f32,
    pub(super) logits: &'a [f32],
    pub(super) gradient: &'a [f32],
}

/// One target of one problem, told one evaluation at a time.
pub(super) trait Lane {
    /// Index of the problem.
    fn problem(&self) -> usize;
    /// The point to evaluate next.
    fn trial(&self) -> &[f32];
    /// What is asked there.
    fn goal(&self) -> Goal;
    /// Takes the answer.
    fn tell(&mut self, problem: &Problem, told: Told<'_>);
    /// Why it stopped, once it has.
    fn stop(&self) -> Option<Stop>;
    /// The nearest image found.
    fn best(&self) -> &Best;
    /// Evaluations so far.
    fn evaluations(&self) -> u64;
    /// Share of its work that is done, roughly.
    fn fraction(&self) -> f32;
}

/// The targets of a problem: the one that is asked for, or all but the label.
pub(super) fn targets(problem: &Problem) -> impl Iterator<Item = usize> + use<> {
    let (target, label) = (problem.target, problem.label);
    (0..CLASSES).filter(move |t| target.map_or(*t != label, |target| *t == target))
}

/// Share of the spread of the logits by which a candidate must win, so that
/// another order of summation reads it the same.
pub(super) const CLEAR_WIN: f32 = 2e-6;

/// Largest logit minus the smallest.
pub(super) fn spread(logits: &[f32]) -> f32 {
    logits.iter().copied().fold(f32::NEG_INFINITY, f32::max)
        - logits.iter().copied().fold(f32::INFINITY, f32::min)
}

/// Whether logits clearly say what a problem asks for: its target, or not its label.
pub(super) fn wins(problem: &Problem, logits: &[f32]) -> bool {
    let wanted = |class: usize| match problem.target {
        Some(target) => class == target,
        None => class != problem.label,
    };
    let largest = |side: bool| {
        (0..CLASSES)
            .filter(|c| wanted(*c) == side)
            .map(|c| logits[c])
            .fold(f32::NEG_INFINITY, f32::max)
    };
    largest(true) - largest(false) > CLEAR_WIN * spread(logits)
}

/// Where a group of problems stands among all that are attacked.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) done: usize,
    pub(super) group: usize,
    pub(super) total: usize,
}

/// Evaluates all running lanes until each has stopped or the observer cancels.
///
/// `between` sees the lanes after every batch and may stop some that cannot
/// win any more. Returns whether the observer cancelled.
pub(super) async fn run<L: Lane>(
    executor: &mut Executor,
    problems: &[&Problem],
    lanes: &mut [L],
    part: Part,
    observer: &mut impl Observer,
    mut between: impl FnMut(&mut [L]),
) -> Result<bool, AttackError> {
    let mut evaluation = Evaluation::default();
    let mut images = Vec::new();
    let mut goals = Vec::new();
    let mut running = Vec::new();
    loop {
        running.clear();
        running.extend((0..lanes.len()).filter(|l| lanes[*l].stop().is_none()));
        if running.is_empty() {
            return Ok(false);
        }
        images.clear();
        goals.clear();
        for lane in &running {
            images.extend_from_slice(lanes[*lane].trial());
            goals.push(lanes[*lane].goal());
        }
        executor.evaluate(&images, &goals, &mut evaluation).await?;
        for (slot, lane) in running.iter().enumerate() {
            let lane = &mut lanes[*lane];
            let told = Told {
                value: evaluation.values[slot],
                logits: &evaluation.logits[slot * CLASSES..][..CLASSES],
                gradient: &evaluation.gradients[slot * PIXELS..][..PIXELS],
            };
            lane.tell(problems[lane.problem()], told);
        }
        between(lanes);
        tell_progress(lanes, part, observer);
        if observer.pause().await {
            return Ok(true);
        }
    }
}

fn tell_progress<L: Lane>(lanes: &[L], part: Part, observer: &mut impl Observer) {
    let share = |l: &L| if l.stop().is_some() { 1.0 } else { l.fraction().clamp(0.0, 1.0) };
    let mean: f32 = lanes.iter().map(share).sum::<f32>() / lanes.len() as f32;
    let first = lanes.iter().filter(|l| l.problem() == 0).filter_map(|l| l.best().get());
    let best = first.min_by(|a, b| a.0.total_cmp(&b.0));
    observer.progress(Progress {
        fraction: (part.done as f32 + mean * part.group as f32) / part.total as f32,
        evaluations: lanes.iter().map(Lane::evaluations).sum(),
        best: best.map(|(squared, image)| (image, squared.sqrt())),
    });
}

/// The best of a problem's lanes.
pub(super) fn outcome<L: Lane>(lanes: &[L], problem: usize, cancelled: bool) -> Outcome {
    let own: Vec<&L> = lanes.iter().filter(|l| l.problem() == problem).collect();
    let best = own.iter().filter_map(|l| l.best().get()).min_by(|a, b| a.0.total_cmp(&b.0));
    let stops: Vec<Stop> = own.iter().filter_map(|l| l.stop()).collect();
    let stop = if stops.len() < own.len() && cancelled {
        Stop::Cancelled
    } else if stops.iter().all(|s| *s == Stop::VanishingGradient) {
        Stop::VanishingGradient
    } else if stops.contains(&Stop::Budget) {
        Stop::Budget
    } else {
        Stop::Converged
    };
    Outcome {
        image: best.map(|(_, image)| image.to_vec()),
        evaluations: own.iter().map(|l| l.evaluations()).sum(),
        stop,
    }
}
