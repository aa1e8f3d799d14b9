//! Requests that change an image: attacks, and transfers of what they find.

use std::cell::RefCell;
use std::rc::Rc;

use super::engine::{Page, classify, failure, with_all};
use super::messages::{
    AttackReport, AttackRequest, Attempt, CostReport, Failure, Pixels, TransferReport,
    TransferRequest, TransferRow,
};
use super::models::Models;
use crate::attack::distance::magnified;
use crate::attack::{self, Ensemble, Problem, Recipe, Report, Setting};
use crate::clock::milliseconds as now;
use crate::model::{CLASSES, PIXELS};
use crate::study::transfer::control;

/// The true class: the given one, or what the model, or most of several, reads.
async fn label_of(
    attempt: &Attempt,
    models: &Rc<RefCell<Models>>,
    ids: &[u32],
) -> Result<u32, Failure> {
    match attempt.label {
        Some(label) => Ok(label),
        None if attempt.image.0.len() == PIXELS => majority(models, ids, &attempt.image.0).await,
        None => Ok(0), // The attack itself says what is wrong with the image.
    }
}

/// Fools a model, or several by one change.
pub(super) async fn attack_one(
    models: &Rc<RefCell<Models>>,
    request: AttackRequest,
    page: &mut Page,
) -> Result<AttackReport, Failure> {
    let recipe = request.attempt.recipe();
    let label = label_of(&request.attempt, models, &request.models).await?;
    let problem = Problem {
        image: request.attempt.image.0,
        label: label as usize,
        target: request.target.map(|t| t as usize),
    };
    let (report, cost) = solve(models, &request.models, problem, recipe, page).await?;
    Ok(AttackReport {
        success: report.success,
        label: report.predicted as u32,
        labels: report.readings.iter().map(|r| *r as u32).collect(),
        original_label: report.label as u32,
        l2: report.distance.l2,
        linf: report.distance.linf,
        distortion: report.distance.distortion,
        rounded_still_fools: report.rounded_still_fools,
        evaluations: report.evaluations as u32,
        stop: report.stop.name().into(),
        image: report.image.map(Pixels),
        cost,
    })
}

/// Attacks one problem and says what it cost.
async fn solve(
    models: &Rc<RefCell<Models>>,
    ids: &[u32],
    problem: Problem,
    recipe: Recipe,
    page: &mut Page,
) -> Result<(Report, CostReport), Failure> {
    let problems = [problem];
    with_all(models, ids, async |all| {
        let started = now();
        let mut ensemble: Ensemble<'_> = all.iter_mut().map(|l| &mut l.executor).collect();
        let before = ensemble.cost();
        let mut reports = attack::attack(&mut ensemble, &problems, recipe, page).await?;
        let cost = ensemble.cost() - before;
        let report = reports.pop().ok_or_else(|| failure("internal", "no report"))?;
        let cost = CostReport {
            milliseconds: now() - started,
            dispatches: cost.dispatches as u32,
            submits: cost.submits as u32,
            readbacks: cost.readbacks as u32,
        };
        Ok((report, cost))
    })
    .await
}

/// Fools every model and shows the results, and noise of the same size, to all.
pub(super) async fn transfer(
    models: &Rc<RefCell<Models>>,
    request: TransferRequest,
    page: &mut Page,
) -> Result<TransferReport, Failure> {
    let (attempt, distortion) = (&request.attempt, request.attempt.distortion);
    distortion.map_or(Ok(()), attack::check_distortion)?;
    let image = attempt.image.0.clone();
    let label = label_of(attempt, models, &request.models).await?;
    let mut recipe = attempt.recipe();
    if !recipe.method.settings().contains(&Setting::Distortion) {
        // Here it is what the results are rescaled to.
        recipe.options.distortion = None;
    }
    let mut shown: Vec<(Option<u32>, Option<Vec<f32>>)> = Vec::new();
    for (index, model) in request.models.iter().enumerate() {
        page.part = (index, request.models.len());
        let problem = Problem { image: image.clone(), label: label as usize, target: None };
        let (report, _) = solve(models, &[*model], problem, recipe, page).await?;
        let made = report.image.map(|x| match distortion {
            Some(distortion) => magnified(&image, &x, distortion),
            None => x,
        });
        shown.push((Some(*model), made));
        if page.is_cancelled() {
            return Err(failure("aborted", "the transfer was cancelled"));
        }
    }
    let seed = u64::from(attempt.seed.unwrap_or(0));
    for row in 0..shown.len() {
        let noise = shown[row].1.as_ref().map(|x| control(&image, x, seed + row as u64));
        shown.push((None, noise));
    }
    let mut rows = Vec::with_capacity(shown.len());
    for (source, made) in shown {
        let mut labels = Vec::with_capacity(request.models.len());
        for model in &request.models {
            let read = made.as_ref().unwrap_or(&image);
            labels.push(classify(models, *model, read).await?[0].label);
        }
        rows.push(TransferRow {
            source,
            distortion: made
                .as_ref()
                .map_or(0.0, |x| attack::Distance::between(&image, x).distortion),
            errors: labels.iter().map(|l| *l != label).collect(),
            labels,
            image: made.map(Pixels),
        });
    }
    Ok(TransferReport { models: request.models, label, rows })
}

/// What most of the models read; at a tie, the smaller class.
async fn majority(
    models: &Rc<RefCell<Models>>,
    ids: &[u32],
    image: &[f32],
) -> Result<u32, Failure> {
    let mut votes = [0usize; CLASSES];
    for id in ids {
        votes[classify(models, *id, image).await?[0].label as usize] += 1;
    }
    let most = votes.iter().copied().max().unwrap_or(0);
    Ok(votes.iter().position(|v| *v == most).unwrap_or(0) as u32)
}
