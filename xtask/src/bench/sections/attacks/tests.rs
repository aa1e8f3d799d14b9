//! Verdicts on made-up measurements, good and bad.

use super::*;
use crate::bench::results::{Attacked, Attacks};
use crate::bench::targets::table;

fn row(model: &str, attack: &str, seconds: f64, l2: &[Option<f64>]) -> NativeRow {
    NativeRow {
        model: model.into(),
        attack: attack.into(),
        ours: attack.starts_with("blindspots"),
        convolutional: model == "cnn",
        seconds,
        l2: l2.to_vec(),
        indices: (0..l2.len() as u32).collect(),
        each: if attack == SCIPY { vec![seconds / l2.len() as f64; l2.len()] } else { vec![] },
    }
}

/// Four digits: ours, ALMA's, and scipy's on the first two.
fn data(model: &str, ours: [Option<f64>; 4]) -> BothAttacks {
    let alma = [1.0, 2.0, 3.0, 4.0].map(Some);
    let digit = |index| Attacked { index, success: true, waited: 2.0, ..Attacked::default() };
    let page = AttackRow {
        model: model.into(),
        method: "nearest-boundary".into(),
        digits: (0..4).map(digit).collect(),
        ..AttackRow::default()
    };
    BothAttacks {
        native: NativeAttacks {
            threads: 2,
            rows: vec![
                row(model, "blindspots nearest-boundary", 0.002, &ours),
                row(model, "ALMA 1000", 0.4, &alma),
                row(model, SCIPY, 6.0, &alma[..2]),
            ],
        },
        browser: Attacks { version: String::new(), rows: vec![page] },
    }
}

fn verdict(data: &BothAttacks, what: &str) -> (String, String) {
    let text = table(&targets(Some(data))).markdown();
    let line = text.lines().find(|line| line.contains(what)).unwrap_or_else(|| panic!("{text}"));
    let mut cells = line.split('|').skip(3).map(|cell| cell.trim().to_owned());
    (cells.next().unwrap_or_default(), cells.next().unwrap_or_default())
}

#[test]
fn nearness_is_judged_digit_by_digit() {
    let what = "boundary, digits within 1 % of the best";
    let good = data("fc100-100-10", [0.9, 2.0, 3.02, 4.0].map(Some));
    assert_eq!(verdict(&good, what), ("100 %".into(), "yes".into()));
    // A smaller mean does not make up for one digit that is farther.
    let uneven = data("fc100-100-10", [0.5, 1.0, 1.0, 4.1].map(Some));
    assert_eq!(verdict(&uneven, what), ("75.0 %".into(), "no".into()));
    let failing = data("fc100-100-10", [Some(0.9), Some(2.0), Some(3.0), None]);
    assert_eq!(verdict(&failing, what), ("75.0 %".into(), "no".into()));
    assert_eq!(verdict(&failing, "boundary, success"), ("75.0 %".into(), "no".into()));
}

#[test]
fn speed_is_compared_within_the_run() {
    let data = data("fc100-100-10", [1.0, 2.0, 3.0, 4.0].map(Some));
    let (measured, met) = verdict(&data, "natively, images a second");
    assert_eq!((&*measured, &*met), ("2000", "yes"));
    // DDN did not run here.
    assert_eq!(verdict(&data, "against DDN 1000").1, "not measured");
    // scipy: 3 s a digit; ours 2 ms on the same two.
    let (measured, met) = verdict(&data, "in the page against scipy");
    assert_eq!((&*measured, &*met), ("1500×", "yes"));
}

#[test]
fn scipy_on_other_digits_is_no_comparison() {
    let mut data = data("fc100-100-10", [1.0, 2.0, 3.0, 4.0].map(Some));
    data.native.rows[2].indices = vec![70, 71];
    assert_eq!(verdict(&data, "in the page against scipy").1, "not measured");
}

#[test]
fn convolutional_networks_are_held_against_alma() {
    let what = "boundary, mean L2 by ALMA's";
    let good = data("cnn", [0.9, 2.0, 3.0, 4.0].map(Some));
    assert_eq!(verdict(&good, what).1, "yes");
    let bad = data("cnn", [1.0, 2.0, 3.0, 4.1].map(Some));
    assert_eq!(verdict(&bad, what).1, "no");
    assert_eq!(
        verdict(&good, "cnn: blindspots nearest-boundary against ALMA 1000"),
        ("200×".into(), "yes".into())
    );
}
