//! ONNX files from many exporters and by hand: what loads must agree with the
//! reference in `tests/fixtures/onnx/reference.json` (PyTorch in f64, or
//! onnxruntime), logits and input gradients; what cannot be used must be
//! refused with the right code.

use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use blindspots::digit::{CLASSES, PIXELS};
use blindspots::exec::loss::probabilities;
use blindspots::exec::{CpuExecutor, Evaluation, Goal};
use blindspots::import::{self, LoadOptions};
use blindspots::model::OutputKind;
use serde::Deserialize;

/// f32 against f64 through a few small layers, relative to the largest number.
const ANSWERS: f64 = 1e-4;
/// The same for gradients, relative to the norm.
const GRADIENTS: f64 = 1e-3;

#[derive(Deserialize)]
struct Reference {
    labels: Vec<usize>,
    images: String,
    files: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    file: String,
    what: String,
    expect: String,
    output: Option<String>,
    answer: Option<String>,
    gradient: Option<String>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/onnx")
}

fn reference() -> Reference {
    let text = std::fs::read_to_string(folder().join("reference.json")).expect("the fixtures");
    serde_json::from_str(&text).expect("the reference is valid")
}

fn floats(text: &str) -> Vec<f32> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).expect("base64");
    bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}

/// Largest difference of an answer, relative to the largest number of its image.
fn answer_error(ours: &[f32], theirs: &[f32]) -> f64 {
    assert_eq!(ours.len(), theirs.len());
    let mut worst = 0.0f64;
    for (a, b) in ours.chunks_exact(CLASSES).zip(theirs.chunks_exact(CLASSES)) {
        let scale = b.iter().fold(1.0f64, |m, v| m.max(f64::from(v.abs())));
        for (x, y) in a.iter().zip(b) {
            let error = (f64::from(*x) - f64::from(*y)).abs() / scale;
            worst = if error.is_nan() { f64::INFINITY } else { worst.max(error) };
        }
    }
    worst
}

/// Largest relative difference in norm over the images.
fn gradient_error(ours: &[f32], theirs: &[f32]) -> f64 {
    assert_eq!(ours.len(), theirs.len());
    let square = |v: f64| v * v;
    ours.chunks_exact(PIXELS)
        .zip(theirs.chunks_exact(PIXELS))
        .map(|(a, b)| {
            let gap: f64 = a.iter().zip(b).map(|(x, y)| square(f64::from(x - y))).sum();
            let norm: f64 = b.iter().map(|y| square(f64::from(*y))).sum();
            let error = (gap / norm.max(1e-30)).sqrt();
            if error.is_nan() { f64::INFINITY } else { error }
        })
        .fold(0.0, f64::max)
}

/// What is wrong with one file, or nothing.
fn fault(entry: &Entry, labels: &[usize], images: &[f32]) -> Option<String> {
    let bytes = std::fs::read(folder().join(&entry.file)).expect("the fixture is there");
    let network = match import::load(&bytes, &LoadOptions::default()) {
        Ok(network) => network,
        Err(error) => {
            let allowed = entry.expect == error.code().name()
                || (entry.expect == "load-or-unsupported-op" && error.code() == "unsupported-op");
            return (!allowed).then(|| format!("{}: {error}", error.code()));
        }
    };
    if !entry.expect.starts_with("load") {
        return Some(format!("loads, but should be refused with {}", entry.expect));
    }
    let kind = match network.output {
        OutputKind::Logits => "logits",
        OutputKind::Probabilities => "probabilities",
        OutputKind::LogProbabilities => "log-probabilities",
    };
    if entry.output.as_deref() != Some(kind) {
        return Some(format!("ends in {kind}, should in {:?}", entry.output));
    }
    let mut executor = CpuExecutor::new(Arc::new(network));
    let goals: Vec<Goal> = labels.iter().map(|l| Goal::CrossEntropy(*l)).collect();
    let mut result = Evaluation::default();
    executor.evaluate(images, &goals, &mut result);
    let own: Vec<f32> = match kind {
        "logits" => result.logits.clone(),
        _ => result.logits.chunks_exact(CLASSES).flat_map(probabilities).collect(),
    };
    let own: Vec<f32> = match kind {
        "log-probabilities" => own.iter().map(|p| p.ln()).collect(),
        _ => own,
    };
    let wanted = floats(entry.answer.as_deref().expect("a file that loads has an answer"));
    let error = answer_error(&own, &wanted);
    if error > ANSWERS {
        return Some(format!("answers differ by {error:.1e}"));
    }
    let wanted = floats(entry.gradient.as_deref()?);
    let error = gradient_error(&result.gradients, &wanted);
    (error > GRADIENTS).then(|| format!("gradients differ by {error:.1e}"))
}

#[test]
fn every_foreign_file_loads_and_agrees_or_is_refused_by_name() {
    let reference = reference();
    let images = floats(&reference.images);
    assert_eq!(images.len(), 3 * PIXELS);
    assert!(reference.files.len() > 100, "{} files", reference.files.len());
    let faults: Vec<String> = reference
        .files
        .iter()
        .filter_map(|entry| {
            let fault = fault(entry, &reference.labels, &images)?;
            Some(format!("{} ({}): {fault}", entry.file, entry.what))
        })
        .collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Negative control: a network that sees the pixels in another order, or is asked for another
/// class's gradient.
#[test]
fn other_images_and_other_classes_are_noticed() {
    let reference = reference();
    let images = floats(&reference.images);
    let mut turned = images.clone();
    turned.chunks_mut(PIXELS).for_each(<[f32]>::reverse);
    let others: Vec<usize> = reference.labels.iter().map(|l| (l + 1) % CLASSES).collect();
    let loading: Vec<&Entry> = reference.files.iter().filter(|e| e.expect == "load").collect();
    assert!(!loading.is_empty());
    for entry in loading {
        let said = fault(entry, &reference.labels, &turned).unwrap_or_default();
        assert!(said.contains("answers differ"), "{}: turned images pass: {said}", entry.file);
        if entry.gradient.is_some() {
            let said = fault(entry, &others, &images).unwrap_or_default();
            assert!(said.contains("gradients differ"), "{}: another class: {said}", entry.file);
        }
    }
}
