//! Gaussian noise of a given distortion: the control that every attack needs.
//!
//! `x′ = clip(x + t·n)` with `n` standard normal and `t` such that the
//! distortion after clipping is the one asked for. [`added`] is the noise of the
//! paper's own rows (Szegedy et al., 2013, Tables 2 and 4), which is not clipped.

use rand_distr::{Distribution, StandardNormal};

use super::distance::at_distortion;
use super::lanes::Task;
use super::starts::generator;
use super::{Outcome, Recipe, Stop};

/// The paper's weaker noise in Table 2, and the only one in Table 4 beside the examples' own size.
pub const DISTORTION: f32 = 0.1;

/// The image with seeded Gaussian noise, clipped to [0, 1], at the asked distortion.
///
/// The same seed gives the same noise on every machine, and each image its
/// own; its strength is set so that the distortion after clipping is the one
/// asked for, as far as the box allows.
#[must_use]
pub fn gaussian(image: &[f32], distortion: f32, seed: u64) -> Vec<f32> {
    let mut generator = generator(image, seed);
    let noise: Vec<f32> = image.iter().map(|_| StandardNormal.sample(&mut generator)).collect();
    at_distortion(image, &noise, distortion)
}

/// `x + σ·n` with seeded standard normal `n`, **not** clipped.
///
/// So the paper's tables have it: they give noise of standard deviation σ the
/// distortion σ, which clipping would change. Its pixels leave [0, 1].
#[must_use]
pub fn added(image: &[f32], deviation: f32, seed: u64) -> Vec<f32> {
    let mut generator = generator(image, seed);
    let mut noisy = |x: &f32| {
        let normal: f32 = StandardNormal.sample(&mut generator);
        x + deviation * normal
    };
    image.iter().map(&mut noisy).collect()
}

/// One noisy image a task; nothing is evaluated.
pub(super) fn outcomes(tasks: &[Task<'_>], recipe: &Recipe) -> Vec<Outcome> {
    let distortion = recipe.options.distortion.unwrap_or(DISTORTION);
    let noisy = |task: &Task<'_>| gaussian(&task.problem.image, distortion, recipe.seed());
    tasks
        .iter()
        .map(|task| Outcome { image: Some(noisy(task)), ..Outcome::without_image(Stop::Budget) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_papers_noise_has_the_deviation_asked_for_and_is_not_clipped() {
        let image: Vec<f32> = (0..4_000).map(|i| (i % 2) as f32).collect();
        let moved = |deviation: f32, seed: u64| -> Vec<f32> {
            added(&image, deviation, seed).iter().zip(&image).map(|(m, x)| m - x).collect()
        };
        let by = moved(0.3, 5);
        let count = by.len() as f64;
        let mean = by.iter().map(|d| f64::from(*d)).sum::<f64>() / count;
        let squares = by.iter().map(|d| f64::from(*d).powi(2)).sum::<f64>();
        let deviation = (squares / count).sqrt();
        // Three times what 4,000 draws are off by.
        assert!(mean.abs() < 0.015 && (0.29..0.31).contains(&deviation), "{mean}, {deviation}");
        let beyond = by.iter().zip(&image).filter(|(d, x)| !(0.0..=1.0).contains(&(*d + *x)));
        assert!((1_800..2_200).contains(&beyond.count()), "half of the pixels leave the box");
        // The same noise, weaker; other noise of another seed.
        let weaker = moved(0.15, 5);
        assert!(by.iter().zip(&weaker).all(|(d, w)| (d - 2.0 * w).abs() < 1e-6));
        assert_ne!(by, moved(0.3, 6));
    }
}
