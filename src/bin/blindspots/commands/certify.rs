//! `blindspots certify`: what is proved of each digit.

use std::borrow::Cow;

use blindspots::study::certify::{Certificate, Certifier};
use rayon::prelude::*;
use serde::Serialize;

use super::inputs::{Pictures, network};
use super::labels::{doubt, labels};
use super::progress_bar;
use crate::args::Certify;
use crate::failure::Failure;
use crate::rows::InputRow;
use crate::{files, output};

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
    model: Cow<'a, str>,
    input: InputRow,
    images: Vec<Row>,
    misread: usize,
    mean_radius: Option<f64>,
}

/// Certifies every digit.
pub(super) fn run(options: &Certify) -> Result<(), Failure> {
    let json = files::wanted("--json", options.json.as_deref())?;
    let images = Pictures::read(&options.images)?;
    let name = options.model.display();
    let network = network(&options.model, &options.pixels, &images)?;
    let certifier = Certifier::new(&network).map_err(|e| format!("{name}: {e}"))?;
    let pixels = network.pixels();
    let images = images.shown_to(&network)?;
    let labels = labels(&options.labels, &images)?;
    doubt(&options.model, &network, &images.pixels, &labels)?;
    let bar = progress_bar(labels.len() as u64);
    let rows: Result<Vec<Row>, String> = images
        .pixels
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
    for Row { index, label, radius, .. } in rows.iter().filter(|_| json.is_none()) {
        let line = format!("{index:>6}  label {label}  nothing below ‖r‖₂ = {radius:.4}");
        output::line(line);
    }
    let are = if misread == 1 { "is misread as it is" } else { "are misread as they are" };
    output::line(format_args!("{misread} of {} {are}", rows.len()));
    if let Some(mean) = mean {
        output::line(format_args!("mean certified radius of the others {mean:.4}"));
    }
    if let Some(file) = json {
        let (model, input) = (options.model.to_string_lossy(), InputRow::of(&network));
        let mean_radius = mean;
        file.write_json(&CertificateFile { model, input, images: rows, misread, mean_radius })?;
    }
    Ok(())
}
