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

    /// A walk with a c of 0.1, of thirty steps.
    fn begun(problem: &Problem) -> Walk<CarliniWagner> {
        let settings = CarliniWagnerSettings { steps: 30, c: 0.1, ..Default::default() };
        CarliniWagner::walk(0, &Task::new(problem, &[]), settings)
    }

    /// What is told of a lead, with which the second of two classes wins or not.
    fn told(value: f32, gradient: &[f32], fools: bool) -> Told<'_> {
        let logits: &[f32] = if fools { &[0.0, 1.0] } else { &[1.0, 0.0] };
        Told { value, logits, classes: 2, gradient }
    }

    /// Adam on `w` as its authors write it, in f64, of the objective's gradient at `x = ½(tanh w + 1)`.
    fn reference(image: [f64; 2], c: f64, leads: &[(f64, [f64; 2])]) -> [f64; 2] {
        let mut w = image.map(|x| (2.0 * x - 1.0).atanh());
        let (mut m, mut v) = ([0.0; 2], [0.0; 2]);
        for (k, (h, gradient)) in leads.iter().enumerate() {
            for i in 0..2 {
                let x = 0.5 * (w[i].tanh() + 1.0);
                let pull = if *h > 0.0 { c * gradient[i] } else { 0.0 };
                let g = (2.0 * (x - image[i]) + pull) * 0.5 * (1.0 - w[i].tanh().powi(2));
                m[i] = 0.9 * m[i] + 0.1 * g;
                v[i] = 0.999 * v[i] + 0.001 * g * g;
                let k = k as i32 + 1;
                let (m, v) = (m[i] / (1.0 - 0.9f64.powi(k)), v[i] / (1.0 - 0.999f64.powi(k)));
                w[i] -= 0.01 * m / (v.sqrt() + 1e-8);
            }
        }
        w.map(|w| 0.5 * (w.tanh() + 1.0))
    }

    #[test]
    fn steps_are_those_of_adam_on_the_authors_objective() {
        // h and its gradient in turn; where it is 0 or below, only the distance is left.
        let leads = [
            (1.5, [3.0, -4.0]),
            (0.5, [-1.0, 0.5]),
            (0.0, [2.0, 2.0]),
            (-0.5, [1.0, 1.0]),
            (0.25, [0.5, 6.0]),
        ];
        let any = Problem { image: vec![0.25, 0.5], label: 0, target: None };
        let target = Problem { target: Some(1), ..any.clone() };
        for (problem, sign) in [(any, 1.0), (target, -1.0)] {
            let mut walk = begun(&problem);
            for (k, (h, gradient)) in leads.into_iter().enumerate() {
                // The goal is the lead of the label, or that of the target: h is its negative.
                let gradient = gradient.map(|g| (sign * g) as f32);
                let told = told((sign * h) as f32, &gradient, h < 0.0);
                walk.method.step(&mut walk.at, &problem, told);
                let right = reference([0.25, 0.5], 0.1, &leads[..=k]);
                let off =
                    walk.at.x.iter().zip(right).map(|(x, right)| (f64::from(*x) - right).abs());
                assert!(off.fold(0.0, f64::max) < 2e-6, "{k}: {:?}, {right:?}", walk.at.x);
                // A tenth of the steps are three: the objective is looked at before the first and the fourth.
                let squared = |x: [f64; 2]| (x[0] - 0.25).powi(2) + (x[1] - 0.5).powi(2);
                let third = squared(reference([0.25, 0.5], 0.1, &leads[..3]));
                let objectives = [0.15, 0.15, 0.15, third];
                if let Some(objective) = objectives.get(k) {
                    let before = f64::from(walk.method.before);
                    assert!((before - objective).abs() < 1e-6, "{k}: {before}, {objective}");
                }
            }
            // The fourth fooled, and that is not forgotten.
            assert!(walk.method.fooled && walk.at.has_fooled());
            assert_eq!((walk.at.taken, walk.at.standing.stop), (5, None));
            let joined = if sign > 0.0 { Joined::Greatest } else { Joined::Least };
            assert_eq!(walk.method.joined(walk.at.standing.goal), joined);
            walk.method.round = 3;
            assert!((walk.method.fraction(&walk.at) - 3.0 / 9.0).abs() < 1e-6);
        }
    }

    #[test]
    fn a_gradient_that_vanishes_ends_the_search_only_before_anything_fooled() {
        let problem = Problem { image: vec![0.25, 0.5], label: 0, target: None };
        let ends = |value: f32, fools: bool| {
            let mut walk = begun(&problem);
            walk.method.step(&mut walk.at, &problem, told(value, &[0.0, 0.0], fools));
            (walk.at.standing.stop, walk.at.taken)
        };
        assert_eq!(ends(1.0, false), (Some(Stop::VanishingGradient), 0));
        assert_eq!(ends(0.0, false), (None, 1));
        assert_eq!(ends(1.0, true), (None, 1));
    }

    #[test]
    fn a_c_ends_where_a_tenth_of_its_steps_has_not_lowered_the_objective() {
        let problem = Problem { image: vec![0.25, 0.5], label: 0, target: None };
        let mut walk = begun(&problem);
        let mut still = |taken: u32, objective: f32| {
            walk.at.taken = taken;
            walk.method.stands_still(&walk.at, objective)
        };
        assert!(!still(3, 1.0), "there is none before");
        assert!(!still(4, 2.0), "between two tenths nothing is looked at");
        assert!(!still(6, STANDSTILL), "lower by just as much as is asked for");
        assert!(still(9, STANDSTILL));
        // Of fewer than ten steps each is looked at.
        walk.at.steps = 5;
        walk.at.taken = 7;
        assert!(walk.method.stands_still(&walk.at, STANDSTILL));
        // What stands still goes on to the next c.
        let mut walk = begun(&problem);
        walk.method.before = 0.1;
        walk.method.step(&mut walk.at, &problem, told(1.5, &[1.0, 1.0], false));
        assert!((walk.method.c - 1.0).abs() < 1e-6 && walk.method.round == 1, "{}", walk.method.c);
    }
}
