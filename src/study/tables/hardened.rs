//! Training on adversarial examples (Szegedy et al., 2013, section 4.2): what it changed.

use super::group::{HARDENED, Matrix};
use super::render::percent;
use crate::study::StudyError;
use crate::study::paper::SECTION_4_2;
use crate::study::reproduce::{Done, Experiment, Plan, Work};
use crate::study::table::markdown;

/// The hardened network beside the one that was trained without.
pub struct Hardened;

impl Experiment for Hardened {
    const NAME: &'static str = "hardened";
    type Report = Matrix;

    fn work(plan: &Plan) -> Vec<Work> {
        HARDENED.examples(plan)
    }

    fn finish(plan: &Plan, done: &Done) -> Result<Matrix, StudyError> {
        HARDENED.matrix(plan, done)
    }

    fn markdown(plan: &Plan, matrix: &Matrix) -> String {
        let mut head = vec!["network".to_owned(), "test error %".into()];
        head.extend(["av. min. distortion".into(), "of digits read rightly".into()]);
        head.extend(matrix.networks.iter().map(|n| format!("misread by {} %", plan.title(n))));
        let quoted = [SECTION_4_2.weight_decay.to_string(), format!("< {}", SECTION_4_2.hardened)];
        let rows = matrix.made_for.iter().zip(quoted).map(|(row, quoted)| {
            let made = &row.made;
            let digits = made.nearest.examples.digits.max(1);
            let error = 100.0 * made.misread as f64 / digits as f64;
            let mut cells = vec![
                plan.title(&row.network).to_owned(),
                format!("{error:.2} *({quoted})*"),
                format!("{:.3}", made.nearest.examples.mean_distortion()),
                format!("{:.3}", made.mean_change()),
            ];
            cells.extend(made.nearest.examples.errors().into_iter().map(percent));
            cells
        });
        let table = markdown(&head, &rows.collect::<Vec<_>>());
        format!("## Section 4.2: training on adversarial examples\n\n{table}\n{READING}\n")
    }
}

const READING: &str = "\
The second network was trained on pools of adversarial examples of its input and of both hidden \
layers, replaced all the while. The last columns show how many of the examples made for the \
network of the row each of the two misreads. The paper gives no distortion for its network.";
