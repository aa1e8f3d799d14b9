//! Cutting a run into parts, and putting them together.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::report::RunReport;
use super::{Done, Materials, Plan, StudyError, Work};

use crate::count::counted;

/// Which of how many parts of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    k: u32,
    n: u32,
}

impl Shard {
    /// The run as a whole.
    pub const WHOLE: Shard = Shard { k: 1, n: 1 };

    /// Whether the work at a place in the list belongs to it.
    fn holds(self, place: usize) -> bool {
        place % self.n as usize == self.k as usize - 1
    }
}

impl FromStr for Shard {
    type Err = StudyError;

    fn from_str(text: &str) -> Result<Shard, StudyError> {
        let read = |text: &str| text.parse::<u32>().ok();
        let pair = text.split_once('/').and_then(|(k, n)| read(k).zip(read(n)));
        let shard = pair.filter(|(k, n)| (1..=*n).contains(k)).map(|(k, n)| Shard { k, n });
        shard.ok_or_else(|| StudyError::BadShard { given: text.to_owned() })
    }
}

impl TryFrom<String> for Shard {
    type Error = StudyError;

    fn try_from(text: String) -> Result<Shard, StudyError> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> String {
        shard.to_string()
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.k, self.n)
    }
}

/// What one shard of a run found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// What the whole run is to do.
    pub plan: Plan,
    /// Which part this is.
    pub shard: Shard,
    /// Results of its work.
    pub done: Done,
}

impl Part {
    /// A shard of which nothing is done yet.
    #[must_use]
    pub fn begun(materials: &Materials, shard: Shard) -> Part {
        Part { plan: materials.plan().clone(), shard, done: Done::default() }
    }

    /// How many pieces of its work are done, and how many there are.
    ///
    /// # Errors
    /// [`StudyError::NoExperiment`] where the plan names one that is not known.
    pub fn pieces(&self) -> Result<(usize, usize), StudyError> {
        Ok((self.done.0.len(), self.work()?.len()))
    }

    /// Its work, whether it is done or not.
    fn work(&self) -> Result<Vec<Work>, StudyError> {
        let all = self.plan.work()?.into_iter().enumerate();
        Ok(all.filter(|(place, _)| self.shard.holds(*place)).map(|(_, work)| work).collect())
    }

    /// Takes over what an earlier run of this very part has done.
    ///
    /// # Errors
    /// [`StudyError::Mismatch`] where that is of another run or another part.
    pub fn go_on(&mut self, earlier: Part) -> Result<(), StudyError> {
        same_run(self, &earlier)?;
        if self.shard != earlier.shard {
            let (here, there) = (self.shard, earlier.shard);
            return Err(mismatch(format!("it is part {there}, not {here}")));
        }
        let work = self.work()?;
        let known: BTreeSet<&str> = work.iter().map(|work| work.key.as_str()).collect();
        if let Some(key) = earlier.done.0.keys().find(|key| !known.contains(key.as_str())) {
            return Err(mismatch(format!("{key} is no work of this part")));
        }
        self.done.0.extend(earlier.done.0);
        Ok(())
    }
}

/// Does a shard's work on all cores; `progress` is told the weight that is done and the whole.
///
/// # Errors
/// The first that a piece of work meets.
pub fn run(
    materials: &Materials,
    shard: Shard,
    progress: impl Fn(u64, u64) + Sync,
) -> Result<Part, StudyError> {
    let part = Mutex::new(Part::begun(materials, shard));
    finish(materials, &part, progress)?;
    Ok(part.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Does what is not done of a shard's work, on all cores, and adds each result to the part as soon as
/// it is there; `progress` is told the weight that is done and the whole.
///
/// # Errors
/// The first that a piece of work meets.
pub fn finish(
    materials: &Materials,
    part: &Mutex<Part>,
    progress: impl Fn(u64, u64) + Sync,
) -> Result<(), StudyError> {
    let part = || part.lock().unwrap_or_else(PoisonError::into_inner);
    let work = part().work()?;
    let whole = work.iter().map(|work| work.weight).sum();
    let (done, open): (Vec<Work>, Vec<Work>) =
        work.into_iter().partition(|work| part().done.0.contains_key(&work.key));
    progress(done.iter().map(|work| work.weight).sum(), whole);
    // Pieces are handed out one by one: some cost a hundred times as much as others.
    open.par_iter().with_max_len(1).try_for_each(|work| {
        let result = (work.run)(materials)?;
        part().done.0.insert(work.key.clone(), result);
        progress(work.weight, whole);
        Ok(())
    })
}

/// Puts all parts of a run together.
///
/// # Errors
/// [`StudyError::Mismatch`] where parts are of different runs, missing, there twice or incomplete.
pub fn merge(parts: &[Part]) -> Result<RunReport, StudyError> {
    let first = parts.first().ok_or_else(|| mismatch("there are none"))?;
    for part in parts {
        same_run(first, part)?;
    }
    let n = first.shard.n;
    let mut there = BTreeSet::new();
    for part in parts {
        if !there.insert(part.shard.k) {
            return Err(mismatch(format!("{} is there twice", part.shard)));
        }
    }
    let missing = (1..=n).filter(|k| !there.contains(k));
    let missing: Vec<String> = missing.map(|k| Shard { k, n }.to_string()).collect();
    if !missing.is_empty() {
        return Err(mismatch(format!("{} missing", missing.join(", "))));
    }
    let work = first.plan.work()?;
    let mut done = BTreeMap::new();
    for part in parts {
        let own = work.iter().enumerate().filter(|(place, _)| part.shard.holds(*place));
        let keys: BTreeSet<&str> = own.map(|(_, work)| work.key.as_str()).collect();
        if !part.done.0.keys().map(String::as_str).eq(keys) {
            return Err(mismatch(format!("{} did not do what is its part", part.shard)));
        }
        done.extend(part.done.0.clone());
    }
    RunReport::of(first.plan.clone(), &Done(done))
}

/// Refuses parts of different runs, naming the first difference.
fn same_run(first: &Part, other: &Part) -> Result<(), StudyError> {
    let (a, b) = (&first.plan, &other.plan);
    let count = |plan: &Plan| plan.count.map_or("all digits".into(), |c| counted(c, "digit"));
    let networks = |plan: &Plan| {
        let names: Vec<&str> = plan.networks.iter().map(|n| n.name.as_str()).collect();
        names.join(", ")
    };
    let differences = [
        ("made by", a.program.clone(), b.program.clone()),
        ("for", a.experiments.join(", "), b.experiments.join(", ")),
        ("with", count(a), count(b)),
        ("with the method", a.method.clone(), b.method.clone()),
        ("with the seed", a.seed.to_string(), b.seed.to_string()),
        ("with the networks", networks(a), networks(b)),
        ("of so many parts:", first.shard.n.to_string(), other.shard.n.to_string()),
    ];
    for (what, one, another) in differences {
        if one != another {
            let (here, there) = (first.shard, other.shard);
            return Err(mismatch(format!("{here} was {what} {one}, {there} {what} {another}")));
        }
    }
    if a.networks != b.networks {
        return Err(mismatch("networks of one name differ in their constants"));
    }
    if a.test != b.test || a.training != b.training {
        return Err(mismatch("they read different digits"));
    }
    Ok(())
}

fn mismatch(reason: impl Into<String>) -> StudyError {
    StudyError::Mismatch { reason: reason.into() }
}
