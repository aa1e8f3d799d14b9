//! Table 2: examples made for one network, shown to the others.

use super::group::{MODELS, Matrix};
use super::render;
use crate::study::StudyError;
use crate::study::paper::TABLE2;
use crate::study::reproduce::{Done, Experiment, Plan, Work};

/// Table 2.
pub struct Table2;

impl Experiment for Table2 {
    const NAME: &'static str = "table2";
    type Report = Matrix;

    fn work(plan: &Plan) -> Vec<Work> {
        MODELS.examples(plan).into_iter().chain(MODELS.noises(plan)).collect()
    }

    fn finish(plan: &Plan, done: &Done) -> Result<Matrix, StudyError> {
        MODELS.matrix(plan, done)
    }

    fn markdown(plan: &Plan, matrix: &Matrix) -> String {
        let paper = render::matrix(plan, matrix, &TABLE2);
        let rescaled = render::rescaled(plan, matrix, &TABLE2);
        let noise = render::noise(plan, matrix);
        format!(
            "## Table 2: from network to network\n\n{paper}\n{READING}\n\n{DIFFERENCES} {}\n\n\
            ### At the paper's distortions\n\n{RESCALED}\n\n{rescaled}\n\
            ### Noise as strong as the examples\n\n{NOISE}\n\n{noise}",
            sample()
        )
    }
}

const READING: &str = "\
A row shows images made for one network, a column says how many of them a network misreads, in \
percent of all test digits: also of those that are misread as they are, which were left unchanged. \
σ is the standard deviation of noise that is added and not clipped: so its distortion is σ, as the \
paper gives it.";

const DIFFERENCES: &str = "\
The examples for FC10(1e-2) and FC10(1) fool fewer of the others than the paper's, which are much \
farther from their digits. The noise of σ = 0.1 is never misread by the paper's networks with two \
hidden layers, though they misread more than 1.5 % of the test digits as they are: its rows seem to \
be of training digits.";

const RESCALED: &str = "\
The same examples, each rescaled to the mean distortion of the paper's and clipped. Whatever is \
farther from its digit than that is shortened, so the diagonal need not be 100. At one length \
our examples fool more of the other networks than the paper's, so those were not the nearest ones made \
longer: they led elsewhere.";

pub(super) const NOISE: &str = "\
Gaussian noise with the distortion of the example, digit by digit, and clipped to [0, 1]. What it \
leaves of a row is owed to the length of the change; the rest to its direction.";

/// Digits that the paper seems to have shown.
const SHOWN: u32 = 256;

/// How well the paper's figures agree with a sample of that many digits.
fn sample() -> String {
    let figures = TABLE2.iter().flat_map(|row| row.errors);
    let telling: Vec<f64> = figures.filter(|e| ![0.0, 100.0].contains(e)).collect();
    let fitting = telling.iter().filter(|e| is_share(**e, SHOWN)).count();
    format!(
        "{fitting} of its {} figures other than 0 and 100 are multiples of 1/{SHOWN}, rounded or \
        cut to a decimal: a sample that small moves a figure by a point or two.",
        telling.len()
    )
}

/// Whether a percentage of one decimal can be so many of `n`.
fn is_share(percent: f64, n: u32) -> bool {
    const ROUNDING: f64 = 1e-6;
    (0..=n).map(|k| 1000.0 * f64::from(k) / f64::from(n)).any(|tenths| {
        [tenths.round(), (tenths + ROUNDING).floor()]
            .iter()
            .any(|shown| (shown - 10.0 * percent).abs() < ROUNDING)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paper_s_figures_are_shares_of_256_digits_and_of_few_other_numbers() {
        let fitting = |n| {
            let figures = TABLE2.iter().flat_map(|row| row.errors);
            figures.filter(|e| ![0.0, 100.0].contains(e)).filter(|e| is_share(*e, n)).count()
        };
        // Other numbers of about that size fit by chance only.
        for other in (100..300).filter(|n| *n != SHOWN) {
            assert!(fitting(other) + 5 < fitting(SHOWN), "{other}: {}", fitting(other));
        }
        assert!(is_share(12.5, 8) && !is_share(12.6, 8));
    }
}
