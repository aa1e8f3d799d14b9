//! What becomes of a variant: right, refused by name, or wrong.

use std::sync::Arc;

use blindspots::exec::{CpuExecutor, Evaluation, Goal, GpuContext, GpuExecutor};
use blindspots::import::{self, ImportError, InputTransform, LoadOptions};
use blindspots::model::{Network, Node};
use blindspots::ops::{Op, UnaryKind};

use crate::support::compare::{Tolerance, compare, wide};
use crate::support::reference;
use crate::variants::{AROUND, Variant};

/// What the `onnx` package allows (some tests hold four digits), and what WGSL's functions are good to.
const ANSWERS: Tolerance =
    Tolerance { name: "answers", absolute: 4e-6, relative: 1e-3, of_largest: 1e-6 };
/// Half precision has eleven bits.
const COARSE: Tolerance =
    Tolerance { name: "coarse", absolute: 1e-3, relative: 4e-3, of_largest: 2e-3 };
/// Gradients in single precision against differences in double precision.
const GRADIENTS: Tolerance =
    Tolerance { name: "gradients", absolute: 1e-5, relative: 2e-3, of_largest: 1e-3 };
/// Elements of the image whose gradient is compared, and of the output.
const MOVED: usize = 24;
const ASKED: usize = 3;
/// Most classes that are read on the device: where a device is emulated on the processor (llvmpipe),
/// loops end after 65,535 turns.
const TURNS: usize = 65_535;

/// How a variant ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// Everything that could be compared agrees.
    Passed(Proof),
    /// An error names the operation.
    Refused(String),
    /// Other numbers than the standard's, or an error that names nothing.
    Failed(String),
    /// The test is of something that no network of numbers has.
    Outside,
}

/// What was compared.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Proof {
    /// Elements of gradients.
    pub(crate) slopes: usize,
    /// Whether the device agreed.
    pub(crate) device: bool,
    /// Whether another image was told apart.
    pub(crate) noticed: bool,
}

/// The network of a variant, and the image in it.
///
/// Loading tries images from 0 to 1; where that is outside what the operation is defined for, the
/// test's own range is what they are scaled to.
fn load(variant: &Variant) -> Result<(Network, Vec<f32>), ImportError> {
    let image = Some(variant.shape);
    let options = LoadOptions { image, transform: None, invert: false, samples: None };
    let first = match import::load(&variant.bytes, &options) {
        Ok(network) => return Ok((network, variant.image.clone())),
        Err(error) => error,
    };
    let (low, high) =
        variant.image.iter().fold((f32::MAX, f32::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
    let range = high - low;
    if first.code() == "unsupported-op" || !range.is_finite() || range == 0.0 {
        return Err(first);
    }
    let transform = InputTransform::normalised(&[-low / range], &[1.0 / range])?;
    match import::load(&variant.bytes, &LoadOptions { transform: Some(transform), ..options }) {
        Ok(network) => Ok((network, variant.image.iter().map(|v| (v - low) / range).collect())),
        Err(_) => Err(first),
    }
}

/// Judges a variant of a test of these operations.
pub(crate) fn judge(
    variant: &Variant,
    operations: &[&str],
    device: Option<&Arc<GpuContext>>,
) -> Outcome {
    // What a network answers is numbers.
    if variant.expected.iter().any(|v| !v.is_finite()) {
        return Outcome::Outside;
    }
    let (network, image) = match load(variant) {
        Ok(loaded) => loaded,
        Err(error) => return refused(&error, operations),
    };
    let network = Arc::new(network);
    match agrees(variant, &network, &image, device) {
        Ok(proof) => Outcome::Passed(proof),
        Err(text) => Outcome::Failed(text),
    }
}

/// Whether an error is one that names an operation of the file.
pub(crate) fn refused(error: &ImportError, operations: &[&str]) -> Outcome {
    let text = error.to_string();
    let named = operations.iter().chain(&AROUND).any(|op| text.contains(op));
    match error.code().name() {
        "unsupported-op" | "not-finite-weights" if named => Outcome::Refused(text),
        _ => Outcome::Failed(format!("{}: {text}", error.code())),
    }
}

fn agrees(
    variant: &Variant,
    network: &Arc<Network>,
    image: &[f32],
    device: Option<&Arc<GpuContext>>,
) -> Result<Proof, String> {
    let (tolerance, right) = (if variant.coarse { COARSE } else { ANSWERS }, &variant.expected);
    // What follows the output is the image as the network sees it.
    let outputs = right.len() - image.len();
    let goals = goals(outputs, right.len());
    let images = image.repeat(goals.len());
    let mut result = Evaluation::default();
    CpuExecutor::new(network.clone()).evaluate(&images, &goals, &mut result);
    same(&result.logits[..outputs], &right[..outputs], tolerance)?;
    let mut proof = Proof { slopes: slopes(network, image, &goals, &result)?, ..Proof::default() };
    // Neither a multiple of the image nor the image moved, which a normalisation takes for the same.
    let moved = |(i, v): (usize, &f32)| 0.8 * v + 0.07 * (1 + i * 7 % 5) as f32;
    let other: Vec<f32> = image.iter().enumerate().map(moved).collect();
    let logits = CpuExecutor::new(network.clone()).logits(&other);
    proof.noticed = same(&logits[..outputs], &right[..outputs], tolerance).is_err();
    if let Some(context) = device.filter(|_| right.len() <= TURNS) {
        let mut executor = GpuExecutor::new(context.clone(), network.clone())
            .map_err(|e| format!("on the device: {e}"))?;
        let mut theirs = Evaluation::default();
        pollster::block_on(executor.evaluate(&images, &goals, &mut theirs))
            .map_err(|e| format!("on the device: {e}"))?;
        same(&theirs.logits[..outputs], &right[..outputs], tolerance)
            .map_err(|e| format!("on the device: {e}"))?;
        let largest = result.gradients.iter().fold(0.0f32, |m, v| m.max(v.abs()));
        if largest.is_finite() && largest > 0.0 {
            compare(&wide(&theirs.gradients), &wide(&result.gradients), GRADIENTS)
                .map_err(|e| format!("gradient on the device: {e}"))?;
        }
        proof.device = true;
    }
    Ok(proof)
}

/// The difference of an output and the last pixel, for outputs spread over all.
fn goals(outputs: usize, classes: usize) -> Vec<Goal> {
    let count = ASKED.min(outputs);
    (0..count).map(|k| Goal::Margin(k * outputs / count, classes - 1)).collect()
}

/// Compares an output with the standard's.
fn same(ours: &[f32], right: &[f32], tolerance: Tolerance) -> Result<(), String> {
    compare(&wide(ours), &wide(right), tolerance)
}

/// Compares gradients with differences of the network in double precision; says how many there were.
///
/// Left out are places where the differences to both sides are not the same: a kink or a jump.
fn slopes(
    network: &Network,
    image: &[f32],
    goals: &[Goal],
    result: &Evaluation,
) -> Result<usize, String> {
    // A rounding's gradient is not that of its values.
    let rounds = |node: &Node| matches!(&node.op, Op::Unary(op) if op.kind == UnaryKind::Round);
    if network.nodes.iter().any(rounds) {
        return Ok(0);
    }
    let mut compared = 0;
    let pixels = image.len();
    let mut moved: Vec<f64> = wide(image);
    let largest = wide(&result.logits).into_iter().fold(0.0, |m: f64, v| m.max(v.abs()));
    for (lane, goal) in goals.iter().enumerate() {
        let mut pairs = (Vec::new(), Vec::new());
        let count = MOVED.min(pixels);
        for k in 0..count {
            let pixel = k * pixels / count;
            let step = 1e-5 * moved[pixel].abs().max(0.1);
            // What rounding the logits does to a difference of them.
            let rounding = f64::EPSILON * largest / step;
            let mut at = |by: f64| {
                let before = moved[pixel];
                moved[pixel] += by;
                let logits = reference::forward(network, &moved).pop().expect("logits");
                moved[pixel] = before;
                reference::goal(goal, &logits).0
            };
            let (below, here, above) = (at(-step), at(0.0), at(step));
            let (left, right) = ((here - below) / step, (above - here) / step);
            let size = left.abs().max(right.abs());
            let certain = rounding <= 1e-4 * size + 1e-7 && size < 1e12;
            if certain && (left - right).abs() <= 1e-3 * size + 1e-6 {
                pairs.0.push(f64::from(result.gradients[lane * pixels + pixel]));
                pairs.1.push((above - below) / (2.0 * step));
            }
        }
        compared += pairs.1.len();
        if !pairs.1.is_empty() {
            compare(&pairs.0, &pairs.1, GRADIENTS).map_err(|e| format!("gradient: {e}"))?;
        }
    }
    Ok(compared)
}
