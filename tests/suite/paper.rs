//! The paper's tables from a fresh small run: what they show, how a run is cut and
//! put together, and what becomes of the full run that is committed.

use blindspots::attack::Method;
use blindspots::digit::idx::Digits;
use blindspots::model::Card;
use blindspots::study::StudyError;
use blindspots::study::paper::{self, Made};
use blindspots::study::reproduce::report::RunReport;
use blindspots::study::reproduce::shard::{self, Part, Shard};
use blindspots::study::reproduce::{Materials, Request, Subject};
use blindspots::study::tables::{Hardened, Matrix, Table1, Table2, Table3, Table4};
use blindspots::study::transfer::Tally;

use crate::testing::{bundled, gallery, models};

/// Share of a transfer that noise of the same distortion may reach.
const FAR_BELOW: f64 = 0.2;

fn card(name: &str) -> Card {
    let text = std::fs::read_to_string(models().join(format!("{name}.json"))).expect("a card");
    serde_json::from_str(&text).expect("valid")
}

fn subject(name: &str) -> Subject {
    Subject { name: name.to_owned(), title: card(name).title, network: bundled(name) }
}

/// The gallery in the place of the test set, and the networks of Tables 2 and 4.
fn lab(experiments: &[&str], count: Option<usize>) -> Result<Materials, StudyError> {
    lab_with(experiments, count, 0, Method::NearestBoundary)
}

fn lab_with(
    experiments: &[&str],
    count: Option<usize>,
    seed: u64,
    method: Method,
) -> Result<Materials, StudyError> {
    let gallery = gallery();
    let labels: Vec<u8> = gallery.labels().iter().map(|label| *label as u8).collect();
    let test = Digits { images: gallery.images().to_vec(), labels };
    let experiments = experiments.iter().map(|name| (*name).to_owned()).collect();
    let own = paper::TABLE1.iter().map(|m| m.name).chain(paper::TABLE3.iter().map(|m| m.name));
    let names = own.chain(["fc100-100-10-hardened"]);
    let request = Request { experiments, count, method, seed };
    Materials::new(request, names.map(subject).collect(), test, None)
}

/// What a shard leaves, through the text of a file.
fn part(lab: &Materials, shard: &str) -> Part {
    let shard: Shard = shard.parse().expect("a shard");
    let part = shard::run(lab, shard, |_, _| ()).expect("it runs");
    let text = serde_json::to_string_pretty(&part).expect("it is written");
    serde_json::from_str(&text).expect("it is read")
}

fn whole(lab: &Materials) -> RunReport {
    let part = shard::run(lab, Shard::WHOLE, |_, _| ()).expect("it runs");
    shard::merge(&[part]).expect("it is a whole")
}

/// Off the diagonal: rows, columns, and how many digits more than of the clean ones are misread.
fn excess<'a>(
    matrix: &'a Matrix,
    wrong: impl Fn(usize, usize) -> u64 + 'a,
) -> impl Iterator<Item = (usize, usize, f64)> + 'a {
    let n = matrix.networks.len();
    let pairs = (0..n).flat_map(move |row| (0..n).map(move |column| (row, column)));
    pairs.filter(|(row, column)| row != column).map(move |(row, column)| {
        let clean = matrix.made_for[column].made.misread as f64;
        (row, column, wrong(row, column) as f64 - clean)
    })
}

/// The network of an example misreads every digit.
fn diagonal_is_whole(matrix: &Matrix) -> bool {
    let rows = matrix.made_for.iter().enumerate();
    rows.map(|(place, row)| row.made.nearest.examples.errors()[place]).all(|error| error == 100.0)
}

/// Noise of the same distortions, digit by digit, is hardly ever misread where examples are.
fn noise_is_far_below(matrix: &Matrix) -> bool {
    let shown = |row: usize| &matrix.made_for[row].made.nearest;
    let sum = |of: &dyn Fn(usize, usize) -> u64| excess(matrix, of).map(|(.., e)| e).sum::<f64>();
    let noise = sum(&|row, column| shown(row).noise.wrong[column]);
    let examples = sum(&|row, column| shown(row).examples.wrong[column]);
    examples > 0.0 && noise < FAR_BELOW * examples
}

/// Examples for FC10(1) fool the networks with hidden layers more often than any others do.
fn fc10_1_transfers_most(errors: &[Vec<f64>]) -> bool {
    const FC10_1: usize = 2;
    let mean = |row: usize| {
        let others = (3..errors.len()).filter(|column| *column != row);
        let (sum, n) = others.fold((0.0, 0), |(sum, n), c| (sum + errors[row][c], n + 1));
        sum / f64::from(n)
    };
    (0..errors.len()).filter(|row| *row != FC10_1).all(|row| mean(row) < mean(FC10_1))
}

/// Every cell off the diagonal grows.
fn magnification_raises_transfer(matrix: &Matrix) -> bool {
    excess(matrix, |_, _| 0).all(|(row, column, _)| {
        let made = &matrix.made_for[row].made;
        let magnified = made.magnified.as_ref().map(|shown| shown.examples.errors()[column]);
        magnified.is_some_and(|error| error > made.nearest.examples.errors()[column])
    })
}

fn errors_of_examples(matrix: &Matrix) -> Vec<Vec<f64>> {
    matrix.made_for.iter().map(|row| row.made.nearest.examples.errors()).collect()
}

#[test]
fn a_fresh_run_shows_what_the_paper_shows_between_networks() {
    let report = whole(&lab(&["table2"], None).expect("a lab"));
    let matrix = report.result::<Table2>().expect("a matrix");
    assert_shape(&matrix, 100);

    // The paper's own cells pass as well.
    let quoted = paper::TABLE2.iter().filter(|row| matches!(row.made, Made::For(_)));
    assert!(fc10_1_transfers_most(&quoted.map(|row| row.errors.to_vec()).collect::<Vec<_>>()));

    let mut spoiled = matrix.clone();
    spoiled.made_for[4].made.nearest.examples.wrong[4] -= 1;
    assert!(!diagonal_is_whole(&spoiled));
    let mut spoiled = matrix.clone();
    for row in &mut spoiled.made_for {
        row.made.nearest.noise = row.made.nearest.examples.clone();
    }
    assert!(!noise_is_far_below(&spoiled));
    let mut spoiled = errors_of_examples(&matrix);
    spoiled.swap(1, 2);
    assert!(!fc10_1_transfers_most(&spoiled));
}

fn assert_shape(matrix: &Matrix, digits: u64) {
    assert!(matrix.made_for.iter().all(|row| row.made.nearest.examples.digits == digits));
    assert!(matrix.made_for.iter().all(|row| row.made.not_fooled == 0));
    assert!(diagonal_is_whole(matrix), "{matrix:?}");
    assert!(noise_is_far_below(matrix), "{matrix:?}");
    assert!(fc10_1_transfers_most(&errors_of_examples(matrix)), "{matrix:?}");
    for (strength, tally) in &matrix.noise {
        // Noise that is not clipped has the distortion σ, within what 784 draws a digit leave.
        assert!((tally.mean_distortion() / f64::from(*strength) - 1.0).abs() < 0.01, "{tally:?}");
    }
}

#[test]
fn a_fresh_run_shows_what_the_paper_shows_between_training_sets() {
    let report = whole(&lab(&["table4"], None).expect("a lab"));
    let matrix = report.result::<Table4>().expect("a matrix");
    assert!(diagonal_is_whole(&matrix) && noise_is_far_below(&matrix), "{matrix:?}");
    assert!(magnification_raises_transfer(&matrix), "{matrix:?}");
    for row in &matrix.made_for {
        let magnified = row.made.magnified.as_ref().expect("they were magnified");
        // Clipping shortens a little.
        let reached = magnified.examples.mean_distortion();
        assert!((0.09..=0.1 + 1e-6).contains(&reached), "{reached}");
    }
    let mut spoiled = matrix.clone();
    for row in &mut spoiled.made_for {
        row.made.magnified = Some(row.made.nearest.clone());
    }
    assert!(!magnification_raises_transfer(&spoiled));
}

#[test]
fn a_run_in_parts_is_the_run_as_a_whole() {
    let lab = lab(&["table2", "table4"], Some(6)).expect("a lab");
    let json = |report: &RunReport| serde_json::to_string_pretty(report).expect("it is written");
    let uncut = whole(&lab);
    // More parts than some experiments have work: one of them is empty, and in any order.
    for n in [2, 13] {
        let parts: Vec<Part> = (1..=n).rev().map(|k| part(&lab, &format!("{k}/{n}"))).collect();
        let merged = shard::merge(&parts).expect("they fit");
        assert_eq!(json(&merged), json(&uncut), "{n} parts");
        assert_eq!(merged.markdown().expect("text"), uncut.markdown().expect("text"));
    }
    // The comparison can fail: other noise is another result.
    let other =
        lab_with(&["table2", "table4"], Some(6), 1, Method::NearestBoundary).expect("a lab");
    assert_ne!(json(&whole(&other)), json(&uncut));
}

#[test]
fn parts_that_do_not_fit_are_refused_with_the_reason() {
    let base = lab(&["table4"], Some(3)).expect("a lab");
    let of = |lab: Result<Materials, StudyError>, shard| part(&lab.expect("a lab"), shard);
    let first = part(&base, "1/2");
    let reason = |parts: &[Part]| shard::merge(parts).expect_err("they do not fit").to_string();
    let mut damaged = part(&base, "2/2");
    let refusals = [
        (vec![first.clone()], "2/2 missing"),
        (vec![first.clone(), first.clone()], "1/2 is there twice"),
        (vec![first.clone(), part(&base, "2/3")], "1/2 was of so many parts: 2"),
        (vec![first.clone(), of(lab(&["table4"], Some(4)), "2/2")], "with 3 digits"),
        (vec![first.clone(), of(lab(&["table2"], Some(3)), "2/2")], "for table4"),
        (
            vec![
                first.clone(),
                of(lab_with(&["table4"], Some(3), 7, Method::NearestBoundary), "2/2"),
            ],
            "with the seed 0, 2/2 with the seed 7",
        ),
        (
            vec![first.clone(), of(lab_with(&["table4"], Some(3), 0, Method::DeepFool), "2/2")],
            "with the method deepfool",
        ),
    ];
    for (parts, expected) in refusals {
        let said = reason(&parts);
        assert!(said.contains(expected), "{said} lacks {expected}");
    }
    assert!(reason(&[]).contains("none"));

    let fits = damaged.clone();
    damaged.plan.program = "blindspots 0.0.0".into();
    assert!(reason(&[first.clone(), damaged.clone()]).contains("made by"));
    damaged = fits.clone();
    damaged.plan.networks[6].crc32 = "00000000".into();
    assert!(reason(&[first.clone(), damaged.clone()]).contains("constants"));
    damaged = fits.clone();
    damaged.plan.test.crc32 = "00000000".into();
    assert!(reason(&[first.clone(), damaged.clone()]).contains("different digits"));
    damaged = fits.clone();
    damaged.done = first.done.clone();
    assert!(reason(&[first.clone(), damaged]).contains("did not do"));
    assert!(shard::merge(&[first, fits]).is_ok());
}

#[test]
fn runs_that_cannot_be_are_refused() {
    let error = |lab: Result<Materials, StudyError>| lab.err().expect("it is refused");
    assert_eq!(error(lab(&["table5"], None)).code(), "no-experiment");
    assert_eq!(error(lab(&["table2"], Some(101))).code(), "too-few-digits");
    assert_eq!(error(lab(&["table1"], None)).code(), "no-training-digits");
    for text in ["0/3", "4/3", "1", "1/0", "-1/3", "a/b", "1/2/3", ""] {
        let refused = text.parse::<Shard>().expect_err(text);
        assert_eq!(refused.code(), "bad-shard", "{text}");
    }
}

fn committed() -> RunReport {
    let text = std::fs::read_to_string(models().join("results.json")).expect("the full run");
    serde_json::from_str(&text).expect("valid")
}

/// A figure in a document was printed by a command.
#[test]
fn the_document_is_what_the_results_say() {
    let mut report = committed();
    let document = std::fs::read_to_string(models().join("RESULTS.md")).expect("the document");
    let again = "run `blindspots merge models/results.json --markdown models/RESULTS.md`";
    assert!(report.markdown().expect("text") == document, "{again}");
    // The comparison can fail: other results are another document.
    report.results.get_mut("table2").expect("it is there")["made_for"][0]["nearest"]["examples"]
        ["wrong"][1] = 1.into();
    assert!(report.markdown().expect("text") != document);
}

#[test]
fn the_full_run_is_of_all_digits_and_of_the_bundled_networks() {
    let report = committed();
    assert_eq!((report.plan.count, report.plan.test.digits), (None, 10_000));
    let now = lab(&[], None).expect("a lab");
    for network in &now.plan().networks {
        let then = report.plan.networks.iter().find(|n| n.name == network.name);
        assert_eq!(then, Some(network), "another network than in the run");
    }
    assert_shape(&report.result::<Table2>().expect("a matrix"), 10_000);
    let halves = report.result::<Table4>().expect("a matrix");
    assert!(diagonal_is_whole(&halves) && noise_is_far_below(&halves));
    assert!(magnification_raises_transfer(&halves));
}

/// Half of the last digit that cards give.
const ROUNDED: f64 = 5.1e-5;

#[test]
fn errors_are_those_of_the_cards() {
    let report = committed();
    let agree = |ours: f64, card: f64| (ours - card).abs() < ROUNDED;
    for row in report.result::<Table1>().expect("rows") {
        let errors = card(&row.network).errors;
        assert!(agree(row.train.percent(), errors.train), "{row:?}");
        assert!(agree(row.test.percent(), errors.test), "{row:?}");
        let others = paper::TABLE1.iter().filter(|other| other.name != row.network);
        for other in others {
            let found = card(other.name).errors;
            let same = agree(row.train.percent(), found.train);
            assert!(!same || !agree(row.test.percent(), found.test), "{} passes", other.name);
        }
    }
    for row in report.result::<Table3>().expect("rows") {
        let errors = card(&row.network).errors;
        assert!(agree(row.p1.percent(), errors.p1), "{row:?}");
        assert!(agree(row.p2.percent(), errors.p2), "{row:?}");
        assert!(agree(row.test.percent(), errors.test), "{row:?}");
    }
}

#[test]
fn training_on_adversarial_examples_moves_them_away() {
    let report = whole(&lab(&["hardened"], None).expect("a lab"));
    let matrix = report.result::<Hardened>().expect("rows");
    let farther = |rows: &[&Tally]| rows[1].distortion > 1.1 * rows[0].distortion;
    let rows: Vec<&Tally> = matrix.made_for.iter().map(|r| &r.made.nearest.examples).collect();
    assert!(diagonal_is_whole(&matrix) && farther(&rows), "{matrix:?}");
}

#[test]
fn the_paper_is_quoted_alike_in_cards_and_tables() {
    for quoted in paper::TABLE1 {
        let card = card(quoted.name).paper.expect("the paper has it");
        let expected = (Some(quoted.train), Some(quoted.test), Some(quoted.distortion));
        assert_eq!((card.train_error, card.test_error, card.distortion), expected);
    }
    for quoted in paper::TABLE3 {
        let card = card(quoted.name).paper.expect("the paper has it");
        assert_eq!(
            (card.test_error, card.distortion),
            (Some(quoted.test), Some(quoted.distortion))
        );
    }
    for row in paper::TABLE2 {
        if let Made::For(name) = row.made {
            let model = paper::TABLE1.iter().find(|m| m.name == name).expect("of Table 1");
            assert_eq!(row.distortion, model.distortion);
        }
    }
}
