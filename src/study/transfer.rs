//! Examples made for one network and shown to others (Szegedy et al., 2013, Tables 2 and 4).
//!
//! An adversarial example of every digit of a set is made for a network; the
//! errors of all networks on these examples are a row of the table. The set is
//! **whole**: a digit that the network misreads as it is needs no change, so it
//! stays as it is, at distance 0, and so does one that was not fooled. Thus
//! the error of the network itself, the diagonal, is the share that the attack
//! reached, and the mean distortion is what brings its accuracy to 0.
//!
//! Beside the examples stand their magnification, and noise of the very same
//! distortion digit by digit, which tells what of a transfer is owed to
//! direction rather than length.

use serde::{Deserialize, Serialize};

use crate::attack::{self, Distance, Observer, Problem, Recipe, Report, Stop};
use crate::attack::{AttackError, distance, noise};
use crate::digit::idx::Digits;
use crate::exec::loss::predicted;
use crate::exec::{ExecError, Executor};

/// Rows of several digits, added up: what networks made of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Digits.
    pub digits: u64,
    /// Sum of their distortions, `‖x′ − x‖₂/√n`.
    pub distortion: f64,
    /// How many of them each network misread.
    pub wrong: Vec<u64>,
}

impl Tally {
    /// Counts what networks read (`[networks][n]`, `None` for NaN) in images `[n, pixels]` that were made of
    /// originals with these labels.
    #[must_use]
    pub fn of(
        pixels: usize,
        originals: &[f32],
        images: &[f32],
        labels: &[usize],
        read: &[Vec<Option<usize>>],
    ) -> Tally {
        let pairs = originals.chunks_exact(pixels.max(1)).zip(images.chunks_exact(pixels.max(1)));
        let distortion = pairs.map(|(x, other)| f64::from(Distance::between(x, other).distortion));
        Tally {
            digits: labels.len() as u64,
            distortion: distortion.sum(),
            wrong: read.iter().map(|read| wrong(read, labels)).collect(),
        }
    }

    /// Adds further digits.
    pub fn add(&mut self, more: &Tally) {
        self.digits += more.digits;
        self.distortion += more.distortion;
        self.wrong.resize(self.wrong.len().max(more.wrong.len()), 0);
        for (sum, wrong) in self.wrong.iter_mut().zip(&more.wrong) {
            *sum += wrong;
        }
    }

    /// Mean distortion over all digits.
    #[must_use]
    pub fn mean_distortion(&self) -> f64 {
        self.distortion / self.digits.max(1) as f64
    }

    /// Error of each network in percent.
    #[must_use]
    pub fn errors(&self) -> Vec<f64> {
        self.wrong.iter().map(|wrong| 100.0 * *wrong as f64 / self.digits.max(1) as f64).collect()
    }
}

/// What was made for one network, and what all networks made of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MadeFor {
    /// Digits that the network misreads as they are.
    pub misread: u64,
    /// Digits for which no example was found.
    pub not_fooled: u64,
    /// The examples as near as they were found.
    pub nearest: Shown,
    /// The same rescaled to one distortion, where that was asked for.
    pub magnified: Option<Shown>,
}

/// Examples, and noise as strong.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// What the networks made of the examples.
    pub examples: Tally,
    /// What they made of Gaussian noise of the same distortion, digit by digit.
    pub noise: Tally,
}

impl Shown {
    fn add(&mut self, more: &Shown) {
        self.examples.add(&more.examples);
        self.noise.add(&more.noise);
    }
}

impl MadeFor {
    /// Adds further digits.
    pub fn add(&mut self, more: &MadeFor) {
        self.misread += more.misread;
        self.not_fooled += more.not_fooled;
        self.nearest.add(&more.nearest);
        if let Some(magnified) = &more.magnified {
            self.magnified.get_or_insert_default().add(magnified);
        }
    }

    /// Mean distortion of the digits that had to be changed and were.
    #[must_use]
    pub fn mean_change(&self) -> f64 {
        let Tally { digits, distortion, .. } = self.nearest.examples;
        let changed = digits - self.misread - self.not_fooled;
        distortion / changed.max(1) as f64
    }
}

/// Makes an example of every digit for one of the networks and shows it to all.
///
/// `seed` draws the noise; it differs from network to network where the caller's does.
///
/// # Errors
/// Those of [`attack::attack`].
pub async fn made_for(
    executors: &mut [Executor],
    source: usize,
    digits: &Digits,
    recipe: Recipe,
    magnify: Option<f32>,
    observer: &mut impl Observer,
) -> Result<MadeFor, AttackError> {
    let labels = classes(&digits.labels);
    let (examples, reports) =
        make(&mut executors[source], &digits.images, &labels, recipe, observer).await?;
    let seed = recipe.options.seed.unwrap_or(0).wrapping_add(source as u64);
    let magnified = match magnify {
        None => None,
        Some(to) => {
            let images = each(digits, &examples, |x, a| distance::magnified(x, a, to));
            Some(show_with_noise(executors, digits, &images, seed).await?)
        }
    };
    Ok(MadeFor {
        misread: count(&reports, |r| r.stop == Stop::AlreadyMisread),
        not_fooled: count(&reports, |r| !r.success),
        nearest: show_with_noise(executors, digits, &examples, seed).await?,
        magnified,
    })
}

/// Makes an example of every image for a network, `[n, pixels]`, and says what each attack came to.
///
/// The images are to be read as anything but their labels. One that was not fooled stays as it is.
///
/// # Errors
/// Those of [`attack::attack`].
pub async fn make(
    executor: &mut Executor,
    images: &[f32],
    labels: &[usize],
    recipe: Recipe,
    observer: &mut impl Observer,
) -> Result<(Vec<f32>, Vec<Report>), AttackError> {
    let pixels = (images.len() / labels.len().max(1)).max(1);
    let untargeted = |(image, label): (&[f32], &usize)| Problem {
        image: image.to_vec(),
        label: *label,
        target: None,
    };
    let problems: Vec<Problem> = images.chunks_exact(pixels).zip(labels).map(untargeted).collect();
    let reports = attack::attack(executor, &problems, recipe, observer).await?;
    let shown =
        |(problem, report): (Problem, &Report)| report.image.clone().unwrap_or(problem.image);
    let examples = problems.into_iter().zip(&reports).flat_map(shown).collect();
    Ok((examples, reports))
}

/// Shows images, and noise as strong as each.
async fn show_with_noise(
    executors: &mut [Executor],
    digits: &Digits,
    images: &[f32],
    seed: u64,
) -> Result<Shown, ExecError> {
    let noise = each(digits, images, |x, image| control(x, image, seed));
    Ok(Shown {
        examples: show(executors, digits, images).await?,
        noise: show(executors, digits, &noise).await?,
    })
}

/// Shows images `[n, pixels]`, made of as many digits, to all networks.
///
/// # Errors
/// Those of the executors.
pub async fn show(
    executors: &mut [Executor],
    digits: &Digits,
    images: &[f32],
) -> Result<Tally, ExecError> {
    let mut read = Vec::with_capacity(executors.len());
    for executor in executors {
        read.push(readings(executor, images).await?);
    }
    Ok(Tally::of(digits.pixels(), &digits.images, images, &classes(&digits.labels), &read))
}

/// How many images `[n, pixels]` a network reads as something else than their labels.
///
/// # Errors
/// Those of the executor.
pub async fn misread(
    executor: &mut Executor,
    images: &[f32],
    labels: &[u8],
) -> Result<u64, ExecError> {
    Ok(wrong(&readings(executor, images).await?, &classes(labels)))
}

/// What a network reads in each image; `None` for NaN.
async fn readings(
    executor: &mut Executor,
    images: &[f32],
) -> Result<Vec<Option<usize>>, ExecError> {
    let classes = executor.network().classes();
    let logits = executor.logits(images).await?;
    Ok(logits.chunks_exact(classes).map(predicted).collect())
}

fn classes(labels: &[u8]) -> Vec<usize> {
    labels.iter().map(|label| usize::from(*label)).collect()
}

/// How many readings are not their labels.
fn wrong(read: &[Option<usize>], labels: &[usize]) -> u64 {
    read.iter().zip(labels).filter(|(read, label)| **read != Some(**label)).count() as u64
}

/// Whether an image fools a network that reads its original rightly.
#[must_use]
pub fn fooled<Class: PartialEq>(label: Class, original: Class, shown: Class) -> bool {
    original == label && shown != label
}

/// Gaussian noise as strong as an example: the control of a transfer.
#[must_use]
pub fn control(original: &[f32], example: &[f32], seed: u64) -> Vec<f32> {
    noise::gaussian(original, Distance::between(original, example).distortion, seed)
}

/// An image made of every digit and its example.
fn each(digits: &Digits, examples: &[f32], make: impl Fn(&[f32], &[f32]) -> Vec<f32>) -> Vec<f32> {
    let pairs = images_of(digits).zip(examples.chunks_exact(digits.pixels().max(1)));
    pairs.flat_map(|(x, example)| make(x, example)).collect()
}

fn images_of(digits: &Digits) -> impl Iterator<Item = &[f32]> {
    digits.images.chunks_exact(digits.pixels().max(1))
}

fn count(reports: &[Report], which: impl Fn(&Report) -> bool) -> u64 {
    reports.iter().filter(|report| which(report)).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_counts_misread_images_and_how_far_they_are() {
        let originals = [0.0, 0.0, 1.0, 1.0, 0.5, 0.5];
        let images = [0.0, 0.0, 1.0, 0.0, 0.5, 0.5];
        let read = [
            vec![Some(3), Some(1), Some(4)],
            vec![Some(3), Some(2), None],
            vec![Some(3), Some(2), Some(4)],
        ];
        let tally = Tally::of(2, &originals, &images, &[3, 2, 4], &read);
        assert_eq!((tally.digits, &tally.wrong[..]), (3, &[1, 1, 0][..]));
        // One of two pixels has changed by 1.
        assert!((tally.distortion - f64::sqrt(0.5)).abs() < 1e-6, "{}", tally.distortion);
    }

    #[test]
    fn only_a_network_that_reads_the_original_rightly_is_fooled() {
        assert!(fooled(3, 3, 5));
        assert!(!fooled(3, 3, 3) && !fooled(3, 5, 5) && !fooled(3, 5, 3));
    }
}
