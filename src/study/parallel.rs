//! Transfers on all cores: digits are cut into groups, the networks once a thread.

use std::sync::Arc;

use rayon::prelude::*;

use super::transfer::{MadeFor, made_for};
use crate::attack::{AttackError, Recipe, Unobserved};
use crate::digit::idx::Digits;
use crate::exec::{CpuExecutor, Executor};
use crate::model::Network;

/// Digits that one thread takes at a time.
const PIECE: usize = 8;

/// Makes examples for each of the networks and shows them to all; `done` is told how many more
/// examples there are.
///
/// The results do not depend on the number of threads.
///
/// # Errors
/// Those of [`attack`](crate::attack::attack).
pub fn made_for_each(
    networks: &[Arc<Network>],
    digits: &Digits,
    recipe: Recipe,
    magnify: Option<f32>,
    done: impl Fn(u64) + Sync,
) -> Result<Vec<MadeFor>, AttackError> {
    let pieces: Vec<Digits> = digits
        .images
        .chunks(PIECE * digits.pixels().max(1))
        .zip(digits.labels.chunks(PIECE))
        .map(|(images, labels)| Digits { images: images.to_vec(), labels: labels.to_vec() })
        .collect();
    let executor = |network: &Arc<Network>| Executor::Cpu(CpuExecutor::new(network.clone()));
    let sums = (0..networks.len()).map(|source| {
        let made: Result<Vec<MadeFor>, AttackError> = pieces
            .par_iter()
            .enumerate()
            .map_init(
                || networks.iter().map(executor).collect::<Vec<Executor>>(),
                |executors, (place, piece)| {
                    let mut nobody = Unobserved;
                    let made = made_for(executors, source, piece, recipe, magnify, &mut nobody);
                    let made = pollster::block_on(made);
                    done(piece.labels.len() as u64);
                    made.map_err(|error| error.shifted(place * PIECE))
                },
            )
            .collect();
        let mut sum = MadeFor::default();
        made?.iter().for_each(|more| sum.add(more));
        Ok(sum)
    });
    sums.collect()
}
