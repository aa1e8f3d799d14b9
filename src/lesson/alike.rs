//! The same image in files of several students: no proof of anything, but worth a question.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Verified, VerifiedTask};
use crate::count::counted;

/// Files of others that a sentence names.
const MOST_NAMED: usize = 3;

/// An image that several students handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SameAs {
    /// Which file, by its place.
    pub file: usize,
    /// Which of its tasks, from 0.
    pub task: usize,
    /// Files of other students that have it, in their order.
    pub others: Vec<usize>,
    /// A sentence that names some of them.
    pub words: String,
}

/// What files of a class have in common: the changed image of a task, or the digit where none is changed.
///
/// Files of one student, such as a second try, are not compared. Whoever fools the same network on the
/// same of the page's samples gets the same image without having copied it. `names` are the files'.
///
/// # Panics
/// Where there are fewer names than files.
#[must_use]
pub fn same_as(names: &[String], files: &[Verified]) -> Vec<SameAs> {
    let mut holders: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (file, task) in files
        .iter()
        .enumerate()
        .flat_map(|(at, file)| file.tasks.iter().map(move |task| (at, task)))
    {
        if let Some(hash) = image(task) {
            let files = holders.entry(hash).or_default();
            if files.last() != Some(&file) {
                files.push(file);
            }
        }
    }
    let student = |file: usize| files[file].student.trim();
    let mut found = Vec::new();
    for (file, verified) in files.iter().enumerate() {
        for (task, done) in verified.tasks.iter().enumerate() {
            let holders = image(done).and_then(|hash| holders.get(hash)).into_iter().flatten();
            let others = holders.copied().filter(|other| student(*other) != student(file));
            let others: Vec<usize> = others.collect();
            if !others.is_empty() {
                let words = words(task, &others, names);
                found.push(SameAs { file, task, others, words });
            }
        }
    }
    found
}

fn words(task: usize, others: &[usize], names: &[String]) -> String {
    let named: Vec<&str> =
        others.iter().take(MOST_NAMED).map(|&other| names[other].as_str()).collect();
    let mut named = named.join(", ");
    if let Some(more @ 1..) = others.len().checked_sub(MOST_NAMED) {
        named += &format!(" and {}", counted(more, "other"));
    }
    format!("task {} has the same image as {named}", task + 1)
}

fn image(task: &VerifiedTask) -> Option<&str> {
    task.sha256.image.as_deref().or(task.sha256.original.as_deref())
}
