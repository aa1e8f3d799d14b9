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

    /// A walk from the middle of the box.
    fn begun(problem: &Problem, steps: u32) -> Walk<Ddn> {
        let settings = DdnSettings { steps, norm: 0.2, factor: 0.5, step: (0.3, 0.1) };
        let (goal, sign) = uphill(problem);
        let method = Ddn { sign, delta: vec![0.0; 2], norm: settings.norm, settings };
        Walk::new(0, goal, &problem.image, steps, method)
    }

    /// Two classes, of which the second leads or not.
    fn told(gradient: &[f32], fools: bool) -> Told<'_> {
        let logits: &[f32] = if fools { &[0.0, 1.0] } else { &[1.0, 0.0] };
        Told { value: 1.0, logits, classes: 2, gradient }
    }

    fn near(x: &[f32], right: [f64; 2]) {
        let off = |(x, right): (&f32, &f64)| (f64::from(*x) - right).abs();
        assert!(x.iter().zip(&right).map(off).all(|off| off < 1e-6), "{x:?} instead of {right:?}");
    }

    #[test]
    fn the_direction_follows_the_gradient_and_the_norm_whether_it_fools() {
        let up = Problem { image: vec![0.5, 0.5], label: 0, target: None };
        // To a target the cross-entropy goes down.
        let down = Problem { target: Some(1), ..up.clone() };
        for (problem, sign) in [(up, 1.0f32), (down, -1.0)] {
            let mut walk = begun(&problem, 4);
            let mut step = |gradient: [f32; 2], fools: bool| {
                let gradient = gradient.map(|g| sign * g);
                walk.method.step(&mut walk.at, &problem, told(&gradient, fools));
                (walk.at.x.clone(), walk.at.standing.stop)
            };
            // ε₁ = 0.2·1.5, along the gradient of length 5.
            let (x, stop) = step([3.0, 4.0], false);
            near(&x, [0.5 + 0.3 * 0.6, 0.5 + 0.3 * 0.8]);
            assert_eq!(stop, None);
            // ε₂ = 0.3·0.5; α₁ = 0.1 + 0.1·(1 + cos π/4).
            let (x, _) = step([0.0, -2.0], true);
            let alpha = 0.1 + 0.1 * (1.0 + 0.5f64.sqrt());
            let (a, b) = (0.18f64, 0.24 - alpha);
            let length = a.hypot(b);
            near(&x, [0.5 + 0.15 * a / length, 0.5 + 0.15 * b / length]);
            // Without a gradient only the norm changes: ε₃ = 0.15·1.5.
            let (x, stop) = step([0.0, 0.0], false);
            near(&x, [0.5 + 0.225 * a / length, 0.5 + 0.225 * b / length]);
            assert_eq!(stop, None);
            // The box ends at 1, and the steps are used up.
            walk.method.norm = 2.0;
            walk.method.step(&mut walk.at, &problem, told(&[sign, 0.0], false));
            assert_eq!((walk.at.x[0], walk.at.standing.stop), (1.0, Some(Stop::Budget)));
            // What fooled is kept: it lay at 0.3.
            let kept = walk.at.standing.best.get().map(|(squared, _)| squared);
            assert!(kept.is_some_and(|squared| (squared - 0.09).abs() < 1e-6), "{kept:?}");
        }
    }

    #[test]
    fn without_a_gradient_at_the_start_there_is_nowhere_to_go() {
        let problem = Problem { image: vec![0.5, 0.5], label: 0, target: None };
        let mut walk = begun(&problem, 4);
        walk.method.step(&mut walk.at, &problem, told(&[0.0, 0.0], false));
        assert_eq!(walk.at.standing.stop, Some(Stop::VanishingGradient));
    }
}
