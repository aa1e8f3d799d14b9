//! Nearest boundary: projections onto the linearised decision boundary.
//!
//! Of the family of FAB (Croce and Hein, *Minimally distorted adversarial examples with a fast
//! adaptive boundary attack*, 2020), which projects both the iterate and the original onto the
//! boundary linearised at the iterate and steps to a mixture of the two. Here only the original is
//! projected, in L2, onto an average of linearisations, without FAB's backward step; lanes for
//! several classes are screened. Not to be taken for Brendel and Bethge's *boundary attack* (2018),
//! which sees decisions only.
//!
//! For a target `t` against the label `y` the margin is `g(x) = z_t − z_y` (for
//! a targeted problem, `z_t` minus the best rival). The smallest perturbation
//! solves `min ‖u − x₀‖² subject to g(u) ≥ 0, u ∈ [0,1]ⁿ`. Repeat: linearise
//! `g` at `x`, project `x₀` onto the half-space `g(x) + ∇g·(u − x) ≥ 0` within
//! the box (one multiplier, see [`crate::optim::projection`]), and
//! step towards the projection. A fixed point satisfies the KKT conditions of
//! the real problem; on a linear network the first projection is the exact
//! optimum. The half-space is moved inwards by a hair, so that fixed points
//! are read as the target.
//!
//! Where the gradient jumps (ReLU, max-pool), successive linearisations
//! contradict each other. The projection is then made onto an **aggregate
//! cut**, a running average of linearisations that weighs the past the more,
//! the larger the angle between successive gradients; on a smooth network the
//! angle vanishes and the past with it. What is still missing to the boundary
//! is added to the cut, so that a bias of the average does not keep the
//! iterates on the wrong side. Steps and corrections shrink as rounds go by.
//!
//! There are many local minima, a few per cent apart. On networks that are not
//! smooth the point of linearisation is **jittered**, less and less, so that
//! the average is taken over a neighbourhood and small minima are passed by.
//! And everywhere, once a lane stands still, it makes **further attempts**: it
//! sets out again with every pixel moved at random, from between the original
//! and its nearest image, or, on a smooth network, from beyond the original.
//! Attempts that keep finding the same image are cut short. `course.rs` says
//! where they start, when, and for how long.
//!
//! Untargeted, all rivals of the label start, and fewer and fewer go on: after a few
//! rounds those whose projected distance is clearly larger than the best are
//! dropped, later those whose best image is (see `screen.rs`). A lane whose
//! first attempt has ended rests until it is known whether its target is among
//! the nearest; further attempts are made for these alone. Where projected
//! distances still swing after a few rounds, as on adversarially trained
//! networks, they choose nothing: all targets go on for longer, and more
//! attempts are made.

mod course;
mod screen;
mod vectors;

use super::ensemble::Ensemble;
use super::kernels;
use super::lanes::{self, CLEAR_WIN, Lane, Standing, Task, Told};
use super::resident;
use super::{AttackError, DynObserver, Outcome, Problem, Stop};
use crate::exec::Goal;
use crate::exec::loss::spread;
use crate::numeric::vector::{blend, dot, squared_distance};
use crate::optim::projection::{self, Multiplier, project};
use crate::optim::scatter::scatter;
pub(super) use course::Course;
use screen::{AWAKE_AFTER, screen};
use vectors::{Named, Vectors};

/// Relative change of the distance below which a lane is still.
const STILL: f32 = 1e-4;

/// Rounds after which most searches for a smooth network's nearest target have ended, without
/// further attempts and with them.
const GLANCES: &[usize] = &[48, 146];

/// `1 − cos` of the angle between successive gradients at which the past has its full weight.
const CONTRADICTION: f32 = 0.01;

/// The same, at which the network is linear as far as can be told.
const AGREEMENT: f32 = 1e-5;

/// What is kept of an added margin once the boundary is crossed.
const FORGETTING: f32 = 0.7;

/// A margin beyond this multiple of the first one is far across the boundary.
const OVERSHOT: f32 = 0.3;

/// One target of one problem.
pub(super) struct NearestBoundaryLane {
    standing: Standing,
    course: Course,
    /// Whether it is the only lane of its problem from the start.
    alone: bool,
    /// Whether the network was found rough near the problem.
    rough: bool,
    at: Vectors,
    /// The (negative) margin of the last point on the near side.
    near_margin: f32,
    /// How far the original is from the boundary, in margin.
    first: f32,
    /// The aggregate cut is `a·u ≥ b + missing`.
    b: f32,
    missing: f32,
    /// ‖∇g‖² of the last gradient in it.
    steepness: f32,
    /// The last projection's multiplier, and `‖u − x₀‖`.
    lambda: f32,
    estimate: f32,
    /// How much the last estimate differs from the one before.
    change: f32,
    still: u32,
    /// Rounds of the present attempt and of all.
    round: u32,
    rounds: u32,
    /// Further attempts so far, what those since the last gain took of the patience, and ‖r‖
    /// before them.
    attempt: u32,
    idle: u32,
    reached: f32,
}

/// The margin of the target against the label; for a targeted problem, against the best rival.
pub(super) fn goal_of(problem: &Problem, target: usize) -> Goal {
    match problem.target {
        None => Goal::Margin(target, problem.label),
        Some(_) => Goal::Lead(target),
    }
}

impl NearestBoundaryLane {
    pub(super) fn new(
        index: usize,
        target: usize,
        task: &Task<'_>,
        course: Course,
    ) -> NearestBoundaryLane {
        let mut at = Vectors::zeroed(task.start().len());
        let Named { x, centre, near, .. } = at.named();
        x.copy_from_slice(task.start());
        centre.copy_from_slice(task.start());
        near.copy_from_slice(&task.problem.image);
        NearestBoundaryLane {
            standing: Standing::new(index, goal_of(task.problem, target)),
            course,
            alone: task.is_alone(),
            rough: false,
            at,
            near_margin: 0.0,
            // Started elsewhere, it is where it should be and never sent back.
            first: if task.from.is_some() { f32::INFINITY } else { 0.0 },
            b: 0.0,
            missing: 0.0,
            steepness: 0.0,
            lambda: 0.0,
            estimate: f32::INFINITY,
            change: f32::INFINITY,
            still: 0,
            round: 0,
            rounds: 0,
            attempt: 0,
            idle: 0,
            reached: f32::INFINITY,
        }
    }

    /// Stops for good.
    fn end(&mut self, why: Stop) {
        self.standing.rests = false;
        self.standing.stop = Some(why);
    }

    /// How far the lane is from its original, or will be.
    fn reach(&self, by_best: bool) -> f32 {
        match self.standing.best.get() {
            Some((squared, _)) if by_best => squared.sqrt(),
            _ => self.estimate,
        }
    }

    /// Back to where the secant crosses the boundary, if the point is far across it.
    fn came_back(&mut self, margin: f32) -> bool {
        if self.rounds == 1 && self.first == 0.0 {
            self.first = -margin;
        }
        if self.first == f32::INFINITY || self.round >= course::FIRST {
            return false;
        }
        let Named { x, centre, near, .. } = self.at.named();
        if margin <= 0.0 {
            near.copy_from_slice(x);
            self.near_margin = margin;
            return false;
        }
        if margin <= OVERSHOT * self.first {
            return false;
        }
        let t = (-self.near_margin / (margin - self.near_margin)).clamp(0.1, 0.9);
        for (x, near) in x.iter_mut().zip(near) {
            *x = *near + t * (*x - *near);
        }
        centre.copy_from_slice(x);
        true
    }

    /// Takes a linearisation into the aggregate cut: `g·u ≥ offset`. Whether its gradient is that
    /// of the last one.
    fn aggregate(&mut self, gradient: &[f32], steepness: f32, offset: f32, margin: f32) -> bool {
        let lengths = (steepness * self.steepness).sqrt();
        let Named { a, previous, .. } = self.at.named();
        let apart = 1.0 - dot(gradient, previous) / lengths.max(f32::MIN_POSITIVE);
        let past = if self.round <= course::APPROACH {
            0.0
        } else {
            Course::past(self.round) * (apart / CONTRADICTION).clamp(0.0, 1.0)
        };
        self.steepness = steepness;
        blend(a, 1.0 - past, gradient);
        self.b = past * self.b + (1.0 - past) * offset;
        previous.copy_from_slice(gradient);
        if self.round > course::APPROACH + 1 {
            if margin < 0.0 {
                self.missing -= Course::correction(self.round) * margin;
            } else {
                self.missing *= FORGETTING;
            }
        }
        apart < AGREEMENT
    }

    /// Projects the original onto the cut.
    fn project(&mut self, original: &[f32]) {
        let b = self.b + self.missing;
        let Named { a, u, .. } = self.at.named();
        let outcome = project(original, a, b, [0.0, 1.0], self.lambda, u);
        let distance = squared_distance(u, original).sqrt();
        self.change = (distance - self.estimate).abs();
        self.still = if self.change < STILL * distance { self.still + 1 } else { 0 };
        (self.lambda, self.estimate) = match outcome {
            Multiplier::Found(lambda) => (lambda, distance),
            Multiplier::Infeasible(lambda) => (lambda, f32::INFINITY),
        };
    }

    /// Whether the present attempt has come to its end.
    fn is_over(&self) -> bool {
        let found = self.standing.best.get().map(|(squared, _)| squared.sqrt());
        let given_up =
            |length: f32| self.attempt > 0 && self.estimate > Course::hopeless(self.round) * length;
        self.round >= Course::rounds(self.attempt)
            || found.is_some_and(|length| self.still >= 2 || given_up(length))
    }

    /// Steps towards the projection; all the way where the network is linear.
    fn step(&mut self, linear: bool) {
        let step = if linear { 1.0 } else { Course::step(self.round) };
        let (jitter, seed) = (self.course.jitter(self.attempt, self.round), self.seed());
        let Named { x, centre, u, .. } = self.at.named();
        blend(centre, step, u);
        x.copy_from_slice(centre);
        if jitter > 0.0 {
            scatter(x, jitter, seed);
        }
    }

    /// A number that no other draw of this lane has.
    fn seed(&self) -> u32 {
        ((self.standing.goal.class() as u32) << 16) | self.rounds
    }

    /// Ends an attempt and sets out on the next, if there is to be one.
    fn conclude(&mut self, original: &[f32]) {
        let seed = self.seed();
        let Some((squared, nearest)) = self.standing.best.get() else {
            self.end(Stop::Budget);
            return;
        };
        let length = squared.sqrt();
        self.idle = match Course::idled(length, self.reached, self.estimate) {
            Some(idled) => self.idle + idled,
            None => 0,
        };
        self.reached = length;
        if self.attempt == self.course.further || self.idle >= self.course.patience {
            self.end(Stop::Converged);
            return;
        }
        let Named { x, centre, .. } = self.at.named();
        self.course.set_out(original, nearest, seed, centre);
        x.copy_from_slice(centre);
        self.standing.rests = self.attempt == 0 && !self.alone && self.rounds < AWAKE_AFTER;
        self.attempt += 1;
        self.round = 0;
        self.first = f32::INFINITY;
        (self.missing, self.lambda, self.still) = (0.0, 0.0, 0);
    }
}

impl Lane for NearestBoundaryLane {
    fn standing(&self) -> &Standing {
        &self.standing
    }

    fn standing_mut(&mut self) -> &mut Standing {
        &mut self.standing
    }

    fn trial(&self) -> &[f32] {
        self.at.x()
    }

    fn learn(&mut self, problem: &Problem, told: Told<'_>) {
        self.round += 1;
        self.rounds += 1;
        if told.wins(problem) {
            let x = self.at.x();
            self.standing.best.offer(squared_distance(x, &problem.image), x);
        }
        let Some(steepness) = told.squared_steepness() else {
            match self.attempt {
                0 => self.end(Stop::VanishingGradient),
                _ => self.conclude(&problem.image),
            }
            return;
        };
        if self.came_back(told.value) {
            return;
        }
        // g(x) + ∇g·(u − x) ≥ a hair  ⇔  ∇g·u ≥ ∇g·x − g(x) + a hair
        let hair = 2.0 * CLEAR_WIN * spread(told.logits);
        let offset = dot(told.gradient, self.at.x()) - told.value + hair;
        let linear = self.aggregate(told.gradient, steepness, offset, told.value);
        self.project(&problem.image);
        if self.is_over() {
            self.conclude(&problem.image);
        } else {
            self.step(linear);
        }
    }

    fn target(&self) -> Option<usize> {
        Some(self.standing.goal.class())
    }

    fn fraction(&self) -> f32 {
        self.rounds as f32 / self.course.all_rounds() as f32
    }
}

/// The twin on the device, `nearest_boundary.wgsl`, with these constants.
pub(super) fn on_device(course: Course, smooth: bool, tasks: &[Task<'_>]) -> resident::Spec {
    let mut constants = Vec::new();
    constants.extend(projection::constants());
    constants.extend(course.constants());
    constants.extend([
        ("STILL", f64::from(STILL)),
        ("CONTRADICTION", f64::from(CONTRADICTION)),
        ("AGREEMENT", f64::from(AGREEMENT)),
        ("FORGETTING", f64::from(FORGETTING)),
        ("OVERSHOT", f64::from(OVERSHOT)),
        ("AWAKE_AFTER", f64::from(AWAKE_AFTER)),
    ]);
    // Lanes that rest wait for a screening; one alone never does.
    let waits = if tasks.iter().all(Task::is_alone) { 0 } else { AWAKE_AFTER };
    let most = waits + course.all_rounds();
    resident::Spec {
        kernel: &kernels::NEAREST_BOUNDARY_MACHINE,
        constants,
        vectors: 3,
        body: 11 * 4,
        most_pixels: usize::MAX,
        goal: goal_of,
        screenings: screen::on_device(smooth),
        most: most as usize,
        glances: if smooth { |_| GLANCES } else { |_| &[] },
        fraction: Box::new(move |rounds| rounds as f32 / most as f32),
    }
}

/// Attacks problems whose originals are read correctly.
pub(super) async fn search(
    networks: &mut Ensemble<'_>,
    tasks: &[Task<'_>],
    course: fn(bool) -> Course,
    observer: &mut dyn DynObserver,
) -> Result<Vec<Outcome>, AttackError> {
    let smooth = networks.is_smooth();
    let course = course(smooth);
    let spec = || on_device(course, smooth, tasks);
    if let Some(outcomes) = resident::search(networks, spec, tasks, observer).await? {
        return Ok(outcomes);
    }
    let make = |place: usize, task: &Task<'_>| {
        task.targets().map(|target| NearestBoundaryLane::new(place, target, task, course)).collect()
    };
    lanes::search(networks, tasks, observer, make, screen).await
}

#[cfg(test)]
mod lane_tests;
#[cfg(test)]
mod tests;
