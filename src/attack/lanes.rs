//! Running many lanes through a network together, whatever each of them does.
//!
//! A [`Lane`] is one target of one problem. All lanes that still run are
//! evaluated in one batch; lanes that have stopped take no part any more.

use super::ensemble::{Ensemble, Joined};
use super::{AttackError, DynObserver, Outcome, Problem, Progress, Stop};
use crate::exec::loss::spread;
use crate::exec::{Evaluation, Goal};
use crate::numeric::vector::dot;

/// Lanes that run together on the processor, while there are tasks: enough for the matrix products,
/// few enough that their vectors and the weights share a cache.
const LANES: usize = 24;

/// The same with a network on a device, where every evaluation waits for a read-back.
const LANES_ON_DEVICE: usize = 72;

/// One problem to be worked on, from its original or from elsewhere.
#[derive(Clone, Debug)]
pub(super) struct Task<'a> {
    pub(super) problem: &'a Problem,
    /// The classes that are tried where any but the label will do.
    pub(super) rivals: &'a [usize],
    /// The only class to try, of those that would do.
    pub(super) only: Option<usize>,
    /// Where to start; the original where it is `None`.
    pub(super) from: Option<Vec<f32>>,
}

impl<'a> Task<'a> {
    /// From the original.
    pub(super) fn new(problem: &'a Problem, rivals: &'a [usize]) -> Task<'a> {
        Task { problem, rivals, only: None, from: None }
    }

    /// Where to start, in the box.
    pub(super) fn start(&self) -> &[f32] {
        self.from.as_deref().unwrap_or(&self.problem.image)
    }

    /// The targets: the one that is asked for, or the label's rivals.
    pub(super) fn targets(&self) -> impl Iterator<Item = usize> + use<'a> {
        let wanted = self.only.or(self.problem.target);
        let rivals = if wanted.is_some() { &[] } else { self.rivals };
        wanted.into_iter().chain(rivals.iter().copied())
    }

    /// Whether there is one target.
    pub(super) fn is_alone(&self) -> bool {
        self.targets().count() == 1
    }
}

/// The best image of a lane.
#[derive(Clone, Debug, Default)]
pub(super) struct Best {
    found: Option<(f32, Vec<f32>)>,
}

impl Best {
    /// Keeps an image if it is nearer than the one kept; `squared` is `‖r‖²`.
    ///
    /// An image with NaN is none, though a network may read it: `max(NaN, 0)` is 0.
    pub(super) fn offer(&mut self, squared: f32, image: &[f32]) {
        match &mut self.found {
            _ if !squared.is_finite() => {}
            Some((best, kept)) if squared < *best => {
                *best = squared;
                kept.copy_from_slice(image);
            }
            None => self.found = Some((squared, image.to_vec())),
            Some(_) => {}
        }
    }

    /// Keeps an image whatever was kept before.
    pub(super) fn replace(&mut self, squared: f32, image: &[f32]) {
        self.found = None;
        self.offer(squared, image);
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
    /// `[networks, classes]`
    pub(super) logits: &'a [f32],
    /// Classes of each network.
    pub(super) classes: usize,
    pub(super) gradient: &'a [f32],
}

impl Told<'_> {
    /// Whether the logits of every network clearly say what a problem asks for: its
    /// target, or not its label.
    pub(super) fn wins(&self, problem: &Problem) -> bool {
        self.logits.chunks_exact(self.classes).all(|logits| wins(problem, logits))
    }

    /// `‖gradient‖²`; `None` where it vanishes or is not finite.
    pub(super) fn squared_steepness(&self) -> Option<f32> {
        let squared = dot(self.gradient, self.gradient);
        (squared > f32::MIN_POSITIVE && squared.is_finite()).then_some(squared)
    }

    /// `‖gradient‖`; `None` where it vanishes or is not finite.
    pub(super) fn steepness(&self) -> Option<f32> {
        self.squared_steepness().map(f32::sqrt)
    }
}

/// What every lane keeps: what it is asked, and how it stands.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    /// Index of the task.
    pub(super) problem: usize,
    /// What is asked of the logits.
    pub(super) goal: Goal,
    /// Evaluations so far.
    pub(super) evaluations: u32,
    /// The nearest image found.
    pub(super) best: Best,
    /// Whether it waits until `between` of [`search`] wakes it.
    pub(super) rests: bool,
    /// Why it stopped, once it has.
    pub(super) stop: Option<Stop>,
}

impl Standing {
    /// Whether it is to be evaluated.
    pub(super) fn runs(&self) -> bool {
        self.stop.is_none() && !self.rests
    }

    /// At the start.
    pub(super) fn new(problem: usize, goal: Goal) -> Standing {
        let best = Best::default();
        Standing { problem, goal, evaluations: 0, best, rests: false, stop: None }
    }
}

/// One target of one problem, told one evaluation at a time.
pub(super) trait Lane {
    /// How it stands.
    fn standing(&self) -> &Standing;
    /// How it stands, to be changed.
    fn standing_mut(&mut self) -> &mut Standing;
    /// The point to evaluate next.
    fn trial(&self) -> &[f32];
    /// How the answers of several networks become one.
    fn joined(&self) -> Joined {
        Joined::usual(self.standing().goal)
    }
    /// Takes the answer, which is counted already.
    fn learn(&mut self, problem: &Problem, told: Told<'_>);
    /// Counts an evaluation and takes its answer.
    fn tell(&mut self, problem: &Problem, told: Told<'_>) {
        self.standing_mut().evaluations += 1;
        self.learn(problem, told);
    }
    /// The class it makes for, if that is one.
    fn target(&self) -> Option<usize> {
        None
    }
    /// Share of its work that is done, roughly.
    fn fraction(&self) -> f32;
}

/// Share of the spread of the logits by which a candidate must win, so that
/// another order of summation reads it the same.
pub(super) const CLEAR_WIN: f32 = 2e-6;

/// Whether the logits of one network clearly say what a problem asks for.
fn wins(problem: &Problem, logits: &[f32]) -> bool {
    let wanted = |class: usize| match problem.target {
        Some(target) => class == target,
        None => class != problem.label,
    };
    let largest = |side: bool| {
        (0..logits.len())
            .filter(|c| wanted(*c) == side)
            .map(|c| logits[c])
            .fold(f32::NEG_INFINITY, f32::max)
    };
    largest(true) - largest(false) > CLEAR_WIN * spread(logits)
}

/// Works on all tasks, each from when there is room for it among the lanes that run.
///
/// `make` gives the lanes of a task, whose place among the tasks it is told.
/// `between` sees the lanes of each task after every batch; it may move lanes, stop some that
/// cannot win any more, or wake some that rest. Once the observer cancels, the tasks that were not
/// begun come back as cancelled.
pub(super) async fn search<L: Lane>(
    networks: &mut Ensemble<'_>,
    tasks: &[Task<'_>],
    observer: &mut dyn DynObserver,
    make: impl Fn(usize, &Task<'_>) -> Vec<L>,
    mut between: impl FnMut(&mut [L]),
) -> Result<Vec<Outcome>, AttackError> {
    let most = if networks.has_device() { LANES_ON_DEVICE } else { LANES };
    let mut ended: Vec<Option<Outcome>> = vec![None; tasks.len()];
    let mut waiting = tasks.iter().enumerate();
    let mut lanes: Vec<L> = Vec::new();
    let mut batch = Batch::default();
    let mut cancelled = false;
    while !cancelled {
        let mut running = lanes.iter().filter(|l| l.standing().runs()).count();
        while running < most
            && let Some((place, task)) = waiting.next()
        {
            lanes.extend(make(place, task));
            running += task.targets().count();
        }
        if lanes.is_empty() {
            break;
        }
        batch.evaluate(networks, tasks, &mut lanes).await?;
        lanes.chunk_by_mut(of_one_task).for_each(&mut between);
        tell_progress(&lanes, &ended, observer);
        cancelled = observer.pause().await;
        for own in lanes.chunk_by(of_one_task) {
            if cancelled || own.iter().all(|l| l.standing().stop.is_some()) {
                ended[own[0].standing().problem] = Some(outcome(own, cancelled));
            }
        }
        lanes.retain(|l| ended[l.standing().problem].is_none());
    }
    let unbegun = || Outcome::without_image(Stop::Cancelled);
    Ok(ended.into_iter().map(|outcome| outcome.unwrap_or_else(unbegun)).collect())
}

/// The lanes of a task lie beside each other.
fn of_one_task<L: Lane>(lane: &L, other: &L) -> bool {
    lane.standing().problem == other.standing().problem
}

/// One evaluation of all lanes that run; its memory is used again.
#[derive(Default)]
struct Batch {
    running: Vec<usize>,
    images: Vec<f32>,
    goals: Vec<Goal>,
    joined: Vec<Joined>,
    answers: Evaluation,
}

impl Batch {
    /// Evaluates all running lanes together and tells each its answer.
    async fn evaluate<L: Lane>(
        &mut self,
        networks: &mut Ensemble<'_>,
        tasks: &[Task<'_>],
        lanes: &mut [L],
    ) -> Result<(), AttackError> {
        let Batch { running, images, goals, joined, answers } = self;
        running.clear();
        running.extend((0..lanes.len()).filter(|l| lanes[*l].standing().runs()));
        images.clear();
        goals.clear();
        joined.clear();
        for lane in running.iter() {
            images.extend_from_slice(lanes[*lane].trial());
            goals.push(lanes[*lane].standing().goal);
            joined.push(lanes[*lane].joined());
        }
        networks.evaluate(images, goals, joined, answers).await?;
        let (pixels, classes) = (networks.network()?.pixels(), networks.network()?.classes());
        let width = networks.size() * classes;
        for (slot, lane) in running.iter().enumerate() {
            let lane = &mut lanes[*lane];
            let told = Told {
                value: answers.values[slot],
                logits: &answers.logits[slot * width..][..width],
                classes,
                gradient: &answers.gradients[slot * pixels..][..pixels],
            };
            lane.tell(tasks[lane.standing().problem].problem, told);
        }
        Ok(())
    }
}

/// `lanes` are those of the tasks at work; the best image is the first task's.
fn tell_progress<L: Lane>(lanes: &[L], ended: &[Option<Outcome>], observer: &mut dyn DynObserver) {
    let share =
        |l: &L| if l.standing().stop.is_some() { 1.0 } else { l.fraction().clamp(0.0, 1.0) };
    let mean = |own: &[L]| own.iter().map(share).sum::<f32>() / own.len() as f32;
    let at_work: f32 = lanes.chunk_by(of_one_task).map(mean).sum();
    let first = lanes.iter().filter(|l| l.standing().problem == 0);
    let best = first.filter_map(|l| l.standing().best.get()).min_by(|a, b| a.0.total_cmp(&b.0));
    observer.progress(Progress {
        fraction: (ended.iter().flatten().count() as f32 + at_work) / ended.len() as f32,
        evaluations: ended.iter().flatten().map(|o| o.evaluations).sum::<u64>()
            + lanes.iter().map(|l| u64::from(l.standing().evaluations)).sum::<u64>(),
        best: best.map(|(squared, image)| (image, squared.sqrt())),
    });
}

/// `‖r‖` of a target's image, as a multiple of the best's, up to which it is kept too.
const NEARLY_BEST: f32 = 1.25;

/// How one of a task's lanes ended.
#[derive(Clone, Copy)]
pub(super) struct End<'a> {
    /// `‖r‖²` and the nearest image.
    pub(super) best: Option<(f32, &'a [f32])>,
    pub(super) target: Option<usize>,
    pub(super) evaluations: u64,
    pub(super) stop: Option<Stop>,
}

/// The best of a task's lanes.
fn outcome<L: Lane>(lanes: &[L], cancelled: bool) -> Outcome {
    let ends: Vec<End<'_>> = lanes
        .iter()
        .map(|l| End {
            best: l.standing().best.get(),
            target: l.target(),
            evaluations: u64::from(l.standing().evaluations),
            stop: l.standing().stop,
        })
        .collect();
    conclude(&ends, cancelled)
}

/// What a task's lanes come to.
pub(super) fn conclude(ends: &[End<'_>], cancelled: bool) -> Outcome {
    let found = || ends.iter().filter_map(|end| Some((end.best?, end.target)));
    let best = found().map(|(best, _)| best).min_by(|a, b| a.0.total_cmp(&b.0));
    let limit = best.map_or(0.0, |(squared, _)| NEARLY_BEST * NEARLY_BEST * squared);
    let near = found().filter(|((squared, _), _)| *squared <= limit);
    let stops: Vec<Stop> = ends.iter().filter_map(|end| end.stop).collect();
    let stop = if stops.len() < ends.len() && cancelled {
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
        near: near.filter_map(|((_, image), target)| Some((target?, image.to_vec()))).collect(),
        evaluations: ends.iter().map(|end| end.evaluations).sum(),
        ..Outcome::without_image(stop)
    }
}

#[cfg(test)]
#[path = "lanes_tests.rs"]
mod tests;
