//! The boundary method: projections onto the linearised decision boundary.
//!
//! For a target `t` against the label `y` the margin is `g(x) = z_t − z_y` (for
//! a targeted problem, `z_t` minus the best rival). The smallest perturbation
//! solves `min ‖u − x₀‖² subject to g(u) ≥ 0, u ∈ [0,1]^784`. Repeat: linearise
//! `g` at `x`, project `x₀` onto the half-space `g(x) + ∇g·(u − x) ≥ 0` within
//! the box (one multiplier, see [`projection`](crate::optim::projection)), and
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
//! iterates on the wrong side.
//!
//! Untargeted, all nine targets start, and fewer and fewer go on: after a few
//! rounds those whose projected distance is clearly larger than the best are
//! dropped, later those whose best image is (see [`SCREENINGS`]).

use super::ensemble::Ensemble;
use super::lanes::{self, CLEAR_WIN, Lane, Standing, Task, Told};
use super::resident::{self, Screening};
use super::{AttackError, Observer, Outcome, Problem, Stop};
use crate::exec::Goal;
use crate::exec::gpu::kernels;
use crate::model::PIXELS;
use crate::optim::projection::{self, Multiplier, project};
use crate::optim::vector::{dot, squared_distance};

/// When targets that are clearly farther are dropped, and how many may stay.
const SCREENINGS: [Screening; 4] = [
    Screening { after: 4, by_best: false, kept: 6, clearly_farther: 1.5 },
    Screening { after: 16, by_best: true, kept: 3, clearly_farther: 1.08 },
    Screening { after: 32, by_best: true, kept: 2, clearly_farther: 1.04 },
    Screening { after: 64, by_best: true, kept: 1, clearly_farther: 1.02 },
];

/// Share of the way to the projection that a step goes.
const STEP: f32 = 0.5;

/// Relative change of the distance below which a lane is still.
const STILL: f32 = 1e-4;

/// Most rounds of one lane.
const ROUNDS: u32 = 200;

/// Rounds after which most searches on smooth networks have ended.
const GLANCE: usize = 24;

/// First rounds, in which the past has no say: they are far from the boundary.
const APPROACH: u32 = 3;

/// Largest weight of the past in the aggregate cut.
const PAST: f32 = 0.97;
/// `1 − cos` of the angle between successive gradients at which it is reached.
const CONTRADICTION: f32 = 0.01;

/// Share of a missing margin that is added to the cut, and what is kept of it
/// once the boundary is crossed.
const CORRECTION: f32 = 0.5;
const FORGETTING: f32 = 0.7;

/// A margin beyond this multiple of the first one is far across the boundary.
const OVERSHOT: f32 = 0.3;

/// One target of one problem.
pub(super) struct Approach {
    standing: Standing,
    /// Where the network is linearised next.
    x: Vec<f32>,
    /// The last point on the near side, and its (negative) margin.
    near: Vec<f32>,
    near_margin: f32,
    /// How far the original is from the boundary, in margin.
    first: f32,
    /// The aggregate cut `a·u ≥ b + missing`, and the last gradient in it.
    a: Vec<f32>,
    b: f32,
    missing: f32,
    previous: Vec<f32>,
    /// ‖∇g‖² of that gradient.
    steepness: f32,
    /// The last projection, its multiplier, and `‖u − x₀‖`.
    u: Vec<f32>,
    lambda: f32,
    estimate: f32,
    round: u32,
    still: u32,
}

/// The margin of the target against the label; for a targeted problem, against the best rival.
pub(super) fn goal_of(problem: &Problem, target: usize) -> Goal {
    match problem.target {
        None => Goal::margin(target, problem.label),
        Some(_) => Goal::lead(target),
    }
}

impl Approach {
    pub(super) fn new(index: usize, target: usize, task: &Task<'_>) -> Approach {
        let problem = task.problem;
        Approach {
            standing: Standing::new(index, goal_of(problem, target)),
            x: task.start().to_vec(),
            near: problem.image.clone(),
            near_margin: 0.0,
            // Started elsewhere, it is where it should be and never sent back.
            first: if task.from.is_some() { f32::INFINITY } else { 0.0 },
            a: vec![0.0; PIXELS],
            b: 0.0,
            missing: 0.0,
            previous: vec![0.0; PIXELS],
            steepness: 0.0,
            u: vec![0.0; PIXELS],
            lambda: 0.0,
            estimate: f32::INFINITY,
            round: 0,
            still: 0,
        }
    }

    /// Back to where the secant crosses the boundary, if the point is far across it.
    fn came_back(&mut self, margin: f32) -> bool {
        if self.round == 1 && self.first == 0.0 {
            self.first = -margin;
        }
        if margin <= 0.0 {
            self.near.copy_from_slice(&self.x);
            self.near_margin = margin;
            return false;
        }
        if margin <= OVERSHOT * self.first || self.round >= ROUNDS {
            return false;
        }
        let t = (-self.near_margin / (margin - self.near_margin)).clamp(0.1, 0.9);
        for (x, near) in self.x.iter_mut().zip(&self.near) {
            *x = near + t * (*x - near);
        }
        true
    }

    /// Takes a linearisation into the aggregate cut: `g·u ≥ offset`.
    fn aggregate(&mut self, gradient: &[f32], steepness: f32, offset: f32, margin: f32) {
        let past = if self.round <= APPROACH {
            0.0
        } else {
            let lengths = (steepness * self.steepness).sqrt();
            let cosine = dot(gradient, &self.previous) / lengths.max(f32::MIN_POSITIVE);
            PAST * ((1.0 - cosine) / CONTRADICTION).clamp(0.0, 1.0)
        };
        self.steepness = steepness;
        for (a, g) in self.a.iter_mut().zip(gradient) {
            *a = past * *a + (1.0 - past) * g;
        }
        self.b = past * self.b + (1.0 - past) * offset;
        self.previous.copy_from_slice(gradient);
        if self.round > APPROACH + 1 {
            if margin < 0.0 {
                self.missing -= CORRECTION * margin;
            } else {
                self.missing *= FORGETTING;
            }
        }
    }

    /// Projects the original onto the cut and steps towards the projection.
    fn step(&mut self, original: &[f32]) {
        let b = self.b + self.missing;
        let outcome = project(original, &self.a, b, [0.0, 1.0], self.lambda, &mut self.u);
        let distance = squared_distance(&self.u, original).sqrt();
        let change = (distance - self.estimate).abs();
        self.still = if change < STILL * distance { self.still + 1 } else { 0 };
        (self.lambda, self.estimate) = match outcome {
            Multiplier::Found(lambda) => (lambda, distance),
            Multiplier::Infeasible(lambda) => (lambda, f32::INFINITY),
        };
        let found = self.standing.best.get().is_some();
        if self.still >= 2 && found {
            self.standing.stop = Some(Stop::Converged);
        } else if self.round >= ROUNDS {
            self.standing.stop = Some(if found { Stop::Converged } else { Stop::Budget });
        }
        // Where the projection stands still, nothing is gained by caution.
        let step = if self.still > 0 { 1.0 } else { STEP };
        for (x, u) in self.x.iter_mut().zip(&self.u) {
            *x += step * (u - *x);
        }
    }
}

impl Lane for Approach {
    fn standing(&self) -> &Standing {
        &self.standing
    }

    fn standing_mut(&mut self) -> &mut Standing {
        &mut self.standing
    }

    fn trial(&self) -> &[f32] {
        &self.x
    }

    fn learn(&mut self, problem: &Problem, told: Told<'_>) {
        self.round += 1;
        if lanes::wins(problem, told.logits) {
            self.standing.best.offer(squared_distance(&self.x, &problem.image), &self.x);
        }
        let Some(steepness) = told.squared_steepness() else {
            self.standing.stop = Some(Stop::VanishingGradient);
            return;
        };
        if self.came_back(told.value) {
            return;
        }
        // g(x) + ∇g·(u − x) ≥ a hair  ⇔  ∇g·u ≥ ∇g·x − g(x) + a hair
        let hair = 2.0 * CLEAR_WIN * lanes::spread(told.logits);
        let offset = dot(told.gradient, &self.x) - told.value + hair;
        self.aggregate(told.gradient, steepness, offset, told.value);
        self.step(&problem.image);
    }

    fn target(&self) -> Option<usize> {
        Some(self.standing.goal.first as usize)
    }

    fn fraction(&self) -> f32 {
        self.round as f32 / ROUNDS as f32
    }
}

/// The twin on the device, `boundary.wgsl`, with these constants.
pub(super) fn on_device() -> resident::Spec {
    let mut constants = resident::constants().to_vec();
    constants.extend(projection::constants());
    constants.extend([
        ("STEP", f64::from(STEP)),
        ("STILL", f64::from(STILL)),
        ("ROUNDS", f64::from(ROUNDS)),
        ("APPROACH", f64::from(APPROACH)),
        ("PAST", f64::from(PAST)),
        ("CONTRADICTION", f64::from(CONTRADICTION)),
        ("CORRECTION", f64::from(CORRECTION)),
        ("FORGETTING", f64::from(FORGETTING)),
        ("OVERSHOT", f64::from(OVERSHOT)),
    ]);
    resident::Spec {
        kernel: &kernels::BOUNDARY_MACHINE,
        constants,
        vectors: 2,
        body: 7 * 4,
        goal: goal_of,
        screenings: SCREENINGS.to_vec(),
        most: ROUNDS as usize,
        glance: |_| GLANCE,
        fraction: |rounds| rounds as f32 / ROUNDS as f32,
    }
}

/// Drops targets of a problem that are clearly farther than its best.
fn screen(lanes: &mut [Approach], problems: usize) {
    let due = |l: &Approach| {
        l.standing.stop.is_none() && SCREENINGS.iter().any(|s| s.after == l.round as usize)
    };
    if !lanes.iter().any(due) {
        return;
    }
    for problem in 0..problems {
        let all = (0..lanes.len()).filter(|l| lanes[*l].standing.problem == problem);
        let (own, stopped): (Vec<usize>, Vec<usize>) =
            all.partition(|l| lanes[*l].standing.stop.is_none());
        let Some(round) = own.iter().map(|l| lanes[*l].round).max() else { continue };
        let Some(screening) = SCREENINGS.iter().find(|s| s.after == round as usize) else {
            continue;
        };
        drop_farther(lanes, own, &stopped, screening);
    }
}

/// Drops running lanes that a screening does not keep.
fn drop_farther(
    lanes: &mut [Approach],
    mut own: Vec<usize>,
    stopped: &[usize],
    screening: &Screening,
) {
    let reach = |lane: &Approach| match lane.standing.best.get() {
        Some((squared, _)) if screening.by_best => squared.sqrt(),
        _ => lane.estimate,
    };
    own.sort_by(|a, b| reach(&lanes[*a]).total_cmp(&reach(&lanes[*b])));
    let reaches = own.iter().chain(stopped).map(|l| reach(&lanes[*l]));
    let limit = reaches.fold(f32::INFINITY, f32::min) * screening.clearly_farther;
    for (rank, lane) in own.into_iter().enumerate() {
        if rank >= screening.kept || reach(&lanes[lane]) > limit {
            lanes[lane].standing.stop = Some(Stop::Converged);
        }
    }
}

/// Attacks problems whose originals are read correctly.
pub(super) async fn search(
    networks: &mut Ensemble<'_>,
    tasks: &[Task<'_>],
    observer: &mut impl Observer,
) -> Result<Vec<Outcome>, AttackError> {
    if let Some(outcomes) = resident::search(networks, on_device, tasks, observer).await? {
        return Ok(outcomes);
    }
    let make = |place: usize, task: &Task<'_>| {
        task.targets().map(|target| Approach::new(place, target, task)).collect()
    };
    lanes::search(networks, tasks, observer, make, screen).await
}
