//! Attacks on many images, some of them at a time.

use super::{
    AttackError, Ensemble, Observer, Part, Problem, Recipe, Report, attack_among, check_all,
};
use crate::exec::Executor;

/// Attacks `size` problems after `size` others; `done` is told of every piece that is finished, as
/// the place of its first problem and its reports.
///
/// Several executors are an [`Ensemble`], to be fooled by one change. The reports are those of
/// [`attack`](super::attack) on all problems at once; a device needs memory for one piece only.
///
/// # Errors
/// Those of [`attack`](super::attack), and [`AttackError::NoNetwork`].
///
/// # Panics
/// If `size` is 0.
pub async fn attack_in_pieces(
    executors: &mut [Executor],
    problems: &[Problem],
    recipe: impl Into<Recipe>,
    size: usize,
    observer: &mut impl Observer,
    mut done: impl FnMut(usize, &[Report]),
) -> Result<Vec<Report>, AttackError> {
    let recipe = recipe.into();
    check_all(problems, executors.first().ok_or(AttackError::NoNetwork)?.network())?;
    let others: Vec<&[f32]> = problems.iter().map(|problem| &*problem.image).collect();
    let mut all = Vec::with_capacity(problems.len());
    let mut observer = Part::first(observer, 0.0);
    for piece in problems.chunks(size) {
        observer.next(piece.len() as f32 / problems.len() as f32);
        let ensemble: Ensemble<'_> = executors.iter_mut().collect();
        let first = all.len();
        let reports = attack_among(ensemble, piece, &others, recipe, &mut observer)
            .await
            .map_err(|error| error.shifted(first))?;
        done(first, &reports);
        all.extend(reports);
    }
    Ok(all)
}
