//! Moving a point of the box at random, the same on processor and device.
//!
//! A number depends on its seed and its place alone (a counter-based
//! generator), so that no state has to be kept and every lane may draw its own.

/// Moves every variable uniformly by at most `reach`, within [0, 1].
pub fn scatter(point: &mut [f32], reach: f32, seed: u32) {
    for (place, v) in point.iter_mut().enumerate() {
        *v = (*v + reach * uniform(place as u32, seed)).clamp(0.0, 1.0);
    }
}

/// A number in [−1, 1) for a place and a seed: their bits mixed by two rounds of
/// multiplication and shifts.
fn uniform(place: u32, seed: u32) -> f32 {
    let mut bits = place ^ seed.wrapping_mul(0x9e37_79b9);
    bits = (bits ^ (bits >> 16)).wrapping_mul(0x7feb_352d);
    bits = (bits ^ (bits >> 15)).wrapping_mul(0x846c_a68b);
    bits ^= bits >> 16;
    (bits >> 8) as f32 / 8_388_608.0 - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_moved_as_far_as_their_numbers_say_and_stay_in_the_box() {
        let mut point = [0.5, 0.0, 1.0, 0.5];
        scatter(&mut point, 0.25, 9);
        let moved = |at: f32, place| (at + 0.25 * uniform(place, 9)).clamp(0.0, 1.0);
        assert_eq!(point, [moved(0.5, 0), moved(0.0, 1), moved(1.0, 2), moved(0.5, 3)]);
    }

    /// Mean, variance and the correlation of neighbours.
    fn moments(numbers: &[f32]) -> [f64; 3] {
        let n = numbers.len() as f64;
        let mean = numbers.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
        let apart = |v: &f32| f64::from(*v) - mean;
        let variance = numbers.iter().map(|v| apart(v).powi(2)).sum::<f64>() / n;
        let along = numbers.windows(2).map(|w| apart(&w[0]) * apart(&w[1])).sum::<f64>() / n;
        [mean, variance, along / variance]
    }

    #[test]
    fn numbers_are_uniform_and_independent() {
        /// Four standard errors of a mean of 100,000 numbers of variance 1/3.
        const CLOSE: f64 = 4.0 * 0.577 / 316.0;
        let by_place: Vec<f32> = (0..100_000).map(|place| uniform(place, 7)).collect();
        let by_seed: Vec<f32> = (0..100_000).map(|seed| uniform(3, seed)).collect();
        for numbers in [&by_place, &by_seed] {
            assert!(numbers.iter().all(|v| (-1.0..1.0).contains(v)));
            let [mean, variance, along] = moments(numbers);
            assert!(mean.abs() < CLOSE, "mean {mean}");
            assert!((variance - 1.0 / 3.0).abs() < CLOSE, "variance {variance}");
            assert!(along.abs() < 4.0 / 316.0, "correlation of neighbours {along}");
        }
        let ramp: Vec<f32> = (0..1000).map(|i| i as f32 / 500.0 - 1.0).collect();
        assert!(moments(&ramp)[2] > 0.9, "a ramp passes for independent numbers");
    }

    #[test]
    fn a_scattered_point_stays_in_reach_and_in_the_box() {
        let still: Vec<f32> = (0..784).map(|i| (i % 5) as f32 / 4.0).collect();
        let mut moved = still.clone();
        scatter(&mut moved, 0.2, 1);
        assert!(moved.iter().all(|v| (0.0..=1.0).contains(v)));
        assert!(moved.iter().zip(&still).all(|(a, b)| (a - b).abs() <= 0.2 + f32::EPSILON));
        assert!(moved.iter().zip(&still).filter(|(a, b)| a != b).count() > 400);
        let mut again = still.clone();
        scatter(&mut again, 0.2, 2);
        assert_ne!(moved, again);
    }
}
