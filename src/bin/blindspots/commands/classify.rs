//! `blindspots classify`: reading images.

use blindspots::exec::loss::{predicted, probabilities};
use serde::Serialize;

use super::inputs::{Pictures, executor, labels, network};
use crate::args::Classify;
use crate::output::{InputRow, write_json};

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
    images: Vec<Reading>,
    error_rate: Option<f64>,
}

/// Reads images; counts the mistakes where labels are given.
pub(super) fn run(options: &Classify) -> Result<(), String> {
    let images = Pictures::read(&options.input.images)?;
    let network = network(&options.input.model, &options.input.pixels, &images)?;
    let images = images.of(&network)?;
    let count = images.len() / network.pixels();
    let labels = options.labels.as_deref().map(|path| labels(path, count)).transpose()?;
    let mut executor = executor(&network, options.input.backend)?;
    let logits = pollster::block_on(executor.logits(&images)).map_err(|e| e.to_string())?;
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
    let wrong = readings.iter().filter(|r| r.predicted.is_none() || r.predicted != r.label).count();
    let error_rate = labels.as_ref().map(|_| wrong as f64 / readings.len() as f64);
    for reading in readings.iter().filter(|_| options.input.json.is_none()) {
        let shown = reading.predicted.map_or("NaN".into(), |p| p.to_string());
        let sure = reading.predicted.map_or(f32::NAN, |p| reading.probabilities[p]);
        let label = reading.label.map_or(String::new(), |l| format!("  label {l}"));
        println!("{:>6}  {shown}  {:5.1} %{label}", reading.index, 100.0 * sure);
    }
    if let Some(rate) = error_rate {
        println!("{wrong} of {} misread: {:.2} %", readings.len(), 100.0 * rate);
    }
    if let Some(path) = &options.input.json {
        let backend = options.input.backend.name();
        let (model, input) = (options.input.model.as_str(), InputRow::of(&network));
        let file = ReadingFile { model, backend, input, images: readings, error_rate };
        write_json(path, &file)?;
    }
    Ok(())
}
