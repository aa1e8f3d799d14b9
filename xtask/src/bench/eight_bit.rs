//! Adversarial images of 8 bits beside those of any precision, network by network.

use std::path::Path;

use anyhow::{Result, ensure};
use serde::Deserialize;

use super::effort::Effort;
use super::program::{attack, networks};
use super::results::{EightBit, EightBitRow};

/// The methods that look for the smallest change.
const METHODS: [&str; 2] = ["nearest-boundary", "szegedy"];

/// What `blindspots attack --json` writes, as far as it is compared.
#[derive(Deserialize)]
struct File {
    images: Vec<Image>,
    summary: Summary,
}

#[derive(Deserialize)]
struct Image {
    success: bool,
    l2: f64,
    rounded_still_fools: bool,
    stop: String,
}

#[derive(Deserialize)]
struct Summary {
    seconds: f64,
    evaluations: u64,
}

/// Attacks the first test digits with every bundled network, with and without 8 bits.
pub(super) fn measure(effort: &Effort, program: &Path) -> Result<EightBit> {
    let mut rows = Vec::new();
    for model in networks(effort)? {
        for method in METHODS {
            let run = |more: &[&str]| -> Result<File> {
                let asked = [&["--method", method], more].concat();
                attack(program, &model, effort.eight_bit(), &asked)
            };
            let (exact, whole) = (run(&[])?, run(&["--eight-bit"])?);
            ensure!(exact.images.len() == whole.images.len(), "{model}: other digits");
            rows.push(row(&model, method, &exact, &whole));
        }
    }
    Ok(EightBit { rows })
}

/// Distances are of the digits that both fooled and that needed a change.
fn row(model: &str, method: &str, exact: &File, whole: &File) -> EightBitRow {
    let pairs = exact.images.iter().zip(&whole.images);
    let both: Vec<(f64, f64)> = pairs
        .filter(|(a, b)| a.success && b.success && a.stop != "already-misread")
        .map(|(a, b)| (a.l2, b.l2))
        .collect();
    let count = both.len().max(1) as f64;
    EightBitRow {
        model: model.into(),
        method: method.into(),
        digits: whole.images.len() as u32,
        fooled: whole.images.iter().filter(|i| i.success && i.rounded_still_fools).count() as u32,
        rounded: exact.images.iter().filter(|i| i.success && i.rounded_still_fools).count() as u32,
        exact_l2: both.iter().map(|(exact, _)| exact).sum::<f64>() / count,
        l2: both.iter().map(|(_, whole)| whole).sum::<f64>() / count,
        more_evaluations: whole.summary.evaluations as f64
            / exact.summary.evaluations.max(1) as f64,
        more_time: whole.summary.seconds / exact.summary.seconds.max(1e-9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_say_what_the_lattice_costs() {
        let image = |success, l2, rounded_still_fools, stop: &str| Image {
            success,
            l2,
            rounded_still_fools,
            stop: stop.into(),
        };
        let file = |images, seconds, evaluations| File {
            images,
            summary: Summary { seconds, evaluations },
        };
        let exact = vec![
            image(true, 1.0, false, "converged"),
            image(true, 3.0, true, "converged"),
            image(true, 0.0, true, "already-misread"),
            image(false, 0.0, false, "budget"),
        ];
        let whole = vec![
            image(true, 1.5, true, "converged"),
            image(true, 3.0, true, "converged"),
            image(true, 0.0, true, "already-misread"),
            image(true, 9.0, true, "converged"),
        ];
        let found = row("net", "way", &file(exact, 2.0, 100), &file(whole, 3.0, 110));
        assert_eq!((found.digits, found.fooled, found.rounded), (4, 4, 2));
        assert_eq!((found.exact_l2, found.l2), (2.0, 2.25));
        assert_eq!((found.more_evaluations, found.more_time), (1.1, 1.5));
    }
}
