//! `blindspots certify`: what is proved of each digit.

use blindspots::study::certify::{Certificate, Certifier};
use rayon::prelude::*;
use serde::Serialize;

use super::inputs::{Pictures, labels, network};
use super::progress_bar;
use crate::args::Certify;
use crate::output::{InputRow, write_json};

/// One digit of `certify --json`.
#[derive(Serialize)]
struct Row {
    index: usize,
    label: usize,
    /// No perturbation with a smaller ‖r‖₂ changes what is read.
    radius: f64,
    /// That radius by √n, for images of n pixels.
    distortion: f64,
    /// The class that stands in the way of a larger radius.
    rival: usize,
    trials: usize,
}

/// The whole of `certify --json`.
#[derive(Serialize)]
struct CertificateFile<'a> {
    model: &'a str,
    input: InputRow,
    images: Vec<Row>,
    misread: usize,
    mean_radius: Option<f64>,
}

/// Certifies every digit.
pub(super) fn run(options: &Certify) -> Result<(), String> {
    let images = Pictures::read(&options.images)?;
    let network = network(&options.model, &options.pixels, &images)?;
    let certifier = Certifier::new(&network).map_err(|e| format!("{}: {e}", options.model))?;
    let pixels = network.pixels();
    let images = images.of(&network)?;
    let labels = labels(&options.labels, images.len() / pixels)?;
    let bar = progress_bar(labels.len() as u64);
    let rows: Result<Vec<Row>, String> = images
        .par_chunks_exact(pixels)
        .zip(&labels)
        .enumerate()
        .map(|(index, (image, label))| {
            let label = *label;
            let proved =
                certifier.certify(image, label).map_err(|e| format!("image {index}: {e}"))?;
            bar.inc(1);
            let Certificate { radius, rival, trials } = proved;
            let distortion = radius / (pixels as f64).sqrt();
            Ok(Row { index, label, radius, distortion, rival, trials })
        })
        .collect();
    bar.finish_and_clear();
    let rows = rows?;
    let read: Vec<f64> = rows.iter().map(|r| r.radius).filter(|radius| *radius > 0.0).collect();
    let mean = (!read.is_empty()).then(|| read.iter().sum::<f64>() / read.len() as f64);
    let misread = rows.len() - read.len();
    if options.json.is_none() {
        for row in &rows {
            println!(
                "{:>6}  label {}  nothing below ‖r‖₂ = {:.4}",
                row.index, row.label, row.radius
            );
        }
    }
    println!("{misread} of {} are misread as they are", rows.len());
    if let Some(mean) = mean {
        println!("mean certified radius of the others {mean:.4}");
    }
    match &options.json {
        Some(path) => {
            let model = &options.model;
            let input = InputRow::of(&network);
            let file = CertificateFile { model, input, images: rows, misread, mean_radius: mean };
            write_json(path, &file)
        }
        None => Ok(()),
    }
}
