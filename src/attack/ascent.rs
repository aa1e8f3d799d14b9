//! Fixed-budget attacks: some steps that follow the gradient within ε of the original.
//!
//! The loss is the cross-entropy: of the label, ascended, where any other class
//! will do; of the target, descended, where one is asked for. With
//! `g = ±∇CE(xₖ)` a [`Ball`] says `xₖ₊₁ = Π(xₖ + its step for g)`, where Π leads
//! back to the ball around the original and into the box. The last iterate is
//! the answer; an earlier one only if it fooled and the last does not. Nothing
//! is minimised.

use super::lanes::{Task, Told};
use super::walk::{Position, Step, Walk, uphill};
use super::{Problem, Stop};

/// What makes one such attack another.
pub(super) trait Ball {
    /// Adds the step for an ascent direction `g` to `x`.
    fn step(&mut self, x: &mut [f32], g: &[f32]);
    /// Leads back to the ball of radius ε around the original.
    fn confine(&self, x: &mut [f32], original: &[f32]);
}

/// One problem; the best is the last iterate that is known to fool.
pub(super) struct Ascent<B> {
    /// 1 to raise the goal, −1 to lower it.
    sign: f32,
    ball: B,
    /// `g` of this step.
    g: Vec<f32>,
}

impl<B: Ball> Ascent<B> {
    /// `steps` steps from a point, which is led into the ball first.
    pub(super) fn walk(
        place: usize,
        task: &Task<'_>,
        start: &[f32],
        steps: u32,
        ball: B,
    ) -> Walk<Ascent<B>> {
        let (goal, sign) = uphill(task.problem);
        let method = Ascent { sign, ball, g: vec![0.0; start.len()] };
        let mut walk = Walk::new(place, goal, start, steps, method);
        walk.method.confine(&mut walk.at.x, task.problem);
        walk
    }

    fn confine(&self, x: &mut [f32], problem: &Problem) {
        self.ball.confine(x, &problem.image);
        x.iter_mut().for_each(|v| *v = v.clamp(0.0, 1.0));
    }
}

impl<B: Ball> Step for Ascent<B> {
    fn step(&mut self, at: &mut Position, problem: &Problem, told: Told<'_>) {
        if told.wins(problem) {
            at.keep(problem);
        }
        let fooled = at.has_fooled();
        if at.taken == at.steps {
            at.standing.stop = Some(Stop::Budget);
            return;
        }
        if told.steepness().is_none() {
            at.standing.stop = Some(if fooled { Stop::Converged } else { Stop::VanishingGradient });
            return;
        }
        for (g, gradient) in self.g.iter_mut().zip(told.gradient) {
            *g = self.sign * gradient;
        }
        self.ball.step(&mut at.x, &self.g);
        self.confine(&mut at.x, problem);
        at.taken += 1;
        if at.taken == at.steps && !fooled {
            // Nothing better is known: the caller's measurement will tell what it is worth.
            at.keep(problem);
            at.standing.stop = Some(Stop::Budget);
        }
    }
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
