//! Units against random directions: every number against an independent
//! computation or a case whose answer is known, each with a negative control.

mod comparison;
mod experiment;
mod images;
mod layers;
mod rotation;
mod statistics;

use blindspots::study::units::Activations;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg32;

/// Independent standard normal numbers.
fn normal(count: usize, generator: &mut Pcg32) -> Vec<f32> {
    (0..count).map(|_| StandardNormal.sample(generator)).collect()
}

/// Answers `[images, units]` that look alike from every direction.
fn isotropic(images: usize, units: usize, seed: u64) -> Activations {
    let values = normal(images * units, &mut Pcg32::new(seed, 7));
    Activations::new(units, values).expect("finite")
}

/// Ten classes in turn.
fn labels(images: usize) -> Vec<u8> {
    (0..images).map(|image| (image % 10) as u8).collect()
}
