//! Attacks on all cores: problems are cut into groups, one executor a thread.

use std::sync::Arc;

use rayon::prelude::*;

use super::{AttackError, Ensemble, Problem, Recipe, Report, Unobserved, attack_among, check_all};
use crate::exec::{CpuExecutor, Executor};
use crate::model::Network;

/// Problems that one thread takes at a time: as many as fill its batches for long, few enough that
/// every core has some to the end.
fn piece(problems: usize) -> usize {
    (problems / 16).clamp(8, 64)
}

/// Attacks every problem on the processor; `done` is told of every piece that is finished, as the place of
/// its first problem and its reports.
///
/// Several networks are an [`Ensemble`], to be fooled by one change. The
/// reports are in the problems' order and do not depend on the number of threads.
///
/// # Errors
/// Those of [`attack`](super::attack), and [`AttackError::NoNetwork`].
pub fn attack_on_all_cores(
    networks: &[Arc<Network>],
    problems: &[Problem],
    recipe: impl Into<Recipe>,
    done: impl Fn(usize, &[Report]) + Sync,
) -> Result<Vec<Report>, AttackError> {
    let recipe = recipe.into();
    let first = networks.first().ok_or(AttackError::NoNetwork)?;
    check_all(problems, first)?;
    let executor = |network: &Arc<Network>| Executor::Cpu(CpuExecutor::new(network.clone()));
    let others: Vec<&[f32]> = problems.iter().map(|problem| &*problem.image).collect();
    let size = piece(problems.len());
    let pieces: Result<Vec<Vec<Report>>, AttackError> = problems
        .par_chunks(size)
        .enumerate()
        .map_init(
            || networks.iter().map(executor).collect::<Vec<Executor>>(),
            |executors, (place, piece)| {
                let ensemble: Ensemble<'_> = executors.iter_mut().collect();
                let reports = pollster::block_on(attack_among(
                    ensemble,
                    piece,
                    &others,
                    recipe,
                    &mut Unobserved,
                ))
                .map_err(|error| error.shifted(place * size))?;
                done(place * size, &reports);
                Ok(reports)
            },
        )
        .collect();
    Ok(pieces?.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::attack::Method;
    use crate::testing;

    #[test]
    fn a_piece_fills_batches_and_leaves_some_for_every_core() {
        assert_eq!([0, 1, 128, 160, 1_000, 1_024, 60_000].map(piece), [8, 8, 8, 10, 62, 64, 64]);
    }

    #[test]
    fn pieces_are_told_and_put_together_by_the_places_of_their_problems() {
        let (network, gallery) = (testing::bundled("fc10-1"), testing::gallery());
        let problems: Vec<Problem> = (0..20).map(|place| gallery.problem(place)).collect();
        let told = Mutex::new(Vec::new());
        let done = |place: usize, reports: &[Report]| {
            told.lock().expect("nobody panicked").push((place, reports.len()));
        };
        let reports = attack_on_all_cores(&[network], &problems, Method::DeepFool, done);
        let reports = reports.expect("it runs");
        let mut told = told.into_inner().expect("nobody panicked");
        told.sort_unstable();
        assert_eq!(told, [(0, 8), (8, 8), (16, 4)]);
        for (place, (report, problem)) in reports.iter().zip(&problems).enumerate() {
            let image = report.image.as_ref().expect("it is fooled");
            let most = problem.image.iter().zip(image).map(|(x, a)| (x - a).abs());
            assert!((most.fold(0.0, f32::max) - report.distance.linf).abs() < 1e-6, "{place}");
        }
        assert_eq!(reports.len(), problems.len());
    }
}
