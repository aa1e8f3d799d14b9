//! How sure the comparison of units with directions is.

use rand_distr::{Distribution, StandardUniform};
use rand_pcg::Pcg32;
use serde::{Deserialize, Serialize};

/// Two samples, their difference, and how often chance alone makes one as large.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contrast {
    /// Mean over the units.
    pub units: f64,
    /// Mean over the random directions.
    pub directions: f64,
    /// `units − directions` by the standard deviation of the directions; 0 where that is 0.
    pub effect: f64,
    /// Two-sided p-value of [`permutation_test`].
    pub p: f64,
}

impl Contrast {
    /// Compares two samples by a permutation test.
    #[must_use]
    pub fn between(
        units: &[f64],
        directions: &[f64],
        permutations: usize,
        generator: &mut Pcg32,
    ) -> Contrast {
        let (ours, theirs) = (mean(units), mean(directions));
        let spread = deviation(directions);
        Contrast {
            units: ours,
            directions: theirs,
            effect: if spread > 0.0 { (ours - theirs) / spread } else { 0.0 },
            p: permutation_test(units, directions, permutations, generator),
        }
    }
}

/// The mean; NaN of nothing.
#[must_use]
pub fn mean(sample: &[f64]) -> f64 {
    sample.iter().sum::<f64>() / sample.len() as f64
}

/// The standard deviation with `n − 1`; 0 of fewer than two.
fn deviation(sample: &[f64]) -> f64 {
    let middle = mean(sample);
    let squares: f64 = sample.iter().map(|v| (v - middle) * (v - middle)).sum();
    if sample.len() < 2 { 0.0 } else { (squares / (sample.len() - 1) as f64).sqrt() }
}

/// Two-sided p-value for “both samples come from one population”.
///
/// `p = (1 + #{permutations with |difference of means| ≥ the observed})/(1 + permutations)`,
/// never 0 (Phipson and Smyth, 2010). Under the hypothesis `P(p ≤ α) ≤ α`.
#[must_use]
pub fn permutation_test(
    one: &[f64],
    other: &[f64],
    permutations: usize,
    generator: &mut Pcg32,
) -> f64 {
    let mut pool: Vec<f64> = one.iter().chain(other).copied().collect();
    let (n, total) = (one.len(), pool.iter().sum::<f64>());
    if n == 0 || other.is_empty() {
        return 1.0;
    }
    // The difference of means is an increasing function of the first sum alone.
    let expected = total * n as f64 / pool.len() as f64;
    let observed = (one.iter().sum::<f64>() - expected).abs();
    // Sums of equal numbers in another order differ by rounding, and are no smaller.
    let rounding = 1e-12 * pool.iter().map(|v| v.abs()).sum::<f64>();
    let mut extreme = 0usize;
    for _ in 0..permutations {
        // Fisher and Yates, as far as the first sample goes.
        for place in 0..n {
            let chosen = place + below(pool.len() - place, generator);
            pool.swap(place, chosen);
        }
        let sum: f64 = pool[..n].iter().sum();
        extreme += usize::from((sum - expected).abs() >= observed - rounding);
    }
    (1 + extreme) as f64 / (1 + permutations) as f64
}

/// A uniform whole number below `bound`, from 32 random bits.
pub(super) fn below(bound: usize, generator: &mut Pcg32) -> usize {
    let bits: u32 = StandardUniform.sample(generator);
    ((u64::from(bits) * bound as u64) >> 32) as usize
}

/// A share of trials with its confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proportion {
    /// Trials that succeeded.
    pub hits: usize,
    /// All trials.
    pub trials: usize,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end of the 95 % interval.
    pub high: f64,
}

impl Proportion {
    /// Wilson's score interval (1927) at 95 %; from 0 to 1 without trials.
    ///
    /// The interval is the set of shares `p` with `|hits/n − p| ≤ z·√(p(1−p)/n)`.
    #[must_use]
    pub fn new(hits: usize, trials: usize) -> Proportion {
        /// The standard normal's 97.5 % quantile.
        const Z: f64 = 1.959_963_984_540_054;
        if trials == 0 {
            return Proportion { hits, trials, low: 0.0, high: 1.0 };
        }
        let n = trials as f64;
        let share = hits as f64 / n;
        let scale = 1.0 / (1.0 + Z * Z / n);
        let centre = scale * (share + Z * Z / (2.0 * n));
        let half = scale * Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
        let (low, high) = ((centre - half).max(0.0), (centre + half).min(1.0));
        Proportion { hits, trials, low, high }
    }

    /// The share itself; NaN without trials.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.hits as f64 / self.trials as f64
    }
}
