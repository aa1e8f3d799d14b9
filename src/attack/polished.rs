//! The paper's attack, polished: L-BFGS, then the boundary method.
//!
//! The paper's loss pulls away from all classes at once and its search over c
//! ends at a tolerance, so its minimisers stand slightly off the nearest points
//! of the boundary. The [boundary](super::boundary) method goes on from them:
//! from each target's that is nearly as near as the best, towards that target,
//! and from the best, towards all. The nearest of all images is kept.

use super::ensemble::Ensemble;
use super::lanes::Task;
use super::starts::{Phase, total};
use super::{AttackError, Observer, Outcome, Stop, boundary, szegedy};
use crate::optim::vector::squared_distance;

/// Share of the work that the paper's search is, roughly.
const SEARCH: f32 = 0.8;

/// Attacks problems whose originals are read correctly.
pub(super) async fn search(
    networks: &mut Ensemble<'_>,
    tasks: &[Task<'_>],
    observer: &mut impl Observer,
) -> Result<Vec<Outcome>, AttackError> {
    let mut first = Phase { observer, from: 0.0, to: SEARCH, evaluations: 0 };
    let mut outcomes = szegedy::search(networks, tasks, &mut first).await?;
    if outcomes.iter().any(|o| o.stop == Stop::Cancelled) {
        return Ok(outcomes);
    }
    let mut owners = Vec::new();
    let mut minimisers = Vec::new();
    for (owner, outcome) in outcomes.iter().enumerate() {
        let near = outcome.near.iter().map(|(target, image)| (Some(*target), image));
        // With a target the best is the only one.
        let free = tasks[owner].problem.target.is_none();
        let best = outcome.image.iter().filter(|_| free).map(|image| (None, image));
        for (only, image) in near.chain(best) {
            owners.push(owner);
            let problem = tasks[owner].problem;
            minimisers.push(Task { problem, only, from: Some(image.clone()) });
        }
    }
    let evaluations = total(&outcomes);
    let mut second = Phase { observer, from: SEARCH, to: 1.0, evaluations };
    let polished = boundary::search(networks, &minimisers, &mut second).await?;
    for (owner, polished) in owners.into_iter().zip(polished) {
        keep_nearer(&mut outcomes[owner], polished, &tasks[owner].problem.image);
    }
    Ok(outcomes)
}

/// Takes over a polished image if it is nearer, and its evaluations in any case.
fn keep_nearer(kept: &mut Outcome, polished: Outcome, original: &[f32]) {
    kept.evaluations += polished.evaluations;
    if polished.stop == Stop::Cancelled {
        kept.stop = Stop::Cancelled;
    }
    let far = |image: &Option<Vec<f32>>| {
        image.as_ref().map_or(f32::INFINITY, |image| squared_distance(image, original))
    };
    if far(&polished.image) < far(&kept.image) {
        kept.image = polished.image;
    }
}
