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
use super::lanes::{self, Lane, Standing, Task, Told};
use super::{AttackError, Observer, Options, Outcome, Problem, Recipe, Stop};
use crate::exec::Goal;
use crate::numeric::vector::squared_distance;

/// What the method goes by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Most steps for each c.
    pub steps: u32,
    /// Values of c.
    pub rounds: u32,
    /// The first c.
    pub c: f32,
    /// Adam's rate.
    pub rate: f32,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { steps: 1_000, rounds: 9, c: 1e-3, rate: 0.01 }
    }
}

impl From<&Options> for Settings {
    fn from(options: &Options) -> Settings {
        let default = Settings::default();
        Settings { steps: options.steps.unwrap_or(default.steps), ..default }
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
struct Hinge {
    standing: Standing,
    /// What makes the goal `h`: −1 for the lead of a target, 1 for the lead of the label.
    sign: f32,
    start: Vec<f32>,
    w: Vec<f32>,
    x: Vec<f32>,
    /// `dx/dw`
    slope: Vec<f32>,
    adam: Adam,
    c: f32,
    /// The largest c that failed, and the smallest that succeeded.
    failed: f32,
    succeeded: Option<f32>,
    /// Whether this c has succeeded, its steps, and its objective a tenth of them ago.
    fooled: bool,
    taken: u32,
    before: f32,
    round: u32,
    settings: Settings,
}

impl Hinge {
    fn new(place: usize, task: &Task<'_>, settings: Settings) -> Hinge {
        let start: Vec<f32> =
            task.start().iter().map(|x| (INSIDE * (2.0 * x - 1.0)).atanh()).collect();
        let (goal, sign) = match task.problem.target {
            Some(target) => (Goal::Lead(target), -1.0),
            None => (Goal::Lead(task.problem.label), 1.0),
        };
        let mut hinge = Hinge {
            standing: Standing::new(place, goal),
            sign,
            w: start.clone(),
            x: vec![0.0; start.len()],
            slope: vec![0.0; start.len()],
            adam: Adam::new(start.len()),
            start,
            c: settings.c,
            failed: 0.0,
            succeeded: None,
            fooled: false,
            taken: 0,
            before: f32::INFINITY,
            round: 0,
            settings,
        };
        hinge.place();
        hinge
    }

    /// `x` and its slope at `w`, from the nearer end of the box, where both are small.
    fn place(&mut self) {
        for ((x, slope), w) in self.x.iter_mut().zip(&mut self.slope).zip(&self.w) {
            let e = (-2.0 * w.abs()).exp();
            let end = e / (1.0 + e);
            *x = if *w < 0.0 { end } else { 1.0 - end };
            *slope = 2.0 * end * (1.0 - end);
        }
    }

    /// Whether a tenth of the steps have not lowered the objective.
    fn stands_still(&mut self, objective: f32) -> bool {
        if !self.taken.is_multiple_of((self.settings.steps / 10).max(1)) {
            return false;
        }
        let still = objective > STANDSTILL * self.before;
        self.before = objective;
        still
    }

    fn next_c(&mut self) {
        if self.fooled {
            self.succeeded = Some(self.succeeded.map_or(self.c, |c| c.min(self.c)));
        } else {
            self.failed = self.failed.max(self.c);
        }
        self.c = self.succeeded.map_or(STRIDE * self.c, |c| 0.5 * (self.failed + c));
        self.round += 1;
        if self.round >= self.settings.rounds {
            let found = self.standing.best.get().is_some();
            self.standing.stop = Some(if found { Stop::Converged } else { Stop::Budget });
        }
        self.w.copy_from_slice(&self.start);
        self.place();
        self.adam = Adam::new(self.w.len());
        self.fooled = false;
        self.taken = 0;
        self.before = f32::INFINITY;
    }
}

impl Lane for Hinge {
    fn standing(&self) -> &Standing {
        &self.standing
    }

    fn standing_mut(&mut self) -> &mut Standing {
        &mut self.standing
    }

    fn trial(&self) -> &[f32] {
        &self.x
    }

    fn joined(&self) -> Joined {
        // The member with the largest h is the farthest from being fooled.
        if self.sign > 0.0 { Joined::Greatest } else { Joined::Least }
    }

    fn learn(&mut self, problem: &Problem, told: Told<'_>) {
        let squared = squared_distance(&self.x, &problem.image);
        if told.wins(problem) {
            self.standing.best.offer(squared, &self.x);
            self.fooled = true;
        }
        let hinge = self.sign * told.value;
        if hinge > 0.0 && self.standing.best.get().is_none() && told.steepness().is_none() {
            self.standing.stop = Some(Stop::VanishingGradient);
            return;
        }
        if self.taken == self.settings.steps || self.stands_still(squared + self.c * hinge.max(0.0))
        {
            self.next_c();
            return;
        }
        let pull = if hinge > 0.0 { self.c * self.sign } else { 0.0 };
        let x = self.x.iter().zip(&problem.image).zip(told.gradient).zip(&self.slope);
        let gradient = x.map(|(((x, o), g), slope)| (2.0 * (x - o) + pull * g) * slope);
        self.adam.step(self.settings.rate, &mut self.w, gradient);
        self.place();
        self.taken += 1;
    }

    fn fraction(&self) -> f32 {
        self.round as f32 / self.settings.rounds as f32
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
    let make = |place: usize, task: &Task<'_>| vec![Hinge::new(place, task, settings)];
    lanes::search(networks, tasks, observer, make, |_| {}).await
}
