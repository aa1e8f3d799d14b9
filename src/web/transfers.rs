//! Requests about transfer: what is made for one network, shown to others.
//! How it is made and counted is `study/transfer.rs`'s.

use std::cell::RefCell;

use super::access::with;
use super::attacks::{label_of, solve};
use super::failure::failure;
use super::messages::{
    BackendKind, Bytes, CompareReport, CompareRequest, Compared, ExamplesReport, ExamplesRequest,
    Failure, Pixels, Reading, ShowReport, ShowRequest, TransferReport, TransferRequest,
    TransferRow,
};
use super::models::Shared;
use super::page::Page;
use super::readings::{classes, classify, numbers};
use super::sets::DataSets;
use crate::attack::distance::{enlarged, magnified};
use crate::attack::{self, AttackError, Distance, Options, Problem, Recipe, Setting};
use crate::code::Code;
use crate::count::counted;
use crate::study::transfer::{self, Tally, control, fooled};

/// Fools every model and shows the results, and noise of the same size, to all.
pub(super) async fn transfer(
    models: &Shared,
    request: TransferRequest,
    page: &mut Page,
) -> Result<TransferReport, Failure> {
    let (attempt, distortion) = (&request.attempt, request.attempt.distortion);
    distortion.map_or(Ok(()), attack::check_distortion)?;
    let image = &attempt.image.0;
    let label = label_of(attempt, models, &request.models, page).await?;
    let mut recipe = attempt.recipe();
    if !recipe.method.settings().contains(&Setting::Distortion) {
        // Here it is what the results are magnified to.
        recipe.options.distortion = None;
    }
    let mut shown: Vec<(Option<u32>, Option<Vec<f32>>)> = Vec::new();
    let mut backends = Vec::new();
    for (index, model) in request.models.iter().enumerate() {
        page.part = (index, request.models.len());
        let problem = Problem { image: image.clone(), label, target: None };
        let solved = solve(models, &[*model], problem, &[], recipe, page).await?;
        backends.push(solved.backend);
        let made = solved
            .report
            .image
            .map(|x| distortion.map_or(x.clone(), |to| magnified(image, &x, to)));
        shown.push((Some(*model), made));
        page.still_waits("the transfer")?;
    }
    let seed = u64::from(attempt.seed.unwrap_or(0));
    for row in 0..shown.len() {
        let noise = shown[row].1.as_ref().map(|x| control(image, x, seed + row as u64));
        shown.push((None, noise));
    }
    let mut rows = Vec::with_capacity(shown.len());
    for (source, made) in shown {
        let mut labels = Vec::with_capacity(request.models.len());
        for model in &request.models {
            let shown = made.as_ref().unwrap_or(image);
            let (read, backend) = classes(models, *model, shown, page).await?;
            labels.extend(read);
            backends.push(backend);
        }
        let distortion = |x: &Vec<f32>| Distance::between(image, x).distortion;
        rows.push(TransferRow {
            source,
            distortion: made.as_ref().map_or(0.0, distortion),
            errors: labels.iter().map(|read| *read != label).collect(),
            labels: labels.into_iter().map(|read| read as u32).collect(),
            image: made.map(Pixels),
        });
    }
    let backend = BackendKind::of(backends);
    Ok(TransferReport { models: request.models, label: label as u32, rows, backend })
}

/// Fools a model with many images at once.
pub(super) async fn examples(
    models: &Shared,
    sets: &RefCell<DataSets>,
    request: ExamplesRequest,
    page: &mut Page,
) -> Result<ExamplesReport, Failure> {
    let set = sets.borrow().get(request.set)?;
    let pixels = pixels(models, request.model).await?;
    let (images, labels) = set.part(request.first, request.count, pixels)?;
    let labels = classes_of(labels);
    let options = Options { seed: request.seed.map(u64::from), ..Options::default() };
    let recipe = Recipe { method: request.method.unwrap_or_default(), options };
    let ((examples, reports), backend) = with(models, request.model, async |model| {
        let made = transfer::make(&mut model.executor, images, &labels, recipe, page).await?;
        Ok((made, model.backend()))
    })
    .await?;
    page.still_waits("the attack")?;
    let fooled = reports.iter().map(|report| u8::from(report.success)).collect();
    Ok(ExamplesReport { images: Pixels(examples), fooled: Bytes(fooled), backend })
}

/// Shows examples of images, or noise, to models and counts who misreads them.
pub(super) async fn show(
    models: &Shared,
    sets: &RefCell<DataSets>,
    request: ShowRequest,
    page: &mut Page,
) -> Result<ShowReport, Failure> {
    let ShowRequest { models: ids, set, first, count, examples, distortion, seed } = request;
    let set = sets.borrow().get(set)?;
    let reader = ids.first().ok_or_else(|| failure(Code::NoNetwork, "there is no network"))?;
    let pixels = pixels(models, *reader).await?;
    let (originals, labels) = set.part(first, count, pixels)?;
    distortion.map_or(Ok(()), attack::check_distortion)?;
    let seed = u64::from(seed.unwrap_or(0));
    let shown = match (examples, distortion) {
        (None, None) => originals.to_vec(),
        (None, Some(to)) => {
            let noisy = |x| attack::noise::gaussian(x, to, seed);
            originals.chunks_exact(pixels).flat_map(noisy).collect()
        }
        (Some(examples), to) => {
            check_examples(pixels, examples.0.len(), labels.len())?;
            match to {
                None => examples.0,
                Some(to) => originals
                    .chunks_exact(pixels)
                    .zip(examples.0.chunks_exact(pixels))
                    .flat_map(|(x, example)| magnified(x, example, to))
                    .collect(),
            }
        }
    };
    let (mut read, mut all) = (Vec::with_capacity(ids.len()), Vec::new());
    let mut backends = Vec::with_capacity(ids.len());
    for (index, id) in ids.iter().enumerate() {
        page.part = (index, ids.len());
        let (classes, backend) = classes(models, *id, &shown, page).await?;
        backends.push(backend);
        read.push(classes.iter().copied().map(Some).collect());
        all.extend(classes);
    }
    let tally = Tally::of(pixels, originals, &shown, &classes_of(labels), &read);
    Ok(ShowReport {
        images: Pixels(shown),
        count: tally.digits as u32,
        distortion: tally.distortion,
        wrong: tally.wrong.iter().map(|wrong| *wrong as u32).collect(),
        labels: numbers(&all),
        backend: BackendKind::of(backends),
    })
}

/// Shows an image, its enlarged example, and noise as strong, to models.
pub(super) async fn compare(
    models: &Shared,
    request: CompareRequest,
    page: &mut Page,
) -> Result<CompareReport, Failure> {
    let CompareRequest { models: ids, image, label, example, factor, seed } = request;
    let image = image.0;
    if example.0.len() != image.len() {
        let message =
            format!("the example has {} pixels, the original {}", example.0.len(), image.len());
        return Err(failure(Code::WrongLength, message));
    }
    let example = match factor {
        // Not even the last digit may change.
        None | Some(1.0) => example.0,
        Some(factor) => enlarged(&image, &example.0, factor),
    };
    let noise = control(&image, &example, u64::from(seed.unwrap_or(0)));
    let distortion = Distance::between(&image, &example).distortion;
    let shown = [&image[..], &example, &noise].concat();
    let mut compared = Vec::with_capacity(ids.len());
    page.part.1 = ids.len();
    for (index, id) in ids.into_iter().enumerate() {
        page.part.0 = index;
        let readings = classify(models, id, &shown, page).await?;
        let three = <[Reading; 3]>::try_from(readings);
        let [original, example, noise] = three.map_err(|readings| {
            let read = counted(readings.len(), "image");
            let message = format!("three images are asked for, model {id} reads {read}");
            failure(Code::WrongLength, message)
        })?;
        let (class, classes) = (label as usize, original.logits.len());
        if class >= classes {
            return Err(AttackError::NoSuchClass { class, classes }.into());
        }
        compared.push(Compared {
            already: original.label != label,
            fooled: fooled(label, original.label, example.label),
            fooled_by_noise: fooled(label, original.label, noise.label),
            original,
            example,
            noise,
        });
    }
    Ok(CompareReport {
        example: Pixels(example),
        noise: Pixels(noise),
        distortion,
        models: compared,
    })
}

fn classes_of(labels: &[u32]) -> Vec<usize> {
    labels.iter().map(|label| *label as usize).collect()
}

/// Numbers in an image of a model.
async fn pixels(models: &Shared, id: u32) -> Result<usize, Failure> {
    with(models, id, async |model| Ok(model.network.pixels())).await
}

/// Refuses examples that are not one an original.
fn check_examples(pixels: usize, numbers: usize, originals: usize) -> Result<(), Failure> {
    if numbers == pixels * originals {
        return Ok(());
    }
    let examples = counted(numbers / pixels, "example");
    let message = format!("{examples} cannot belong to {}", counted(originals, "image"));
    Err(failure(Code::WrongLength, message))
}
