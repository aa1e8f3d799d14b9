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

use super::ensemble::Ensemble;
use super::lanes::{Task, Told};
use super::walk::{self, Position, Step, Walk, uphill};
use super::{AttackError, DynObserver, Outcome, Problem, Recipe, Stop};
use crate::numeric::vector::{add_scaled, dot};

/// What the method goes by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DdnSettings {
    /// Number of steps.
    pub steps: u32,
    /// First norm, ε₀.
    pub norm: f32,
    /// Change of the norm after every step, γ.
    pub factor: f32,
    /// Length of the first step, and of the last.
    pub step: (f32, f32),
}

impl Default for DdnSettings {
    fn default() -> DdnSettings {
        DdnSettings { steps: 100, norm: 1.0, factor: 0.05, step: (1.0, 0.01) }
    }
}

impl DdnSettings {
    /// αₖ
    fn alpha(&self, k: u32) -> f32 {
        let turn = std::f32::consts::PI * k as f32 / self.steps as f32;
        self.step.1 + 0.5 * (self.step.0 - self.step.1) * (1.0 + turn.cos())
    }
}

/// One problem.
struct Ddn {
    /// 1 to raise the goal, −1 to lower it.
    sign: f32,
    delta: Vec<f32>,
    /// εₖ
    norm: f32,
    settings: DdnSettings,
}

impl Step for Ddn {
    fn step(&mut self, at: &mut Position, problem: &Problem, told: Told<'_>) {
        let original = &problem.image;
        let wins = at.offer(problem, &told);
        for (delta, (x, o)) in self.delta.iter_mut().zip(at.x.iter().zip(original)) {
            *delta = x - o;
        }
        match told.steepness() {
            Some(steepness) => {
                let pace = self.sign * self.settings.alpha(at.taken) / steepness;
                add_scaled(&mut self.delta, pace, told.gradient);
            }
            // A target that is certain leaves no gradient: then only the norm changes.
            None if at.has_fooled() => {}
            None => at.standing.stop = Some(Stop::VanishingGradient),
        }
        let factor = self.settings.factor;
        self.norm *= if wins { 1.0 - factor } else { 1.0 + factor };
        let scale = self.norm / dot(&self.delta, &self.delta).sqrt().max(f32::MIN_POSITIVE);
        for ((x, o), delta) in at.x.iter_mut().zip(original).zip(&self.delta) {
            *x = (o + scale * delta).clamp(0.0, 1.0);
        }
        at.taken += 1;
        if at.taken >= at.steps && at.standing.stop.is_none() {
            at.standing.stop = Some(Stop::Budget);
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
    let default = DdnSettings::default();
    let settings = DdnSettings { steps: recipe.options.steps.unwrap_or(default.steps), ..default };
    let make = |place: usize, task: &Task<'_>| {
        let (goal, sign) = uphill(task.problem);
        let delta = vec![0.0; task.start().len()];
        let method = Ddn { sign, delta, norm: settings.norm, settings };
        Walk::new(place, goal, task.start(), settings.steps, method)
    };
    walk::search(networks, tasks, observer, make).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_shrink_along_half_a_wave() {
        let settings = DdnSettings { steps: 40, step: (1.0, 0.2), ..DdnSettings::default() };
        for (k, right) in [(0, 1.0), (20, 0.6), (40, 0.2)] {
            assert!((settings.alpha(k) - right).abs() < 1e-6, "{k}: {}", settings.alpha(k));
        }
        assert!(settings.alpha(10) > 0.8, "slowly at first: {}", settings.alpha(10));
    }
}
