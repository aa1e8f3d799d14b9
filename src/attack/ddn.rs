//! Decoupled direction and norm.
//!
//! With `g = ±∇CE(xₖ)`, `δ ← δ + αₖ·g/‖g‖₂`; then the norm, apart from the
//! direction: `εₖ₊₁ = (1 − γ)·εₖ` where `xₖ` fools, `(1 + γ)·εₖ` where it does not,
//! and `xₖ₊₁ = clip(x₀ + εₖ₊₁·δ/‖δ‖₂)`. The nearest `xₖ` that fooled is the answer
//! (Rony et al., *Decoupling direction and norm for efficient gradient-based L2
//! adversarial attacks and defenses*, 2019, algorithm 1).
//!
//! ε₀ = 1, γ = 0.05 and αₖ from 1 to 0.01 on a cosine are the paper's; of its
//! budgets, 100 steps are the default of adv-lib and foolbox. Images stay
//! floats: the paper's rounding to grey levels is not done.

use super::ascent::uphill;
use super::ensemble::Ensemble;
use super::lanes::{self, Lane, Standing, Task, Told};
use super::{AttackError, Observer, Options, Outcome, Problem, Recipe, Stop};
use crate::numeric::vector::{add_scaled, dot, squared_distance};

/// What the method goes by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Number of steps.
    pub steps: u32,
    /// First norm, ε₀.
    pub norm: f32,
    /// Change of the norm after every step, γ.
    pub factor: f32,
    /// Length of the first step, and of the last.
    pub step: (f32, f32),
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { steps: 100, norm: 1.0, factor: 0.05, step: (1.0, 0.01) }
    }
}

impl From<&Options> for Settings {
    fn from(options: &Options) -> Settings {
        let default = Settings::default();
        Settings { steps: options.steps.unwrap_or(default.steps), ..default }
    }
}

impl Settings {
    /// αₖ
    fn alpha(&self, k: u32) -> f32 {
        let turn = std::f32::consts::PI * k as f32 / self.steps as f32;
        self.step.1 + 0.5 * (self.step.0 - self.step.1) * (1.0 + turn.cos())
    }
}

/// One problem.
struct Sphere {
    standing: Standing,
    /// 1 to raise the goal, −1 to lower it.
    sign: f32,
    x: Vec<f32>,
    delta: Vec<f32>,
    /// εₖ
    norm: f32,
    taken: u32,
    settings: Settings,
}

impl Sphere {
    fn new(place: usize, task: &Task<'_>, settings: Settings) -> Sphere {
        let (goal, sign) = uphill(task.problem);
        Sphere {
            standing: Standing::new(place, goal),
            sign,
            x: task.start().to_vec(),
            delta: vec![0.0; task.start().len()],
            norm: settings.norm,
            taken: 0,
            settings,
        }
    }
}

impl Lane for Sphere {
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
        let original = &problem.image;
        let wins = told.wins(problem);
        if wins {
            self.standing.best.offer(squared_distance(&self.x, original), &self.x);
        }
        for (delta, (x, o)) in self.delta.iter_mut().zip(self.x.iter().zip(original)) {
            *delta = x - o;
        }
        match told.steepness() {
            Some(steepness) => {
                let pace = self.sign * self.settings.alpha(self.taken) / steepness;
                add_scaled(&mut self.delta, pace, told.gradient);
            }
            // A target that is certain leaves no gradient: then only the norm changes.
            None if self.standing.best.get().is_some() => {}
            None => self.standing.stop = Some(Stop::VanishingGradient),
        }
        let factor = self.settings.factor;
        self.norm *= if wins { 1.0 - factor } else { 1.0 + factor };
        let scale = self.norm / dot(&self.delta, &self.delta).sqrt().max(f32::MIN_POSITIVE);
        for ((x, o), delta) in self.x.iter_mut().zip(original).zip(&self.delta) {
            *x = (o + scale * delta).clamp(0.0, 1.0);
        }
        self.taken += 1;
        if self.taken >= self.settings.steps && self.standing.stop.is_none() {
            self.standing.stop = Some(Stop::Budget);
        }
    }

    fn fraction(&self) -> f32 {
        self.taken as f32 / self.settings.steps as f32
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
    let make = |place: usize, task: &Task<'_>| vec![Sphere::new(place, task, settings)];
    lanes::search(networks, tasks, observer, make, |_| {}).await
}
