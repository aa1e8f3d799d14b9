//! Finds out what a file expects of its pixels, by reading digits whose classes are known.
//!
//! Shapes say nothing of scales: a network trained on pixels from 0 to 255 takes those from 0 to 1
//! in silence and reads little in them. So the usual transforms are tried on samples, each as it is
//! and inverted; where none reads much, also with rows and columns swapped, and with the classes
//! in another order. As it stands a file is taken unless another way is clearly better: unless the
//! samples' classes surprise it less (a paired test of cross-entropies). Counts of what is read rightly
//! see less, since at a wrong scale a network often reads nearly as many. Each way has a temperature
//! of its own (Guo, Pleiss, Sun and Weinberger, *On calibration of modern neural networks*, 2017):
//! a larger scale alone makes a network surer, and no better.

use std::sync::Arc;

use super::adapt::{adapt, pictures};
use super::ends::ends_in_sigmoids;
use crate::digit::idx::Digits;
use crate::digit::{self, CLASSES, PIXELS};
use crate::exec::CpuExecutor;
use crate::exec::loss::{predicted, spread};
use crate::model::{
    Alternative, Chosen, Expectation, Fit, ImageShape, InputTransform, Network, OutputKind, Score,
};
use crate::ops::Op;
use crate::ops::unary::UnaryKind;

/// Multiply–adds that are spent on it: some tenths of a second in a browser.
const EFFORT: u64 = 600_000_000;
/// Multiply–adds that no file is given more of: some seconds in a browser. Of a network that would take
/// them fewer ways are tried, the usual ones first, on fewer samples.
const MOST: u64 = 16_000_000_000;
/// What an element of a result takes beside the products, in multiply–adds, roughly: it is read and
/// written.
const ELEMENT: u64 = 10;
/// Samples that every way is tried on at first, one of each class; those of the best ways follow.
const FIRST: usize = 10;
/// Usual ways that are tried on more samples beside the file as it stands, and rare ones: these have places of
/// their own, since a rare range often reads as much as a usual one with the same middle.
const BEST: usize = 3;
const BEST_RARE: usize = 1;
/// Fewest samples that these are tried on.
const FEWEST: usize = 50;
/// A way is clearly better where its mean lead is so many standard errors: chance alone would make it
/// so in 23 of 1,000 files.
const CLEARLY: f64 = 2.0;

/// Rows and columns that ink takes of a digit of MNIST's: a smaller image is none of its middle.
const INK: usize = 20;

/// Logarithms of the least and the greatest sharpness that is tried, relative to the largest spread of
/// logits, and steps of the search, each by a third.
const SHARPNESS: (f64, f64) = (-3.0, 5.0);
const TEMPERATURES: usize = 16;

/// What the caller knows.
pub(super) struct Known {
    /// The transform, inversion and all.
    pub(super) transform: Option<InputTransform>,
    /// Whether it takes ink for paper, where the transform is not known.
    pub(super) invert: bool,
    /// Whether it takes integers: then they are from 0 to 255.
    pub(super) integers: bool,
}

/// What a file of digits expects, as far as samples of 28 × 28 show it; `plain` is the file as it stands.
///
/// `None` where it cannot be a classifier of such digits, or reads images of another size or in
/// colour and few of the digits.
pub(super) fn detect(plain: &Network, samples: &Digits, known: &Known) -> Option<Expectation> {
    let mut judge = Judge::new(plain, samples)?;
    let fitted = |transforms: Vec<Expectation>, transposed: bool| -> Vec<Expectation> {
        let fits = fits(plain.image);
        // Transform after transform, since the first ones are the usual ones.
        let of = |way: Expectation| fits.iter().map(move |fit| (*fit, way.clone()));
        let all = transforms.into_iter().flat_map(of);
        all.map(|(fit, way)| Expectation { fit, transposed, ..way }).collect()
    };
    let usual = known.ways(plain.image);
    let all = [usual.clone(), known.rare()].concat();
    let mut tried = judge.best(fitted(all, false));
    let poor = tried.iter().all(|way| way.score().is_poor());
    if known.transform.is_none() && poor && judge.left >= judge.counts[0] {
        tried.extend(judge.best(fitted(usual, true)));
        tried.iter_mut().for_each(|way| way.ordered = way.reordered());
    }
    let chosen = choose(&tried)?;
    let reads = chosen.score.is_some_and(|score| !score.is_poor());
    (plain.image == digit::IMAGE || reads).then_some(chosen)
}

impl Known {
    /// The usual transforms that fit what is known; the file's numbers as they are come first.
    fn ways(&self, file: ImageShape) -> Vec<Expectation> {
        if let Some(transform) = &self.transform {
            return vec![Expectation::given(transform.clone())];
        }
        // Means and deviations of MNIST, of a range around 0, and of ImageNet.
        let mut pairs: Vec<(&[f32], &[f32])> = vec![(&[0.1307], &[0.3081]), (&[0.5], &[1.0])];
        if file.channels == 3 {
            pairs.push((&[0.485, 0.456, 0.406], &[0.229, 0.224, 0.225]));
        }
        let usual = [InputTransform::default(), InputTransform::signed()];
        let floats = usual.into_iter().chain(normalised(&pairs)).filter(|_| !self.integers);
        let upright: Vec<InputTransform> = floats.chain([InputTransform::bytes()]).collect();
        let inverted = upright.clone().into_iter().map(InputTransform::inverted);
        let upright = upright.iter().filter(|_| !self.invert).cloned();
        upright.chain(inverted).map(found).collect()
    }

    /// The rare transforms that fit what is known.
    fn rare(&self) -> Vec<Expectation> {
        let known = self.transform.is_some() || self.invert || self.integers;
        rare().filter(|_| !known).map(found).collect()
    }
}

fn found(transform: InputTransform) -> Expectation {
    Expectation { transform, chosen: Chosen::Detected, ..Expectation::default() }
}

/// Transforms by means and deviations.
fn normalised(pairs: &[(&[f32], &[f32])]) -> impl Iterator<Item = InputTransform> {
    pairs.iter().filter_map(|(mean, deviation)| InputTransform::normalised(mean, deviation).ok())
}

/// Transforms that few files expect: of a wider range around 0, of ImageNet in grey, of bytes around 0.
fn rare() -> impl Iterator<Item = InputTransform> {
    const BYTE: f32 = 1.0 / 255.0;
    normalised(&[(&[0.5], &[0.25]), (&[0.449], &[0.226]), (&[128.0 * BYTE], &[BYTE])])
}

fn is_rare(transform: &InputTransform) -> bool {
    rare().any(|rare| *transform == rare)
}

/// How digits can come to an image's size.
fn fits(file: ImageShape) -> Vec<Fit> {
    let ImageShape { height, width, .. } = file;
    if (height, width) == (digit::SIDE, digit::SIDE) {
        vec![Fit::Same]
    } else if height >= digit::SIDE && width >= digit::SIDE {
        vec![Fit::Padded, Fit::Scaled]
    } else if height.min(width) >= INK && height.max(width) <= digit::SIDE {
        vec![Fit::Scaled, Fit::Cropped]
    } else {
        vec![Fit::Scaled]
    }
}

/// Reads samples.
struct Judge<'a> {
    file: ImageShape,
    executor: CpuExecutor,
    /// Whether it ends in a probability for each class by itself.
    independent: bool,
    samples: &'a Digits,
    /// Places of the samples in the order in which they are read: class after class in turn.
    order: Vec<usize>,
    /// How many are read at first, and in all.
    counts: [usize; 2],
    /// How many readings of a sample are left.
    left: usize,
}

/// A way with what was read in it.
#[derive(Clone)]
struct Way {
    expects: Expectation,
    /// Of each sample its class, and the output that leads.
    read: Vec<(usize, Option<usize>)>,
    /// `[samples, classes]`, as they came.
    logits: Vec<f32>,
    /// The same way with its classes in another order, where that is a better one.
    ordered: Option<Vec<usize>>,
}

impl<'a> Judge<'a> {
    fn new(plain: &'a Network, samples: &'a Digits) -> Option<Judge<'a>> {
        let grey_or_colour = [1, 3].contains(&plain.image.channels);
        let fits = grey_or_colour && plain.classes() == CLASSES && samples.pixels() == PIXELS;
        if !fits || samples.labels.iter().any(|label| usize::from(*label) >= CLASSES) {
            return None;
        }
        let mut seen = [0; CLASSES];
        let mut ranked: Vec<(usize, usize, usize)> = Vec::new();
        for (place, label) in samples.labels.iter().enumerate() {
            let label = usize::from(*label);
            ranked.push((seen[label], label, place));
            seen[label] += 1;
        }
        ranked.sort_unstable();
        let order: Vec<usize> = ranked.into_iter().map(|(_, _, place)| place).collect();
        let elements = plain.nodes.iter().map(|node| {
            let function = match &node.op {
                Op::Unary(op) => op.kind.effort(),
                // An exponential, and going along the axis three times.
                Op::Softmax(_) => UnaryKind::Softplus.effort(),
                _ => 0,
            };
            (ELEMENT + function) * node.len() as u64
        });
        let each = elements.fold(plain.multiply_adds(), u64::saturating_add).max(1);
        let readings = |effort: u64| usize::try_from(effort / each).unwrap_or(usize::MAX);
        let most = order.len();
        let all = (readings(EFFORT) / (2 * (BEST + BEST_RARE + 1))).clamp(FEWEST.min(most), most);
        let executor = CpuExecutor::new(Arc::new(plain.clone()));
        let counts = [FIRST.min(all), all];
        let independent = plain.output == OutputKind::Logits && ends_in_sigmoids(plain);
        Some(Judge {
            file: plain.image,
            executor,
            independent,
            samples,
            order,
            counts,
            left: readings(MOST),
        })
    }

    /// Tries ways on some samples, the best of them and the first on all; of ways that take too long
    /// the first ones, of which the first is always tried.
    fn best(&mut self, mut ways: Vec<Expectation>) -> Vec<Way> {
        let [few, all] = self.counts;
        ways.truncate((self.left / few.max(1)).max(1));
        let mut tried: Vec<Way> = Vec::new();
        for way in ways {
            // Who reads every digit as it is takes no paper for ink.
            let upright =
                |way: &Way| !way.expects.transform.is_inverted() && way.right(None) == few;
            if !(way.transform.is_inverted() && tried.iter().any(upright)) {
                tried.extend(self.read(way, few));
            }
        }
        let mut ranked: Vec<(bool, usize, f64, usize)> = Vec::new();
        for (place, way) in tried.iter().enumerate() {
            let reordered = way.reordered().map_or(0, |order| way.right(Some(&order)));
            let missed = few - way.right(None).max(reordered);
            ranked.push((place != 0, missed, mean(&way.surprises()), place));
        }
        // Of those that read as many, the least surprised comes first.
        ranked.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
        let mut room = [BEST + 1, BEST_RARE];
        ranked.retain(|(.., place)| {
            let room = &mut room[usize::from(is_rare(&tried[*place].expects.transform))];
            let fits = *room > 0;
            *room = room.saturating_sub(1);
            fits
        });
        let again = all.min(self.left / ranked.len().max(1));
        let read_again = |(.., place): (bool, usize, f64, usize)| match again > few {
            true => self.read(tried[place].expects.clone(), again),
            false => Some(tried[place].clone()),
        };
        ranked.into_iter().filter_map(read_again).collect()
    }

    /// Reads the first samples in one way.
    fn read(&mut self, expects: Expectation, count: usize) -> Option<Way> {
        self.left = self.left.saturating_sub(count);
        let places = &self.order[..count];
        let image = |place: &usize| &self.samples.images[place * PIXELS..][..PIXELS];
        let images: Vec<f32> = places.iter().flat_map(image).copied().collect();
        let before = adapt(pictures(self.file), expects.clone(), digit::IMAGE).ok()?;
        let taken = CpuExecutor::new(Arc::new(before)).logits(&images);
        let mut logits = self.executor.logits(&taken);
        if self.independent {
            logits.iter_mut().for_each(|z| *z = log_odds(*z));
        }
        let labels = || places.iter().map(|place| usize::from(self.samples.labels[*place]));
        let read = labels().zip(logits.chunks_exact(CLASSES).map(predicted)).collect();
        Some(Way { expects, read, logits, ordered: None })
    }
}

impl Way {
    /// Whether each sample is read rightly.
    fn hits(&self, order: Option<&[usize]>) -> Vec<bool> {
        let output = |label: usize| order.map_or(label, |order| order[label]);
        self.read.iter().map(|(label, read)| *read == Some(output(*label))).collect()
    }

    fn right(&self, order: Option<&[usize]>) -> usize {
        self.hits(order).into_iter().filter(|hit| *hit).count()
    }

    /// Cross-entropy of each sample, with its classes in the order that was found for it, at the
    /// temperature at which their mean is least.
    fn surprises(&self) -> Vec<f64> {
        let spread = self.logits.chunks_exact(CLASSES).map(spread).fold(0.0, f32::max);
        if !spread.is_normal() {
            return vec![(CLASSES as f64).ln(); self.read.len()];
        }
        let at = |sharpness: f64| -> Vec<f64> {
            let samples = self.read.iter().zip(self.logits.chunks_exact(CLASSES));
            let surprise = |((label, _), logits): (&(usize, Option<usize>), &[f32])| {
                let own = self.ordered.as_ref().map_or(*label, |order| order[*label]);
                let over = |z: &f32| f64::from(z - logits[own]) / f64::from(spread) * sharpness;
                let most = logits.iter().map(over).fold(f64::NEG_INFINITY, f64::max);
                most + logits.iter().map(|z| (over(z) - most).exp()).sum::<f64>().ln()
            };
            samples.map(surprise).map(|v| if v.is_nan() { f64::INFINITY } else { v }).collect()
        };
        // The mean is convex in the sharpness: a search by thirds of its logarithm.
        let (mut low, mut high) = SHARPNESS;
        for _ in 0..TEMPERATURES {
            let third = (high - low) / 3.0;
            let (a, b) = (low + third, high - third);
            if mean(&at(a.exp())) <= mean(&at(b.exp())) { high = b } else { low = a }
        }
        at((0.5 * (low + high)).exp())
    }

    /// With its classes in the order that was found for it.
    fn score(&self) -> Score {
        Score { right: self.right(self.ordered.as_deref()), of: self.read.len() }
    }

    /// The output that most samples of each class lead to, where those are ten outputs in another
    /// order and nearly all samples lead there.
    fn reordered(&self) -> Option<Vec<usize>> {
        let mut counts = [[0usize; CLASSES]; CLASSES];
        for (label, read) in &self.read {
            counts[*label][(*read)?] += 1;
        }
        let leading = |row: &[usize; CLASSES]| (0..CLASSES).rev().max_by_key(|output| row[*output]);
        let order: Vec<usize> = counts.iter().filter_map(leading).collect();
        let all_there = (0..CLASSES).all(|output| order.contains(&output));
        let moved = order.iter().enumerate().any(|(class, output)| class != *output);
        let nearly_all = self.right(Some(&order)) * 10 >= self.read.len() * 8;
        (all_there && moved && nearly_all).then_some(order)
    }
}

/// `ln(p/(1 − p))`: what a sigmoid was taken of.
fn log_odds(p: f32) -> f32 {
    let p = p.clamp(f32::MIN_POSITIVE, 1.0 - 0.5 * f32::EPSILON);
    (p / (1.0 - p)).ln()
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len().max(1) as f64
}

/// Mean of the differences `a − b` of the same samples, in its standard errors.
fn lead(a: &[f64], b: &[f64]) -> f64 {
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let (count, mean) = (differences.len() as f64, mean(&differences));
    let squares: f64 = differences.iter().map(|d| (d - mean).powi(2)).sum();
    let error = (squares / (count * (count - 1.0).max(1.0))).sqrt();
    mean / error.max(f64::MIN_POSITIVE)
}

/// The file as it stands, or the way that is clearly better.
fn choose(tried: &[Way]) -> Option<Expectation> {
    let plain = Way { ordered: None, ..tried.first()?.clone() };
    let surprises: Vec<Vec<f64>> = tried.iter().map(Way::surprises).collect();
    let least = |a: &usize, b: &usize| mean(&surprises[*a]).total_cmp(&mean(&surprises[*b]));
    let usual = |way: &usize| !is_rare(&tried[*way].expects.transform);
    let all = (0..tried.len()).min_by(least)?;
    // What is rare has to be clearly better than what is usual, too.
    let common = (0..tried.len()).filter(usual).min_by(least)?;
    let leader = if lead(&surprises[common], &surprises[all]) > CLEARLY { all } else { common };
    let before = plain.surprises();
    let better = !tried[leader].score().is_poor() && lead(&before, &surprises[leader]) > CLEARLY;
    let (chosen, least) =
        if better { (&tried[leader], &surprises[leader]) } else { (&plain, &before) };
    let same = |way: &Way| way.expects.fit == chosen.expects.fit && way.ordered == chosen.ordered;
    let others = tried
        .iter()
        .zip(&surprises)
        .filter(|(way, _)| way.expects.transform != chosen.expects.transform && same(way))
        .filter(|(way, _)| way.expects.transposed == chosen.expects.transposed)
        .filter(|(way, own)| !way.score().is_poor() && lead(own, least) <= CLEARLY)
        .map(|(way, _)| Alternative {
            transform: way.expects.transform.clone(),
            score: way.score(),
        })
        .collect();
    Some(Expectation {
        classes: chosen.ordered.clone(),
        score: Some(chosen.score()),
        plain: better.then(|| plain.score()),
        others,
        ..chosen.expects.clone()
    })
}

#[cfg(test)]
#[path = "detect_tests.rs"]
mod tests;
