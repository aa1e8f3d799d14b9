//! Attacks on all cores: problems are cut into groups, one executor a thread.

use std::sync::Arc;

use rayon::prelude::*;

use super::{AttackError, Method, Problem, Report, Unobserved, attack};
use crate::exec::{CpuExecutor, Executor};
use crate::model::Network;

/// Problems that one thread takes at a time.
const PIECE: usize = 8;

/// Attacks every problem on the processor; `done` is told how many more are finished.
///
/// The reports are in the problems' order and do not depend on the number of threads.
pub fn attack_on_all_cores(
    network: &Arc<Network>,
    problems: &[Problem],
    method: Method,
    done: impl Fn(usize) + Sync,
) -> Result<Vec<Report>, AttackError> {
    let pieces: Result<Vec<Vec<Report>>, AttackError> = problems
        .par_chunks(PIECE)
        .map_init(
            || Executor::Cpu(CpuExecutor::new(network.clone())),
            |executor, piece| {
                let mut nobody = Unobserved;
                let reports = pollster::block_on(attack(executor, piece, method, &mut nobody))?;
                done(reports.len());
                Ok(reports)
            },
        )
        .collect();
    Ok(pieces?.into_iter().flatten().collect())
}
