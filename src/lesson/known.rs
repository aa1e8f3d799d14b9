//! The networks that lessons can name.

use std::sync::Arc;

use super::{LessonError, text};
use crate::digit;
use crate::model::Network;

/// What a network is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownNetwork {
    /// Its name in lessons.
    pub name: String,
    /// Of its ONNX file, in hexadecimal.
    pub sha256: String,
}

/// A collection of networks, which may be loaded when they are asked for.
pub trait Networks {
    /// All of them.
    fn known(&self) -> &[KnownNetwork];

    /// One of them, loaded.
    ///
    /// # Errors
    /// Why it cannot be had, in words.
    fn load(&self, name: &str) -> Result<Arc<Network>, String>;
}

/// SHA-256 of a collection: of the lines “name sha256” of all its networks, in the order of their names.
#[must_use]
pub fn collection(networks: &impl Networks) -> String {
    let mut lines: Vec<String> = Vec::new();
    for KnownNetwork { name, sha256 } in networks.known() {
        let line = format!("{name} {sha256}\n");
        lines.insert(lines.partition_point(|other| *other < line), line);
    }
    text::sha256(lines.concat().as_bytes())
}

/// A network for a task.
pub(super) struct Taken {
    pub(super) known: KnownNetwork,
    pub(super) network: Arc<Network>,
}

/// The networks of these names.
pub(super) fn take(networks: &impl Networks, names: &[&str]) -> Result<Vec<Taken>, LessonError> {
    names.iter().map(|name| taken(networks, name)).collect()
}

fn taken(networks: &impl Networks, name: &str) -> Result<Taken, LessonError> {
    let known = find(networks, name).cloned().ok_or_else(|| {
        let all: Vec<&str> = networks.known().iter().map(|known| known.name.as_str()).collect();
        LessonError::Lesson(format!("there is no network {name}; there are {}", all.join(", ")))
    })?;
    let failed = |reason| LessonError::Network { name: name.to_owned(), reason };
    let network = networks.load(name).map_err(failed)?;
    digit::check(&network).map_err(|error| failed(error.to_string()))?;
    Ok(Taken { known, network })
}

/// What is known of a network.
pub(super) fn find<'a>(networks: &'a impl Networks, name: &str) -> Option<&'a KnownNetwork> {
    networks.known().iter().find(|known| known.name == name)
}

/// Networks that are loaded already.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    known: Vec<KnownNetwork>,
    networks: Vec<Arc<Network>>,
}

impl Loaded {
    /// One more.
    pub fn add(&mut self, known: KnownNetwork, network: Arc<Network>) {
        self.known.push(known);
        self.networks.push(network);
    }
}

impl Networks for Loaded {
    fn known(&self) -> &[KnownNetwork] {
        &self.known
    }

    fn load(&self, name: &str) -> Result<Arc<Network>, String> {
        let place = self.known.iter().position(|known| known.name == name);
        place.map(|place| self.networks[place].clone()).ok_or_else(|| "it is not there".to_owned())
    }
}
