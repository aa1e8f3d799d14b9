//! Tables in Markdown: measured figures, the paper's in italics.

use super::group::{Matrix, MatrixRow};
use crate::study::paper::{Made, Row};
use crate::study::reproduce::Plan;
use crate::study::table::markdown;
use crate::study::transfer::Tally;

/// A measured figure with the paper's behind it.
pub(super) fn beside(measured: impl std::fmt::Display, paper: impl std::fmt::Display) -> String {
    format!("{measured} *({paper})*")
}

/// Why distortions differ from the paper's, from the paper's over ours.
pub(super) fn shorter(ratios: impl Iterator<Item = f64> + Clone) -> String {
    let (least, most) = (ratios.clone().fold(f64::MAX, f64::min), ratios.fold(0.0, f64::max));
    if least < 1.0 {
        return "Distortions differ from the paper's as its networks and its search do.".into();
    }
    format!(
        "The paper's distortions are {least:.1} to {most:.1} times ours. Here all nine other classes \
        are tried for every digit and the search ends on the decision boundary; for the networks \
        without hidden layers, where the smallest change can be computed exactly, tests hold the \
        method to it. The paper does not say which classes were tried."
    )
}

/// What a row of Tables 2 and 4 is.
pub(super) fn label(plan: &Plan, made: Made) -> String {
    match made {
        Made::For(name) => format!("made for {}", plan.title(name)),
        Made::Magnified(name, to) => {
            format!("made for {}, magnified to {to}", plan.title(name))
        }
        Made::Noise(deviation) => format!("Gaussian noise, σ = {deviation}"),
    }
}

/// Tables 2 and 4: the paper's rows in its order.
pub(super) fn matrix<const N: usize>(plan: &Plan, ours: &Matrix, paper: &[Row<N>]) -> String {
    let rows = paper.iter().filter_map(|quoted| {
        Some(row(label(plan, quoted.made), ours.tally(quoted.made)?, Some(quoted)))
    });
    markdown(&columns(plan, ours), &rows.collect::<Vec<_>>())
}

/// Gaussian noise as strong as the examples, digit by digit.
pub(super) fn noise(plan: &Plan, ours: &Matrix) -> String {
    let rows = ours.made_for.iter().map(|MatrixRow { network, made }| {
        let label = format!("as strong as for {}", plan.title(network));
        row::<0>(label, &made.nearest.noise, None)
    });
    markdown(&columns(plan, ours), &rows.collect::<Vec<_>>())
}

/// The examples rescaled to the distortions that the paper gives for its own.
pub(super) fn rescaled<const N: usize>(plan: &Plan, ours: &Matrix, paper: &[Row<N>]) -> String {
    let rows = paper.iter().filter_map(|quoted| {
        let Made::For(name) = quoted.made else { return None };
        let tally = ours.tally(Made::Magnified(name, quoted.distortion as f32))?;
        Some(row(label(plan, quoted.made), tally, Some(quoted)))
    });
    markdown(&columns(plan, ours), &rows.collect::<Vec<_>>())
}

fn columns(plan: &Plan, matrix: &Matrix) -> Vec<String> {
    let titles = matrix.networks.iter().map(|name| plan.title(name).to_owned());
    std::iter::once(String::new()).chain(titles).chain(["av. distortion".to_owned()]).collect()
}

fn row<const N: usize>(label: String, ours: &Tally, paper: Option<&Row<N>>) -> Vec<String> {
    let quoted = |cell: String, paper: Option<f64>| match paper {
        Some(paper) => beside(cell, paper),
        None => cell,
    };
    let cell = |(place, error)| quoted(percent(error), paper.map(|row| row.errors[place]));
    let cells = ours.errors().into_iter().enumerate().map(cell);
    let distortion = format!("{:.3}", ours.mean_distortion());
    let distortion = quoted(distortion, paper.map(|row| row.distortion));
    std::iter::once(label).chain(cells).chain([distortion]).collect()
}

/// One decimal; all only where it is all.
pub(super) fn percent(error: f64) -> String {
    if error < 100.0 { format!("{:.1}", error.min(99.9)) } else { "100".to_owned() }
}
