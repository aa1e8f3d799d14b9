//! Finds out what a file expects of its pixels, by reading digits whose classes are known.
//!
//! Shapes say nothing of scales: a network trained on pixels from 0 to 255 takes those from 0 to 1
//! in silence and reads little in them. So the usual transforms are tried on samples, each as it is
//! and inverted; where none reads much, also with rows and columns swapped, and with the classes
//! in another order. As it stands a file is taken unless another way is clearly better (a sign
//! test on the samples that only one of the two reads rightly).

use std::sync::Arc;

use super::adapt::{adapt, pictures};
use crate::digit::idx::Digits;
use crate::digit::{self, CLASSES, PIXELS};
use crate::exec::CpuExecutor;
use crate::exec::loss::{predicted, probabilities};
use crate::model::{
    Alternative, Chosen, Expectation, Fit, ImageShape, InputTransform, Network, Node, Score,
};

/// Multiply–adds that are spent on it: some tenths of a second in a browser.
const EFFORT: usize = 600_000_000;
/// What an element of a result takes beside the products, in multiply–adds, roughly: it is read and
/// written, and seldom just added.
const ELEMENT: usize = 10;
/// Samples that every way is tried on at first; those of the best ways follow.
const FIRST: usize = 20;
/// Ways that are tried on all samples.
const BEST: usize = 4;
/// A way is clearly better where chance alone would make it so this rarely.
const CHANCE: f64 = 0.01;
/// And where two ways would differ so by chance more often than this, nobody can tell them apart.
const ALIKE: f64 = 0.05;

/// What the caller knows.
pub(super) struct Known {
    /// The transform, inversion and all.
    pub(super) transform: Option<InputTransform>,
    /// Whether it takes ink for paper, where the transform is not known.
    pub(super) invert: bool,
}

/// What a file of digits expects, as far as samples of 28 × 28 show it; `plain` is the file as it stands.
///
/// `None` where it cannot be a classifier of such digits, or reads images of another size or in
/// colour and few of the digits.
pub(super) fn detect(plain: &Network, samples: &Digits, known: &Known) -> Option<Expectation> {
    let mut judge = Judge::new(plain, samples)?;
    let ways = |transposed: bool| -> Vec<Expectation> {
        let of = |fit: Fit| known.ways(plain.image).into_iter().map(move |way| (fit, way));
        let all = fits(plain.image).into_iter().flat_map(of);
        all.map(|(fit, way)| Expectation { fit, transposed, ..way }).collect()
    };
    let mut tried = judge.best(ways(false));
    if known.transform.is_none() && tried.iter().all(|way| way.score().is_poor()) {
        tried.extend(judge.best(ways(true)));
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
        let normalised =
            pairs.into_iter().filter_map(|(m, d)| InputTransform::normalised(m, d).ok());
        let upright: Vec<InputTransform> =
            usual.into_iter().chain(normalised).chain([InputTransform::bytes()]).collect();
        let inverted = upright.clone().into_iter().map(InputTransform::inverted);
        let upright = upright.iter().filter(|_| !self.invert).cloned();
        let way = |transform| {
            let chosen = Chosen::Detected;
            Expectation { transform, chosen, ..Expectation::default() }
        };
        upright.chain(inverted).map(way).collect()
    }
}

/// How digits can come to an image's size.
fn fits(file: ImageShape) -> Vec<Fit> {
    let ImageShape { height, width, .. } = file;
    if (height, width) == (digit::SIDE, digit::SIDE) {
        vec![Fit::Same]
    } else if height >= digit::SIDE && width >= digit::SIDE {
        vec![Fit::Padded, Fit::Scaled]
    } else {
        vec![Fit::Scaled]
    }
}

/// Reads samples.
struct Judge<'a> {
    file: ImageShape,
    executor: CpuExecutor,
    samples: &'a Digits,
    /// Places of the samples in the order in which they are read: class after class in turn.
    order: Vec<usize>,
    /// How many are read at first, and in all.
    counts: [usize; 2],
}

/// A way with what was read in it.
#[derive(Clone)]
struct Way {
    expects: Expectation,
    /// Of each sample its class, and the output that leads.
    read: Vec<(usize, Option<usize>)>,
    /// Mean cross-entropy of the samples, as they are ordered.
    loss: f64,
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
        let elements: usize = plain.nodes.iter().map(Node::len).sum();
        let readings = EFFORT / (plain.multiply_adds() + ELEMENT * elements).max(1);
        let most = order.len();
        let all = (readings / (2 * (BEST + 1))).clamp(FIRST.min(most), most);
        let executor = CpuExecutor::new(Arc::new(plain.clone()));
        let counts = [FIRST.min(all), all];
        Some(Judge { file: plain.image, executor, samples, order, counts })
    }

    /// Tries ways on some samples, the best of them and the first on all.
    fn best(&mut self, ways: Vec<Expectation>) -> Vec<Way> {
        let [few, all] = self.counts;
        let tried: Vec<Way> = ways.into_iter().filter_map(|way| self.read(way, few)).collect();
        let mut ranked: Vec<usize> = (0..tried.len()).collect();
        ranked.sort_by_key(|place| {
            let way = &tried[*place];
            let reordered = way.reordered().map_or(0, |order| way.right(Some(&order)));
            (*place != 0, std::cmp::Reverse(way.right(None).max(reordered)), *place)
        });
        ranked.truncate(BEST + 1);
        ranked
            .into_iter()
            .filter_map(|place| self.read(tried[place].expects.clone(), all))
            .collect()
    }

    /// Reads the first samples in one way.
    fn read(&mut self, expects: Expectation, count: usize) -> Option<Way> {
        let places = &self.order[..count];
        let image = |place: &usize| &self.samples.images[place * PIXELS..][..PIXELS];
        let images: Vec<f32> = places.iter().flat_map(image).copied().collect();
        let before = adapt(pictures(self.file), expects.clone(), digit::IMAGE).ok()?;
        let taken = CpuExecutor::new(Arc::new(before)).logits(&images);
        let logits = self.executor.logits(&taken);
        let labels = || places.iter().map(|place| usize::from(self.samples.labels[*place]));
        let read = labels().zip(logits.chunks_exact(CLASSES).map(predicted)).collect();
        let surprise = |(label, logits): (usize, &[f32])| {
            -f64::from(probabilities(logits)[label].max(f32::MIN_POSITIVE)).ln()
        };
        let losses = labels().zip(logits.chunks_exact(CLASSES)).map(surprise);
        let loss = losses.sum::<f64>() / count as f64;
        Some(Way { expects, read, loss, ordered: None })
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

/// How likely it is that of so many samples that only one of two ways reads, it is `wins` or more by chance.
fn chance(wins: usize, losses: usize) -> f64 {
    let n = wins + losses;
    let mut term = 0.5f64.powi(n as i32);
    let mut sum = 0.0;
    for k in 0..=n {
        if k >= wins {
            sum += term;
        }
        term *= (n - k) as f64 / (k + 1) as f64;
    }
    sum
}

/// Chance's part in the first way's lead over the second.
fn lead(of: &[bool], over: &[bool]) -> f64 {
    let only = |a: &[bool], b: &[bool]| a.iter().zip(b).filter(|(a, b)| **a && !**b).count();
    chance(only(of, over), only(over, of))
}

/// The best way. Of several that samples cannot tell apart it is the one that was least surprised by
/// the classes, as at the scale that it was trained at; where some read every sample, the first of them,
/// because there a larger scale always surprises less.
fn leading(tried: &[Way]) -> Option<&Way> {
    // The earlier of two that read as many.
    let most = tried.iter().rev().max_by_key(|way| way.score().right)?;
    if most.score().right == most.read.len() {
        return Some(most);
    }
    let hits = |way: &Way| way.hits(way.ordered.as_deref());
    let alike = |way: &&Way| {
        let kind = |way: &Way| (way.ordered.clone(), way.expects.transposed, way.expects.fit);
        kind(way) == kind(most) && lead(&hits(most), &hits(way)) > ALIKE
    };
    tried.iter().filter(alike).min_by(|a, b| a.loss.total_cmp(&b.loss))
}

/// The file as it stands, or the way that is clearly better.
fn choose(tried: &[Way]) -> Option<Expectation> {
    let hits = |way: &Way| way.hits(way.ordered.as_deref());
    let as_it_is = tried.first()?;
    let plain = Way { ordered: None, ..as_it_is.clone() };
    let leader = leading(tried)?;
    let better = !leader.score().is_poor() && lead(&hits(leader), &hits(&plain)) < CHANCE;
    let chosen = if better { leader.clone() } else { plain.clone() };
    let same = |way: &Way| way.expects.fit == chosen.expects.fit && way.ordered == chosen.ordered;
    let others = tried
        .iter()
        .filter(|way| way.expects.transform != chosen.expects.transform && same(way))
        .filter(|way| way.expects.transposed == chosen.expects.transposed && !way.score().is_poor())
        .filter(|way| lead(&hits(&chosen), &hits(way)) > ALIKE)
        .map(|way| Alternative { transform: way.expects.transform.clone(), score: way.score() })
        .collect();
    Some(Expectation {
        classes: chosen.ordered.clone(),
        score: Some(chosen.score()),
        plain: better.then(|| plain.score()),
        others,
        ..chosen.expects
    })
}

#[cfg(test)]
#[path = "detect_tests.rs"]
mod tests;
