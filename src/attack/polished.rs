//! The paper's attack, polished: L-BFGS, then nearest boundary.
//!
//! The paper's loss pulls away from all classes at once and its search over c
//! ends at a tolerance, so its minimisers stand slightly off the nearest points
//! of the boundary. [Nearest boundary](super::nearest_boundary) goes on from each
//! target's that is nearly as near as the best, and sets out from the original
//! too, where the paper's loss may have led another way. From the nearest image
//! of all these it makes further attempts as long as they pay.

use super::ensemble::Ensemble;
use super::lanes::Task;
use super::nearest_boundary::Course;
use super::starts::{Phase, total};
use super::{AttackError, DynObserver, Outcome, Stop, nearest_boundary, szegedy};
use crate::numeric::vector::squared_distance;

/// Share of the work that the paper's search is, roughly, and its first polish.
const SEARCH: f32 = 0.5;
const POLISH: f32 = 0.6;

/// Attacks problems whose originals are read correctly.
pub(super) async fn search(
    networks: &mut Ensemble<'_>,
    tasks: &[Task<'_>],
    observer: &mut dyn DynObserver,
) -> Result<Vec<Outcome>, AttackError> {
    let mut first =
        Phase { observer: &mut *observer, from: 0.0, to: SEARCH, evaluations: 0, known: None };
    let mut outcomes = szegedy::search(networks, tasks, &mut first).await?;
    if outcomes.iter().any(|o| o.stop == Stop::Cancelled) {
        return Ok(outcomes);
    }
    let mut owners = Vec::new();
    let mut starts = Vec::new();
    for (owner, outcome) in outcomes.iter().enumerate() {
        let task = &tasks[owner];
        owners.push(owner);
        starts.push(task.clone());
        for (target, image) in &outcome.near {
            owners.push(owner);
            let from = Some(image.clone());
            starts.push(Task { only: Some(*target), from, ..*task });
        }
    }
    let mut second = phase(observer, tasks, &outcomes, SEARCH, POLISH);
    let polished = nearest_boundary::search(networks, &starts, Course::single, &mut second).await?;
    for (owner, polished) in owners.into_iter().zip(polished) {
        keep_nearer(&mut outcomes[owner], polished, &tasks[owner].problem.image);
    }
    persist(networks, tasks, &mut outcomes, observer).await?;
    Ok(outcomes)
}

/// Further attempts from the nearest images.
async fn persist(
    networks: &mut Ensemble<'_>,
    tasks: &[Task<'_>],
    outcomes: &mut [Outcome],
    observer: &mut dyn DynObserver,
) -> Result<(), AttackError> {
    if outcomes.iter().any(|o| o.stop == Stop::Cancelled) {
        return Ok(());
    }
    let (owners, again): (Vec<usize>, Vec<Task<'_>>) = outcomes
        .iter()
        .enumerate()
        .filter_map(|(owner, outcome)| {
            let (target, image) = outcome.nearest()?;
            let from = Some(image.clone());
            Some((owner, Task { only: Some(target), from, ..tasks[owner] }))
        })
        .unzip();
    let mut third = phase(observer, tasks, outcomes, POLISH, 1.0);
    let found = nearest_boundary::search(networks, &again, Course::thorough, &mut third).await?;
    for (owner, found) in owners.into_iter().zip(found) {
        keep_nearer(&mut outcomes[owner], found, &tasks[owner].problem.image);
    }
    Ok(())
}

/// One more search, after those that led to the outcomes.
fn phase<'a>(
    observer: &'a mut dyn DynObserver,
    tasks: &[Task<'_>],
    outcomes: &[Outcome],
    from: f32,
    to: f32,
) -> Phase<'a> {
    let known = tasks.first().zip(outcomes.first()).and_then(|(task, outcome)| {
        let image = outcome.image.clone()?;
        let length = squared_distance(&image, &task.problem.image).sqrt();
        Some((image, length))
    });
    Phase { observer, from, to, evaluations: total(outcomes), known }
}

/// Takes over a polished image if it is nearer, and its evaluations in any case.
fn keep_nearer(kept: &mut Outcome, polished: Outcome, original: &[f32]) {
    kept.evaluations += polished.evaluations;
    let far = |image: &Option<Vec<f32>>| {
        image.as_ref().map_or(f32::INFINITY, |image| squared_distance(image, original).sqrt())
    };
    if far(&polished.image) < far(&kept.image) {
        kept.image = polished.image;
        kept.near = polished.near;
        kept.stop = polished.stop;
    }
    if polished.stop == Stop::Cancelled {
        kept.stop = Stop::Cancelled;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nearer_is_kept_with_all_that_it_cost() {
        let original = [0.5; 2];
        let at = |by: f32, class: usize, stop: Stop| {
            let image = vec![0.5 + by, 0.5];
            let near = vec![(class, image.clone())];
            Outcome { image: Some(image), near, evaluations: 7, ..Outcome::without_image(stop) }
        };
        let of = |mut kept: Outcome, polished: Outcome| {
            keep_nearer(&mut kept, polished, &original);
            (kept.nearest().map(|(class, _)| class), kept.stop, kept.evaluations)
        };
        let none = || Outcome { evaluations: 5, ..Outcome::without_image(Stop::Budget) };
        let first = || at(0.2, 1, Stop::Converged);
        assert_eq!(of(first(), at(0.1, 2, Stop::Budget)), (Some(2), Stop::Budget, 14));
        assert_eq!(of(first(), at(-0.3, 2, Stop::Budget)), (Some(1), Stop::Converged, 14));
        assert_eq!(of(first(), at(-0.2, 2, Stop::Budget)), (Some(1), Stop::Converged, 14));
        assert_eq!(of(first(), none()), (Some(1), Stop::Converged, 12));
        assert_eq!(of(none(), first()), (Some(1), Stop::Converged, 12));
        // Whoever cancels the one cancels the other.
        assert_eq!(of(first(), at(-0.3, 2, Stop::Cancelled)).1, Stop::Cancelled);
    }
}
