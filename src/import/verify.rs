//! A translated network must say what tract says, or it is not handed out.

use std::sync::Arc;

use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::TractErrorContext as _;
use tract_onnx::tract_core::ops::element_wise::ElementWiseOp;
use tract_onnx::tract_core::ops::identity::Identity;
use tract_onnx::tract_core::ops::math::{Ceil, Floor, RoundHalfToEven};

use super::image::Reading;
use super::{ImportError, ends};
use crate::exec::CpuExecutor;
use crate::model::{ImageShape, InputTransform, Network, OutputKind};
use crate::ops::{Op, UnaryKind};

/// Two forward passes in f32 with different orders of summation, relative to the spread of an image's
/// outputs: what all of them have in common decides nothing.
const SAME_FUNCTION: f32 = 2e-3;
/// What rounding leaves of the outputs themselves, relative to the largest: both passes add up a few
/// numbers of its size.
const ROUNDING: f32 = 16.0 * f32::EPSILON;

/// Where numbers are rounded to steps, two right ways of adding up may lie a whole step apart: so much of
/// the spread at most.
const STEPS: f32 = 0.1;

/// Two orders of summation may lie so many times as far apart as weights that are off by their last bit
/// are: of thousands of terms every partial sum is rounded, too.
const ORDERS: f32 = 64.0;

/// How images that people see become what the file is given.
pub(super) struct Probes<'a> {
    pub(super) reading: &'a Reading,
    pub(super) transform: &'a InputTransform,
}

impl Probes<'_> {
    /// Compares the network with the file at one image, and at several where it takes them, and tells
    /// what the outputs are.
    pub(super) fn verify(
        &self,
        model: &TypedModel,
        batched: Option<&TypedModel>,
        network: &Network,
    ) -> Result<OutputKind, ImportError> {
        // What agrees image by image with several at once is right, and mixes none of them.
        let several = batched.map(|batched| self.agree(batched, network));
        if let Some(Ok(kind)) = several {
            return Ok(kind);
        }
        let kind = self.agree(model, network)?;
        match several {
            Some(Err(ImportError::Unfaithful { .. })) => Err(ImportError::MixesBatch),
            // A file that runs for one image but not for several is good for one.
            _ => Ok(kind),
        }
    }

    /// Compares both; where they are steps apart, without the rounding.
    fn agree(&self, model: &TypedModel, network: &Network) -> Result<OutputKind, ImportError> {
        let compared = self.compare(model, network);
        let steps = |e: &ImportError| matches!(e, ImportError::Unfaithful { difference } if *difference <= STEPS);
        if !network.straight_through() || !compared.as_ref().is_err_and(steps) {
            return compared.map_err(|error| blamed(error, network));
        }
        let mut model = model.clone();
        for node in &mut model.nodes {
            let rounds = |op: &ElementWiseOp| {
                op.0.is::<RoundHalfToEven>() || op.0.is::<Floor>() || op.0.is::<Ceil>()
            };
            if node.op_as::<ElementWiseOp>().is_some_and(rounds) {
                node.op = Box::new(Identity);
            }
        }
        self.compare(&model, &unrounded(network))
    }

    /// Runs both on a few images and compares the outputs.
    fn compare(&self, model: &TypedModel, network: &Network) -> Result<OutputKind, ImportError> {
        let batch = batch(model, network.pixels());
        let probes = probes(network.pixels(), PROBES.next_multiple_of(batch));
        let theirs = self.reference(model, &probes)?;
        let theirs = theirs.map_err(|_| ImportError::NotComputed)?;
        let unknown = |v: &f32| !v.is_finite() && network.output != OutputKind::LogProbabilities;
        let classes = network.classes();
        // Some networks have no answer to a plain image; one that has none to any is of no use.
        let told: Vec<bool> =
            theirs.chunks(classes).map(|z| !z.iter().any(|v| v.is_nan() || unknown(v))).collect();
        if !told.contains(&true) {
            return Err(ImportError::NotFiniteAnswers);
        }
        let ours = answers(network, &probes);
        let of = |all: &[f32]| -> Vec<f32> {
            let images = all.chunks(classes).zip(&told).filter(|(_, told)| **told);
            images.flat_map(|(z, _)| z).copied().collect()
        };
        let theirs = of(&theirs);
        match difference(&of(&ours), &theirs, classes, network.output) {
            difference if difference <= SAME_FUNCTION => Ok(ends::kind(network, &theirs)),
            difference => Err(ImportError::Unfaithful { difference }),
        }
    }

    /// tract's answers to images as people see them.
    fn reference(
        &self,
        model: &TypedModel,
        images: &[f32],
    ) -> Result<TractResult<Vec<f32>>, ImportError> {
        let input = self.as_the_file_takes(images)?;
        Ok(run(model, &input))
    }

    /// The same images transformed, and with channels where the file has them.
    fn as_the_file_takes(&self, images: &[f32]) -> Result<Vec<f32>, ImportError> {
        let ImageShape { channels, height, width } = self.reading.image;
        let [scale, offset] = self.transform.of_channels(channels)?;
        let area = height * width;
        let mut taken = Vec::with_capacity(images.len());
        for image in images.chunks_exact(channels * area) {
            for place in 0..channels * area {
                let (channel, pixel) = if self.reading.channels_last {
                    (place % channels, place / channels)
                } else {
                    (place / area, place % area)
                };
                taken.push(scale[channel] * image[channel * area + pixel] + offset[channel]);
            }
        }
        Ok(taken)
    }
}

/// What is to blame where both disagree: the network, if what they differ by its rounding decides.
fn blamed(error: ImportError, network: &Network) -> ImportError {
    let ImportError::Unfaithful { difference: found } = error else { return error };
    let classes = network.classes();
    let probes = probes(network.pixels(), PROBES);
    let [ours, shaken] = [answers(network, &probes), answers(&shaken(network), &probes)];
    let both = || ours.chunks(classes).zip(shaken.chunks(classes));
    let finite = |(z, _): &(&[f32], &[f32])| z.iter().all(|v| v.is_finite());
    let (ours, shaken): (Vec<&[f32]>, Vec<&[f32]>) = both().filter(finite).unzip();
    let rounding = difference(&shaken.concat(), &ours.concat(), classes, network.output);
    if found.is_finite() && found <= ORDERS * rounding {
        ImportError::Imprecise { rounding }
    } else {
        error
    }
}

/// A network whose weights are off by their last bit, or not, as a coin falls: what its outputs then
/// differ by, rounding decides (after J. Vignes, *A stochastic arithmetic for reliable
/// scientific computation*, 1993).
fn shaken(network: &Network) -> Network {
    let mut shaken = network.clone();
    for weight in &mut shaken.weights {
        for (place, value) in Arc::make_mut(&mut weight.data).iter_mut().enumerate() {
            let falls = (place as u32).wrapping_mul(2_654_435_761) >> 31 == 1;
            if falls && *value != 0.0 {
                *value = value.next_down();
            }
        }
    }
    shaken
}

/// A network with nothing in place of rounding.
fn unrounded(network: &Network) -> Network {
    let mut smooth = network.clone();
    for node in &mut smooth.nodes {
        if let Op::Unary(op) = &mut node.op
            && op.kind == UnaryKind::Round
        {
            // Of slope 1 on both sides.
            (op.kind, op.a) = (UnaryKind::LeakyRelu, 1.0);
        }
    }
    smooth
}

/// Different sparse images of numbers from 0 to 1.
fn images(count: usize, pixels: usize) -> Vec<f32> {
    (0..(count * pixels) as u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 16) as f32 / 65_536.0)
        .map(|v| if v < 0.6 { 0.0 } else { v })
        .collect()
}

/// Images that both are asked at least.
pub(super) const PROBES: usize = 4;

/// Images that a model takes at once.
fn batch(model: &TypedModel, pixels: usize) -> usize {
    let shape = model.input_fact(0).ok().and_then(|fact| fact.shape.as_concrete());
    shape.map_or(1, |sizes| sizes.iter().product::<usize>() / pixels).max(1)
}

/// What both are asked: noise, a plain grey, images near black and near white, then more noise.
fn probes(pixels: usize, count: usize) -> Vec<f32> {
    let mut all = images(count, pixels);
    let noise: Vec<f32> = all[..pixels].to_vec();
    let others: [&dyn Fn(f32) -> f32; PROBES - 1] = [&|_| 0.5, &|v| v / 16.0, &|v| 1.0 - v / 16.0];
    for (image, of) in all[pixels..].chunks_exact_mut(pixels).zip(others) {
        image.iter_mut().zip(&noise).for_each(|(pixel, v)| *pixel = of(*v));
    }
    all
}

/// The network's answers in the form that its file gives them.
fn answers(network: &Network, images: &[f32]) -> Vec<f32> {
    let logits = CpuExecutor::new(Arc::new(network.clone())).logits(images);
    let classes = network.classes();
    let kind = network.output;
    let probabilities = || logits.chunks_exact(classes).flat_map(|z| kind.probabilities(z));
    match kind {
        OutputKind::Logits => logits,
        OutputKind::LogProbabilities => probabilities().map(f32::ln).collect(),
        _ => probabilities().collect(),
    }
}

/// Largest difference, relative to the largest spread of an image's outputs, once rounding is taken off;
/// infinite for NaN or another count. Logits that are the same for all classes are that in both, or they
/// differ; how large they are decides nothing.
fn difference(ours: &[f32], theirs: &[f32], classes: usize, output: OutputKind) -> f32 {
    if ours.len() != theirs.len() {
        return f32::INFINITY;
    }
    // Far below what f32 resolves in a probability, logarithms differ.
    const RESOLVED: f32 = -60.0;
    let resolved = |v: &f32| output != OutputKind::LogProbabilities || *v > RESOLVED;
    let (mut spread, mut largest) = (0.0f32, 0.0f32);
    for image in theirs.chunks(classes) {
        let told = || image.iter().copied().filter(|v| resolved(v));
        let (least, most) = (told().fold(f32::MAX, f32::min), told().fold(f32::MIN, f32::max));
        spread = spread.max(most - least);
        largest = largest.max(most.abs()).max(least.abs());
    }
    let rounding = ROUNDING * largest;
    let same = |image: &[f32]| image.iter().all(|v| v.is_finite() && *v == image[0]);
    if spread == 0.0 && output == OutputKind::Logits && ours.chunks(classes).all(same) {
        return 0.0;
    }
    ours.iter()
        .zip(theirs)
        .filter(|(_, b)| resolved(b))
        .map(|(a, b)| (a - b).abs())
        .filter(|gap| gap.is_nan() || *gap > rounding)
        .map(|gap| (gap - rounding) / spread)
        .fold(0.0f32, |worst, gap| if gap.is_nan() { f32::INFINITY } else { worst.max(gap) })
}

/// tract's outputs for images one after the other, as many at once as the model takes.
fn run(model: &TypedModel, input: &[f32]) -> TractResult<Vec<f32>> {
    let fact = model.input_fact(0)?.clone();
    let shape = fact.shape.as_concrete().context("the input's shape is not fixed")?.to_vec();
    // The order that saves memory costs the square of the number of nodes.
    let order = RunOptions { skip_order_opt_ram: true, ..RunOptions::default() };
    let runnable = model.clone().into_runnable_with_options(&order)?;
    let mut answers = Vec::new();
    for part in input.chunks(shape.iter().product()) {
        let image = Tensor::from_shape(&shape, part)?.cast_to_dt(fact.datum_type)?.into_owned();
        let output = runnable.run(tvec![image.into_tvalue()])?.remove(0);
        let floats = output.cast_to::<f32>()?;
        answers.extend(floats.to_plain_array_view::<f32>()?.iter());
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{LoadOptions, load, prepare::prepare};

    const LOGITS: OutputKind = OutputKind::Logits;

    #[test]
    fn differences_are_relative_to_the_spread() {
        let theirs = [0.0, 1.0, 3.0, 0.0, 2.0, 4.0];
        let ours = [0.0, 1.0, 3.0, 0.0, 2.0, 4.1];
        let found = difference(&ours, &theirs, 3, LOGITS);
        assert!((found - 0.1 / 4.0).abs() < 1e-5, "{found}");
        // The same of numbers that are tiny, and of such with a large one added.
        let tiny = |z: &[f32]| -> Vec<f32> { z.iter().map(|v| v * 1e-9).collect() };
        let found = difference(&tiny(&ours), &tiny(&theirs), 3, LOGITS);
        assert!((found - 0.1 / 4.0).abs() < 1e-5, "{found}");
        let far = |z: &[f32]| -> Vec<f32> { z.iter().map(|v| v + 1e4).collect() };
        let found = difference(&far(&ours), &far(&theirs), 3, LOGITS);
        assert!(found > SAME_FUNCTION, "{found}");
        let rounded: Vec<f32> = far(&theirs).iter().map(|v| v.next_up().next_up()).collect();
        assert_eq!(difference(&rounded, &far(&theirs), 3, LOGITS), 0.0);
    }

    #[test]
    fn what_cannot_be_compared_differs_without_bound() {
        assert_eq!(difference(&[f32::NAN, 1.0], &[0.0, 1.0], 2, LOGITS), f32::INFINITY);
        assert_eq!(difference(&[0.0, 1.0], &[0.0], 2, LOGITS), f32::INFINITY);
        // Outputs that are all the same have no spread.
        assert_eq!(difference(&[1.0, 1.0], &[1.0, 1.0], 2, LOGITS), 0.0);
        assert_eq!(difference(&[1.0, 2.0], &[1.0, 1.0], 2, LOGITS), f32::INFINITY);
        // Sums of thousands of terms, equal for all classes, in two orders.
        assert_eq!(difference(&[1.001, 1.001], &[1.0, 1.0], 2, LOGITS), 0.0);
        let sigmoids = OutputKind::Probabilities;
        assert_eq!(difference(&[1.001, 1.001], &[1.0, 1.0], 2, sigmoids), f32::INFINITY);
        // Logarithms of nothing are not compared, others are.
        let logs = OutputKind::LogProbabilities;
        assert_eq!(difference(&[-90.0, -1.0], &[f32::NEG_INFINITY, -1.0], 2, logs), 0.0);
        assert!(difference(&[-90.0, -1.0, -2.0], &[-95.0, -1.0, -3.0], 3, logs) > SAME_FUNCTION);
    }

    #[test]
    fn a_network_whose_rounding_decides_is_to_blame_itself() {
        // Hidden units that all say ½, and last weights that cancel in pairs but for what is left.
        let network = |left: f32| {
            let bytes = include_bytes!("../../models/fc100-100-10.onnx");
            let mut network = load(bytes, &LoadOptions::default()).expect("it loads");
            for weight in &mut network.weights {
                let last = weight.data.len() == 1000;
                for (place, value) in Arc::make_mut(&mut weight.data).iter_mut().enumerate() {
                    let (unit, class) = (place / 10, place % 10);
                    let size = 1.0 + (unit / 2 * 37 % 101) as f32 / 101.0;
                    let sign = if unit % 2 == 0 { 1.0 } else { -1.0 };
                    *value = if last { sign * size + left * class as f32 } else { 0.0 };
                }
            }
            network
        };
        let unfaithful = |difference| ImportError::Unfaithful { difference };
        let found = blamed(unfaithful(0.01), &network(1e-7));
        assert!(matches!(found, ImportError::Imprecise { .. }), "{found}");
        // The control: where something is left that rounding does not decide, and of a defect.
        let found = blamed(unfaithful(0.01), &network(1.0));
        assert!(matches!(found, ImportError::Unfaithful { .. }), "{found}");
    }

    #[test]
    fn networks_that_round_are_compared_without_their_rounding() {
        let bytes = include_bytes!("../../tests/fixtures/graphs/eight-bits-joined.onnx");
        let prepared = prepare(bytes, &|_| None, None).expect("a graph");
        let model = prepared.typed(0).expect("it is typed").model;
        let network = load(bytes, &LoadOptions::default()).expect("it loads");
        let transform = InputTransform::default();
        let probes = Probes { reading: &prepared.reading, transform: &transform };
        // Steps apart, as an unlucky order of summation may be.
        let smooth = unrounded(&network);
        assert!(!smooth.straight_through());
        let compared = probes.compare(&model, &smooth);
        assert!(
            matches!(compared, Err(ImportError::Unfaithful { difference }) if difference < STEPS)
        );
        // All but the first: something is left to round.
        let mut moved = smooth.clone();
        let mut both = moved.nodes.iter_mut().zip(&network.nodes);
        let (node, of) = both.find(|(a, b)| a.op != b.op).expect("it rounds");
        node.op = of.op.clone();
        assert!(moved.straight_through() && probes.compare(&model, &moved).is_err());
        assert!(probes.agree(&model, &moved).is_ok());
        // Another network is not.
        let kernel = Arc::make_mut(&mut moved.weights[0].data);
        kernel.iter_mut().for_each(|w| *w *= 1.05);
        assert!(probes.agree(&model, &moved).is_err());
    }

    #[test]
    fn probes_are_different_images_in_the_box() {
        let all = probes(64, 5);
        assert_eq!(all.len(), 5 * 64);
        assert_ne!(all[..64], all[4 * 64..]);
        assert!(all.iter().all(|v| (0.0..=1.0).contains(v)));
        let mean = |image: &[f32]| image.iter().sum::<f32>() / 64.0;
        let means: Vec<f32> = all.chunks(64).map(mean).collect();
        assert!(means[1] == 0.5 && means[2] < 0.1 && means[3] > 0.9, "{means:?}");
    }
}
