//! What a direction among a layer's units answers to a set of images.
//!
//! `s(x) = ⟨φ(x), v⟩`; a unit is the direction `v = eᵢ`, so that units and
//! random directions go through the same code (Szegedy et al., 2013, section
//! 3). A [`Portrait`] keeps what the metrics need: the images with the largest
//! `s`, and the mean of every class.

use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg32;

use super::{Activations, UnitsError};
use crate::attack::{Observer, Progress};
use crate::numeric::gemm::{PackedB, gemm};

/// Directions that go through a product together.
const ABREAST: usize = 64;
/// Images that go through a product together.
const PIECE: usize = 512;

/// A direction's answers, summed up.
#[derive(Clone, Debug, PartialEq)]
pub struct Portrait {
    /// The images with the largest answers, largest first; at a tie the earlier image.
    pub top: Vec<Ranked>,
    /// Mean answer to each class up to the last that has images; `None` for one without.
    pub class_means: Vec<Option<f64>>,
    /// The smallest answer.
    pub smallest: f32,
    /// The share of the most frequent class among the top images.
    pub purity: f64,
}

/// An image with a direction's answer to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    /// Place among the images.
    pub image: usize,
    /// `⟨φ(x), v⟩`
    pub value: f32,
}

impl Portrait {
    /// Whether every image gets the same answer, so that the order says nothing.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.range() <= 0.0
    }

    /// The largest answer less the smallest.
    #[must_use]
    pub fn range(&self) -> f32 {
        self.top.first().map_or(0.0, |first| first.value - self.smallest)
    }

    /// `(μ_max − μ_rest)/(μ_max + μ_rest)` (Morcos et al., 2018) on answers shifted so that
    /// the smallest is 0.
    ///
    /// `μ_max` is the largest mean of a class, `μ_rest` the mean of the other classes' means.
    /// Every direction is shifted, units too, or the two could not be compared. 0 for a
    /// silent direction or if only one class is there.
    #[must_use]
    pub fn selectivity(&self) -> f64 {
        let shifted: Vec<f64> =
            self.class_means.iter().flatten().map(|mean| mean - f64::from(self.smallest)).collect();
        let most = shifted.iter().copied().fold(0.0, f64::max);
        let others = (shifted.len().max(2) - 1) as f64;
        let rest = (shifted.iter().sum::<f64>() - most).max(0.0) / others;
        if shifted.len() < 2 || most <= 0.0 { 0.0 } else { (most - rest) / (most + rest) }
    }
}

/// `count` directions `[count, units]`, uniform on the sphere: normal numbers at length 1.
#[must_use]
pub fn random_directions(units: usize, count: usize, generator: &mut Pcg32) -> Vec<f32> {
    let mut directions = Vec::with_capacity(units * count);
    for _ in 0..count {
        let normal: Vec<f64> = (0..units).map(|_| StandardNormal.sample(generator)).collect();
        let length = normal.iter().map(|v| v * v).sum::<f64>().sqrt();
        directions.extend(normal.iter().map(|v| (v / length) as f32));
    }
    directions
}

/// The directions of the units themselves: `[units, units]`, the identity.
#[must_use]
pub fn unit_directions(units: usize) -> Vec<f32> {
    let mut identity = vec![0.0; units * units];
    identity.iter_mut().step_by(units + 1).for_each(|v| *v = 1.0);
    identity
}

/// Portraits of directions `[count, units]` with rows of `top` images.
///
/// `labels` are the images' classes.
///
/// # Errors
/// [`UnitsError::Cancelled`] when the observer says so.
pub async fn portraits(
    activations: &Activations,
    labels: &[u8],
    directions: &[f32],
    top: usize,
    observer: &mut impl Observer,
) -> Result<Vec<Portrait>, UnitsError> {
    let units = activations.units();
    let classes = labels.iter().max().map_or(0, |label| usize::from(*label) + 1);
    let count = directions.len() / units;
    let mut done = Vec::with_capacity(count);
    for block in directions.chunks(ABREAST * units) {
        let mut sketches = vec![Sketch::new(top, classes); block.len() / units];
        let packed = PackedB::pack(units, sketches.len(), block, 1, units);
        let mut answers = vec![0.0; PIECE * sketches.len()];
        for (piece, rows) in activations.values().chunks(PIECE * units).enumerate() {
            if observer.pause().await {
                return Err(UnitsError::Cancelled);
            }
            let images = rows.len() / units;
            gemm(images, rows, &packed, &mut answers, false);
            for (row, answers) in answers.chunks_exact(sketches.len()).take(images).enumerate() {
                let image = piece * PIECE + row;
                for (sketch, value) in sketches.iter_mut().zip(answers) {
                    sketch.see(image, *value, labels[image]);
                }
            }
        }
        done.extend(sketches.into_iter().map(|sketch| sketch.finish(labels)));
        let fraction = done.len() as f32 / count as f32;
        observer.progress(Progress { fraction, evaluations: 0, best: None });
    }
    Ok(done)
}

/// A portrait in the making.
#[derive(Clone)]
struct Sketch {
    most: usize,
    top: Vec<Ranked>,
    sums: Vec<f64>,
    counts: Vec<u32>,
    smallest: f32,
}

impl Sketch {
    fn new(most: usize, classes: usize) -> Sketch {
        Sketch {
            most,
            top: Vec::with_capacity(most + 1),
            sums: vec![0.0; classes],
            counts: vec![0; classes],
            smallest: f32::INFINITY,
        }
    }

    fn see(&mut self, image: usize, value: f32, label: u8) {
        self.sums[usize::from(label)] += f64::from(value);
        self.counts[usize::from(label)] += 1;
        self.smallest = self.smallest.min(value);
        if self.top.len() == self.most && self.top.last().is_some_and(|last| value <= last.value) {
            return;
        }
        let place = self.top.partition_point(|ranked| ranked.value >= value);
        self.top.insert(place, Ranked { image, value });
        self.top.truncate(self.most);
    }

    fn finish(self, labels: &[u8]) -> Portrait {
        let mut votes = vec![0usize; self.counts.len()];
        self.top.iter().for_each(|ranked| votes[usize::from(labels[ranked.image])] += 1);
        let most = votes.into_iter().max().unwrap_or(0);
        Portrait {
            purity: most as f64 / self.top.len().max(1) as f64,
            class_means: (self.sums.iter().zip(&self.counts))
                .map(|(sum, count)| (*count > 0).then(|| sum / f64::from(*count)))
                .collect(),
            smallest: self.smallest,
            top: self.top,
        }
    }
}
