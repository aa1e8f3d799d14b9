//! `blindspots certify`: what is proved of each digit.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use blindspots::count::counted;
use blindspots::model::Network;
use blindspots::study::certify::{Certificate, Certifier};
use rayon::prelude::*;
use serde::Serialize;

use super::inputs::{Pictures, network};
use super::labels::{doubt, labels};
use super::{kept_in, progress_bar};
use crate::args::Certify;
use crate::failure::Failure;
use crate::files::{self, Wanted};
use crate::rows::InputRow;
use crate::{interrupt, output};

/// One digit of `certify --json`.
#[derive(Clone, Serialize)]
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
    /// How many images there are, where a signal ended the work before all of them were done.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<usize>,
    images: &'a [Row],
    misread: usize,
    mean_radius: Option<f64>,
}

impl<'a> CertificateFile<'a> {
    /// About the first, or all, of so many images.
    fn of(model: &'a str, network: &Network, images: &'a [Row], all: usize) -> CertificateFile<'a> {
        let read: Vec<f64> =
            images.iter().map(|row| row.radius).filter(|radius| *radius > 0.0).collect();
        CertificateFile {
            model,
            input: InputRow::of(network),
            of: (images.len() < all).then_some(all),
            images,
            misread: images.len() - read.len(),
            mean_radius: (!read.is_empty()).then(|| read.iter().sum::<f64>() / read.len() as f64),
        }
    }
}

/// Certifies every digit.
pub(super) fn run(options: &Certify) -> Result<(), Failure> {
    let json = files::wanted("--json", options.json.as_deref())?;
    let images = Pictures::read(&options.images)?;
    let name = options.model.display().to_string();
    let network = network(&options.model, &options.pixels, &images)?;
    let certifier = Certifier::new(&network).map_err(|e| format!("{name}: {e}"))?;
    let pixels = network.pixels();
    let images = images.shown_to(&network)?;
    let labels = labels(&options.labels, &images, network.classes())?;
    doubt(&options.model, &network, &images.pixels, &labels)?;
    let finished = Arc::new(Mutex::new(BTreeMap::<usize, Row>::new()));
    let salvage = {
        let (finished, network, name) = (finished.clone(), network.clone(), name.clone());
        let (file, all) = (json.as_ref().and_then(Wanted::part), labels.len());
        move || {
            let finished = finished.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let rows: Vec<Row> = finished.into_values().collect();
            let Some(file) = file.filter(|_| !rows.is_empty()) else { return Ok(None) };
            file.write_json(&CertificateFile::of(&name, &network, &rows, all))?;
            let finished = format!("{} of {}", rows.len(), counted(all, "image"));
            Ok(kept_in([Some(&file)], finished))
        }
    };
    let bar = progress_bar(labels.len() as u64);
    let certify = || -> Result<Vec<Row>, String> {
        let images = images.pixels.par_chunks_exact(pixels).zip(&labels).enumerate();
        let rows = images.map(|(index, (image, label))| {
            let label = *label;
            let proved =
                certifier.certify(image, label).map_err(|e| format!("image {index}: {e}"))?;
            bar.inc(1);
            let Certificate { radius, rival, trials } = proved;
            let distortion = radius / (pixels as f64).sqrt();
            let row = Row { index, label, radius, distortion, rival, trials };
            finished.lock().unwrap_or_else(PoisonError::into_inner).insert(index, row.clone());
            Ok(row)
        });
        rows.collect()
    };
    let rows = interrupt::keeping(salvage, certify);
    bar.finish_and_clear();
    let rows = rows?;
    let whole = CertificateFile::of(&name, &network, &rows, rows.len());
    let CertificateFile { misread, mean_radius, .. } = whole;
    for Row { index, label, radius, .. } in rows.iter().filter(|_| json.is_none()) {
        let line = format!("{index:>6}  label {label}  nothing below ‖r‖₂ = {radius:.4}");
        output::line(line);
    }
    let are = if misread == 1 { "is misread as it is" } else { "are misread as they are" };
    output::line(format_args!("{misread} of {} {are}", rows.len()));
    if let Some(mean) = mean_radius {
        output::line(format_args!("mean certified radius of the others {mean:.4}"));
    }
    if let Some(file) = json {
        file.write_json(&whole)?;
    }
    Ok(())
}
