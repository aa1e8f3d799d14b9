//! Projection of a point onto the part of a half-space that lies on a lattice.
//!
//! `min ‖u − x‖²  subject to  a·(u − p) ≥ b, u ∈ {0, 1/s, …, 1}ⁿ` is a knapsack: a step of one level in
//! a pixel costs distance and gains `a·u`. Steps of one pixel cost more and more and gain the same,
//! so what is cheapest for its gain is taken first, over all pixels (Fox, *Discrete optimization via
//! marginal analysis*, 1966). What is worth its price `λ` has a closed form,
//!
//! ```text
//! u(λ) = round(s·(x + λa)) / s
//! ```
//!
//! and no point that gains as much is nearer to `x`. `a·u(λ)` never falls, so the least price that
//! meets `b` is found by halving; it gains too much by less than the pixel that was moved last, if
//! prices differ. Where the half-space is only believed near `p`, levels are kept within a window
//! around it, and pixels may be moved along another direction than `a`. Without a lattice it is
//! [`super::projection`].

use crate::numeric::simd::{self, Vector, WIDTH, total};

/// Added and taken away again, it leaves the nearest whole number of any up to 2²².
const WHOLE: f32 = 8_388_608.0;

/// First factor by which a price is looked for beyond a guess; each is the square of the one before.
const FIRST: f32 = 1.01;

/// Largest such factor.
const MOST: f32 = 1e12;

/// How near two prices are to be one, relatively: nearer than those of two pixels usually lie.
const SAME: f32 = 1e-6;

/// Share of a level by which f32 may err where a point of the lattice is scaled to levels.
const ERROR: f32 = 1e-3;

/// A lattice around a point, and what is projected onto it; numbers are in levels.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lattice {
    levels: f32,
    /// The point that is projected.
    x: Vec<f32>,
    /// The direction in which pixels move.
    along: Vec<f32>,
    /// The half-space's normal, and where gains are counted from.
    a: Vec<f32>,
    p: Vec<f32>,
    /// The least and the greatest level of every pixel.
    low: Vec<f32>,
    high: Vec<f32>,
    /// The levels at the last price.
    u: Vec<f32>,
}

/// One pass over the pixels: `u(λ)` and `a·(u − p)`.
struct Pass<'a> {
    at: &'a mut Lattice,
    price: f32,
}

impl simd::Loops for Pass<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<V: Vector>(self) -> f32 {
        let Lattice { x, along, a, p, low, high, u, .. } = self.at;
        let (price, whole) = (V::splat(self.price), V::splat(WHOLE));
        let mut sum = V::splat(0.0);
        let mut at = 0;
        while at + WIDTH <= x.len() {
            let load = |from: &[f32]| simd::vector::<V>(from, at);
            let placed = load(along).multiply_add(price, load(x)).clamp(load(low), load(high));
            let level = placed.add(whole).subtract(whole);
            if let Some(u) = u[at..].first_chunk_mut() {
                level.store(u);
            }
            sum = level.subtract(load(p)).multiply_add(load(a), sum);
            at += WIDTH;
        }
        let mut rest = 0.0;
        for i in at..x.len() {
            let placed = (x[i] + self.price * along[i]).clamp(low[i], high[i]);
            u[i] = (placed + WHOLE) - WHOLE;
            rest += a[i] * (u[i] - p[i]);
        }
        total(sum) + rest
    }
}

impl Lattice {
    /// The multiples of `1/levels` from 0 to 1.
    pub(crate) fn new(levels: f32) -> Lattice {
        Lattice { levels, ..Lattice::default() }
    }

    /// Sets what is projected, the half-space's normal, the direction of moves and the point `p` in
    /// the box that levels stay within `reach` of; at least one level does if `reach` is a half.
    pub(crate) fn set(&mut self, x: &[f32], a: &[f32], along: &[f32], p: &[f32], reach: f32) {
        let levels = self.levels;
        let scaled = |v: &[f32], to: &mut Vec<f32>| {
            to.clear();
            to.extend(v.iter().map(|v| v * levels));
        };
        scaled(x, &mut self.x);
        scaled(p, &mut self.p);
        for (from, to) in [(a, &mut self.a), (along, &mut self.along)] {
            to.clear();
            to.extend_from_slice(from);
        }
        self.low.clear();
        self.low.extend(self.p.iter().map(|p| (p - reach - ERROR).max(0.0).ceil()));
        self.high.clear();
        self.high.extend(self.p.iter().map(|p| (p + reach + ERROR).min(levels).floor()));
        self.u.resize(x.len(), 0.0);
    }

    /// The point nearest to `x` with `a·(u − p) ≥ b`, into `u`, and its price, which is looked for from
    /// a guess above 0. `None`, with the point that comes nearest to it, where there is none.
    pub(crate) fn project(&mut self, b: f32, guess: f32, u: &mut [f32]) -> Option<f32> {
        let levels = self.levels;
        let met = |at: &mut Lattice, price: f32| {
            simd::widest(Pass { at, price: price * levels }) >= b * levels
        };
        let found = self.least(guess, met);
        met(self, found.unwrap_or(guess * MOST));
        for (u, level) in u.iter_mut().zip(&self.u) {
            *u = level / levels;
        }
        found
    }

    /// The least price at which something is met, if there is one.
    fn least(&mut self, guess: f32, met: impl Fn(&mut Lattice, f32) -> bool) -> Option<f32> {
        if met(self, 0.0) {
            return Some(0.0);
        }
        let (mut low, mut high) = (guess, guess);
        let mut factor = FIRST;
        if met(self, guess) {
            while met(self, low) && factor < MOST {
                (low, high) = (low / factor, low);
                factor *= factor;
            }
        } else {
            while !met(self, high) {
                if factor > MOST {
                    return None;
                }
                (low, high) = (high, high * factor);
                factor *= factor;
            }
        }
        while high > low * (1.0 + SAME) {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            *(if met(self, middle) { &mut high } else { &mut low }) = middle;
        }
        Some(high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEVELS: usize = 5;

    /// Six pixels, some of them off the lattice.
    const X: [f32; 6] = [0.0, 0.2, 0.37, 0.6, 0.93, 1.0];
    const A: [f32; 6] = [0.31, -0.74, 0.57, 1.13, -0.26, 0.88];

    fn gain(u: &[f32]) -> f64 {
        A.iter().zip(u).zip(X).map(|((a, u), x)| f64::from(*a) * f64::from(u - x)).sum()
    }

    fn cost(u: &[f32]) -> f64 {
        u.iter().zip(X).map(|(u, x)| f64::from(u - x).powi(2)).sum()
    }

    /// Every point of the lattice.
    fn all() -> impl Iterator<Item = [f32; 6]> {
        (0..(LEVELS + 1).pow(6)).map(|code| {
            let level = |i: usize| code / (LEVELS + 1).pow(i as u32) % (LEVELS + 1);
            std::array::from_fn(|i| level(i) as f32 / LEVELS as f32)
        })
    }

    fn projected(b: f32, guess: f32, reach: f32) -> (Option<f32>, [f32; 6]) {
        let (mut lattice, mut u) = (Lattice::new(LEVELS as f32), [9.0; 6]);
        lattice.set(&X, &A, &A, &X, reach);
        let price = lattice.project(b, guess, &mut u);
        (price, u)
    }

    #[test]
    fn no_point_of_the_lattice_that_gains_as_much_is_nearer() {
        /// Rounding of sums of six in f32.
        const TINY: f64 = 1e-6;
        let nearest = |wanted: f64| {
            all()
                .filter(|u| gain(u) >= wanted - TINY)
                .map(|u| cost(&u))
                .fold(f64::INFINITY, f64::min)
        };
        for b in [-1.0, 0.0, 0.05, 0.2, 0.5, 1.0, 1.4] {
            for guess in [1e-6, 0.3, 1e5] {
                let (price, u) = projected(b, guess, LEVELS as f32);
                assert!(price.is_some() && gain(&u) >= f64::from(b) - TINY, "{b}: {u:?}");
                assert!((cost(&u) - nearest(gain(&u))).abs() < TINY, "{b} from {guess}: {u:?}");
                assert!(u.iter().all(|u| *u == (u * LEVELS as f32).round() / LEVELS as f32));
            }
        }
        let half_way = projected(0.5, 0.1, LEVELS as f32).1;
        let mut spoilt = half_way;
        (spoilt[0], spoilt[3]) = (spoilt[0] + 0.2, spoilt[3] - 0.2);
        let same = |u: &[f32]| (cost(u) - nearest(gain(u))).abs() < TINY;
        assert!(same(&half_way) && !same(&spoilt), "a worse choice is told apart");
    }

    #[test]
    fn what_cannot_be_reached_is_said_to_be_so() {
        let most = all().map(|u| gain(&u)).fold(f64::NEG_INFINITY, f64::max) as f32;
        assert!(projected(most - 1e-3, 0.1, LEVELS as f32).0.is_some());
        assert_eq!(projected(most + 1e-3, 0.1, LEVELS as f32).0, None);
    }

    #[test]
    fn levels_stay_within_the_window() {
        let (price, u) = projected(10.0, 0.1, 1.0);
        assert_eq!(price, None);
        for (u, x) in u.iter().zip(X) {
            assert!((u - x).abs() * LEVELS as f32 <= 1.0 + 1e-5, "{u} is far from {x}");
        }
        assert!(gain(&u) > gain(&projected(0.0, 0.1, 1.0).1), "as far as the window reaches");
    }
    #[test]
    fn no_lower_price_is_enough() {
        for b in [0.05f32, 0.2, 0.33, 0.5, 0.8, 1.0, 1.4] {
            for guess in [1e-6, 0.3, 1e5] {
                let (price, u) = projected(b, guess, LEVELS as f32);
                let price = price.expect("it is reached");
                // What was moved last, by a level, is what half a level more of its price has moved.
                let at = |price: f32| -> [f32; 6] {
                    std::array::from_fn(|i| {
                        let placed = (X[i] + price * A[i]).clamp(0.0, 1.0);
                        (placed * LEVELS as f32).round() / LEVELS as f32
                    })
                };
                let (before, after) = (at(0.9999 * price), at(1.0001 * price));
                assert!(gain(&before) < f64::from(b), "{b} from {guess}: less is enough");
                assert!(gain(&after) >= f64::from(b) - 1e-6 && after == u, "{b} from {guess}");
            }
        }
    }

    #[test]
    fn as_far_as_the_window_reaches_is_a_whole_level_either_way() {
        // In levels 0, 1, 1.85, 3, 4.65 and 5; the second and the fifth go down.
        let (price, u) = projected(10.0, 0.1, 1.0);
        assert_eq!(price, None);
        for (u, right) in u.iter().zip([1.0, 0.0, 2.0, 4.0, 4.0, 5.0]) {
            assert!((u * LEVELS as f32 - right).abs() < 1e-5, "{u} is not {right} levels");
        }
    }
}
