//! Errors of networks on whole sets of digits.

use serde::{Deserialize, Serialize};

use crate::study::StudyError;
use crate::study::reproduce::{Done, Materials, Plan, Set, Work};
use crate::study::transfer::misread;

/// Digits of a batch.
const BATCH: usize = 500;

/// So many of so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Digits that were misread.
    pub wrong: u64,
    /// Digits.
    pub of: u64,
}

impl Share {
    /// In percent.
    #[must_use]
    pub fn percent(self) -> f64 {
        100.0 * self.wrong as f64 / self.of.max(1) as f64
    }
}

/// Work that counts a network's mistakes on a set.
pub(super) fn work(plan: &Plan, network: &'static str, set: Set) -> Work {
    let digits = plan.digits(set);
    // Reading costs about a hundredth of attacking.
    Work::new(key(network, set), digits as u64 / 100, move |materials| {
        count(materials, network, set, digits)
    })
}

/// What that work found.
pub(super) fn share(done: &Done, network: &str, set: Set) -> Result<Share, StudyError> {
    done.get(&key(network, set))
}

fn key(network: &str, set: Set) -> String {
    format!("errors/{network}/{}", set.name())
}

fn count(
    materials: &Materials,
    network: &str,
    set: Set,
    digits: usize,
) -> Result<Share, StudyError> {
    let mut executor = materials.executor(network)?;
    let mut wrong = 0;
    for from in (0..digits).step_by(BATCH) {
        let batch = materials.digits(set, from..digits.min(from + BATCH))?;
        wrong += pollster::block_on(misread(&mut executor, &batch.images, &batch.labels))?;
    }
    Ok(Share { wrong, of: digits as u64 })
}
