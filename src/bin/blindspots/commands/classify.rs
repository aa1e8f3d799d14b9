//! `blindspots classify`: reading images.

use std::borrow::Cow;

use blindspots::exec::loss::{predicted, probabilities};
use serde::Serialize;

use super::inputs::{Pictures, executor, network};
use super::labels::{doubt_readings, labels};
use crate::args::Classify;
use crate::failure::Failure;
use crate::rows::InputRow;
use crate::{files, output};

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
    model: Cow<'a, str>,
    backend: &'static str,
    input: InputRow,
    images: Vec<Reading>,
    error_rate: Option<f64>,
}

/// Reads images; counts the mistakes where labels are given.
pub(super) fn run(options: &Classify) -> Result<(), Failure> {
    let json = files::wanted("--json", options.input.json.as_deref())?;
    let images = Pictures::read(&options.input.images)?;
    let network = network(&options.model, &options.input.pixels, &images)?;
    let images = images.shown_to(&network)?;
    let labels = options.labels.as_deref().map(|path| labels(path, &images)).transpose()?;
    let mut executor = executor(&network, options.input.backend)?;
    let logits = executor.logits(&images.pixels);
    let logits = pollster::block_on(logits).map_err(|e| e.to_string())?;
    let readings: Vec<Reading> = logits
        .chunks_exact(network.classes())
        .enumerate()
        .map(|(index, logits)| Reading {
            index,
            label: labels.as_ref().map(|l| l[index]),
            predicted: predicted(logits),
            probabilities: probabilities(logits),
        })
        .collect();
    if let Some(labels) = &labels {
        let predicted: Vec<Option<usize>> = readings.iter().map(|r| r.predicted).collect();
        doubt_readings(&options.model, &network, &predicted, labels);
    }
    let wrong = readings.iter().filter(|r| r.predicted.is_none() || r.predicted != r.label).count();
    let error_rate = labels.as_ref().map(|_| wrong as f64 / readings.len() as f64);
    for reading in readings.iter().filter(|_| json.is_none()) {
        let shown = reading.predicted.map_or("NaN".into(), |p| p.to_string());
        let sure = reading.predicted.map_or(f32::NAN, |p| reading.probabilities[p]);
        let label = reading.label.map_or(String::new(), |l| format!("  label {l}"));
        output::line(format_args!("{:>6}  {shown}  {:5.1} %{label}", reading.index, 100.0 * sure));
    }
    if let Some(rate) = error_rate {
        let count = readings.len();
        output::line(format_args!("{wrong} of {count} misread: {:.2} %", 100.0 * rate));
    }
    if let Some(file) = json {
        let backend = options.input.backend.name();
        let (model, input) = (options.model.to_string_lossy(), InputRow::of(&network));
        file.write_json(&ReadingFile { model, backend, input, images: readings, error_rate })?;
    }
    Ok(())
}
