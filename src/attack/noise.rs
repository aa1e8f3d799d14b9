//! Gaussian noise of a given distortion: the control that every attack needs.

use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg32;

use super::distance::at_distortion;

/// The image with seeded Gaussian noise, clipped to [0, 1], at the asked distortion.
///
/// The same seed gives the same noise on every machine; its strength is set so
/// that the distortion after clipping is the one asked for, as far as the box
/// allows.
#[must_use]
pub fn gaussian(image: &[f32], distortion: f32, seed: u64) -> Vec<f32> {
    const STREAM: u64 = 0xb11d_5b07;
    let mut generator = Pcg32::new(seed, STREAM);
    let noise: Vec<f32> = image.iter().map(|_| StandardNormal.sample(&mut generator)).collect();
    at_distortion(image, &noise, distortion)
}
