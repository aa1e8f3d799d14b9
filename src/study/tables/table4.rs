//! Table 4: examples made for a network of one training set, shown to one of another.

use super::group::{HALVES, Matrix};
use super::render;
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
        let table = render::matrix(plan, matrix, &TABLE4);
        format!("## Table 4: from training set to training set\n\n{table}\n")
    }
}
