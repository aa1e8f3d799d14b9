//! How fast an executor is: the measurement behind *Auto*.

use super::{Evaluation, ExecError, Executor, Goal};
use crate::clock;
use crate::model::{CLASSES, PIXELS};

/// Lanes of the batch that is timed: one digit, all other classes as targets.
const LANES: usize = CLASSES - 1;
/// Batches that are timed; the fastest counts.
const REPEATS: usize = 3;

/// Milliseconds of one batch of nine lanes: values, logits and input gradients, read back.
///
/// A first batch, which is not timed, makes buffers and pipelines.
///
/// # Errors
/// As [`Executor::evaluate`].
pub async fn milliseconds(executor: &mut Executor) -> Result<f64, ExecError> {
    let images: Vec<f32> = (0..LANES * PIXELS).map(|i| (i % 256) as f32 / 255.0).collect();
    let goals: Vec<Goal> = (0..LANES).map(Goal::cross_entropy).collect();
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
