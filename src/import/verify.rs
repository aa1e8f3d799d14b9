//! A translated network must say what tract says, or it is not handed out.

use std::sync::Arc;

use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::TractErrorContext as _;

use super::ImportError;
use super::image::Reading;
use super::lower::malformed;
use crate::exec::CpuExecutor;
use crate::exec::loss::probabilities;
use crate::model::{ImageShape, InputTransform, Network, OutputKind};

/// Two forward passes in f32 with different orders of summation, relative to the largest output.
const SAME_FUNCTION: f32 = 2e-3;

/// How images that people see become what the file is given.
pub(super) struct Probes<'a> {
    pub(super) reading: &'a Reading,
    pub(super) transform: &'a InputTransform,
}

impl Probes<'_> {
    /// Runs both on a probe image and compares the outputs.
    pub(super) fn verify(&self, model: &TypedModel, network: &Network) -> Result<(), ImportError> {
        let probe = images(1, network.pixels());
        let theirs = self.reference(model, &probe)?.map_err(malformed)?;
        let difference = difference(&answers(network, &probe), &theirs, network.output);
        if difference <= SAME_FUNCTION {
            Ok(())
        } else {
            Err(ImportError::Unfaithful { difference })
        }
    }

    /// Runs several images through tract at once and through the network one by one.
    pub(super) fn verify_batch(
        &self,
        model: &TypedModel,
        network: &Network,
    ) -> Result<(), ImportError> {
        let count = model.input_fact(0).map_err(malformed)?.shape.as_concrete().map_or(1, |s| s[0]);
        let probes = images(count, network.pixels());
        // A file that runs for one image but not for several is good for one.
        let Ok(theirs) = self.reference(model, &probes)? else { return Ok(()) };
        let same = difference(&answers(network, &probes), &theirs, network.output) <= SAME_FUNCTION;
        if same { Ok(()) } else { Err(ImportError::MixesBatch) }
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

/// Different sparse images of numbers from 0 to 1.
fn images(count: usize, pixels: usize) -> Vec<f32> {
    (0..(count * pixels) as u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 16) as f32 / 65_536.0)
        .map(|v| if v < 0.6 { 0.0 } else { v })
        .collect()
}

/// The network's answers in the form that its file gives them.
fn answers(network: &Network, images: &[f32]) -> Vec<f32> {
    let logits = CpuExecutor::new(Arc::new(network.clone())).logits(images);
    let classes = network.classes();
    match network.output {
        OutputKind::Logits => logits,
        OutputKind::Probabilities => logits.chunks_exact(classes).flat_map(probabilities).collect(),
        OutputKind::LogProbabilities => {
            logits.chunks_exact(classes).flat_map(probabilities).map(f32::ln).collect()
        }
    }
}

/// Largest difference, relative to the largest number; infinite for NaN or another count.
fn difference(ours: &[f32], theirs: &[f32], output: OutputKind) -> f32 {
    if ours.len() != theirs.len() {
        return f32::INFINITY;
    }
    // Far below what f32 resolves in a probability, logarithms differ.
    const RESOLVED: f32 = -60.0;
    let scale = theirs.iter().filter(|v| v.is_finite()).fold(1.0f32, |m, v| m.max(v.abs()));
    ours.iter()
        .zip(theirs)
        .filter(|(_, b)| output != OutputKind::LogProbabilities || **b > RESOLVED)
        .map(|(a, b)| (a - b).abs() / scale)
        .fold(0.0f32, |m, d| if d.is_nan() { f32::INFINITY } else { m.max(d) })
}

fn run(model: &TypedModel, input: &[f32]) -> TractResult<Vec<f32>> {
    let fact = model.input_fact(0)?;
    let shape = fact.shape.as_concrete().context("the input's shape is not fixed")?;
    let image = Tensor::from_shape(shape, input)?.cast_to_dt(fact.datum_type)?.into_owned();
    let output = model.clone().into_runnable()?.run(tvec![image.into_tvalue()])?.remove(0);
    let floats = output.cast_to::<f32>()?;
    let values = floats.to_plain_array_view::<f32>()?.iter().copied().collect();
    Ok(values)
}
