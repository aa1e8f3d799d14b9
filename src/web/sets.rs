//! Data sets that an engine keeps: images cross to the worker once, later
//! requests name them by number.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use super::failure::failure;
use super::messages::Failure;
use crate::code::Code;
use crate::count::counted;

/// Images with their classes.
pub(super) struct DataSet {
    /// `[n, C·H·W]` pixels.
    pub(super) images: Vec<f32>,
    /// `[n]`
    pub(super) labels: Vec<u32>,
}

impl DataSet {
    /// Images from the first on, so many or all that follow, of so many pixels each; and their classes.
    pub(super) fn part(
        &self,
        first: Option<u32>,
        count: Option<u32>,
        pixels: usize,
    ) -> Result<(&[f32], &[u32]), Failure> {
        let there = self.labels.len();
        if self.images.len() != pixels * there {
            let images = counted(self.images.len() / pixels, "image");
            let labels = counted(there, "label");
            let message = format!("{labels} cannot belong to {images}");
            return Err(failure(Code::WrongLength, message));
        }
        let Range { start, end } = range(first, count, there).ok_or_else(|| {
            let message = format!("a data set of {} has no such part", counted(there, "image"));
            failure(Code::BadRequest, message)
        })?;
        Ok((&self.images[start * pixels..end * pixels], &self.labels[start..end]))
    }
}

/// Places from the first on, so many or all that follow; `None` where there are fewer.
fn range(first: Option<u32>, count: Option<u32>, there: usize) -> Option<Range<usize>> {
    let start = first.unwrap_or(0) as usize;
    let end = count.map_or(Some(there), |count| start.checked_add(count as usize))?;
    (start <= end && end <= there).then_some(start..end)
}

/// The data sets of an engine.
#[derive(Default)]
pub(super) struct DataSets {
    kept: BTreeMap<u32, Rc<DataSet>>,
    next: u32,
}

impl DataSets {
    /// Keeps a set and says its number. Whether the images are as large as a network's is seen where they
    /// are used; here only that there can be as many of one size.
    pub(super) fn keep(&mut self, images: Vec<f32>, labels: Vec<u32>) -> Result<u32, Failure> {
        if labels.is_empty() || images.is_empty() || !images.len().is_multiple_of(labels.len()) {
            let (pixels, labels) = (counted(images.len(), "pixel"), counted(labels.len(), "label"));
            let message = format!("{labels} cannot belong to images with {pixels} in all");
            return Err(failure(Code::LabelsDiffer, message));
        }
        self.next += 1;
        self.kept.insert(self.next, Rc::new(DataSet { images, labels }));
        Ok(self.next)
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
