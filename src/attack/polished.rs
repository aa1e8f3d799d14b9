//! The paper's attack, polished: L-BFGS, then the boundary method.
//!
//! The paper's loss pulls away from all classes at once and its search over c
//! ends at a tolerance, so its minimisers stand slightly off the nearest points
//! of the boundary. The [boundary](super::boundary) method goes on from each
//! target's that is nearly as near as the best, and sets out from the original
//! too, where the paper's loss may have led another way.
//!
//! Where the gradient jumps (ReLU, max-pool) there are many local minima, a few
//! per cent apart. So the boundary method starts again from points around the
//! nearest image, every pixel moved at random by up to [`REACH`], towards the
//! same class, until [`PATIENCE`] such starts in a row have found nothing
//! nearer. The nearest of all images is kept.

use super::ensemble::Ensemble;
use super::lanes::Task;
use super::starts::{Phase, generator, nudged, total};
use super::{AttackError, Observer, Outcome, Stop, boundary, szegedy};
use crate::optim::vector::squared_distance;

/// Share of the work that the paper's search is, roughly, and its first polish.
const SEARCH: f32 = 0.5;
const POLISH: f32 = 0.6;

/// Most further starts around the nearest image.
const RESTARTS: u64 = 12;

/// Largest change of a pixel between the nearest image and a further start.
const REACH: f32 = 0.3;

/// Further starts in a row that find nothing nearer, after which no more are tried.
const PATIENCE: u32 = 4;

/// Relative gain of ‖r‖ that counts as nearer.
const GAIN: f32 = 1e-3;

/// Attacks problems whose originals are read correctly.
pub(super) async fn search(
    networks: &mut Ensemble<'_>,
    tasks: &[Task<'_>],
    observer: &mut impl Observer,
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
            starts.push(Task { problem: task.problem, only: Some(*target), from });
        }
    }
    let mut second = phase(observer, tasks, &outcomes, SEARCH, POLISH);
    let polished = boundary::search(networks, &starts, &mut second).await?;
    for (owner, polished) in owners.into_iter().zip(polished) {
        keep_nearer(&mut outcomes[owner], polished, &tasks[owner].problem.image);
    }
    restart(networks, tasks, &mut outcomes, observer).await?;
    Ok(outcomes)
}

/// The boundary method from points around the nearest images, as long as that finds nearer ones.
async fn restart(
    networks: &mut Ensemble<'_>,
    tasks: &[Task<'_>],
    outcomes: &mut [Outcome],
    observer: &mut impl Observer,
) -> Result<(), AttackError> {
    let mut idle = vec![0; tasks.len()];
    for attempt in 1..=RESTARTS {
        let owners: Vec<usize> = (0..tasks.len())
            .filter(|o| idle[*o] < PATIENCE)
            .filter(|o| outcomes[*o].nearest().is_some())
            .collect();
        if owners.is_empty() || outcomes.iter().any(|o| o.stop == Stop::Cancelled) {
            break;
        }
        let again: Vec<Task<'_>> = owners
            .iter()
            .filter_map(|owner| {
                let (target, image) = outcomes[*owner].nearest()?;
                let from = nudged(image, REACH, &mut generator(image, attempt));
                let problem = tasks[*owner].problem;
                Some(Task { problem, only: Some(target), from: Some(from) })
            })
            .collect();
        let share = |done: u64| POLISH + (1.0 - POLISH) * done as f32 / RESTARTS as f32;
        let mut phase = phase(observer, tasks, outcomes, share(attempt - 1), share(attempt));
        let found = boundary::search(networks, &again, &mut phase).await?;
        for (owner, found) in owners.into_iter().zip(found) {
            let nearer = keep_nearer(&mut outcomes[owner], found, &tasks[owner].problem.image);
            idle[owner] = if nearer { 0 } else { idle[owner] + 1 };
        }
    }
    Ok(())
}

/// One more search, after those that led to the outcomes.
fn phase<'a, O: Observer>(
    observer: &'a mut O,
    tasks: &[Task<'_>],
    outcomes: &[Outcome],
    from: f32,
    to: f32,
) -> Phase<'a, O> {
    let known = tasks.first().zip(outcomes.first()).and_then(|(task, outcome)| {
        let image = outcome.image.clone()?;
        let length = squared_distance(&image, &task.problem.image).sqrt();
        Some((image, length))
    });
    Phase { observer, from, to, evaluations: total(outcomes), known }
}

/// Takes over a polished image if it is nearer, and its evaluations in any case; whether it is
/// nearer by more than [`GAIN`].
fn keep_nearer(kept: &mut Outcome, polished: Outcome, original: &[f32]) -> bool {
    kept.evaluations += polished.evaluations;
    let far = |image: &Option<Vec<f32>>| {
        image.as_ref().map_or(f32::INFINITY, |image| squared_distance(image, original).sqrt())
    };
    let (before, after) = (far(&kept.image), far(&polished.image));
    if after < before {
        kept.image = polished.image;
        kept.near = polished.near;
        kept.stop = polished.stop;
    }
    if polished.stop == Stop::Cancelled {
        kept.stop = Stop::Cancelled;
    }
    after < (1.0 - GAIN) * before
}
