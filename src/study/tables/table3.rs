//! Table 3: networks trained on two halves of the training set.

use serde::{Deserialize, Serialize};

use super::errors::{self, Share};
use super::group::HALVES;
use super::render::{beside, shorter};
use crate::study::StudyError;
use crate::study::paper::{HalfModel, TABLE3};
use crate::study::reproduce::{Done, Experiment, Plan, Set, Work};
use crate::study::table::markdown;

/// Table 3.
pub struct Table3;

/// A network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table3Row {
    /// Its name.
    pub network: String,
    /// On the first half.
    pub p1: Share,
    /// On the second half.
    pub p2: Share,
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
P1 and P2 are two halves of the training set, 30,000 digits each, cut at random; which digits the \
paper put into which is not known. The first two networks were trained on P1, the last on P2.";

impl Experiment for Table3 {
    const NAME: &'static str = "table3";
    const TRAINING: bool = true;
    type Report = Vec<Table3Row>;

    fn work(plan: &Plan) -> Vec<Work> {
        let sets = [Set::P1, Set::P2, Set::Test];
        let mut work = HALVES.examples(plan);
        for network in HALVES.networks {
            work.extend(sets.map(|set| errors::work(plan, network, set)));
        }
        work
    }

    fn finish(plan: &Plan, done: &Done) -> Result<Vec<Table3Row>, StudyError> {
        let row = |network: &&str| {
            let made = HALVES.made_for(plan, done, network)?;
            Ok(Table3Row {
                network: (*network).to_owned(),
                p1: errors::share(done, network, Set::P1)?,
                p2: errors::share(done, network, Set::P2)?,
                test: errors::share(done, network, Set::Test)?,
                distortion: made.nearest.examples.mean_distortion(),
                distortion_read_rightly: made.mean_change(),
                not_fooled: made.not_fooled,
            })
        };
        HALVES.networks.iter().map(row).collect()
    }

    fn markdown(plan: &Plan, report: &Vec<Table3Row>) -> String {
        let head = [
            "network",
            "error on P1 %",
            "error on P2 %",
            "test error %",
            "av. min. distortion",
            "of digits read rightly",
        ];
        let row = |(ours, paper): (&Table3Row, &HalfModel)| {
            let percent = |share: Share, paper| beside(format!("{:.2}", share.percent()), paper);
            vec![
                plan.title(&ours.network).to_owned(),
                percent(ours.p1, paper.p1),
                percent(ours.p2, paper.p2),
                percent(ours.test, paper.test),
                beside(format!("{:.3}", ours.distortion), paper.distortion),
                format!("{:.3}", ours.distortion_read_rightly),
            ]
        };
        let rows: Vec<Vec<String>> = report.iter().zip(&TABLE3).map(row).collect();
        let table = markdown(&head.map(String::from), &rows);
        let note = shorter(report.iter().zip(&TABLE3).map(|(o, p)| p.distortion / o.distortion));
        format!(
            "## Table 3: networks of different training digits\n\n{table}\n{READING}\n\n{note}\n"
        )
    }
}
