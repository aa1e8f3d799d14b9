//! The paper's attack: box-constrained L-BFGS with a line search over c.
//!
//! For a target `t`, minimise `c·‖r‖² + CE(x+r, t)` subject to `x+r ∈ [0,1]^784`
//! (Szegedy et al., 2013, section 4.1). With c on the norm, a larger c gives a
//! smaller change, so the search looks for the **largest** c whose minimiser is
//! still read as `t`; the paper's “minimum c” belongs to the other placement.
//! `|r|` is read as `‖r‖₂²`, which keeps the objective smooth.
//!
//! c starts where the linearised network puts it (`‖∇CE‖²/4CE`), moves by
//! factors until the outcome changes, and is then bisected in logarithms. Each
//! c starts from the last minimiser with its curvature kept. Untargeted means
//! all nine targets, one lane each, and the best of them. Every point that is
//! evaluated counts as a candidate, not only minimisers.

use super::{AttackError, Observer, Outcome, Problem, Progress, Stop};
use crate::exec::{Evaluation, Executor, Goal};
use crate::model::{CLASSES, PIXELS};
use crate::optim::vector::{dot, squared_distance};
use crate::optim::{Lbfgs, Settings, Status};

/// Limits and tolerances of the search over c.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Search {
    /// Ratio of failing to succeeding c at which the search ends.
    pub precision: f32,
    /// Factor between values of c until the outcome changes.
    pub stride: f32,
    /// Most values of c.
    pub rounds: usize,
    /// Most evaluations of one lane.
    pub evaluations: u32,
}

impl Default for Search {
    fn default() -> Search {
        Search { precision: 1.02, stride: 2.0, rounds: 40, evaluations: 2_000 }
    }
}

/// Share of the spread of the logits by which a candidate must win, so that
/// another order of summation reads it the same.
const CLEAR_WIN: f32 = 1e-4;

/// Problems that are advanced together.
const GROUP: usize = 8;

/// One target of one problem.
struct Lane {
    problem: usize,
    target: usize,
    machine: Lbfgs,
    search: Search,
    c: f32,
    /// The largest c that succeeded, with its minimiser.
    succeeded: Option<(f32, Vec<f32>)>,
    /// The smallest c that failed.
    failed: Option<f32>,
    rounds: usize,
    evaluations: u32,
    best: Option<(f32, Vec<f32>)>,
    /// Whether the current point of the machine is read as asked.
    here: bool,
    stop: Option<Stop>,
}

impl Lane {
    fn new(problem: usize, target: usize, image: &[f32]) -> Lane {
        Lane {
            problem,
            target,
            machine: Lbfgs::new(Settings::default(), image, image, 0.0),
            search: Search::default(),
            c: 0.0,
            succeeded: None,
            failed: None,
            rounds: 0,
            evaluations: 0,
            best: None,
            here: false,
            stop: None,
        }
    }

    /// Takes one evaluation at the machine's trial point.
    fn tell(&mut self, problem: &Problem, loss: f32, logits: &[f32], gradient: &[f32]) {
        self.evaluations += 1;
        let wins = wins(problem, self.target, logits);
        if wins {
            let distance = squared_distance(self.machine.trial(), &problem.image);
            if self.best.as_ref().is_none_or(|(b, _)| distance < *b) {
                self.best = Some((distance, self.machine.trial().to_vec()));
            }
        }
        if self.c == 0.0 {
            // The original: its gradient tells where c must be about.
            let steepness = dot(gradient, gradient);
            if steepness <= f32::MIN_POSITIVE || !steepness.is_finite() {
                self.stop = Some(Stop::VanishingGradient);
                return;
            }
            self.c = 0.25 * steepness / loss.max(1e-3);
            self.machine.tell(loss, gradient);
            self.continue_with(self.c);
            return;
        }
        let status = self.machine.tell(loss, gradient);
        if self.machine.accepted() {
            self.here = wins;
        }
        if self.evaluations >= self.search.evaluations {
            self.stop = Some(Stop::Budget);
        } else if status != Status::Running {
            self.next_c();
        }
    }

    fn next_c(&mut self) {
        self.rounds += 1;
        if self.here {
            if self.succeeded.as_ref().is_none_or(|(c, _)| self.c > *c) {
                self.succeeded = Some((self.c, self.machine.point().to_vec()));
            }
        } else {
            self.failed = Some(self.failed.map_or(self.c, |c| c.min(self.c)));
        }
        let c = match (&self.succeeded, self.failed) {
            (Some((low, _)), Some(high)) => {
                if high / low <= self.search.precision {
                    self.stop = Some(Stop::Converged);
                    return;
                }
                (low * high).sqrt()
            }
            (Some((low, _)), None) => low * self.search.stride,
            (None, Some(high)) => high / self.search.stride,
            (None, None) => self.c,
        };
        if self.rounds >= self.search.rounds {
            let found = self.succeeded.is_some();
            self.stop = Some(if found { Stop::Converged } else { Stop::Budget });
            return;
        }
        self.c = c;
        self.continue_with(c);
    }

    fn continue_with(&mut self, c: f32) {
        // A minimiser for the old c may be one for the new c to within the tolerances.
        let status = self.machine.reweigh(c);
        if status != Status::Running {
            self.next_c_without_evaluation();
        }
    }

    fn next_c_without_evaluation(&mut self) {
        if self.rounds >= self.search.rounds {
            self.stop = Some(if self.best.is_some() { Stop::Converged } else { Stop::Budget });
        } else {
            self.next_c();
        }
    }
}

/// Whether logits win clearly for a target, or for an untargeted problem against the label.
fn wins(problem: &Problem, target: usize, logits: &[f32]) -> bool {
    let spread = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max)
        - logits.iter().copied().fold(f32::INFINITY, f32::min);
    let winner = if problem.target.is_some() { Some(target) } else { None };
    let rivals = |class: usize| match winner {
        Some(target) => class != target,
        None => class == problem.label,
    };
    let largest = |keep: &dyn Fn(usize) -> bool| {
        (0..CLASSES).filter(|c| keep(*c)).map(|c| logits[c]).fold(f32::NEG_INFINITY, f32::max)
    };
    largest(&|c| !rivals(c)) - largest(&rivals) > CLEAR_WIN * spread
}

/// Attacks problems whose originals are read correctly.
pub(crate) async fn search(
    executor: &mut Executor,
    problems: &[&Problem],
    observer: &mut impl Observer,
) -> Result<Vec<Outcome>, AttackError> {
    let mut outcomes = Vec::with_capacity(problems.len());
    for group in problems.chunks(GROUP) {
        let done = outcomes.len();
        outcomes.extend(group_search(executor, group, done, problems.len(), observer).await?);
    }
    Ok(outcomes)
}

async fn group_search(
    executor: &mut Executor,
    problems: &[&Problem],
    done: usize,
    total: usize,
    observer: &mut impl Observer,
) -> Result<Vec<Outcome>, AttackError> {
    let mut lanes = Vec::new();
    for (index, problem) in problems.iter().enumerate() {
        let targets = (0..CLASSES).filter(|t| match problem.target {
            Some(target) => *t == target,
            None => *t != problem.label,
        });
        lanes.extend(targets.map(|t| Lane::new(index, t, &problem.image)));
    }
    let mut evaluation = Evaluation::default();
    let mut images = Vec::new();
    let mut goals = Vec::new();
    let mut cancelled = false;
    while !cancelled {
        let running: Vec<usize> =
            (0..lanes.len()).filter(|l| lanes[*l].stop.is_none()).collect();
        if running.is_empty() {
            break;
        }
        images.clear();
        goals.clear();
        for lane in &running {
            images.extend_from_slice(lanes[*lane].machine.trial());
            goals.push(Goal::cross_entropy(lanes[*lane].target));
        }
        executor.evaluate(&images, &goals, &mut evaluation).await?;
        for (slot, lane) in running.iter().enumerate() {
            let lane = &mut lanes[*lane];
            lane.tell(
                problems[lane.problem],
                evaluation.values[slot],
                &evaluation.logits[slot * CLASSES..][..CLASSES],
                &evaluation.gradients[slot * PIXELS..][..PIXELS],
            );
        }
        report_progress(&lanes, done, problems.len(), total, observer);
        cancelled = observer.pause().await;
    }
    Ok((0..problems.len()).map(|p| outcome(&lanes, p, cancelled)).collect())
}

fn report_progress(
    lanes: &[Lane],
    done: usize,
    group: usize,
    total: usize,
    observer: &mut impl Observer,
) {
    // How far c has been narrowed down, lane by lane.
    let narrowed: f32 = lanes
        .iter()
        .map(|l| if l.stop.is_some() { 1.0 } else { l.rounds as f32 / (l.rounds as f32 + 4.0) })
        .sum::<f32>()
        / lanes.len() as f32;
    let first = lanes.iter().filter(|l| l.problem == 0).filter_map(|l| l.best.as_ref());
    let best = first.min_by(|a, b| a.0.total_cmp(&b.0));
    observer.progress(Progress {
        fraction: (done as f32 + narrowed * group as f32) / total as f32,
        evaluations: lanes.iter().map(|l| u64::from(l.evaluations)).sum(),
        best: best.map(|(squared, image)| (image.as_slice(), squared.sqrt())),
    });
}

fn outcome(lanes: &[Lane], problem: usize, cancelled: bool) -> Outcome {
    let own: Vec<&Lane> = lanes.iter().filter(|l| l.problem == problem).collect();
    let best = own.iter().filter_map(|l| l.best.as_ref()).min_by(|a, b| a.0.total_cmp(&b.0));
    let stops: Vec<Stop> = own.iter().filter_map(|l| l.stop).collect();
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
        image: best.map(|(_, image)| image.clone()),
        evaluations: own.iter().map(|l| u64::from(l.evaluations)).sum(),
        stop,
    }
}
