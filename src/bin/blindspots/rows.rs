//! What commands write into JSON files: rows, and numbers of a whole run.

use std::sync::Arc;

use blindspots::attack::Report;
use blindspots::model::{Alternative, Network, Score};
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
    /// Whether the image still fools when its pixels are rounded to 8 bits.
    rounded_still_fools: bool,
    /// Classes that the search made for one by one.
    tried: usize,
    evaluations: u64,
    stop: &'static str,
    /// Where the search began that it ended with.
    start: &'static str,
}

/// What a network makes of an image.
#[derive(Serialize)]
pub(crate) struct InputRow {
    /// The image's shape in the file, without the batch.
    shape: Vec<usize>,
    /// `none`, `0-255`, `signed`, or means and deviations in turn.
    normalize: String,
    /// Whether it takes ink for what is paper here.
    invert: bool,
    /// Whether its rows are the image's columns.
    transposed: bool,
    /// `same`, `padded` or `scaled`: how a digit comes to the file's size.
    fit: &'static str,
    /// Which output each class is, where they are not in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    classes: Option<Vec<usize>>,
    /// The output that is read, where the file has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
    /// What the file computes in: `single`, `half` or `bfloat16`.
    precision: &'static str,
    /// `given`, `detected` or, where nothing is known, `assumed`.
    chosen: &'static str,
    /// Share of sample digits that it reads.
    accuracy: Option<f64>,
    /// Other transforms with which it reads about as many.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    others: Vec<OtherInput>,
}

fn alone(rows: &[InputRow]) -> bool {
    rows.len() < 2
}

/// A transform that was not chosen.
#[derive(Serialize)]
struct OtherInput {
    normalize: String,
    invert: bool,
    accuracy: f64,
}

impl InputRow {
    /// Of one network.
    pub(crate) fn of(network: &Network) -> InputRow {
        let expects = &network.expects;
        let other = |other: &Alternative| OtherInput {
            normalize: other.transform.to_string(),
            invert: other.transform.is_inverted(),
            accuracy: other.score.accuracy(),
        };
        InputRow {
            shape: network.input_shape.clone(),
            normalize: expects.transform.to_string(),
            invert: expects.transform.is_inverted(),
            transposed: expects.transposed,
            fit: expects.fit.name(),
            output: expects.output.clone(),
            precision: network.precision.name(),
            classes: expects.classes.clone(),
            chosen: expects.chosen.name(),
            accuracy: expects.score.map(Score::accuracy),
            others: expects.others.iter().map(other).collect(),
        }
    }

    /// Of each of several.
    pub(crate) fn of_several(networks: &[Arc<Network>]) -> Vec<InputRow> {
        networks.iter().map(|network| InputRow::of(network)).collect()
    }
}

/// The whole of `attack --json`.
#[derive(Serialize)]
pub(crate) struct AttackFile<'a> {
    pub(crate) model: &'a str,
    pub(crate) method: &'static str,
    pub(crate) backend: &'static str,
    pub(crate) input: InputRow,
    /// Of each network that the change must fool, where there are several.
    #[serde(skip_serializing_if = "alone")]
    pub(crate) inputs: Vec<InputRow>,
    /// Whether gradients go straight through roundings.
    pub(crate) straight_through: bool,
    /// How many images there are, where a signal ended the work before all of them were done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) of: Option<usize>,
    /// Whether 8-bit images were asked for.
    pub(crate) eight_bit: bool,
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
            rounded_still_fools: r.rounded_still_fools,
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
