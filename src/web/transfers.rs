//! Requests for transfer over many digits: flat arrays in, flat arrays out.

use std::cell::RefCell;
use std::rc::Rc;

use super::engine::{Page, failure, with};
use super::messages::{Bytes, ExamplesReport, ExamplesRequest, Failure, LabelsReport, Pixels};
use super::models::Models;
use crate::attack::{self, Options, Recipe};
use crate::digit::idx::Digits;
use crate::exec::loss::predicted;
use crate::model::{CLASSES, PIXELS};
use crate::study::transfer;

/// Fools a model with many digits at once.
pub(super) async fn examples(
    models: &Rc<RefCell<Models>>,
    request: ExamplesRequest,
    page: &mut Page,
) -> Result<ExamplesReport, Failure> {
    let digits = Digits { images: request.images.0, labels: request.labels.0 };
    if digits.images.len() != PIXELS * digits.labels.len() {
        let (labels, images) = (digits.labels.len(), digits.images.len() / PIXELS);
        let message = format!("{labels} labels do not belong to {images} images");
        return Err(failure("wrong-length", message));
    }
    let problems = transfer::problems(&digits);
    let options = Options { seed: request.seed.map(u64::from), ..Options::default() };
    let recipe = Recipe { method: request.method.unwrap_or_default().into(), options };
    let reports = with(models, request.model, async |loaded| {
        Ok(attack::attack(&mut loaded.executor, &problems, recipe, page).await?)
    })
    .await?;
    if page.is_cancelled() {
        return Err(failure("aborted", "the attack was cancelled"));
    }
    let fooled = reports.iter().map(|report| u8::from(report.success)).collect();
    Ok(ExamplesReport {
        images: Pixels(transfer::examples(&digits, &reports)),
        fooled: Bytes(fooled),
    })
}

/// The classes that models read.
pub(super) async fn labels(
    models: &Rc<RefCell<Models>>,
    wanted: &[u32],
    images: &[f32],
) -> Result<LabelsReport, Failure> {
    let mut labels = Vec::with_capacity(wanted.len() * images.len() / PIXELS);
    for id in wanted {
        let logits = with(models, *id, async |loaded| Ok(loaded.executor.logits(images).await?));
        for logits in logits.await?.chunks_exact(CLASSES) {
            let label = predicted(logits)
                .ok_or_else(|| failure("not-a-number", format!("model {id} answers with NaN")))?;
            labels.push(label as u8);
        }
    }
    Ok(LabelsReport { labels: Bytes(labels) })
}
