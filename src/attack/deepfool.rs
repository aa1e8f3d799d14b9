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
//! original, which the [boundary](super::boundary) method does. One lane a
//! class; all lanes of a problem stand at the same point.

use super::boundary::goal_of;
use super::ensemble::Ensemble;
use super::lanes::{self, Lane, Standing, Task, Told};
use super::{AttackError, Observer, Options, Outcome, Problem, Recipe, Stop};
use crate::numeric::vector::{add_scaled, squared_distance};

/// What the method goes by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Most steps.
    pub steps: u32,
    /// How far beyond the linearised boundary each image goes, η.
    pub overshoot: f32,
    /// What is added to the length of every step, τ.
    pub extra: f32,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { steps: 50, overshoot: 0.02, extra: 1e-4 }
    }
}

impl From<&Options> for Settings {
    fn from(options: &Options) -> Settings {
        let default = Settings::default();
        Settings { steps: options.steps.unwrap_or(default.steps), ..default }
    }
}

/// The boundary to one class, seen from where its problem stands.
struct Tangent {
    standing: Standing,
    original: Vec<f32>,
    x: Vec<f32>,
    /// `Σ rᵢ`
    way: Vec<f32>,
    /// `|f|` and `∇f` at `x`.
    margin: f32,
    gradient: Vec<f32>,
    /// `‖∇f‖`, where there is a direction.
    steepness: Option<f32>,
    taken: u32,
    settings: Settings,
}

impl Tangent {
    fn new(place: usize, target: usize, task: &Task<'_>, settings: Settings) -> Tangent {
        let problem = task.problem;
        let start = task.start();
        Tangent {
            standing: Standing::new(place, goal_of(problem, target)),
            original: problem.image.clone(),
            x: start.to_vec(),
            way: start.iter().zip(&problem.image).map(|(x, o)| x - o).collect(),
            margin: 0.0,
            gradient: vec![0.0; start.len()],
            steepness: None,
            taken: 0,
            settings,
        }
    }

    /// Distance to the linearised boundary.
    fn distance(&self) -> f32 {
        self.steepness.map_or(f32::INFINITY, |steepness| self.margin / steepness)
    }

    /// Goes as its problem's nearest boundary says.
    fn go(&mut self, step: &[f32]) {
        add_scaled(&mut self.way, 1.0, step);
        let far = 1.0 + self.settings.overshoot;
        for ((x, o), way) in self.x.iter_mut().zip(&self.original).zip(&self.way) {
            *x = (o + far * way).clamp(0.0, 1.0);
        }
        self.taken += 1;
    }
}

impl Lane for Tangent {
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
        if told.wins(problem) {
            self.standing.best.offer(squared_distance(&self.x, &problem.image), &self.x);
            self.standing.stop = Some(Stop::Converged);
        } else if self.taken >= self.settings.steps {
            self.standing.stop = Some(Stop::Budget);
        }
        self.margin = told.value.abs();
        self.gradient.copy_from_slice(told.gradient);
        self.steepness = told.steepness();
    }

    fn fraction(&self) -> f32 {
        self.taken as f32 / self.settings.steps as f32
    }
}

/// Moves all lanes of a problem onto the nearest of its linearised boundaries.
fn advance(lanes: &mut [Tangent]) {
    let running = |lane: &&mut Tangent| lane.standing.runs();
    let running: Vec<&mut Tangent> = lanes.iter_mut().filter(running).collect();
    let nearest = running.iter().min_by(|a, b| a.distance().total_cmp(&b.distance()));
    let Some(nearest) = nearest else { return };
    let step: Option<Vec<f32>> = nearest.steepness.map(|steepness| {
        let scale = (nearest.distance() + nearest.settings.extra) / steepness;
        nearest.gradient.iter().map(|g| scale * g).collect()
    });
    for lane in running {
        match &step {
            Some(step) => lane.go(step),
            None => lane.standing.stop = Some(Stop::VanishingGradient),
        }
    }
}

/// Attacks problems whose originals are read correctly.
pub(super) async fn search(
    networks: &mut Ensemble<'_>,
    tasks: &[Task<'_>],
    recipe: &Recipe,
    observer: &mut impl Observer,
) -> Result<Vec<Outcome>, AttackError> {
    let settings = Settings::from(&recipe.options);
    let make = |place: usize, task: &Task<'_>| {
        task.targets().map(|target| Tangent::new(place, target, task, settings)).collect()
    };
    lanes::search(networks, tasks, observer, make, advance).await
}
