//! Attacks that live on the device.
//!
//! Each lane's machine is a kernel, one workgroup a lane: an evaluation is
//! forward, loss, backward and one dispatch more, and many evaluations go into
//! one submit. Nothing comes back but a record of progress at most every tenth
//! of a second and the images at the end; where a record holds all images, the
//! last record is the end. The machines follow their twins on the processor,
//! [`super::nearest_boundary`] and [`super::szegedy`], step by step.
//!
//! Lanes that have stopped cost no more than their part of the batch, which
//! goes to others once half of the slots are idle.
//!
//! Kernels: `place.wgsl` and `screen.wgsl` here, `machine.wgsl` with the
//! machine beside its twin. Tests are in `tests/suite/resident.rs`.

mod lane;
mod machine;
mod pace;

use super::ensemble::Ensemble;
use super::lanes::{self, End, Task};
use super::{AttackError, DynObserver, Outcome, Problem, Progress, Stop};
use crate::exec::gpu::context::Submitted;
use crate::exec::{ExecError, Goal, GpuExecutor};
use crate::model::Network;
use crate::ops::kernels::Kernel;
use lane::Head;
use machine::{Machine, most_lanes};
use pace::Pace;

/// Most lanes whose best images come with every record.
const SHOWN: usize = 64;

/// A method's machine on the device.
pub(super) struct Spec {
    /// What a lane does with an evaluation.
    pub(super) kernel: &'static Kernel,
    /// The kernel's own override constants, beside those that all machines share.
    pub(super) constants: Vec<(&'static str, f64)>,
    /// Vectors of a lane beside those that all machines keep.
    pub(super) vectors: u64,
    /// Bytes of a lane's state beside its [`Head`].
    pub(super) body: u64,
    /// Most pixels of an image that the kernel can work on.
    pub(super) most_pixels: usize,
    /// What a lane of a problem asks of the logits.
    pub(super) goal: fn(&Problem, usize) -> Goal,
    /// When lanes of a task that are clearly farther than others are dropped.
    pub(super) screenings: Vec<Screening>,
    /// Evaluations after which no lane runs any more.
    pub(super) most: usize,
    /// Evaluations after which a look at a number of lanes may well be the last, the fewest first.
    pub(super) glances: fn(usize) -> &'static [usize],
    /// Share of a lane's work that a number of rounds is, roughly.
    pub(super) fraction: Box<dyn Fn(u32) -> f32>,
}

/// A screening of each task's lanes.
#[derive(Clone, Copy)]
pub(super) struct Screening {
    /// Evaluations after which it takes place.
    pub(super) after: usize,
    /// Whether lanes are compared by their best images; by their estimates
    /// where there is none, or not yet one that says much.
    pub(super) by_best: bool,
    /// Most lanes of a task that go on.
    pub(super) kept: usize,
    /// A lane goes on up to this multiple of the nearest of its task.
    pub(super) clearly_farther: f32,
    /// Whether those that it keeps rest no longer. Once none of a task's lanes runs, this
    /// screening takes place at the next one's time.
    pub(super) wakes: bool,
}

impl Screening {
    /// The device's constants; `all` has this one, and one that wakes.
    fn constants(&self, all: &[Screening]) -> Vec<(&'static str, f64)> {
        let waking = all.iter().find(|screening| screening.wakes);
        let flag = |is: bool| f64::from(u8::from(is));
        let own = [
            ("BY_BEST", flag(self.by_best)),
            ("KEPT", self.kept as f64),
            ("CLEARLY_FARTHER", f64::from(self.clearly_farther)),
        ];
        let others = waking.map(|waking| {
            [
                ("WAKES", flag(self.after >= waking.after)),
                ("CLOSE_KEPT", waking.kept as f64),
                ("CLOSE", f64::from(waking.clearly_farther)),
            ]
        });
        own.into_iter().chain(others.into_iter().flatten()).collect()
    }
}

/// An image as the kernels read it: four pixels at a time.
const QUAD: usize = 4;

/// The override constant of every kernel that moves images.
fn image_constants(network: &Network) -> [(&'static str, f64); 1] {
    [("QUADS", (network.pixels() / QUAD) as f64)]
}

/// All override constants of a machine.
pub(super) fn constants(spec: &Spec, network: &Network) -> Vec<(&'static str, f64)> {
    let shared =
        [("CLASSES", network.classes() as f64), ("CLEAR_WIN", f64::from(lanes::CLEAR_WIN))];
    image_constants(network).into_iter().chain(shared).chain(spec.constants.clone()).collect()
}

/// Works on all tasks on the device; `None` where there is none with room for a task, or where
/// images are of another size than the kernels can work on.
pub(super) async fn search(
    networks: &mut Ensemble<'_>,
    spec: impl FnOnce() -> Spec,
    tasks: &[Task<'_>],
    observer: &mut dyn DynObserver,
) -> Result<Option<Vec<Outcome>>, AttackError> {
    let Some(gpu) = networks.device() else { return Ok(None) };
    let mut spec = spec();
    // A screening leaves no more slots than lanes to any task.
    let targets = tasks.iter().map(|task| task.targets().count()).max().unwrap_or(0);
    for screening in &mut spec.screenings {
        screening.kept = screening.kept.min(targets);
    }
    let pixels = gpu.network().pixels();
    if !pixels.is_multiple_of(QUAD) || pixels > spec.most_pixels {
        return Ok(None);
    }
    let most = most_lanes(gpu, &spec);
    // All targets of a task are screened together.
    if targets > most {
        return Ok(None);
    }
    let done = search_all(gpu, &spec, tasks, most, observer).await;
    if done.is_err() {
        // After a failure nothing on the device is trusted.
        gpu.discard();
    }
    Ok(Some(done?))
}

async fn search_all(
    gpu: &mut GpuExecutor,
    spec: &Spec,
    tasks: &[Task<'_>],
    most: usize,
    observer: &mut dyn DynObserver,
) -> Result<Vec<Outcome>, ExecError> {
    let pieces = pieces(tasks, most);
    let Some(capacity) = pieces.iter().map(|p| lanes_of(p)).max() else { return Ok(Vec::new()) };
    let mut machine = Machine::new(gpu, spec, capacity)?;
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(tasks.len());
    for piece in pieces {
        let part = Part {
            done: outcomes.len(),
            group: piece.len(),
            total: tasks.len(),
            evaluations: outcomes.iter().map(|o| o.evaluations).sum(),
        };
        let mut run = Run::new(gpu, &mut machine, spec, piece, part);
        let cancelled = run.run(observer).await?;
        outcomes.extend((0..piece.len()).map(|task| run.outcome(task, cancelled)));
        if cancelled {
            break;
        }
    }
    outcomes.resize_with(tasks.len(), || Outcome::without_image(Stop::Cancelled));
    Ok(outcomes)
}

fn lanes_of(tasks: &[Task<'_>]) -> usize {
    tasks.iter().map(|task| task.targets().count()).sum()
}

/// Cuts tasks so that the lanes of a piece do not exceed `most`.
fn pieces<'a, 'p>(tasks: &'a [Task<'p>], most: usize) -> Vec<&'a [Task<'p>]> {
    let mut pieces = Vec::new();
    let (mut first, mut lanes) = (0, 0);
    for (index, task) in tasks.iter().enumerate() {
        let own = task.targets().count();
        if lanes + own > most {
            pieces.push(&tasks[first..index]);
            (first, lanes) = (index, 0);
        }
        lanes += own;
    }
    if first < tasks.len() {
        pieces.push(&tasks[first..]);
    }
    pieces
}

/// Where a piece stands among all tasks.
#[derive(Clone, Copy)]
struct Part {
    done: usize,
    group: usize,
    total: usize,
    /// Evaluations of the pieces before.
    evaluations: u64,
}

/// One piece on its way.
struct Run<'a> {
    gpu: &'a mut GpuExecutor,
    machine: &'a mut Machine,
    spec: &'a Spec,
    tasks: &'a [Task<'a>],
    part: Part,
    /// As in the last record, with the best images that came with it.
    heads: Vec<Head>,
    bests: Vec<f32>,
    /// Evaluations of a running lane so far, and at the last record.
    done: usize,
    recorded: usize,
    pace: Pace,
    flying: Option<(Submitted, usize)>,
}

impl<'a> Run<'a> {
    fn new(
        gpu: &'a mut GpuExecutor,
        machine: &'a mut Machine,
        spec: &'a Spec,
        tasks: &'a [Task<'a>],
        part: Part,
    ) -> Run<'a> {
        let heads = Head::all(tasks, spec.goal, gpu.network().classes());
        let (bests, pace) = (Vec::new(), Pace::new());
        let (done, recorded, flying) = (0, 0, None);
        Run { gpu, machine, spec, tasks, part, heads, bests, done, recorded, pace, flying }
    }

    /// Runs until every lane has stopped; whether the observer cancelled.
    async fn run(&mut self, observer: &mut dyn DynObserver) -> Result<bool, ExecError> {
        self.machine.load(self.gpu, self.tasks, &self.heads, self.spec)?;
        let mut cancelled = false;
        while !cancelled && self.is_running() {
            let evaluations = self.next_evaluations();
            if self.wants_record(evaluations) {
                let shown = self.heads.len().min(SHOWN);
                self.submit(evaluations, Some(shown)).await?;
                self.compact()?;
            } else {
                self.submit(evaluations, None).await?;
            }
            self.tell_progress(observer);
            cancelled = observer.pause().await;
        }
        if cancelled || self.bests.len() < self.heads.len() * self.pixels() {
            self.submit(0, Some(self.heads.len())).await?;
        }
        Ok(cancelled)
    }

    fn pixels(&self) -> usize {
        self.gpu.network().pixels()
    }

    fn is_running(&self) -> bool {
        self.heads.iter().any(|head| head.stop().is_none())
    }

    /// Evaluations until the next submit, at most up to the screening or the end.
    fn next_evaluations(&mut self) -> usize {
        let screenings = self.spec.screenings.iter().map(|screening| screening.after);
        let glance = self.next_glance();
        let ahead = screenings.chain(glance).chain([self.spec.most]);
        let until = ahead.filter(|at| *at > self.done).map(|at| at - self.done).min();
        self.pace.next().min(until.unwrap_or(1))
    }

    /// When to look next at lanes that are few enough for that to be the end.
    fn next_glance(&self) -> Option<usize> {
        let lanes = self.heads.len();
        let glances = if lanes <= SHOWN { (self.spec.glances)(lanes) } else { &[] };
        glances.iter().copied().find(|at| *at > self.done)
    }

    fn wants_record(&self, evaluations: usize) -> bool {
        let done = self.done + evaluations;
        let ahead = self.next_glance().map(|at| at - done);
        ahead == Some(0) || done >= self.spec.most || self.pace.is_record_due(ahead)
    }

    /// Hands evaluations to the queue and waits for those handed in before, or
    /// for a record of these, with the best images of `shown` lanes.
    async fn submit(&mut self, evaluations: usize, shown: Option<usize>) -> Result<(), ExecError> {
        let context = self.gpu.context().clone();
        let mut encoder = context.device().create_command_encoder(&Default::default());
        self.done += evaluations;
        let screening = self.spec.screenings.iter().position(|s| s.after == self.done);
        let screening = screening.filter(|_| evaluations > 0);
        let mut pass = encoder.begin_compute_pass(&Default::default());
        self.machine.record(self.gpu, &mut pass, evaluations);
        if let Some(which) = screening {
            self.machine.record_screening(self.gpu, &mut pass, which);
        }
        drop(pass);
        let bytes = shown.map(|shown| self.machine.copy_record(&mut encoder, shown));
        let index = self.gpu.meter().submit(context.queue(), encoder.finish());
        if let Some(which) = screening {
            let seats = Head::seats(&self.heads, self.spec.screenings[which].kept);
            self.machine.use_slots(self.gpu, seats, false)?;
        }
        let before = self.flying.take();
        if let Some(bytes) = bytes {
            let (heads, bests) = (&mut self.heads, &mut self.bests);
            self.machine.read_record(self.gpu, bytes, heads, bests).await?;
            self.recorded = self.done;
            self.pace.record();
            return Ok(());
        }
        self.flying = Some((context.submitted(index), evaluations));
        if let Some((work, evaluations)) = before {
            context.finished(work).await?;
            self.pace.settle(evaluations);
        }
        Ok(())
    }

    /// Gives all slots to the lanes that run, if these are less than half.
    fn compact(&mut self) -> Result<(), ExecError> {
        let running = |home: &u32| self.heads[*home as usize].stop().is_none();
        let homes: Vec<u32> = (0..self.heads.len() as u32).filter(running).collect();
        if homes.is_empty() || 2 * homes.len() > self.machine.used() {
            return Ok(());
        }
        self.machine.serve(self.gpu, homes, false)
    }

    fn tell_progress(&self, observer: &mut dyn DynObserver) {
        let share = |head: &Head| match head.stop() {
            Some(_) => 1.0,
            None => (self.spec.fraction)(head.rounds).clamp(0.0, 1.0),
        };
        let mean = self.heads.iter().map(share).sum::<f32>() / self.heads.len() as f32;
        let running = self.heads.iter().filter(|head| head.runs()).count();
        let known: u64 = self.heads.iter().map(|head| u64::from(head.evaluations)).sum();
        let best = if self.part.done == 0 { self.best(0) } else { None };
        observer.progress(Progress {
            fraction: (self.part.done as f32 + mean * self.part.group as f32)
                / self.part.total as f32,
            evaluations: self.part.evaluations
                + known
                + (running * (self.done - self.recorded)) as u64,
            best: best.map(|(squared, image)| (image, squared.sqrt())),
        });
    }

    /// The homes of a task's lanes.
    fn homes(&self, task: usize) -> impl Iterator<Item = usize> {
        (0..self.heads.len()).filter(move |home| self.heads[*home].task as usize == task)
    }

    /// `‖r‖²` and the best image of a lane, if it came with the last record.
    fn best_of(&self, home: usize) -> Option<(f32, &[f32])> {
        let image = self.bests.get(home * self.pixels()..(home + 1) * self.pixels())?;
        Some((self.heads[home].best()?, image))
    }

    fn best(&self, task: usize) -> Option<(f32, &[f32])> {
        let found = self.homes(task).filter_map(|home| self.best_of(home));
        found.min_by(|a, b| a.0.total_cmp(&b.0))
    }

    fn outcome(&self, task: usize, cancelled: bool) -> Outcome {
        let end = |home: usize| {
            let head = &self.heads[home];
            End {
                best: self.best_of(home),
                target: Some(head.class()),
                evaluations: u64::from(head.evaluations),
                stop: head.stop(),
            }
        };
        let ends: Vec<End<'_>> = self.homes(task).map(end).collect();
        lanes::conclude(&ends, cancelled)
    }
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
