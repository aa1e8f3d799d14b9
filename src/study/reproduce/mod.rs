//! Running experiments whole, on one machine or in parts on many.
//!
//! An [`Experiment`] says what is to be done as a list of [`Work`]: pieces that
//! know nothing of each other, each with a key and a result that can be
//! written down. A [`Shard`](shard::Shard) of a run does every n-th piece and
//! leaves a [`Part`](shard::Part); the whole is the part 1/1. Parts are
//! [merged](shard::merge) into a [`Report`](report::RunReport), which holds a
//! result an experiment and renders it as Markdown. Since every result,
//! of a shard or of the whole, goes the same way, a merged run and an uncut one
//! give the same bytes.
//!
//! An experiment is added by implementing [`Experiment`] in a file of its own
//! and listing it in [`ALL`].

mod materials;
mod plan;
pub mod report;
pub mod shard;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use materials::{Materials, Subject};
pub use plan::{Fingerprint, NetworkRecord, Plan, Request, Set};

use super::{StudyError, spectral, tables, units};

/// An experiment of the paper.
pub trait Experiment {
    /// Its name on the command line and in files.
    const NAME: &'static str;
    /// Whether it reads training digits.
    const TRAINING: bool = false;
    /// Whether it can be made on any networks, rather than on the paper's alone.
    const ANY_NETWORK: bool = false;
    /// What it finds; read back from files, so numbers must be finite.
    type Report: Serialize + DeserializeOwned;

    /// What is to be done. It depends on the plan alone: all shards list the same.
    ///
    /// Experiments may list the same work, under the same key; it is done once.
    fn work(plan: &Plan) -> Vec<Work>;

    /// Puts the results of the work together.
    ///
    /// # Errors
    /// [`StudyError::Unreadable`] where a result is not what `work` gives.
    fn finish(plan: &Plan, done: &Done) -> Result<Self::Report, StudyError>;

    /// A section of the report: a heading of the second level, the table, what there is to say.
    fn markdown(plan: &Plan, report: &Self::Report) -> String;
}

/// A piece of work.
pub struct Work {
    key: String,
    weight: u64,
    run: Box<Run>,
}

type Run = dyn Fn(&Materials) -> Result<String, StudyError> + Send + Sync;

impl Work {
    /// Work with a key that no other work has, and a weight (the digits it handles, or
    /// what costs as much) for the progress.
    ///
    /// It runs in one thread of many and must not depend on what else runs.
    pub fn new<T: Serialize>(
        key: impl Into<String>,
        weight: u64,
        run: impl Fn(&Materials) -> Result<T, StudyError> + Send + Sync + 'static,
    ) -> Work {
        let key = key.into();
        let name = key.clone();
        let written = move |materials: &Materials| {
            let result = run(materials)?;
            serde_json::to_string(&result).map_err(|e| unreadable(&name, &e))
        };
        Work { key, weight, run: Box::new(written) }
    }
}

/// Results of work by its key, as JSON.
///
/// They stay text until they are put together, of an uncut run as of parts
/// that went through files: so the same numbers are read, to the last bit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Done(std::collections::BTreeMap<String, String>);

impl Done {
    /// What the work of a key gave.
    ///
    /// # Errors
    /// [`StudyError::Unreadable`] where it is missing or something else.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<T, StudyError> {
        let text = self.0.get(key).ok_or_else(|| unreadable(key, &"it is missing"))?;
        serde_json::from_str(text).map_err(|e| unreadable(key, &e))
    }
}

fn unreadable(key: &str, reason: &dyn std::fmt::Display) -> StudyError {
    StudyError::Unreadable { key: key.to_owned(), reason: reason.to_string() }
}

/// An experiment of any kind.
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// Whether it reads training digits.
    pub training: bool,
    /// Whether it can be made on any networks.
    pub any_network: bool,
    work: fn(&Plan) -> Vec<Work>,
    finish: fn(&Plan, &Done) -> Result<Value, StudyError>,
    markdown: fn(&Plan, &Value) -> Result<String, StudyError>,
}

impl Entry {
    const fn of<E: Experiment>() -> Entry {
        Entry {
            name: E::NAME,
            training: E::TRAINING,
            any_network: E::ANY_NETWORK,
            work: E::work,
            finish: |plan, done| {
                let report = E::finish(plan, done)?;
                serde_json::to_value(report).map_err(|e| unreadable(E::NAME, &e))
            },
            markdown: |plan, value| {
                let report = E::Report::deserialize(value).map_err(|e| unreadable(E::NAME, &e))?;
                Ok(E::markdown(plan, &report))
            },
        }
    }

    /// The experiment of a name.
    ///
    /// # Errors
    /// [`StudyError::NoExperiment`].
    pub fn named(name: &str) -> Result<&'static Entry, StudyError> {
        ALL.iter().find(|entry| entry.name == name).ok_or_else(|| {
            let known: Vec<&str> = ALL.iter().map(|entry| entry.name).collect();
            StudyError::NoExperiment { name: name.to_owned(), known: known.join(", ") }
        })
    }
}

/// All experiments, in the paper's order.
pub const ALL: &[Entry] = &[
    Entry::of::<tables::Table1>(),
    Entry::of::<tables::Table2>(),
    Entry::of::<tables::Table3>(),
    Entry::of::<tables::Table4>(),
    Entry::of::<tables::Hardened>(),
    Entry::of::<units::Units>(),
    Entry::of::<spectral::Bounds>(),
];
