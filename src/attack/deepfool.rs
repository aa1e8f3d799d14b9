//! DeepFool: steps onto the nearest linearised boundary.
//!
//! For every class `t` against the label `y`, with `f_t = z_t − z_y` at `xₖ`, the
//! linearised boundary is `d_t = |f_t|/‖∇f_t‖` away; the nearest one, `l`, gives
//! `rₖ = (d_l + τ)·∇f_l/‖∇f_l‖` and `xₖ₊₁ = clip(x₀ + (1 + η)·Σ rᵢ)`, until the image is
//! misread (Moosavi-Dezfooli, Fawzi and Frossard, *DeepFool*, 2016, algorithm
//! 2). η = 0.02 is the paper's; 50 steps are the authors' code's and foolbox's,
//! and so is τ = 10⁻⁴, without which clipped steps come ever nearer to the
//! boundary and never cross it. With a target, the only boundary is the one to
//! it from whoever leads.
//!
//! The first image that fools is the answer: nothing leads it back to the
//! original, which [nearest boundary](super::nearest_boundary) does. One lane a
//! class; all lanes of a problem stand at the same point.

use super::ensemble::Ensemble;
use super::lanes::{self, Task, Told};
use super::nearest_boundary::goal_of;
use super::walk::{Position, Step, Walk};
use super::{AttackError, DynObserver, Outcome, Problem, Recipe, Stop};
use crate::numeric::vector::add_scaled;

/// What the method goes by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeepFoolSettings {
    /// Most steps.
    pub steps: u32,
    /// How far beyond the linearised boundary each image goes, η.
    pub overshoot: f32,
    /// What is added to the length of every step, τ.
    pub extra: f32,
}

impl Default for DeepFoolSettings {
    fn default() -> DeepFoolSettings {
        DeepFoolSettings { steps: 50, overshoot: 0.02, extra: 1e-4 }
    }
}

/// The boundary to one class, seen from where its problem stands.
struct DeepFool {
    original: Vec<f32>,
    /// `Σ rᵢ`
    way: Vec<f32>,
    /// `|f|` and `∇f` at `x`.
    margin: f32,
    gradient: Vec<f32>,
    /// `‖∇f‖`, where there is a direction.
    steepness: Option<f32>,
    settings: DeepFoolSettings,
}

impl DeepFool {
    fn new(task: &Task<'_>, settings: DeepFoolSettings) -> DeepFool {
        let (start, original) = (task.start(), task.problem.image.clone());
        DeepFool {
            way: start.iter().zip(&original).map(|(x, o)| x - o).collect(),
            original,
            margin: 0.0,
            gradient: vec![0.0; start.len()],
            steepness: None,
            settings,
        }
    }

    /// Distance to the linearised boundary.
    fn distance(&self) -> f32 {
        self.steepness.map_or(f32::INFINITY, |steepness| self.margin / steepness)
    }

    /// Goes as its problem's nearest boundary says.
    fn go(&mut self, at: &mut Position, step: &[f32]) {
        add_scaled(&mut self.way, 1.0, step);
        let far = 1.0 + self.settings.overshoot;
        for ((x, o), way) in at.x.iter_mut().zip(&self.original).zip(&self.way) {
            *x = (o + far * way).clamp(0.0, 1.0);
        }
        at.taken += 1;
    }
}

impl Step for DeepFool {
    /// Only looks: where all walks of a problem go, [`advance`] decides.
    fn step(&mut self, at: &mut Position, problem: &Problem, told: Told<'_>) {
        if at.offer(problem, &told) {
            at.standing.stop = Some(Stop::Converged);
        } else if at.taken >= at.steps {
            at.standing.stop = Some(Stop::Budget);
        }
        self.margin = told.value.abs();
        self.gradient.copy_from_slice(told.gradient);
        self.steepness = told.steepness();
    }
}

/// Moves all walks of a problem onto the nearest of its linearised boundaries.
fn advance(walks: &mut [Walk<DeepFool>]) {
    let running = |walk: &&mut Walk<DeepFool>| walk.at.standing.runs();
    let running: Vec<&mut Walk<DeepFool>> = walks.iter_mut().filter(running).collect();
    let distance = |walk: &&mut Walk<DeepFool>| walk.method.distance();
    let nearest = running.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
    let Some(nearest) = nearest.map(|walk| &walk.method) else { return };
    let step: Option<Vec<f32>> = nearest.steepness.map(|steepness| {
        let scale = (nearest.distance() + nearest.settings.extra) / steepness;
        nearest.gradient.iter().map(|g| scale * g).collect()
    });
    for walk in running {
        match &step {
            Some(step) => walk.method.go(&mut walk.at, step),
            None => walk.at.standing.stop = Some(Stop::VanishingGradient),
        }
    }
}

/// Attacks problems whose originals are read correctly.
pub(super) async fn search(
    networks: &mut Ensemble<'_>,
    tasks: &[Task<'_>],
    recipe: &Recipe,
    observer: &mut dyn DynObserver,
) -> Result<Vec<Outcome>, AttackError> {
    let default = DeepFoolSettings::default();
    let steps = recipe.options.steps.unwrap_or(default.steps);
    let settings = DeepFoolSettings { steps, ..default };
    let make = |place: usize, task: &Task<'_>| {
        let walk = |target: usize| {
            let goal = goal_of(task.problem, target);
            Walk::new(place, goal, task.start(), steps, DeepFool::new(task, settings))
        };
        task.targets().map(walk).collect()
    };
    lanes::search(networks, tasks, observer, make, advance).await
}
