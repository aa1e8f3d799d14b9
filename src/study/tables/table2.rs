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
        let table = render::matrix(plan, matrix, &TABLE2);
        format!("## Table 2: from network to network\n\n{table}\n")
    }
}
