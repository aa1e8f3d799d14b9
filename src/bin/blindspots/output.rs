//! What commands write: JSON files, numbers of a whole run.

use std::path::Path;

use blindspots::attack::Report;
use serde::Serialize;

/// One image of `attack --json`.
#[derive(Serialize)]
pub(crate) struct ImageRow {
    index: usize,
    label: usize,
    target: Option<usize>,
    predicted: usize,
    /// What each network reads, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    readings: Vec<usize>,
    success: bool,
    l2: f32,
    linf: f32,
    distortion: f32,
    /// Classes that the search made for one by one.
    tried: usize,
    evaluations: u64,
    stop: &'static str,
    /// Where the search began that it ended with.
    start: &'static str,
}

/// The whole of `attack --json`.
#[derive(Serialize)]
pub(crate) struct AttackFile<'a> {
    pub(crate) model: &'a str,
    pub(crate) method: &'static str,
    pub(crate) backend: &'static str,
    pub(crate) images: Vec<ImageRow>,
    pub(crate) summary: Summary,
}

/// Numbers over all images; distances over those that were read correctly and fooled.
#[derive(Serialize)]
pub(crate) struct Summary {
    pub(crate) success_rate: f64,
    pub(crate) mean_l2: Option<f64>,
    pub(crate) median_l2: Option<f64>,
    pub(crate) mean_distortion: Option<f64>,
    pub(crate) already_misread: usize,
    pub(crate) seconds: f64,
    pub(crate) images_per_second: f64,
    pub(crate) evaluations: u64,
}

/// One row an image; `indices` are places in the images' file.
pub(crate) fn rows(indices: &[usize], reports: &[Report]) -> Vec<ImageRow> {
    indices
        .iter()
        .zip(reports)
        .map(|(index, r)| ImageRow {
            index: *index,
            label: r.label,
            target: r.target,
            predicted: r.predicted,
            readings: if r.readings.len() > 1 { r.readings.clone() } else { Vec::new() },
            success: r.success,
            l2: r.distance.l2,
            linf: r.distance.linf,
            distortion: r.distance.distortion,
            tried: r.tried,
            evaluations: r.evaluations,
            stop: r.stop.name(),
            start: r.start.name(),
        })
        .collect()
}

impl Summary {
    /// Sums up a run on images of so many pixels that took `seconds`.
    pub(crate) fn of(reports: &[Report], pixels: usize, seconds: f64) -> Summary {
        use blindspots::attack::Stop;
        let mut distances: Vec<f64> = reports
            .iter()
            .filter(|r| r.success && r.stop != Stop::AlreadyMisread)
            .map(|r| f64::from(r.distance.l2))
            .collect();
        distances.sort_by(f64::total_cmp);
        let mean =
            (!distances.is_empty()).then(|| distances.iter().sum::<f64>() / distances.len() as f64);
        let middle = |i: usize| distances.get(i).copied();
        let median = match distances.len() {
            0 => None,
            n if n % 2 == 1 => middle(n / 2),
            n => middle(n / 2 - 1).zip(middle(n / 2)).map(|(a, b)| 0.5 * (a + b)),
        };
        let successes = reports.iter().filter(|r| r.success).count();
        Summary {
            success_rate: successes as f64 / reports.len().max(1) as f64,
            mean_l2: mean,
            median_l2: median,
            mean_distortion: mean.map(|m| m / (pixels as f64).sqrt()),
            already_misread: reports.iter().filter(|r| r.stop == Stop::AlreadyMisread).count(),
            seconds,
            images_per_second: reports.len() as f64 / seconds.max(1e-9),
            evaluations: reports.iter().map(|r| r.evaluations).sum(),
        }
    }
}

/// Writes a value as indented JSON.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), String> {
    let text = serde_json::to_string_pretty(value).map_err(|e| e.to_string())?;
    std::fs::write(path, text + "\n").map_err(|e| format!("{}: {e}", path.display()))
}
