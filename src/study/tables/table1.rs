//! Table 1: networks, their errors, and how far their digits are from being misread.

use serde::{Deserialize, Serialize};

use super::errors::{self, Share};
use super::group::MODELS;
use super::render::{beside, shorter};
use crate::study::StudyError;
use crate::study::paper::TABLE1;
use crate::study::reproduce::{Done, Experiment, Plan, Set, Work};
use crate::study::table::markdown;

/// Table 1.
pub struct Table1;

/// A network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table1Row {
    /// Its name.
    pub network: String,
    /// On the training set.
    pub train: Share,
    /// On the test set.
    pub test: Share,
    /// Mean distortion that brings its accuracy to 0: digits misread as they are count with 0.
    pub distortion: f64,
    /// Mean distortion of the digits that it reads rightly.
    pub distortion_read_rightly: f64,
    /// Digits for which no example was found.
    pub not_fooled: u64,
}

const READING: &str = "\
The average minimum distortion is that of the change which brings a network's accuracy on the test \
set to 0. A digit that is misread as it is needs no change and counts with 0; the last column \
leaves such digits out. All distortions are √(Σ(x′−x)²/784), with pixels from 0 to 1.";

impl Experiment for Table1 {
    const NAME: &'static str = "table1";
    const TRAINING: bool = true;
    type Report = Vec<Table1Row>;

    fn work(plan: &Plan) -> Vec<Work> {
        let sets = [Set::Train, Set::Test];
        let mut work = MODELS.examples(plan);
        for network in MODELS.networks {
            work.extend(sets.map(|set| errors::work(plan, network, set)));
        }
        work
    }

    fn finish(plan: &Plan, done: &Done) -> Result<Vec<Table1Row>, StudyError> {
        let row = |network: &&str| {
            let made = MODELS.made_for(plan, done, network)?;
            Ok(Table1Row {
                network: (*network).to_owned(),
                train: errors::share(done, network, Set::Train)?,
                test: errors::share(done, network, Set::Test)?,
                distortion: made.nearest.examples.mean_distortion(),
                distortion_read_rightly: made.mean_change(),
                not_fooled: made.not_fooled,
            })
        };
        MODELS.networks.iter().map(row).collect()
    }

    fn markdown(plan: &Plan, report: &Vec<Table1Row>) -> String {
        let head = [
            "network",
            "training error %",
            "test error %",
            "av. min. distortion",
            "of digits read rightly",
        ];
        let row = |(ours, paper): (&Table1Row, &crate::study::paper::Model)| {
            vec![
                plan.title(&ours.network).to_owned(),
                beside(format!("{:.2}", ours.train.percent()), paper.train),
                beside(format!("{:.2}", ours.test.percent()), paper.test),
                beside(format!("{:.3}", ours.distortion), paper.distortion),
                format!("{:.3}", ours.distortion_read_rightly),
            ]
        };
        let rows: Vec<Vec<String>> = report.iter().zip(&TABLE1).map(row).collect();
        let table = markdown(&head.map(String::from), &rows);
        let note = shorter(report.iter().zip(&TABLE1).map(|(o, p)| p.distortion / o.distortion));
        format!(
            "## Table 1: how far digits are from being misread\n\n{table}\n{READING}\n\n{note}\n"
        )
    }
}
