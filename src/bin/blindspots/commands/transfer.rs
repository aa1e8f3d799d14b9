//! `blindspots transfer`: examples made for each network, shown to all.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use blindspots::attack::{Method, Options, Recipe};
use blindspots::count::counted;
use blindspots::digit::idx::Digits;
use blindspots::model::Network;
use blindspots::study::parallel::{made_for_each, sums};
use blindspots::study::table::columns;
use blindspots::study::transfer::{MadeFor, Tally};
use serde::Serialize;

use super::inputs::{Pictures, joined, network};
use super::labels::{doubt, labels};
use super::{kept_in, progress_bar};
use crate::args::Transfer;
use crate::failure::Failure;
use crate::files::{self, PartFile, Wanted};
use crate::rows::InputRow;
use crate::{interrupt, output};

/// A row of the matrix.
#[derive(Serialize)]
struct Row<'a> {
    made_for: &'a str,
    what: &'static str,
    distortion: f64,
    /// Of each network in percent.
    errors: Vec<f64>,
}

/// The whole of `transfer --json`.
#[derive(Serialize)]
struct TransferFile<'a> {
    models: &'a [String],
    inputs: Vec<InputRow>,
    method: &'static str,
    seed: u64,
    digits: usize,
    /// How many digits there are, where a signal ended the work before all of them were done.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<usize>,
    magnified_to: Option<f32>,
    rows: Vec<Row<'a>>,
    /// Of each network: digits that it misreads as they are and that count with distance 0.
    misread: Vec<u64>,
    not_fooled: Vec<u64>,
}

/// Makes examples for every network; prints and writes the errors of all on them.
pub(super) fn run(options: &Transfer) -> Result<(), Failure> {
    let json = files::wanted("--json", options.json.as_deref())?;
    let images = Pictures::read(&options.images)?;
    let paths = joined(&options.models);
    let network = |name: &PathBuf| network(name, &options.pixels, &images);
    let networks: Result<Vec<_>, Failure> = paths.iter().map(network).collect();
    let networks = networks?;
    let first = networks.first().ok_or("there is no network to make examples for")?;
    if let Some(other) =
        networks.iter().find(|n| (n.image, n.classes()) != (first.image, first.classes()))
    {
        return Err(format!(
            "examples are shown to networks that read the same: one reads {} into {}, another {} into {}",
            first.image,
            counted(first.classes(), "class"),
            other.image,
            other.classes()
        )
        .into());
    }
    let images = images.shown_to(first)?;
    let labels = labels(&options.labels, &images, first.classes())?;
    doubt(&paths[0], first, &images.pixels, &labels)?;
    let images = images.pixels;
    let labels: Result<Vec<u8>, _> = labels.into_iter().map(u8::try_from).collect();
    let labels = labels.map_err(|_| "transfers take labels from 0 to 255")?;
    let digits = Digits { images, labels };
    let recipe = Recipe {
        method: options.method,
        options: Options { seed: Some(options.seed), ..Options::default() },
    };
    let work = Work {
        names: paths.iter().map(|path| path.display().to_string()).collect(),
        networks,
        method: options.method,
        seed: options.seed,
        magnified_to: options.distortion,
        digits: digits.labels.len(),
    };
    let made = work.make(&digits, recipe, json.as_ref())?;
    print(&work.names, &rows(&work.names, &made));
    json.map_or(Ok(()), |json| json.write_json(&work.file(work.digits, &made)))
}

/// What is asked, and with what.
#[derive(Clone)]
struct Work {
    names: Vec<String>,
    networks: Vec<Arc<Network>>,
    method: Method,
    seed: u64,
    magnified_to: Option<f32>,
    /// How many.
    digits: usize,
}

/// What was made of pieces of the digits for each network, by the place of the first of them.
type Finished = Mutex<BTreeMap<usize, Vec<MadeFor>>>;

impl Work {
    /// Makes the examples; where a signal ends the work, those digits are kept that all networks are done with.
    fn make(
        &self,
        digits: &Digits,
        recipe: Recipe,
        json: Option<&Wanted>,
    ) -> Result<Vec<MadeFor>, String> {
        let finished = Arc::new(Finished::default());
        let salvage = {
            let (work, finished) = (self.clone(), finished.clone());
            let file = json.and_then(Wanted::part);
            move || file.map_or(Ok(None), |file| work.keep(&finished, &file))
        };
        let bar = progress_bar(self.digits as u64);
        let done = |first: usize, made: &[MadeFor]| {
            bar.inc(made.first().map_or(0, |made| made.nearest.examples.digits));
            let mut finished = finished.lock().unwrap_or_else(PoisonError::into_inner);
            finished.insert(first, made.to_vec());
        };
        let make = || made_for_each(&self.networks, digits, recipe, self.magnified_to, done);
        let made = interrupt::keeping(salvage, make);
        bar.finish_and_clear();
        made.map_err(|e| e.to_string())
    }

    fn keep(&self, finished: &Finished, file: &PartFile) -> Result<Option<String>, Failure> {
        let finished = finished.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let made = sums(self.networks.len(), finished.values());
        let digits = made.first().map_or(0, |made| made.nearest.examples.digits as usize);
        if digits == 0 {
            return Ok(None);
        }
        file.write_json(&self.file(digits, &made))?;
        let all = counted(self.digits, "digit");
        Ok(kept_in([Some(file)], format_args!("{digits} of {all}")))
    }

    /// The JSON file about so many digits.
    fn file(&self, digits: usize, made: &[MadeFor]) -> TransferFile<'_> {
        TransferFile {
            models: &self.names,
            inputs: InputRow::of_several(&self.networks),
            method: self.method.name(),
            seed: self.seed,
            digits,
            of: (digits < self.digits).then_some(self.digits),
            magnified_to: self.magnified_to,
            rows: rows(&self.names, made),
            misread: made.iter().map(|m| m.misread).collect(),
            not_fooled: made.iter().map(|m| m.not_fooled).collect(),
        }
    }
}

/// Examples, magnified examples, and noise as strong as each.
fn rows<'a>(names: &'a [String], made: &[MadeFor]) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    let each = || names.iter().zip(made);
    let mut add = |made_for, what, tally: &Tally| {
        let (distortion, errors) = (tally.mean_distortion(), tally.errors());
        rows.push(Row { made_for, what, distortion, errors });
    };
    for (name, made) in each() {
        add(name, "examples", &made.nearest.examples);
    }
    for (name, made) in each() {
        add(name, "noise", &made.nearest.noise);
    }
    let magnified = || each().filter_map(|(name, made)| Some((name, made.magnified.as_ref()?)));
    for (name, shown) in magnified() {
        add(name, "magnified", &shown.examples);
    }
    for (name, shown) in magnified() {
        add(name, "magnified-noise", &shown.noise);
    }
    rows
}

fn print(names: &[String], rows: &[Row<'_>]) {
    let mut head = vec!["made for".to_owned(), "what".into()];
    head.extend(names.iter().cloned());
    head.push("distortion".into());
    let mut cells = Vec::new();
    for row in rows {
        let mut line = vec![row.made_for.to_owned(), row.what.into()];
        line.extend(row.errors.iter().map(|error| format!("{error:.1}")));
        line.push(format!("{:.4}", row.distortion));
        cells.push(line);
    }
    output::text(columns(&head, &cells, 2));
    output::line("\nerrors in percent of those who are shown the images");
}
