//! `blindspots classify`: reading images.

use std::sync::{Arc, Mutex, PoisonError};

use blindspots::count::counted;
use blindspots::exec::loss::predicted;
use blindspots::model::Network;
use serde::Serialize;

use super::inputs::{Pictures, executor, network};
use super::labels::{doubt_readings, labels};
use super::{kept_in, progress_bar};
use crate::args::Classify;
use crate::failure::Failure;
use crate::files::{self, Wanted};
use crate::rows::InputRow;
use crate::{interrupt, output};

/// Images that are read at a time: those before are kept where a signal ends the work.
const PIECE: usize = 256;

/// One image of `classify --json`.
#[derive(Serialize)]
struct Reading {
    index: usize,
    label: Option<usize>,
    predicted: Option<usize>,
    probabilities: Vec<f32>,
}

#[derive(Serialize)]
struct ReadingFile<'a> {
    model: &'a str,
    backend: &'static str,
    input: InputRow,
    /// How many images there are, where a signal ended the work before all of them were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<usize>,
    images: &'a [Reading],
    error_rate: Option<f64>,
}

/// What is read, and by what.
struct Work {
    model: String,
    backend: &'static str,
    network: Arc<Network>,
    labels: Option<Vec<usize>>,
    count: usize,
}

impl Work {
    /// What the network makes of the image at a place.
    fn reading(&self, index: usize, logits: &[f32]) -> Reading {
        Reading {
            index,
            label: self.labels.as_ref().map(|labels| labels[index]),
            predicted: predicted(logits),
            probabilities: self.network.output.probabilities(logits),
        }
    }

    /// The JSON file about the first, or all, images.
    fn file<'a>(&'a self, images: &'a [Reading]) -> ReadingFile<'a> {
        let misread = self.labels.as_ref().map(|_| wrong(images));
        ReadingFile {
            model: &self.model,
            backend: self.backend,
            input: InputRow::of(&self.network),
            of: (images.len() < self.count).then_some(self.count),
            images,
            error_rate: misread.map(|wrong| wrong as f64 / images.len() as f64),
        }
    }
}

/// How many are not read as their labels say.
fn wrong(readings: &[Reading]) -> usize {
    readings.iter().filter(|r| r.predicted.is_none() || r.predicted != r.label).count()
}

/// Reads images; counts the mistakes where labels are given.
pub(super) fn run(options: &Classify) -> Result<(), Failure> {
    let json = files::wanted("--json", options.input.json.as_deref())?;
    let images = Pictures::read(&options.input.images)?;
    let network = network(&options.model, &options.input.pixels, &images)?;
    let images = images.shown_to(&network)?;
    let labels = |path| labels(path, &images, network.classes());
    let labels = options.labels.as_deref().map(labels).transpose()?;
    let backend = options.input.backend;
    let mut executor = executor(&network, backend)?;
    let work = Arc::new(Work {
        model: options.model.display().to_string(),
        backend: backend.name(),
        network,
        labels,
        count: images.count(),
    });
    let finished: Arc<Mutex<Vec<Reading>>> = Arc::default();
    let salvage = {
        let (work, finished) = (work.clone(), finished.clone());
        let file = json.as_ref().and_then(Wanted::part);
        move || {
            let readings = finished.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(file) = file.filter(|_| !readings.is_empty()) else { return Ok(None) };
            file.write_json(&work.file(&readings))?;
            let all = counted(work.count, "image");
            Ok(kept_in([Some(&file)], format_args!("{} of {all}", readings.len())))
        }
    };
    let bar = progress_bar(work.count as u64);
    let read = || -> Result<(), String> {
        for piece in images.pixels.chunks(PIECE * work.network.pixels()) {
            let logits = pollster::block_on(executor.logits(piece)).map_err(|e| e.to_string())?;
            let logits = logits.chunks_exact(work.network.classes());
            bar.inc(logits.len() as u64);
            let mut finished = finished.lock().unwrap_or_else(PoisonError::into_inner);
            let first = finished.len();
            finished.extend(logits.zip(first..).map(|(logits, index)| work.reading(index, logits)));
        }
        Ok(())
    };
    let done = interrupt::keeping(salvage, read);
    bar.finish_and_clear();
    done?;
    let readings = std::mem::take(&mut *finished.lock().unwrap_or_else(PoisonError::into_inner));
    if let Some(labels) = &work.labels {
        let predicted: Vec<Option<usize>> = readings.iter().map(|r| r.predicted).collect();
        doubt_readings(&options.model, &work.network, &predicted, labels);
    }
    for reading in readings.iter().filter(|_| json.is_none()) {
        let shown = reading.predicted.map_or("NaN".into(), |p| p.to_string());
        let sure = reading.predicted.map_or(f32::NAN, |p| reading.probabilities[p]);
        let label = reading.label.map_or(String::new(), |l| format!("  label {l}"));
        output::line(format_args!("{:>6}  {shown}  {:5.1} %{label}", reading.index, 100.0 * sure));
    }
    let whole = work.file(&readings);
    if let Some(rate) = whole.error_rate {
        let (wrong, count) = (wrong(&readings), readings.len());
        output::line(format_args!("{wrong} of {count} misread: {:.2} %", 100.0 * rate));
    }
    if let Some(file) = json {
        file.write_json(&whole)?;
    }
    Ok(())
}
