//! Labels of the images that are given, and signs that they are others'.

use std::path::Path;
use std::sync::Arc;

use blindspots::count::counted;
use blindspots::digit;
use blindspots::exec::loss::predicted;
use blindspots::exec::{CpuExecutor, Executor};
use blindspots::model::Network;
use blindspots::npy;

use super::inputs::{Shown, is_npy, read_data};
use crate::bundled::Bundled;
use crate::failure::Failure;
use crate::output;

/// Images that are read to judge the labels by.
const LOOKED_AT: usize = 1000;

/// Standard deviations that a count must be off to be no accident.
const SURE: f64 = 3.0;

/// A label for each image that is shown: an IDX file of digits' labels, or an array `[N]` of NumPy's.
///
/// Files of different lengths are of one set only if somebody says so, with `--count`; a label that is
/// none of a network's classes belongs to no image of it.
pub(super) fn labels(path: &Path, images: &Shown, classes: usize) -> Result<Vec<usize>, Failure> {
    let mut labels = all(path)?;
    let (wanted, there) = (images.count(), images.there);
    let path = path.display();
    let (in_labels, in_images) = (counted(labels.len(), "label"), counted(there, "image"));
    if labels.len() < wanted {
        return Err(format!("{path} holds {in_labels} for {}", counted(wanted, "image")).into());
    }
    // Labels for just the images that are shown are right, too.
    if ![there, wanted].contains(&labels.len()) {
        let differ = format!("{path} holds {in_labels} and {} {in_images}", images.path.display());
        if !images.cut {
            return Err(format!(
                "{differ}: do they belong together? --count {there} takes the first {there} of both"
            )
            .into());
        }
        output::remark(format_args!(
            "{differ}: the first {wanted} of both are taken, as if the files began with the same images"
        ));
    }
    labels.truncate(wanted);
    match labels.iter().position(|label| *label >= classes) {
        None => Ok(labels),
        Some(place) => Err(format!(
            "{path}: label {place} is {}; the network's classes are 0 to {}",
            labels[place],
            classes - 1
        )
        .into()),
    }
}

fn all(path: &Path) -> Result<Vec<usize>, Failure> {
    let bytes = read_data(path)?;
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    if !is_npy(&bytes) {
        let labels = digit::idx::read_labels(&bytes).map_err(|e| named(&e))?;
        return Ok(labels.into_iter().map(usize::from).collect());
    }
    let array = npy::read_indices(&bytes).map_err(|e| named(&e))?;
    match array.shape[..] {
        [_] => Ok(array.data),
        _ => Err(named(&format!("labels are an array [N], not {:?}", array.shape)).into()),
    }
}

/// Says so where a network reads the first of these images as labelled no more often than by chance.
///
/// # Errors
/// Those of the network.
pub(super) fn doubt(
    name: &Path,
    network: &Arc<Network>,
    images: &[f32],
    labels: &[usize],
) -> Result<(), Failure> {
    let count = labels.len().min(LOOKED_AT);
    let mut executor = Executor::Cpu(CpuExecutor::new(network.clone()));
    let logits = executor.logits(&images[..count * network.pixels()]);
    let logits = pollster::block_on(logits).map_err(|e| format!("{}: {e}", name.display()))?;
    let readings: Vec<_> = logits.chunks_exact(network.classes()).map(predicted).collect();
    doubt_readings(name, network, &readings, &labels[..count]);
    Ok(())
}

/// The same from what the network reads.
pub(super) fn doubt_readings(
    name: &Path,
    network: &Network,
    readings: &[Option<usize>],
    labels: &[usize],
) {
    let Some((well, proof)) = known(name, network) else { return };
    let agreement = Agreement::of(readings, labels, network.classes());
    if agreement.is_chance(well) {
        let Agreement { right, of, .. } = agreement;
        output::remark(format_args!(
            "{}: it reads {right} of {} as labelled, no more than by chance, although {proof}. The \
             labels may belong to other images, or the images were made to be misread",
            name.display(),
            counted(of, "image")
        ));
    }
}

/// The share of digits that a network reads, and how that is known.
fn known(name: &Path, network: &Network) -> Option<(f64, String)> {
    if let Some(card) = Bundled::named(name).and_then(|bundled| bundled.card().ok()) {
        let error = card.errors.test;
        return Some((1.0 - error / 100.0, format!("its test error is {error:.2} %")));
    }
    let score = network.expects.score?;
    Some((score.accuracy(), format!("it reads {score} sample digits")))
}

/// How often readings and labels agree.
struct Agreement {
    right: usize,
    of: usize,
    /// The share that would agree if neither knew of the other, but at least one in so many classes.
    chance: f64,
}

impl Agreement {
    fn of(readings: &[Option<usize>], labels: &[usize], classes: usize) -> Agreement {
        let mut counts = vec![(0usize, 0usize); classes];
        for (reading, label) in readings.iter().zip(labels) {
            if let Some(count) = reading.and_then(|class| counts.get_mut(class)) {
                count.0 += 1;
            }
            if let Some(count) = counts.get_mut(*label) {
                count.1 += 1;
            }
        }
        let of = labels.len();
        let pairs: f64 = counts.iter().map(|(a, b)| *a as f64 * *b as f64).sum();
        let chance = (pairs / (of as f64).powi(2)).max(1.0 / classes as f64);
        let right = readings.iter().zip(labels).filter(|(r, l)| **r == Some(**l)).count();
        Agreement { right, of, chance }
    }

    /// Whether they agree as by chance, where a network that reads the share `well` would surely
    /// agree more often.
    fn is_chance(&self, well: f64) -> bool {
        let of = self.of as f64;
        let spread = |share: f64| SURE * (of * share * (1.0 - share)).sqrt();
        let most = of * self.chance + spread(self.chance);
        self.right as f64 <= most && of * well - spread(well) > most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many labels of ten classes in turn, and readings that are right for the first of them.
    fn agreement(of: usize, right: usize) -> Agreement {
        let labels: Vec<usize> = (0..of).map(|i| i % 10).collect();
        let reading = |(i, l): (usize, &usize)| Some(if i < right { *l } else { (*l + 1) % 10 });
        let readings: Vec<Option<usize>> = labels.iter().enumerate().map(reading).collect();
        Agreement::of(&readings, &labels, 10)
    }

    #[test]
    fn other_labels_are_told_from_a_network_that_reads_badly() {
        for (of, right, well, doubted) in [
            (10_000, 1032, 0.98, true),
            (10_000, 9836, 0.98, false),
            // Three times as often as by chance is no chance.
            (10_000, 3000, 0.98, false),
            (100, 0, 0.98, true),
            (100, 11, 0.98, true),
            (100, 60, 0.98, false),
            // A network that reads as badly as that anyway.
            (100, 11, 0.12, false),
            // Too few to tell: these may be the hard ones.
            (1, 0, 0.98, false),
            (2, 0, 0.98, false),
        ] {
            let said = agreement(of, right).is_chance(well);
            assert_eq!(said, doubted, "{right} of {of} by one that reads {well}");
        }
        // Where all images are of one class, chance alone would agree.
        let same = vec![7; 50];
        let readings: Vec<Option<usize>> = same.iter().map(|l| Some(*l)).collect();
        assert!(!Agreement::of(&readings, &same, 10).is_chance(0.98));
        // NaN is read as nothing.
        assert_eq!(Agreement::of(&[None, Some(7)], &[7, 7], 10).right, 1);
    }
}
