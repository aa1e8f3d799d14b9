//! Carlini and Wagner's attack in L2.
//!
//! In `w`, with `x = ½(tanh w + 1)` always in the box, Adam minimises
//! `‖x − x₀‖² + c·max(h(x), 0)`, where `h = max_{k≠t} z_k − z_t` for a target, and
//! `h = z_y − max_{k≠y} z_k` where any class but the label `y` will do. c is
//! multiplied by ten until an image fools, then bisected; every c starts at the
//! original (Carlini and Wagner, *Towards evaluating the robustness of neural
//! networks*, 2017, section VI.A; their code).
//!
//! Nine values of c from 10⁻³, Adam's rate 0.01, no confidence margin, and an
//! end to a c whose objective stands still for a tenth of its steps: the
//! authors' defaults, and adv-lib's and foolbox's. They allow 10,000 steps for
//! each c; 1,000, as in Rony et al.'s comparison (2019), come very near at a
//! fraction of the cost.

use super::ensemble::{Ensemble, Joined};
use super::lanes::{Task, Told};
use super::walk::{self, Position, Step, Walk};
use super::{AttackError, DynObserver, Outcome, Problem, Recipe, Stop};
use crate::exec::Goal;

/// What the method goes by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CarliniWagnerSettings {
    /// Most steps for each c.
    pub steps: u32,
    /// Values of c.
    pub rounds: u32,
    /// The first c.
    pub c: f32,
    /// Adam's rate.
    pub rate: f32,
}

impl Default for CarliniWagnerSettings {
    fn default() -> CarliniWagnerSettings {
        CarliniWagnerSettings { steps: 1_000, rounds: 9, c: 1e-3, rate: 0.01 }
    }
}

/// Factor between values of c until an image fools.
const STRIDE: f32 = 10.0;

/// Share of the objective of a tenth of the steps before, above which it stands still.
const STANDSTILL: f32 = 0.9999;

/// Keeps `atanh` finite at black and white.
const INSIDE: f32 = 0.999_999;

/// Adam (Kingma and Ba, 2015) on `w`.
#[derive(Clone, Debug)]
struct Adam {
    m: Vec<f32>,
    v: Vec<f32>,
    /// `β₁ᵏ` and `β₂ᵏ`.
    powers: (f32, f32),
}

impl Adam {
    const BETA: (f32, f32) = (0.9, 0.999);
    const TINY: f32 = 1e-8;

    fn new(n: usize) -> Adam {
        Adam { m: vec![0.0; n], v: vec![0.0; n], powers: (1.0, 1.0) }
    }

    fn step(&mut self, rate: f32, w: &mut [f32], gradient: impl Iterator<Item = f32>) {
        let (one, two) = Adam::BETA;
        self.powers = (self.powers.0 * one, self.powers.1 * two);
        let (first, second) = (1.0 - self.powers.0, 1.0 - self.powers.1);
        for (((w, m), v), g) in w.iter_mut().zip(&mut self.m).zip(&mut self.v).zip(gradient) {
            *m = one * *m + (1.0 - one) * g;
            *v = two * *v + (1.0 - two) * g * g;
            *w -= rate * (*m / first) / ((*v / second).sqrt() + Adam::TINY);
        }
    }
}

/// One problem.
struct CarliniWagner {
    /// What makes the goal `h`: −1 for the lead of a target, 1 for the lead of the label.
    sign: f32,
    start: Vec<f32>,
    w: Vec<f32>,
    /// `dx/dw`
    slope: Vec<f32>,
    adam: Adam,
    c: f32,
    /// The largest c that failed, and the smallest that succeeded.
    failed: f32,
    succeeded: Option<f32>,
    /// Whether this c has succeeded, and its objective a tenth of its steps ago.
    fooled: bool,
    before: f32,
    round: u32,
    settings: CarliniWagnerSettings,
}

impl CarliniWagner {
    /// The walk of a task; its point is `x`, and its steps are those of one c.
    fn walk(place: usize, task: &Task<'_>, settings: CarliniWagnerSettings) -> Walk<CarliniWagner> {
        let start: Vec<f32> =
            task.start().iter().map(|x| (INSIDE * (2.0 * x - 1.0)).atanh()).collect();
        let (goal, sign) = match task.problem.target {
            Some(target) => (Goal::Lead(target), -1.0),
            None => (Goal::Lead(task.problem.label), 1.0),
        };
        let method = CarliniWagner {
            sign,
            w: start.clone(),
            slope: vec![0.0; start.len()],
            adam: Adam::new(start.len()),
            start,
            c: settings.c,
            failed: 0.0,
            succeeded: None,
            fooled: false,
            before: f32::INFINITY,
            round: 0,
            settings,
        };
        let mut walk = Walk::new(place, goal, task.start(), settings.steps, method);
        walk.method.place(&mut walk.at);
        walk
    }

    /// `x` and its slope at `w`, from the nearer end of the box, where both are small.
    fn place(&mut self, at: &mut Position) {
        for ((x, slope), w) in at.x.iter_mut().zip(&mut self.slope).zip(&self.w) {
            let e = (-2.0 * w.abs()).exp();
            let end = e / (1.0 + e);
            *x = if *w < 0.0 { end } else { 1.0 - end };
            *slope = 2.0 * end * (1.0 - end);
        }
    }

    /// Whether a tenth of the steps have not lowered the objective.
    fn stands_still(&mut self, at: &Position, objective: f32) -> bool {
        if !at.taken.is_multiple_of((at.steps / 10).max(1)) {
            return false;
        }
        let still = objective > STANDSTILL * self.before;
        self.before = objective;
        still
    }

    fn next_c(&mut self, at: &mut Position) {
        if self.fooled {
            self.succeeded = Some(self.succeeded.map_or(self.c, |c| c.min(self.c)));
        } else {
            self.failed = self.failed.max(self.c);
        }
        self.c = self.succeeded.map_or(STRIDE * self.c, |c| 0.5 * (self.failed + c));
        self.round += 1;
        if self.round >= self.settings.rounds {
            at.standing.stop = Some(if at.has_fooled() { Stop::Converged } else { Stop::Budget });
        }
        self.w.copy_from_slice(&self.start);
        self.place(at);
        self.adam = Adam::new(self.w.len());
        self.fooled = false;
        at.taken = 0;
        self.before = f32::INFINITY;
    }
}

impl Step for CarliniWagner {
    fn joined(&self, _: Goal) -> Joined {
        // The member with the largest h is the farthest from being fooled.
        if self.sign > 0.0 { Joined::Greatest } else { Joined::Least }
    }

    fn step(&mut self, at: &mut Position, problem: &Problem, told: Told<'_>) {
        let squared = at.squared(problem);
        self.fooled |= at.offer(problem, &told);
        let hinge = self.sign * told.value;
        if hinge > 0.0 && !at.has_fooled() && told.steepness().is_none() {
            at.standing.stop = Some(Stop::VanishingGradient);
            return;
        }
        if at.taken == at.steps || self.stands_still(at, squared + self.c * hinge.max(0.0)) {
            self.next_c(at);
            return;
        }
        let pull = if hinge > 0.0 { self.c * self.sign } else { 0.0 };
        let x = at.x.iter().zip(&problem.image).zip(told.gradient).zip(&self.slope);
        let gradient = x.map(|(((x, o), g), slope)| (2.0 * (x - o) + pull * g) * slope);
        self.adam.step(self.settings.rate, &mut self.w, gradient);
        self.place(at);
        at.taken += 1;
    }

    fn fraction(&self, _: &Position) -> f32 {
        self.round as f32 / self.settings.rounds as f32
    }
}

/// Attacks problems whose originals are read correctly.
pub(super) async fn search(
    networks: &mut Ensemble<'_>,
    tasks: &[Task<'_>],
    recipe: &Recipe,
    observer: &mut dyn DynObserver,
) -> Result<Vec<Outcome>, AttackError> {
    let default = CarliniWagnerSettings::default();
    let steps = recipe.options.steps.unwrap_or(default.steps);
    let settings = CarliniWagnerSettings { steps, ..default };
    let make = |place: usize, task: &Task<'_>| CarliniWagner::walk(place, task, settings);
    walk::search(networks, tasks, observer, make).await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a constant gradient the mean is itself and so is the root of the mean square: each step is the rate's.
    #[test]
    fn adam_goes_as_far_as_its_rate_whatever_the_gradients_size() {
        let mut adam = Adam::new(2);
        let mut w = [0.0, 1.0];
        for _ in 0..5 {
            adam.step(0.1, &mut w, [3.0, -0.02].into_iter());
        }
        assert!((w[0] + 0.5).abs() < 1e-4 && (w[1] - 1.5).abs() < 1e-4, "{w:?}");
        // Turned round, the mean follows slowly: m = 0.9·3·(1 − 0.9⁵) − 0.1·3 is still positive.
        let before = w[0];
        adam.step(0.1, &mut w, [-3.0, 0.02].into_iter());
        let m = 0.9 * 3.0 * (1.0 - 0.9f32.powi(5)) - 0.3;
        let right = 0.1 * m / (1.0 - 0.9f32.powi(6)) / 3.0;
        assert!((before - w[0] - right).abs() < 1e-4, "{} instead of {right}", before - w[0]);
    }
    #[test]
    fn c_grows_until_an_image_fools_and_is_halved_between_then() {
        let problem = Problem { image: vec![0.25, 0.5], label: 0, target: None };
        let settings = CarliniWagnerSettings { rounds: 5, c: 0.01, ..Default::default() };
        let mut walk = CarliniWagner::walk(0, &Task::new(&problem, &[]), settings);
        let mut next = |fooled: bool| {
            walk.method.fooled = fooled;
            walk.at.taken = 3;
            (walk.at.x[0], walk.method.w[1]) = (0.75, 2.0);
            walk.method.next_c(&mut walk.at);
            assert_eq!(walk.at.taken, 0);
            // Every c starts at the original.
            assert!(walk.at.x.iter().zip(&problem.image).all(|(x, o)| (x - o).abs() < 1e-5));
            (walk.method.c, walk.at.standing.stop)
        };
        let close = |(c, stop): (f32, Option<Stop>), right: f32| {
            (c / right - 1.0).abs() < 1e-5 && stop.is_none()
        };
        assert!(close(next(false), 0.1) && close(next(false), 1.0), "ten times as much");
        assert!(
            close(next(true), 0.55) && close(next(false), 0.775),
            "between 0.1 and 1, 0.55 and 1"
        );
        // The rounds are used up; nothing was kept.
        assert_eq!(next(true).1, Some(Stop::Budget));
    }
}
