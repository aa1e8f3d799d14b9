//! A translated network must say what tract says, or it is not handed out.

use tract_onnx::prelude::*;

use super::lower::malformed;
use super::{INPUT, ImportError, OUTPUT};
use crate::exec::CpuExecutor;
use crate::exec::loss::probabilities;
use crate::model::{Network, OutputKind};

/// Two forward passes in f32 with different orders of summation, relative to the largest output.
const SAME_FUNCTION: f32 = 2e-3;

/// Runs both on a probe image and compares the outputs.
pub(super) fn verify(model: &TypedModel, network: &Network) -> Result<(), ImportError> {
    let probe: Vec<f32> = (0..INPUT as u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 16) as f32 / 65_536.0)
        .map(|v| if v < 0.6 { 0.0 } else { v })
        .collect();
    let logits = CpuExecutor::new(std::sync::Arc::new(network.clone())).logits(&probe);
    let ours = match network.output {
        OutputKind::Logits => logits,
        OutputKind::Probabilities => probabilities(&logits),
        OutputKind::LogProbabilities => probabilities(&logits).iter().map(|p| p.ln()).collect(),
    };
    let theirs = reference(model, &probe).map_err(malformed)?;
    let scale = theirs.iter().filter(|v| v.is_finite()).fold(1.0f32, |m, v| m.max(v.abs()));
    let difference = ours
        .iter()
        .zip(&theirs)
        // Far below what f32 resolves in a probability, logarithms differ.
        .filter(|(_, b)| network.output != OutputKind::LogProbabilities || **b > -60.0)
        .map(|(a, b)| (a - b).abs() / scale)
        .fold(0.0f32, |m, d| if d.is_nan() { f32::INFINITY } else { m.max(d) });
    if theirs.len() == OUTPUT && difference <= SAME_FUNCTION {
        Ok(())
    } else {
        Err(ImportError::Unfaithful { difference })
    }
}

fn reference(model: &TypedModel, probe: &[f32]) -> TractResult<Vec<f32>> {
    let fact = model.input_fact(0)?;
    let shape: Vec<usize> = fact.shape.as_concrete().unwrap_or(&[1, INPUT]).to_vec();
    let image = Tensor::from_shape(&shape, probe)?.cast_to_dt(fact.datum_type)?.into_owned();
    let output = model.clone().into_runnable()?.run(tvec![image.into_tvalue()])?.remove(0);
    let floats = output.cast_to::<f32>()?;
    let values = floats.to_plain_array_view::<f32>()?.iter().copied().collect();
    Ok(values)
}
