//! Requests that change one image until networks misread it.

use std::collections::BTreeMap;

use super::access::with_all;
use super::failure::failure;
use super::messages::{
    AttackReport, AttackRequest, Attempt, BackendKind, CostReport, Failure, Pixels,
};
use super::models::Shared;
use super::page::Page;
use super::readings::classes;
use crate::attack::{self, Ensemble, Problem, Recipe, Report};
use crate::clock::milliseconds as now;
use crate::code::Code;

/// What an attack found, where it was computed, and what it cost.
pub(super) struct Solved {
    pub(super) report: Report,
    pub(super) backend: BackendKind,
    cost: CostReport,
}

/// Fools a model, or several by one change.
pub(super) async fn attack_one(
    models: &Shared,
    request: AttackRequest,
    page: &mut Page,
) -> Result<AttackReport, Failure> {
    let recipe = request.attempt.recipe();
    let label = label_of(&request.attempt, models, &request.models, page).await?;
    let problem = Problem {
        image: request.attempt.image.0,
        label,
        target: request.target.map(|target| target as usize),
    };
    let others = request.others.map_or_else(Vec::new, |others| others.0);
    let others: Vec<&[f32]> = others.chunks(problem.image.len().max(1)).collect();
    let Solved { report, backend, cost } =
        solve(models, &request.models, problem, &others, recipe, page).await?;
    Ok(AttackReport {
        success: report.success,
        label: report.predicted as u32,
        labels: report.readings.iter().map(|r| *r as u32).collect(),
        original_label: report.label as u32,
        l2: report.distance.l2,
        linf: report.distance.linf,
        distortion: report.distance.distortion,
        eight_bit: report.eight_bit,
        rounded_still_fools: report.rounded_still_fools,
        tried: report.tried as u32,
        evaluations: report.evaluations as u32,
        stop: report.stop.name().into(),
        start: report.start.name().into(),
        image: report.image.map(Pixels),
        backend,
        cost,
    })
}

/// Attacks one problem, beside which there are other images, and says what it cost.
pub(super) async fn solve(
    models: &Shared,
    ids: &[u32],
    problem: Problem,
    others: &[&[f32]],
    recipe: Recipe,
    page: &mut Page,
) -> Result<Solved, Failure> {
    let problems = [problem];
    with_all(models, ids, async |all| {
        let started = now();
        let backend = BackendKind::of(all.iter().map(|model| model.backend()));
        let mut ensemble: Ensemble<'_> = all.iter_mut().map(|model| &mut model.executor).collect();
        let before = ensemble.cost();
        let mut reports =
            attack::attack_among(&mut ensemble, &problems, others, recipe, page).await?;
        let cost = ensemble.cost() - before;
        let report = reports.pop().ok_or_else(|| failure(Code::Internal, "no report"))?;
        let cost = CostReport {
            milliseconds: now() - started,
            dispatches: cost.dispatches as u32,
            submits: cost.submits as u32,
            readbacks: cost.readbacks as u32,
        };
        Ok(Solved { report, backend, cost })
    })
    .await
}

/// The true class: the given one, or what the model, or most of several, reads.
pub(super) async fn label_of(
    attempt: &Attempt,
    models: &Shared,
    ids: &[u32],
    page: &mut Page,
) -> Result<usize, Failure> {
    if let Some(label) = attempt.label {
        return Ok(label as usize);
    }
    let mut votes: BTreeMap<usize, usize> = BTreeMap::new();
    for id in ids {
        let (read, _) = classes(models, *id, &attempt.image.0, page).await?;
        *votes.entry(*read.first().unwrap_or(&0)).or_default() += 1;
    }
    // At a tie, the smaller class; of no network the attack itself says that there is none.
    let most = votes.values().copied().max().unwrap_or(0);
    Ok(votes.into_iter().find(|(_, count)| *count == most).map_or(0, |(class, _)| class))
}
