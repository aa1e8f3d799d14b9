//! How far two images are apart, and how to bring them nearer or farther.

/// The three norms that reports give.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Distance {
    /// `‖x′ − x‖₂`
    pub l2: f32,
    /// Largest change of a pixel.
    pub linf: f32,
    /// `‖x′ − x‖₂/√n` for images of n numbers: the paper's distortion.
    pub distortion: f32,
}

impl Distance {
    /// Measures in double precision; both images have the same, positive number of pixels.
    #[must_use]
    pub fn between(x: &[f32], other: &[f32]) -> Distance {
        let differences = || x.iter().zip(other).map(|(a, b)| f64::from(*b) - f64::from(*a));
        let squares: f64 = differences().map(|d| d * d).sum();
        Distance {
            l2: squares.sqrt() as f32,
            linf: differences().fold(0.0, |m: f64, d| m.max(d.abs())) as f32,
            distortion: (squares / x.len() as f64).sqrt() as f32,
        }
    }
}

/// `clip(x + t·direction)` with `t` such that the distortion, after clipping, is as asked.
///
/// Clipping shortens, so `t` is found by bisection; where even large steps are
/// clipped to less, the nearest that can be had is returned.
#[must_use]
pub fn at_distortion(x: &[f32], direction: &[f32], distortion: f32) -> Vec<f32> {
    let step = |t: f32| -> Vec<f32> {
        x.iter().zip(direction).map(|(v, d)| (v + t * d).clamp(0.0, 1.0)).collect()
    };
    let reach = |t: f32| Distance::between(x, &step(t)).distortion;
    let mut high = 1.0f32;
    while reach(high) < distortion && high < 1e6 {
        high *= 2.0;
    }
    let mut low = 0.0f32;
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if reach(middle) < distortion {
            low = middle;
        } else {
            high = middle;
        }
    }
    step(high)
}

/// The change rescaled to a distortion, then clipped (Szegedy et al., 2013, Table 4).
///
/// `clip(x + d·(x′ − x)/δ)` with δ the distortion of x′. Clipping may shorten it
/// again. An image without a change has no direction and stays as it is.
#[must_use]
pub fn magnified(x: &[f32], changed: &[f32], distortion: f32) -> Vec<f32> {
    let now = Distance::between(x, changed).distortion;
    enlarged(x, changed, if now > 0.0 { distortion / now } else { 0.0 })
}

/// The change made so many times as large, then clipped: `clip(x + t·(x′ − x))`.
#[must_use]
pub fn enlarged(x: &[f32], changed: &[f32], times: f32) -> Vec<f32> {
    x.iter().zip(changed).map(|(x, a)| (x + times * (a - x)).clamp(0.0, 1.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_magnified_to_a_distortion_and_enlarged_by_a_factor() {
        let (x, changed) = (vec![0.5; 784], vec![0.52; 784]);
        assert!(
            (Distance::between(&x, &magnified(&x, &changed, 0.1)).distortion - 0.1).abs() < 1e-6
        );
        assert!(
            (Distance::between(&x, &enlarged(&x, &changed, 3.0)).distortion - 0.06).abs() < 1e-6
        );
        assert!(enlarged(&x, &changed, 100.0).iter().all(|v| *v == 1.0), "clipped to the box");
        assert_eq!(magnified(&x, &x, 0.1), x, "no change has no direction");
    }

    #[test]
    fn a_direction_is_followed_to_a_distortion_as_far_as_the_box_lets_it() {
        // In the box a pixel goes t times its direction: 0.1 is t = 100.
        let x = vec![0.5; 16];
        let found = at_distortion(&x, &[1e-3; 16], 0.1);
        assert!((Distance::between(&x, &found).distortion - 0.1).abs() < 1e-5);
        assert!(found.iter().all(|v| (v - 0.6).abs() < 1e-5), "{found:?}");
        let found = at_distortion(&x, &[7.0; 16], 0.1);
        assert!(found.iter().all(|v| (v - 0.6).abs() < 1e-5), "{found:?}");
        // Each pixel goes as far as the direction says: 1 to 3, so that √(½(1 + 9))·t = 0.1.
        let found = at_distortion(&[0.5; 2], &[0.01, -0.03], 0.1);
        let t = 0.1 / 5.0f32.sqrt();
        assert!(
            (found[0] - 0.5 - t).abs() < 1e-5 && (found[1] - 0.5 + 3.0 * t).abs() < 1e-5,
            "{found:?}"
        );
        // Half of the pixels are white: the others go √2 times as far.
        let x: Vec<f32> = (0..16).map(|i| [1.0, 0.25][i % 2]).collect();
        let found = at_distortion(&x, &[0.125; 16], 0.2);
        for (v, right) in found.iter().zip([1.0, 0.25 + 0.2 * 2.0f32.sqrt()].iter().cycle()) {
            assert!((v - right).abs() < 1e-5, "{v} instead of {right}");
        }
        // More than the box has: the nearest is its corner.
        assert_eq!(at_distortion(&x, &[0.125; 16], 0.9), [1.0; 16]);
    }
}
