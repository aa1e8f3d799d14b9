//! One layer's units against random directions, in numbers.
//!
//! The paper (section 3) shows rows of images and gives no number. Here are
//! four: purity and selectivity with permutation tests, both along a rotation
//! from the units to a random basis, and a forced choice.

use rand_pcg::Pcg32;
use serde::{Deserialize, Serialize};

use super::statistics::{Contrast, Proportion, mean};
use super::{Activations, Portrait, Rotation, UnitsError, judge, portraits};
use super::{random_directions, unit_directions};
use crate::attack::{Observer, Part};

/// Rotated directions that a point of the curve rests on, at least.
const ROTATED: usize = 200;

/// What is random gets a stream of numbers of its own from the one seed.
const DIRECTIONS: u64 = 1;
const ROTATIONS: u64 = 2;
const PERMUTATIONS: u64 = 3;
const COINS: u64 = 4;

/// How a layer is examined.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ComparisonSettings {
    /// Images of one row.
    pub top: usize,
    /// Random directions.
    pub directions: usize,
    /// Permutations of each test.
    pub permutations: usize,
    /// Points of the curve, α = 0 and α = 1 among them; 0 for no curve.
    pub points: usize,
    /// Most trials of the forced choice.
    pub trials: usize,
    /// Seed of everything random.
    pub seed: u64,
}

impl Default for ComparisonSettings {
    /// Rows of eight as in the paper's figures; 1,000 directions; 9,999 permutations, which
    /// makes 0.0001 the smallest p-value; eleven points.
    fn default() -> ComparisonSettings {
        let (top, directions, permutations) = (8, 1000, 9999);
        ComparisonSettings { top, directions, permutations, points: 11, trials: 1000, seed: 0 }
    }
}

impl ComparisonSettings {
    /// The random directions of a layer, `[directions, units]`.
    #[must_use]
    pub fn directions(&self, units: usize) -> Vec<f32> {
        random_directions(units, self.directions, &mut generator(self.seed, DIRECTIONS))
    }

    /// Refuses settings, numbers of images and labels that make no sense.
    ///
    /// # Errors
    /// Says what is wrong and what would be right.
    pub fn check(&self, images: usize, labels: &[u8]) -> Result<(), UnitsError> {
        let least = |setting, required, actual, least| {
            let bad = UnitsError::BadSetting { setting, required, actual };
            if actual < least { Err(bad) } else { Ok(()) }
        };
        least("images of a row", "at least 1", self.top, 1)?;
        least("directions", "at least 2", self.directions, 2)?;
        least("permutations", "at least 1", self.permutations, 1)?;
        if self.points == 1 {
            return least("points of the curve", "0 or at least 2", self.points, 2);
        }
        if labels.len() != images {
            return Err(UnitsError::LabelsDiffer { images, labels: labels.len() });
        }
        // Below this even a random row shows most of the images.
        let required = 2 * self.top;
        if images < required {
            return Err(UnitsError::TooFewImages { required, actual: images, top: self.top });
        }
        Ok(())
    }
}

/// Refuses labels of classes that a network does not have.
///
/// # Errors
/// [`UnitsError::NoSuchClass`].
pub fn check_labels(labels: &[u8], classes: usize) -> Result<(), UnitsError> {
    match labels.iter().position(|label| usize::from(*label) >= classes) {
        Some(index) => Err(UnitsError::NoSuchClass { index, class: labels[index].into(), classes }),
        None => Ok(()),
    }
}

/// A layer's units beside random directions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Images that were shown.
    pub images: usize,
    /// Units that answer to the images; the metrics are over these.
    pub units: usize,
    /// Units that give every image the same value, and are left out.
    pub silent: usize,
    /// Share of the most frequent class in the top images.
    pub purity: Contrast,
    /// [`Portrait::selectivity`].
    pub selectivity: Contrast,
    /// Which row is the unit's, by the judge of [`judge`].
    pub forced_choice: Proportion,
    /// Metrics along `Qᵅ`.
    pub curve: Vec<Point>,
}

/// The metrics' means over the columns of `Qᵅ`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// 0: the units; 1: a random basis.
    pub alpha: f64,
    /// Mean purity.
    pub purity: f64,
    /// Mean selectivity.
    pub selectivity: f64,
}

/// The generator of one purpose.
#[must_use]
pub fn generator(seed: u64, purpose: u64) -> Pcg32 {
    Pcg32::new(seed, purpose)
}

/// Compares a layer's units with random directions on images `[n, pixels]` with labels.
///
/// # Errors
/// Images, labels and settings that make no sense; [`UnitsError::Silent`] for a layer that
/// answers to nothing; [`UnitsError::Cancelled`] when the observer says so.
pub async fn compare(
    activations: &Activations,
    images: &[f32],
    labels: &[u8],
    settings: &ComparisonSettings,
    observer: &mut impl Observer,
) -> Result<Comparison, UnitsError> {
    let shown = activations.images();
    let pixels = images.len() / shown.max(1);
    if images.is_empty() || images.len() != shown * pixels {
        return Err(UnitsError::WrongSize { pixels, actual: images.len() });
    }
    settings.check(shown, labels)?;
    let (n, seed) = (activations.units(), settings.seed);
    // Shares of the work, by the directions that go through a product.
    let rotated = settings.points * rotations(n) * n;
    let whole = (n + settings.directions + rotated) as f32;
    let mut part = Part::first(observer, n as f32 / whole);
    let identity = unit_directions(n);
    let mut units = portraits(activations, labels, &identity, settings.top, &mut part).await?;
    units.retain(|portrait| !portrait.is_silent());
    if units.is_empty() {
        return Err(UnitsError::Silent { images: activations.images() });
    }
    part.next(settings.directions as f32 / whole);
    let chosen = settings.directions(n);
    let directions = portraits(activations, labels, &chosen, settings.top, &mut part).await?;
    part.next(rotated as f32 / whole);
    let curve = curve(activations, labels, settings, &mut part).await?;

    let mut shuffle = generator(seed, PERMUTATIONS);
    let mut contrast = |metric: fn(&Portrait) -> f64| {
        let of = |rows: &[Portrait]| rows.iter().map(metric).collect::<Vec<f64>>();
        Contrast::between(&of(&units), &of(&directions), settings.permutations, &mut shuffle)
    };
    let (purity, selectivity) = (contrast(|p| p.purity), contrast(Portrait::selectivity));
    let described = |rows: &[Portrait]| -> Vec<Vec<f32>> {
        rows.iter()
            .take(settings.trials)
            .map(|row| judge::description(row, images, pixels))
            .collect()
    };
    let (ours, theirs) = (described(&units), described(&directions));
    let coins = &mut generator(seed, COINS);
    let forced_choice = judge::forced_choice(&ours, &theirs, coins, part.observer).await?;
    Ok(Comparison {
        images: activations.images(),
        units: units.len(),
        silent: n - units.len(),
        purity,
        selectivity,
        forced_choice,
        curve,
    })
}

/// Rotations that the curve averages over, so that small layers give steady means too.
fn rotations(units: usize) -> usize {
    ROTATED.div_ceil(units)
}

async fn curve(
    activations: &Activations,
    labels: &[u8],
    settings: &ComparisonSettings,
    observer: &mut Part<'_, impl Observer>,
) -> Result<Vec<Point>, UnitsError> {
    let n = activations.units();
    let mut generator = generator(settings.seed, ROTATIONS);
    let turns: Vec<Rotation> = (0..if settings.points == 0 { 0 } else { rotations(n) })
        .map(|_| Rotation::random(n, &mut generator))
        .collect();
    let (from, step) = (observer.from, observer.share / settings.points.max(1) as f32);
    let mut curve = Vec::with_capacity(settings.points);
    for index in 0..settings.points {
        let alpha = index as f64 / (settings.points - 1) as f64;
        let (mut purity, mut selectivity) = (Vec::new(), Vec::new());
        // Without a rotation all of them are the same.
        let distinct = if alpha == 0.0 { 1 } else { turns.len() };
        for (done, turn) in turns.iter().take(distinct).enumerate() {
            observer.share = step / distinct as f32;
            observer.from = from + step * index as f32 + observer.share * done as f32;
            let directions = transposed(n, &turn.power(alpha));
            let rows = portraits(activations, labels, &directions, settings.top, observer).await?;
            let live = || rows.iter().filter(|row| !row.is_silent());
            purity.extend(live().map(|row| row.purity));
            selectivity.extend(live().map(Portrait::selectivity));
        }
        curve.push(Point { alpha, purity: mean(&purity), selectivity: mean(&selectivity) });
    }
    Ok(curve)
}

/// Columns as rows.
fn transposed(n: usize, matrix: &[f32]) -> Vec<f32> {
    (0..n * n).map(|i| matrix[i % n * n + i / n]).collect()
}
