//! Tables in Markdown: measured figures, the paper's in italics.

use super::group::{Matrix, MatrixRow};
use crate::study::paper::{Made, Row};
use crate::study::reproduce::Plan;

/// A measured figure with the paper's behind it.
pub(super) fn beside(measured: impl std::fmt::Display, paper: impl std::fmt::Display) -> String {
    format!("{measured} *({paper})*")
}

/// A table; the first column is left-aligned, the others right.
pub(crate) fn table(head: &[String], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let rule: Vec<String> =
        (0..head.len()).map(|c| if c == 0 { "---" } else { "--:" }.into()).collect();
    let rows: String = rows.iter().map(|row| line(row)).collect();
    format!("{}{}{rows}", line(head), line(&rule))
}

/// What a row of Tables 2 and 4 is.
pub(super) fn label(plan: &Plan, made: Made) -> String {
    match made {
        Made::For(name) => format!("made for {}", plan.title(name)),
        Made::Magnified(name, to) => {
            format!("the same for {}, magnified to {to}", plan.title(name))
        }
        Made::Noise(deviation) => format!("Gaussian noise, σ = {deviation}"),
    }
}

/// Tables 2 and 4: the paper's rows in its order, then noise as strong as the examples.
pub(super) fn matrix<const N: usize>(plan: &Plan, ours: &Matrix, paper: &[Row<N>]) -> String {
    let mut head = vec![String::new()];
    head.extend(ours.networks.iter().map(|name| plan.title(name).to_owned()));
    head.push("av. distortion".into());
    let mut rows: Vec<Vec<String>> = Vec::new();
    for quoted in paper {
        let Some(tally) = ours.tally(quoted.made) else { continue };
        let mut row = vec![label(plan, quoted.made)];
        let cells = tally.errors().into_iter().zip(quoted.errors);
        row.extend(cells.map(|(error, paper)| beside(percent(error), paper)));
        row.push(beside(format!("{:.3}", tally.mean_distortion()), quoted.distortion));
        rows.push(row);
    }
    for MatrixRow { network, made } in &ours.made_for {
        let mut row =
            vec![format!("Gaussian noise as strong as the examples for {}", plan.title(network))];
        row.extend(made.nearest.noise.errors().into_iter().map(percent));
        row.push(format!("{:.3}", made.nearest.noise.mean_distortion()));
        rows.push(row);
    }
    table(&head, &rows)
}

/// One decimal; all only where it is all.
fn percent(error: f64) -> String {
    if error < 100.0 { format!("{:.1}", error.min(99.9)) } else { "100".to_owned() }
}
