//! What a whole run found, as JSON and as Markdown.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Done, Plan, Set, StudyError, unreadable};

/// A result an experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// What was to be done.
    pub plan: Plan,
    /// By the experiment's name.
    pub results: BTreeMap<String, Value>,
}

impl RunReport {
    /// Finishes every experiment of a plan.
    ///
    /// # Errors
    /// Those of [`Experiment::finish`](super::Experiment::finish).
    pub(super) fn of(plan: Plan, done: &Done) -> Result<RunReport, StudyError> {
        let finished = plan.entries()?.into_iter().map(|entry| {
            let result = (entry.finish)(&plan, done)?;
            Ok((entry.name.to_owned(), result))
        });
        let results: Result<_, StudyError> = finished.collect();
        Ok(RunReport { results: results?, plan })
    }

    /// The result of an experiment.
    ///
    /// # Errors
    /// [`StudyError::Unreadable`] where the run did not include it.
    pub fn result<E: super::Experiment>(&self) -> Result<E::Report, StudyError> {
        let value = self.results.get(E::NAME);
        let value = value.ok_or_else(|| unreadable(E::NAME, &"it is missing"))?;
        E::Report::deserialize(value).map_err(|e| unreadable(E::NAME, &e))
    }

    /// The whole report as a document.
    ///
    /// # Errors
    /// [`StudyError::Unreadable`] where a result was changed by hand or by another version.
    pub fn markdown(&self) -> Result<String, StudyError> {
        let mut text = head(&self.plan);
        for entry in self.plan.entries()? {
            let value = self.results.get(entry.name);
            let value = value.ok_or_else(|| unreadable(entry.name, &"it is missing"))?;
            let section = (entry.markdown)(&self.plan, value)?;
            // Writing into a string does not fail.
            let _ = write!(text, "\n{section}");
        }
        Ok(text)
    }
}

fn head(plan: &Plan) -> String {
    let Plan { program, method, seed, .. } = plan;
    let digits = match plan.count {
        None => format!("all {} test digits", plan.digits(Set::Test)),
        Some(1) => "the first digit of every set".to_owned(),
        Some(count) => format!("the first {count} digits of every set"),
    };
    format!(
        "# Results\n\n\
        The experiments of *Intriguing properties of neural networks* (Szegedy et al., 2013), \
        written by `blindspots reproduce` and not to be edited. Made by {program} on {digits}, \
        with the method `{method}` and the seed {seed}. \
        Figures in italics are the paper's, copied; all others were measured.\n"
    )
}
