//! Requests about lessons: reading one, marking what was done, making a result and checking one.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::access::with;
use super::failure::failure;
use super::messages::{Failure, KnownModel, Response, StudentWork};
use super::models::Shared;
use super::page::Page;
use crate::code::Code;
use crate::count::counted;
use crate::lesson::{self, KnownNetwork, Lesson, Networks, ResultFile, Verified};
use crate::model::Network;

/// Most rows that are asked for at once.
const MOST_SIDES: u32 = 10_000;

/// Networks that the page knows, with those that a request needs.
struct Known {
    known: Vec<KnownNetwork>,
    networks: BTreeMap<String, Arc<Network>>,
}

impl Known {
    fn new(known: &[KnownModel]) -> Known {
        let of = |KnownModel { name, sha256, .. }: &KnownModel| KnownNetwork {
            name: name.clone(),
            sha256: sha256.clone(),
        };
        Known { known: known.iter().map(of).collect(), networks: BTreeMap::new() }
    }

    /// Takes those of some names from the models that are loaded.
    async fn taking(
        models: &Shared,
        known: &[KnownModel],
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Known, Failure> {
        let mut all = Known::new(known);
        for KnownModel { name, model, .. } in known.iter().filter(|known| wanted(&known.name)) {
            let network = with(models, *model, async |loaded| Ok(loaded.network.clone())).await?;
            all.networks.insert(name.clone(), network);
        }
        Ok(all)
    }
}

impl Networks for Known {
    fn known(&self) -> &[KnownNetwork] {
        &self.known
    }

    fn load(&self, name: &str) -> Result<Arc<Network>, String> {
        self.networks.get(name).cloned().ok_or_else(|| "it was not asked for".to_owned())
    }
}

/// A lesson's file, and how it is written.
pub(super) fn read(text: &str) -> Result<Response, Failure> {
    let lesson = Lesson::read(text.as_bytes())?;
    let text = lesson.write();
    Ok(Response::Lesson { lesson, text })
}

/// Which of two rows is the unit's.
pub(super) fn sides(seed: u32, count: u32) -> Result<Response, Failure> {
    if count > MOST_SIDES {
        let message = format!("{count} rows are too many; {MOST_SIDES} are possible");
        return Err(failure(Code::TooLarge, message));
    }
    Ok(Response::Sides { first: lesson::sides(seed, count as usize) })
}

/// Marks what was done.
pub(super) async fn mark(
    models: &Shared,
    lesson: &str,
    task: u32,
    work: StudentWork,
    known: &[KnownModel],
    page: &mut Page,
) -> Result<Response, Failure> {
    let lesson = Lesson::read(lesson.as_bytes())?;
    let named = lesson.task(task)?.networks();
    let known = Known::taking(models, known, |name| named.contains(&name)).await?;
    let answer = lesson::mark(&lesson, task, &work.into(), &known, page).await?;
    Ok(Response::Marked { answer })
}

/// The file that a student hands in.
pub(super) fn result(
    lesson: &str,
    student: &str,
    answers: &str,
    known: &[KnownModel],
) -> Result<Response, Failure> {
    let lesson = Lesson::read(lesson.as_bytes())?;
    let answers = lesson::read_answers(answers.as_bytes())?;
    let file = ResultFile::new(lesson, student, answers, &Known::new(known))?;
    Ok(Response::Result { text: file.write(), code: file.code })
}

/// Works a result's file out again.
pub(super) async fn verify(
    models: &Shared,
    file: &[u8],
    lesson: Option<&str>,
    known: &[KnownModel],
    page: &mut Page,
) -> Result<Response, Failure> {
    let lesson = lesson.map(|text| Lesson::read(text.as_bytes())).transpose()?;
    let known = Known::taking(models, known, |_| true).await?;
    Ok(Response::Verified(lesson::verify(file, lesson.as_ref(), &known, page).await?))
}

/// Which images several students handed in.
pub(super) fn copies(names: &[String], results: &[Verified]) -> Result<Response, Failure> {
    if names.len() != results.len() {
        let words =
            format!("{} have {}", counted(results.len(), "result"), counted(names.len(), "name"));
        return Err(failure(Code::BadRequest, words));
    }
    Ok(Response::Copies { same: lesson::same_as(names, results) })
}
