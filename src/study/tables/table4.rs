//! Table 4: examples made for a network of one training set, shown to one of another.

use super::group::{HALVES, Matrix};
use super::render;
use super::table2::NOISE;
use crate::study::StudyError;
use crate::study::paper::TABLE4;
use crate::study::reproduce::{Done, Experiment, Plan, Work};

/// Table 4.
pub struct Table4;

impl Experiment for Table4 {
    const NAME: &'static str = "table4";
    type Report = Matrix;

    fn work(plan: &Plan) -> Vec<Work> {
        HALVES.examples(plan).into_iter().chain(HALVES.noises(plan)).collect()
    }

    fn finish(plan: &Plan, done: &Done) -> Result<Matrix, StudyError> {
        HALVES.matrix(plan, done)
    }

    fn markdown(plan: &Plan, matrix: &Matrix) -> String {
        let paper = render::matrix(plan, matrix, &TABLE4);
        let noise = render::noise(plan, matrix);
        format!(
            "## Table 4: from training set to training set\n\n{paper}\n{READING}\n\n{DIFFERENCES}\n\n\
            ### Noise as strong as the examples\n\n{NOISE}\n\n{noise}"
        )
    }
}

const READING: &str = "\
Rows and columns as in Table 2. Magnified: x′ − x is rescaled to the distortion and x′ clipped to \
[0, 1], which shortens it a little. A digit that the network misreads as it is has no x′ − x and \
stays as it is.";

const DIFFERENCES: &str = "\
Examples that are nearer to their digits are misread by fewer other networks; magnified to the same \
distortion they are stretched by a larger factor than the paper's, and fool the others more often.";
