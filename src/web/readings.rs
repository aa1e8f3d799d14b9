//! Requests that read images: classes, probabilities, gradients.

use super::access::with;
use super::failure::failure;
use super::messages::{BackendKind, Classes, Failure, LabelsReport, Pixels, Reading, Response};
use super::models::{Loaded, Shared};
use crate::attack::AttackError;
use crate::code::Code;
use crate::exec::loss::{predicted, probabilities};
use crate::exec::{Evaluation, Goal};

/// Reads images with several models.
pub(super) async fn classify_all(
    models: &Shared,
    ids: &[u32],
    images: &[f32],
) -> Result<Response, Failure> {
    let mut readings = Vec::with_capacity(ids.len());
    for id in ids {
        readings.push(classify(models, *id, images).await?);
    }
    Ok(Response::Readings { readings })
}

/// Reads images with one model.
pub(super) async fn classify(
    models: &Shared,
    id: u32,
    images: &[f32],
) -> Result<Vec<Reading>, Failure> {
    with(models, id, async |model| {
        let logits = model.executor.logits(images).await?;
        let backend = model.backend();
        let read = |logits: &[f32]| {
            Ok(Reading {
                label: label(model, logits)? as u32,
                probabilities: probabilities(logits),
                logits: logits.to_vec(),
                backend,
            })
        };
        logits.chunks_exact(model.network.classes()).map(read).collect()
    })
    .await
}

/// The class of each image, and which backend found them.
pub(super) async fn classes(
    models: &Shared,
    id: u32,
    images: &[f32],
) -> Result<(Vec<usize>, BackendKind), Failure> {
    with(models, id, async |model| {
        let logits = model.executor.logits(images).await?;
        let each = logits.chunks_exact(model.network.classes());
        let read: Vec<usize> = each.map(|logits| label(model, logits)).collect::<Result<_, _>>()?;
        Ok((read, model.backend()))
    })
    .await
}

/// The classes that models read, `[models, n]`.
pub(super) async fn labels(
    models: &Shared,
    ids: &[u32],
    images: &[f32],
) -> Result<LabelsReport, Failure> {
    let (mut labels, mut backends) = (Vec::new(), Vec::new());
    for id in ids {
        let (read, backend) = classes(models, *id, images).await?;
        labels.extend(read);
        backends.push(backend);
    }
    Ok(LabelsReport { labels: numbers(&labels), backend: BackendKind::of(backends) })
}

/// Classes as they travel.
pub(super) fn numbers(classes: &[usize]) -> Classes {
    Classes(classes.iter().map(|class| *class as u16).collect())
}

/// ∂ cross-entropy / ∂ image.
pub(super) async fn gradient(
    models: &Shared,
    id: u32,
    images: &[f32],
    labels: &[u32],
) -> Result<Response, Failure> {
    with(models, id, async |model| {
        let labels = || labels.iter().map(|label| *label as usize);
        let classes = model.network.classes();
        if let Some(class) = labels().find(|class| *class >= classes) {
            return Err(AttackError::NoSuchClass { class, classes }.into());
        }
        let goals: Vec<Goal> = labels().map(Goal::CrossEntropy).collect();
        let mut evaluation = Evaluation::default();
        model.executor.evaluate(images, &goals, &mut evaluation).await?;
        Ok(Response::Gradient { gradient: Pixels(evaluation.gradients), backend: model.backend() })
    })
    .await
}

fn label(model: &Loaded, logits: &[f32]) -> Result<usize, Failure> {
    predicted(logits)
        .ok_or_else(|| failure(Code::NotANumber, format!("{} answers with NaN", model.name)))
}
