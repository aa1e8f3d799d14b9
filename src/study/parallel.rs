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

/// Makes examples for each of the networks and shows them to all; `done` is told of every piece of the
/// digits that is finished, as the place of its first digit and what was made for each network.
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
    done: impl Fn(usize, &[MadeFor]) + Sync,
) -> Result<Vec<MadeFor>, AttackError> {
    let pieces: Vec<Digits> = digits
        .images
        .chunks(PIECE * digits.pixels().max(1))
        .zip(digits.labels.chunks(PIECE))
        .map(|(images, labels)| Digits { images: images.to_vec(), labels: labels.to_vec() })
        .collect();
    let executor = |network: &Arc<Network>| Executor::Cpu(CpuExecutor::new(network.clone()));
    let made: Result<Vec<Vec<MadeFor>>, AttackError> = pieces
        .par_iter()
        .enumerate()
        .map_init(
            || networks.iter().map(executor).collect::<Vec<Executor>>(),
            |executors, (place, piece)| {
                let mut each = |source| {
                    let mut nobody = Unobserved;
                    let made = made_for(executors, source, piece, recipe, magnify, &mut nobody);
                    pollster::block_on(made).map_err(|error| error.shifted(place * PIECE))
                };
                let made: Vec<MadeFor> =
                    (0..networks.len()).map(&mut each).collect::<Result<_, _>>()?;
                done(place * PIECE, &made);
                Ok(made)
            },
        )
        .collect();
    Ok(sums(networks.len(), &made?))
}

/// What pieces of the digits add up to, for each network.
#[must_use]
pub fn sums<'a>(
    networks: usize,
    pieces: impl IntoIterator<Item = &'a Vec<MadeFor>>,
) -> Vec<MadeFor> {
    let mut sums = vec![MadeFor::default(); networks];
    for piece in pieces {
        sums.iter_mut().zip(piece).for_each(|(sum, more)| sum.add(more));
    }
    sums
}
