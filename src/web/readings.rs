//! Requests that read images: classes, probabilities, gradients. Many images are read in pieces: the
//! page hears how far that is, and may cancel.

use std::ops::Range;

use super::access::with;
use super::failure::{aborted, failure};
use super::messages::{BackendKind, Classes, Failure, LabelsReport, Pixels, Reading, Response};
use super::models::{Loaded, Shared};
use super::page::Page;
use crate::attack::{AttackError, Observer as _, Progress};
use crate::code::Code;
use crate::exec::loss::predicted;
use crate::exec::{Evaluation, Goal};
use crate::study::pace::{self, Pace};

/// Images of the first piece whose gradients are worked out, which is done with batches: on a device with
/// large ones, as every piece waits for its answer to come back.
const BATCH: usize = 256;
const DEVICE_BATCH: usize = 4096;

/// Reads images with several models.
pub(super) async fn classify_all(
    models: &Shared,
    ids: &[u32],
    images: &[f32],
    page: &mut Page,
) -> Result<Response, Failure> {
    let mut readings = Vec::with_capacity(ids.len());
    for (index, id) in ids.iter().enumerate() {
        page.part = (index, ids.len());
        readings.push(classify(models, *id, images, page).await?);
    }
    Ok(Response::Readings { readings })
}

/// Reads images with one model.
pub(super) async fn classify(
    models: &Shared,
    id: u32,
    images: &[f32],
    page: &mut Page,
) -> Result<Vec<Reading>, Failure> {
    with(models, id, async |model| {
        let logits = logits(model, images, page).await?;
        let backend = model.backend();
        let read = |logits: &[f32]| {
            Ok(Reading {
                label: label(model, logits)? as u32,
                probabilities: model.network.output.probabilities(logits),
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
    page: &mut Page,
) -> Result<(Vec<usize>, BackendKind), Failure> {
    with(models, id, async |model| {
        let logits = logits(model, images, page).await?;
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
    page: &mut Page,
) -> Result<LabelsReport, Failure> {
    let (mut labels, mut backends) = (Vec::new(), Vec::new());
    for (index, id) in ids.iter().enumerate() {
        page.part = (index, ids.len());
        let (read, backend) = classes(models, *id, images, page).await?;
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
    page: &mut Page,
) -> Result<Response, Failure> {
    with(models, id, async |model| {
        let labels = || labels.iter().map(|label| *label as usize);
        let classes = model.network.classes();
        if let Some(class) = labels().find(|class| *class >= classes) {
            return Err(AttackError::NoSuchClass { class, classes }.into());
        }
        let goals: Vec<Goal> = labels().map(Goal::CrossEntropy).collect();
        if goals.len() * model.network.pixels() != images.len() {
            // Not one label an image: the executor says what is wrong.
            model.executor.evaluate(images, &goals, &mut Evaluation::default()).await?;
        }
        let first = match model.backend() {
            BackendKind::Cpu => BATCH,
            BackendKind::Webgpu => DEVICE_BATCH,
        };
        let mut gradient = Vec::new();
        in_pieces(model, images, first, page, async |model, piece, which| {
            let mut evaluation = Evaluation::default();
            model.executor.evaluate(piece, &goals[which], &mut evaluation).await?;
            joined(&mut gradient, evaluation.gradients);
            Ok(())
        })
        .await?;
        Ok(Response::Gradient { gradient: Pixels(gradient), backend: model.backend() })
    })
    .await
}

/// Logits `[n, classes]` of images `[n, pixels]`.
async fn logits(model: &mut Loaded, images: &[f32], page: &mut Page) -> Result<Vec<f32>, Failure> {
    let mut logits = Vec::new();
    in_pieces(model, images, pace::FIRST, page, async |model, piece, _| {
        joined(&mut logits, model.executor.logits(piece).await?);
        Ok(())
    })
    .await?;
    Ok(logits)
}

/// Hands images `[n, pixels]` on in pieces, the first of `first` images, with the numbers of its images.
async fn in_pieces(
    model: &mut Loaded,
    images: &[f32],
    first: usize,
    page: &mut Page,
    mut read: impl AsyncFnMut(&mut Loaded, &[f32], Range<usize>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    model.executor.check_images(images)?;
    let pixels = model.network.pixels();
    let count = images.len() / pixels;
    // What is over at once needs no word on the way.
    let is_long = count * page.part.1 > pace::FIRST;
    let (mut done, mut pace) = (0, Pace::new(first));
    while done < count {
        let which = done..done + pace.begin(count - done);
        done = which.end;
        read(model, &images[which.start * pixels..done * pixels], which).await?;
        pace.end();
        if is_long {
            let fraction = done as f32 / count as f32;
            page.progress(Progress { fraction, evaluations: 0, best: None });
        }
        if page.pause().await {
            return Err(aborted("the reading"));
        }
    }
    Ok(())
}

/// Adds to a list; the first addition is taken as it is.
fn joined(all: &mut Vec<f32>, more: Vec<f32>) {
    match all.is_empty() {
        true => *all = more,
        false => all.extend(more),
    }
}

fn label(model: &Loaded, logits: &[f32]) -> Result<usize, Failure> {
    predicted(logits).ok_or_else(|| {
        failure(Code::NotANumber, format!("{} answers with NaN or infinity", model.name))
    })
}
