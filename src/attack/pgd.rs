//! Projected gradient descent, in L∞ and in L2.
//!
//! `xₖ₊₁ = Π(xₖ + α·sign g)` in L∞, `xₖ₊₁ = Π(xₖ + α·g/‖g‖₂)` in L2, from a random
//! point of the ball; Π projects onto the ball of radius ε, then onto the box,
//! which keeps the ball (Madry, Makelov, Schmidt, Tsipras and Vladu, *Towards
//! deep learning models resistant to adversarial attacks*, 2017).
//!
//! L∞: ε = 0.3, 40 steps of 0.01, the paper's for MNIST. L2: 50 steps of ε/40,
//! foolbox's; the paper names no one ε there, 2 is what Croce and Hein
//! (*Minimally distorted adversarial examples*, 2020) train against on MNIST.
//! With other ε or steps, the way that all steps together could go keeps its
//! ratio to ε.

use rand_distr::{Distribution, StandardNormal, StandardUniform};

use super::ascent::{self, Ascent, Ball};
use super::ensemble::Ensemble;
use super::lanes::Task;
use super::starts::{generator, nudged};
use super::walk;
use super::{AttackError, DynObserver, Options, Outcome, Recipe};
use crate::numeric::vector::{add_scaled, dot, squared_distance};

/// What the method goes by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PgdSettings {
    /// Radius of the ball.
    pub epsilon: f32,
    /// Number of steps.
    pub steps: u32,
    /// Length of all steps together, as a multiple of ε.
    pub way: f32,
}

impl PgdSettings {
    /// The defaults in L∞.
    pub const LINF: PgdSettings = PgdSettings { epsilon: 0.3, steps: 40, way: 40.0 * 0.01 / 0.3 };

    /// The defaults in L2.
    pub const L2: PgdSettings = PgdSettings { epsilon: 2.0, steps: 50, way: 50.0 / 40.0 };

    /// These, but for what is asked otherwise.
    pub(super) fn with(self, options: &Options) -> PgdSettings {
        PgdSettings {
            epsilon: options.epsilon.unwrap_or(self.epsilon),
            steps: options.steps.unwrap_or(self.steps),
            way: self.way,
        }
    }

    /// Length of one step.
    #[must_use]
    pub fn step(&self) -> f32 {
        self.epsilon * self.way / self.steps as f32
    }
}

/// Steps along signs, within ε of every pixel.
pub(super) struct Linf {
    pub(super) epsilon: f32,
    pub(super) step: f32,
}

impl Ball for Linf {
    fn step(&mut self, x: &mut [f32], g: &[f32]) {
        for (x, g) in x.iter_mut().zip(g) {
            *x += self.step * ascent::sign(*g);
        }
    }

    fn confine(&self, x: &mut [f32], original: &[f32]) {
        ascent::confine_linf(x, original, self.epsilon);
    }
}

/// Steps along the gradient, within a ball of radius ε.
struct L2 {
    epsilon: f32,
    step: f32,
}

impl Ball for L2 {
    fn step(&mut self, x: &mut [f32], g: &[f32]) {
        add_scaled(x, self.step / dot(g, g).sqrt(), g);
    }

    fn confine(&self, x: &mut [f32], original: &[f32]) {
        let length = squared_distance(x, original).sqrt();
        if length > self.epsilon {
            let shorter = self.epsilon / length;
            for (x, o) in x.iter_mut().zip(original) {
                *x = o + shorter * (*x - o);
            }
        }
    }
}

/// A point drawn uniformly from the ball of radius ε in L2.
fn within_ball(image: &[f32], epsilon: f32, seed: u64) -> Vec<f32> {
    let mut generator = generator(image, seed);
    let normal: Vec<f32> = image.iter().map(|_| StandardNormal.sample(&mut generator)).collect();
    let share: f32 = StandardUniform.sample(&mut generator);
    let radius = epsilon * share.powf(1.0 / image.len() as f32);
    let mut point = image.to_vec();
    add_scaled(&mut point, radius / dot(&normal, &normal).sqrt(), &normal);
    point
}

/// Attacks problems whose originals are read correctly, in L∞.
pub(super) async fn search_linf(
    networks: &mut Ensemble<'_>,
    tasks: &[Task<'_>],
    recipe: &Recipe,
    observer: &mut dyn DynObserver,
) -> Result<Vec<Outcome>, AttackError> {
    let settings = PgdSettings::LINF.with(&recipe.options);
    let epsilon = settings.epsilon;
    let make = |place: usize, task: &Task<'_>| {
        let mut generator = generator(task.start(), recipe.seed());
        let start = nudged(task.start(), epsilon, &mut generator);
        let rule = Linf { epsilon, step: settings.step() };
        Ascent::walk(place, task, &start, settings.steps, rule)
    };
    walk::search(networks, tasks, observer, make).await
}

/// Attacks problems whose originals are read correctly, in L2.
pub(super) async fn search_l2(
    networks: &mut Ensemble<'_>,
    tasks: &[Task<'_>],
    recipe: &Recipe,
    observer: &mut dyn DynObserver,
) -> Result<Vec<Outcome>, AttackError> {
    let settings = PgdSettings::L2.with(&recipe.options);
    let epsilon = settings.epsilon;
    let make = |place: usize, task: &Task<'_>| {
        let start = within_ball(task.start(), epsilon, recipe.seed());
        let rule = L2 { epsilon, step: settings.step() };
        Ascent::walk(place, task, &start, settings.steps, rule)
    };
    walk::search(networks, tasks, observer, make).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_drawn_from_all_of_a_ball() {
        let radius = |seed: u64| {
            let image = [0.5; 2];
            let point = within_ball(&image, 0.1, seed);
            squared_distance(&point, &image).sqrt()
        };
        let radii: Vec<f32> = (0..400).map(radius).collect();
        assert!(radii.iter().all(|r| *r <= 0.1 + 1e-6), "within it");
        // Half of a disc's area lies within 0.71 of its radius.
        let inner = radii.iter().filter(|r| **r < 0.1 * 0.5f32.sqrt()).count();
        assert!((150..250).contains(&inner), "{inner} of 400 in the inner half");
    }

    #[test]
    fn the_usual_steps_are_those_of_the_papers() {
        // 40 of 0.01 within 0.3 (Madry et al., 2018); in L2 50 that add up to a quarter more than ε.
        let near = |found: f32, right: f32| assert!((found - right).abs() < 1e-6, "{found}");
        near(PgdSettings::LINF.step(), 0.01);
        near(PgdSettings::L2.step(), 0.05);
        let asked = Options { epsilon: Some(0.6), steps: Some(10), ..Options::default() };
        near(PgdSettings::LINF.with(&asked).step(), 0.08);
        near(PgdSettings::L2.with(&asked).step(), 0.075);
        assert_eq!(PgdSettings::L2.with(&Options::default()), PgdSettings::L2);
    }

    #[test]
    fn what_lies_in_the_ball_stays_and_what_lies_beyond_comes_to_its_edge() {
        let ball = L2 { epsilon: 0.5, step: 0.1 };
        for (from, right) in
            [([0.5, 0.2], [0.5, 0.2]), ([0.5, 0.0], [0.5, 0.0]), ([1.1, 1.3], [0.8, 0.9])]
        {
            let mut x = from;
            ball.confine(&mut x, &[0.5, 0.5]);
            assert!(x.iter().zip(right).all(|(x, r)| (x - r).abs() < 1e-6), "{x:?} of {from:?}");
        }
    }

    #[test]
    fn a_pixel_without_a_gradient_stays() {
        let mut x = [0.5; 3];
        Linf { epsilon: 0.1, step: 0.02 }.step(&mut x, &[2.0, 0.0, -1e-9]);
        assert_eq!(x, [0.52, 0.5, 0.48]);
    }
}
