//! How fast an executor is: the measurement behind *Auto*.

use super::{Evaluation, ExecError, Executor, Goal};
use crate::clock;

/// Most lanes of the batch that is timed: one image, with other classes as targets.
const LANES: usize = 9;
/// Batches that are timed; the fastest counts.
const REPEATS: usize = 3;

/// Milliseconds of one batch of up to nine lanes: values, logits and input gradients, read back.
///
/// A first batch, which is not timed, makes buffers and pipelines.
///
/// # Errors
/// As [`Executor::evaluate`].
pub async fn milliseconds(executor: &mut Executor) -> Result<f64, ExecError> {
    let network = executor.network();
    let lanes = LANES.min(network.classes() - 1);
    let images: Vec<f32> =
        (0..lanes * network.pixels()).map(|i| (i % 256) as f32 / 255.0).collect();
    let goals: Vec<Goal> = (0..lanes).map(Goal::CrossEntropy).collect();
    let mut out = Evaluation::default();
    executor.evaluate(&images, &goals, &mut out).await?;
    let mut fastest = f64::INFINITY;
    for _ in 0..REPEATS {
        let start = clock::milliseconds();
        executor.evaluate(&images, &goals, &mut out).await?;
        fastest = fastest.min(clock::milliseconds() - start);
    }
    Ok(fastest)
}
