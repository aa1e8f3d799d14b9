//! Fixed-budget attacks: some steps that follow the gradient within ε of the original.
//!
//! The loss is the cross-entropy: of the label, ascended, where any other class
//! will do; of the target, descended, where one is asked for. With
//! `g = ±∇CE(xₖ)` a [`Rule`] says `xₖ₊₁ = Π(xₖ + its step for g)`, where Π leads
//! back to the ball around the original and into the box. The last iterate is
//! the answer; an earlier one only if it fooled and the last does not. Nothing
//! is minimised.

use super::lanes::{Lane, Standing, Task, Told};
use super::{Problem, Stop};
use crate::exec::Goal;
use crate::numeric::vector::squared_distance;

/// What makes one such attack another.
pub(super) trait Rule {
    /// Adds the step for an ascent direction `g` to `x`.
    fn step(&mut self, x: &mut [f32], g: &[f32]);
    /// Leads back to the ball of radius ε around the original.
    fn confine(&self, x: &mut [f32], original: &[f32]);
}

/// One problem.
pub(super) struct Ascent<R> {
    /// Its best is the last iterate that is known to fool.
    standing: Standing,
    /// 1 to raise the goal, −1 to lower it.
    sign: f32,
    rule: R,
    x: Vec<f32>,
    /// `g` of this step.
    g: Vec<f32>,
    steps: u32,
    taken: u32,
}

impl<R: Rule> Ascent<R> {
    /// `steps` steps from a point, which is led into the ball first.
    pub(super) fn new(
        place: usize,
        problem: &Problem,
        start: &[f32],
        steps: u32,
        rule: R,
    ) -> Ascent<R> {
        let (goal, sign) = uphill(problem);
        let mut ascent = Ascent {
            standing: Standing::new(place, goal),
            sign,
            rule,
            x: start.to_vec(),
            g: vec![0.0; start.len()],
            steps,
            taken: 0,
        };
        ascent.confine(&problem.image);
        ascent
    }

    fn confine(&mut self, original: &[f32]) {
        self.rule.confine(&mut self.x, original);
        self.x.iter_mut().for_each(|v| *v = v.clamp(0.0, 1.0));
    }
}

/// The cross-entropy that leads to success, and whether upwards (1) or downwards (−1).
pub(super) fn uphill(problem: &Problem) -> (Goal, f32) {
    match problem.target {
        Some(target) => (Goal::CrossEntropy(target), -1.0),
        None => (Goal::CrossEntropy(problem.label), 1.0),
    }
}

impl<R: Rule> Lane for Ascent<R> {
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
            self.standing.best.replace(squared_distance(&self.x, &problem.image), &self.x);
        }
        let fooled = self.standing.best.get().is_some();
        if self.taken == self.steps {
            self.standing.stop = Some(Stop::Budget);
            return;
        }
        if told.steepness().is_none() {
            self.standing.stop =
                Some(if fooled { Stop::Converged } else { Stop::VanishingGradient });
            return;
        }
        for (g, gradient) in self.g.iter_mut().zip(told.gradient) {
            *g = self.sign * gradient;
        }
        self.rule.step(&mut self.x, &self.g);
        self.confine(&problem.image);
        self.taken += 1;
        if self.taken == self.steps && !fooled {
            // Nothing better is known: the caller's measurement will tell what it is worth.
            self.standing.best.replace(squared_distance(&self.x, &problem.image), &self.x);
            self.standing.stop = Some(Stop::Budget);
        }
    }

    fn fraction(&self) -> f32 {
        self.taken as f32 / self.steps as f32
    }
}

/// The lanes of one task: one.
pub(super) fn lane<R: Rule>(
    place: usize,
    task: &Task<'_>,
    start: &[f32],
    steps: u32,
    rule: R,
) -> Vec<Ascent<R>> {
    vec![Ascent::new(place, task.problem, start, steps, rule)]
}

/// −1, 0 or 1.
pub(super) fn sign(v: f32) -> f32 {
    if v == 0.0 { 0.0 } else { v.signum() }
}

/// Leads every pixel back to within ε of the original's.
pub(super) fn confine_linf(x: &mut [f32], original: &[f32], epsilon: f32) {
    for (x, o) in x.iter_mut().zip(original) {
        *x = x.clamp(o - epsilon, o + epsilon);
    }
}
