//! Data sets that an engine keeps: images cross to the worker once, later
//! requests name them by number.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::failure::failure;
use super::messages::Failure;
use crate::code::Code;

/// Images with their classes.
pub(super) struct DataSet {
    /// `[n, C·H·W]` pixels.
    pub(super) images: Vec<f32>,
    /// `[n]`
    pub(super) labels: Vec<u32>,
}

/// The data sets of an engine.
#[derive(Default)]
pub(super) struct DataSets {
    kept: BTreeMap<u32, Rc<DataSet>>,
    next: u32,
}

impl DataSets {
    /// Keeps a set and says its number. Whether images and labels belong together is seen where
    /// they are used, with a network's sizes.
    pub(super) fn keep(&mut self, images: Vec<f32>, labels: Vec<u32>) -> u32 {
        self.next += 1;
        self.kept.insert(self.next, Rc::new(DataSet { images, labels }));
        self.next
    }

    pub(super) fn get(&self, id: u32) -> Result<Rc<DataSet>, Failure> {
        self.kept.get(&id).cloned().ok_or_else(|| {
            let message = format!("there is no data set number {id}; hand it over first");
            failure(Code::NoSuchDataSet, message)
        })
    }

    /// Forgets a set; an exhibit of it stays whole.
    pub(super) fn forget(&mut self, id: u32) {
        self.kept.remove(&id);
    }
}
