//! What a run is to do: all that its results depend on.

use serde::{Deserialize, Serialize};

use super::{Entry, StudyError, Work};
use crate::attack::{Method, Options, Recipe};
use crate::study::split::TRAINING_DIGITS;

/// What is asked of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Names of experiments.
    pub experiments: Vec<String>,
    /// How many digits of every set, from its beginning; all where it is `None`.
    pub count: Option<usize>,
    /// How the smallest changes are looked for.
    pub method: Method,
    /// Seed of everything random.
    pub seed: u64,
}

/// All that a run's results depend on; parts fit together where it is the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Program and version.
    pub program: String,
    /// Names of experiments.
    pub experiments: Vec<String>,
    /// How many digits of every set; all where it is `None`.
    pub count: Option<usize>,
    /// How the smallest changes are looked for.
    pub method: String,
    /// Seed of everything random.
    pub seed: u64,
    /// The test digits.
    pub test: Fingerprint,
    /// The training digits, where an experiment reads them.
    pub training: Option<Fingerprint>,
    /// The networks, in order.
    pub networks: Vec<NetworkRecord>,
}

/// Digits, told from others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// How many there are in the file.
    pub digits: usize,
    /// Checksum of pixels and labels, in hexadecimal.
    pub crc32: String,
}

/// A network, told from others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkRecord {
    /// Its name.
    pub name: String,
    /// Its name as in the paper, or the same.
    pub title: String,
    /// Checksum of its constants, in hexadecimal.
    pub crc32: String,
}

/// A set of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// MNIST's test set.
    Test,
    /// MNIST's training set.
    Train,
    /// The first half of the split.
    P1,
    /// The second half of the split.
    P2,
}

impl Set {
    /// Name in keys.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Set::Test => "test",
            Set::Train => "train",
            Set::P1 => "p1",
            Set::P2 => "p2",
        }
    }
}

impl Plan {
    /// How many digits of a set take part.
    #[must_use]
    pub fn digits(&self, set: Set) -> usize {
        let there = match set {
            Set::Test => self.test.digits,
            Set::Train => TRAINING_DIGITS,
            Set::P1 | Set::P2 => TRAINING_DIGITS / 2,
        };
        self.count.map_or(there, |count| count.min(there))
    }

    /// How the smallest changes are looked for, with the run's seed.
    ///
    /// # Errors
    /// [`StudyError::Unreadable`] where the plan names no method.
    pub fn recipe(&self) -> Result<Recipe, StudyError> {
        let method = Method::named(&self.method)
            .ok_or_else(|| super::unreadable("the plan", &"its method is unknown"))?;
        Ok(Recipe { method, options: Options { seed: Some(self.seed), ..Options::default() } })
    }

    /// The title of a network, or its name where it has none.
    #[must_use]
    pub fn title<'a>(&'a self, name: &'a str) -> &'a str {
        self.networks.iter().find(|n| n.name == name).map_or(name, |n| &n.title)
    }

    /// The experiments.
    ///
    /// # Errors
    /// [`StudyError::NoExperiment`].
    pub fn entries(&self) -> Result<Vec<&'static Entry>, StudyError> {
        self.experiments.iter().map(|name| Entry::named(name)).collect()
    }

    /// All work of all experiments, each piece once.
    ///
    /// # Errors
    /// [`StudyError::NoExperiment`].
    pub(super) fn work(&self) -> Result<Vec<Work>, StudyError> {
        let mut keys = std::collections::BTreeSet::new();
        let all = self.entries()?.into_iter().flat_map(|entry| (entry.work)(self));
        Ok(all.filter(|work| keys.insert(work.key.clone())).collect())
    }
}
