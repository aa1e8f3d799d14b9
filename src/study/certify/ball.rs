//! Linear forms over the images near one: a ball in L2, cut by the box [0, 1].
//!
//! Both questions have one multiplier, as `optim/projection.rs` has: the point
//! is `x + r` with `r = clip(−λa)`. What is returned is the value of the
//! **dual** at the multiplier that Newton's method ends with. By weak duality
//! that is a bound from the right side whatever the multiplier, so an inexact
//! one costs sharpness and never truth.

use crate::study::sums::{dot, sum};

/// Most Newton steps; each fixes further variables at their bounds, in practice few suffice.
const STEPS: usize = 50;
/// Relative change of the multiplier below which nothing is gained.
const SETTLED: f64 = 1e-12;

/// The images near one.
pub(super) struct Surroundings {
    /// `x`.
    pub(super) image: Vec<f64>,
    /// `−x` and `1 − x`: how far each pixel can go.
    room: [Vec<f64>; 2],
    /// `r` of the last question.
    change: Vec<f64>,
}

impl Surroundings {
    pub(super) fn new(image: &[f32]) -> Surroundings {
        let image: Vec<f64> = image.iter().map(|v| f64::from(*v)).collect();
        let room = [0.0, 1.0].map(|bound| image.iter().map(|x| bound - x).collect());
        let change = vec![0.0; image.len()];
        Surroundings { image, room, change }
    }

    /// Where the form of the last question was least.
    pub(super) fn worst(&self) -> impl Iterator<Item = f64> + '_ {
        self.image.iter().zip(&self.change).map(|(x, r)| x + r)
    }

    /// `r = clip(−λa)`; `Σ a²` over the pixels that still move.
    fn place(&mut self, a: &[f64], lambda: f64) -> f64 {
        let [low, high] = &self.room;
        for (((r, a), low), high) in self.change.iter_mut().zip(a).zip(low).zip(high) {
            *r = (-lambda * a).max(*low).min(*high);
        }
        sum(a, &self.change, |a, r| if r == -lambda * a { a * a } else { 0.0 })
    }

    /// A lower bound on `a·(x+r)` over `‖r‖ ≤ radius`, `x+r` in the box.
    pub(super) fn least(&mut self, a: &[f64], radius: f64) -> f64 {
        let here = dot(a, &self.image);
        let square = dot(a, a);
        if square == 0.0 || radius == 0.0 {
            self.change.fill(0.0);
            return here;
        }
        let mut lambda = radius / square.sqrt();
        for _ in 0..STEPS {
            let free = self.place(a, lambda);
            let fixed = dot(&self.change, &self.change) - lambda * lambda * free;
            if free == 0.0 {
                // Every pixel is at its bound: the least over the whole box.
                return here + dot(a, &self.change);
            }
            let next = ((radius * radius - fixed).max(0.0) / free).sqrt();
            if next <= lambda * (1.0 + SETTLED) {
                break;
            }
            lambda = next;
        }
        self.least_at(a, radius, lambda)
    }

    /// The dual of [`Self::least`]: a bound whatever `lambda > 0`, the least over the box of
    /// `a·r + (‖r‖² − radius²)/2λ`.
    fn least_at(&mut self, a: &[f64], radius: f64, lambda: f64) -> f64 {
        let here = dot(a, &self.image);
        self.place(a, lambda);
        let penalty = (dot(&self.change, &self.change) - radius * radius) / (2.0 * lambda);
        here + dot(a, &self.change) + penalty
    }

    /// A lower bound on `‖r‖` over `a·(x+r) + c ≤ 0`, `x+r` in the box; infinite where
    /// nothing in the box is like that.
    pub(super) fn distance(&mut self, a: &[f64], c: f64) -> f64 {
        let gap = dot(a, &self.image) + c;
        if gap <= 0.0 {
            return 0.0;
        }
        let mut lambda = gap / dot(a, a).max(f64::MIN_POSITIVE);
        for _ in 0..STEPS {
            let free = self.place(a, lambda);
            let gained = -dot(a, &self.change);
            if free == 0.0 && gained < gap {
                return f64::INFINITY;
            }
            let next = lambda + (gap - gained) / free;
            if gained >= gap || next <= lambda * (1.0 + SETTLED) || !next.is_finite() {
                break;
            }
            lambda = next;
        }
        self.distance_at(a, gap, lambda)
    }

    /// The dual of [`Self::distance`]: a bound whatever `lambda ≥ 0`, from the least over the box
    /// of `‖r‖²/2 + λ(a·r + gap)`.
    fn distance_at(&mut self, a: &[f64], gap: f64, lambda: f64) -> f64 {
        self.place(a, lambda);
        let half = 0.5 * dot(&self.change, &self.change);
        let dual = half + lambda * (dot(a, &self.change) + gap);
        (2.0 * dual.max(0.0)).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIXELS: usize = 784;

    /// Rounding of sums of 784 terms.
    const TIGHT: f64 = 1e-9;

    fn form(seed: f64) -> Vec<f64> {
        (0..PIXELS).map(|i| (seed * (i as f64 + 1.0)).sin()).collect()
    }

    fn image() -> Vec<f32> {
        (0..PIXELS).map(|i| ((i as f32 * 0.37).sin() * 1.4).clamp(0.0, 1.0)).collect()
    }

    #[test]
    fn the_least_value_is_attained_within_ball_and_box() {
        let mut near = Surroundings::new(&image());
        for (seed, radius) in [(0.7, 0.1), (1.3, 2.0), (2.1, 9.0), (0.2, 40.0)] {
            let a = form(seed);
            let least = near.least(&a, radius);
            let x: Vec<f64> = near.worst().collect();
            let length = dot(&near.change, &near.change).sqrt();
            assert!(length <= radius * (1.0 + TIGHT));
            assert!(x.iter().all(|v| (-TIGHT..=1.0 + TIGHT).contains(v)));
            assert!((dot(&a, &x) - least).abs() < TIGHT * (1.0 + least.abs()), "radius {radius}");
            // The negative control: without the box it would be less.
            let free = dot(&a, &near.image) - radius * dot(&a, &a).sqrt();
            assert!(free < least - 1e-3);
        }
    }

    #[test]
    fn distance_and_least_value_are_inverse() {
        let mut near = Surroundings::new(&image());
        for (seed, radius) in [(0.7, 0.1), (1.3, 2.0), (2.1, 6.0)] {
            let a = form(seed);
            let c = -near.least(&a, radius);
            let distance = near.distance(&a, c);
            assert!((distance - radius).abs() < 1e-6 * radius, "{distance} is not {radius}");
        }
        let a = form(0.7);
        assert_eq!(near.distance(&a, -1e6), 0.0);
        assert_eq!(near.distance(&a, 1e6), f64::INFINITY);
        assert_eq!(near.distance(&vec![0.0; PIXELS], 1.0), f64::INFINITY);
    }

    #[test]
    fn tiny_questions_have_their_answers_in_closed_form() {
        let mut near = Surroundings::new(&[0.5, 0.875]);
        let close = |found: f64, right: f64| (found - right).abs() < TIGHT;
        // (3, −4)·x is −2 here; the second pixel meets white after 1/8.
        let a = [3.0, -4.0];
        assert!(close(near.least(&a, 0.1), -2.0 - 0.5));
        assert!(near.worst().zip([0.44, 0.955]).all(|(x, right)| close(x, right)));
        let left = (0.25f64 * 0.25 - 0.125 * 0.125).sqrt();
        assert!(close(near.least(&a, 0.25), -2.0 - 3.0 * left - 4.0 * 0.125));
        assert!(close(near.least(&a, 9.0), -2.0 - 3.0 * 0.5 - 4.0 * 0.125), "the box's corner");
        assert!(
            close(near.distance(&a, 2.5), 0.1) && close(near.distance(&a, 2.5 + 3.0 * left), 0.25)
        );
        assert_eq!(near.distance(&a, 4.1), f64::INFINITY);
        assert_eq!((near.distance(&a, 2.0), near.distance(&a, 1.0)), (0.0, 0.0));
        // No room to move, and nothing that moving changes.
        for (a, radius) in [(a, 0.0), ([0.0; 2], 0.5)] {
            assert_eq!(near.least(&a, radius), dot(&a, &[0.5, 0.875]));
            assert!(near.worst().eq([0.5, 0.875]));
        }
    }

    /// A search may end before it has settled. What it then gives is worked out by hand here, for
    /// multipliers too small, right and too large.
    #[test]
    fn a_bound_holds_wherever_the_search_for_it_ends() {
        let mut near = Surroundings::new(&[0.5, 0.875]);
        let a = [3.0, -4.0];
        for (lambda, least, square) in [
            (0.01, -2.0 - 0.25 - 0.375, 0.0075),
            (0.02, -2.0 - 0.5, 0.01),
            (0.04, -2.0 - 0.86 + 0.250_312_5, 0.001_225),
        ] {
            let found = near.least_at(&a, 0.1, lambda);
            assert!((found - least).abs() < TIGHT && found <= -2.5 + TIGHT, "{found}");
            let found = near.distance_at(&a, 0.5, lambda);
            assert!((found - f64::sqrt(square)).abs() < TIGHT && found <= 0.1 + TIGHT, "{found}");
        }
    }
}
