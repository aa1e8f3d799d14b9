//! What an attack costs a graphics device.

use super::Part;
use crate::bench::results::{AttackRow, Attacked, Attacks};
use crate::bench::statistics::median;
use crate::bench::table::{Table, number, or_dash};
use crate::bench::targets::Target;

/// Milliseconds between two records of progress that may be read back.
const PROGRESS: f64 = 100.0;

/// Dispatches, submits and read-backs, as the library counts them.
pub(in crate::bench) fn part(data: &Attacks) -> Part {
    let mut part = Part::new(
        "What an attack on WebGPU costs",
        "One digit, medians over digits; the library's own `cost`. With one target one lane runs, so \
         that dispatches an evaluation are those of one pass through the network. The original and the \
         result are read on the processor.",
    );
    let head = [
        "network, method, targets",
        "digits",
        "evaluations",
        "dispatches",
        "an evaluation",
        "submits",
        "read-backs",
        "ms",
    ];
    let mut table = Table::new(head);
    for row in &data.rows {
        let middle = |of: fn(&Attacked) -> f64| or_dash(of_digits(row, of).map(number));
        let each = of_digits(row, per_evaluation).filter(|_| row.targets == "one").map(number);
        table.row([
            format!("{} {}, {}", row.model, row.method, targets_in_words(row)),
            row.digits.len().to_string(),
            middle(|d| d.evaluations),
            middle(|d| d.cost.dispatches),
            or_dash(each),
            middle(|d| d.cost.submits),
            middle(|d| d.cost.readbacks),
            match row.longer_than {
                Some(seconds) => format!("more than {seconds} s"),
                None => middle(|d| d.cost.milliseconds),
            },
        ]);
    }
    part.table("", table);
    part
}

fn targets_in_words(row: &AttackRow) -> String {
    format!("{} target{}", row.targets, if row.targets == "one" { "" } else { "s" })
}

fn per_evaluation(digit: &Attacked) -> f64 {
    digit.cost.dispatches / digit.evaluations.max(1.0)
}

/// The median of something over a row's digits.
fn of_digits(row: &AttackRow, of: impl Fn(&Attacked) -> f64) -> Option<f64> {
    median(&row.digits.iter().map(of).collect::<Vec<_>>())
}

/// At most 2·layers + 4 dispatches an evaluation; one read-back, and one each 100 ms.
pub(in crate::bench) fn targets(data: Option<&Attacks>) -> Vec<Target> {
    let mut targets = Vec::new();
    for row in data.map_or(&[][..], |data| &data.rows) {
        let what = format!("{} {} on WebGPU, {}", row.model, row.method, targets_in_words(row));
        if row.targets == "one" {
            let most = f64::from(2 * row.layers + 4);
            let measured = of_digits(row, per_evaluation);
            let what = format!("{what}: dispatches an evaluation");
            targets.push(Target::at_most(what, most, "", measured));
        } else {
            let beyond = |d: &Attacked| {
                (d.cost.readbacks - (d.cost.milliseconds / PROGRESS).floor()).max(0.0)
            };
            let what = format!("{what}: read-backs beside one each 100 ms");
            targets.push(Target::at_most(what, 1.0, "", of_digits(row, beyond)));
        }
    }
    targets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::results::Cost;
    use crate::bench::targets::table;

    fn data(targets: &str, dispatches: f64, readbacks: f64) -> Attacks {
        let cost = Cost { milliseconds: 250.0, dispatches, submits: 2.0, readbacks };
        let digit = Attacked { success: true, evaluations: 10.0, cost, ..Attacked::default() };
        let row = AttackRow {
            model: "cnn".into(),
            method: "nearest-boundary".into(),
            targets: targets.into(),
            layers: 6,
            digits: vec![digit],
            ..AttackRow::default()
        };
        Attacks { rows: vec![row], ..Attacks::default() }
    }

    #[test]
    fn dispatches_and_read_backs_are_held_to_their_bounds() {
        let line = |data: &Attacks| table(&targets(Some(data))).markdown();
        assert!(line(&data("one", 160.0, 3.0)).contains("yes"));
        assert!(line(&data("one", 161.0, 3.0)).contains("no |"));
        assert!(line(&data("nine", 999.0, 3.0)).contains("yes"));
        assert!(line(&data("nine", 999.0, 4.0)).contains("no |"));
    }

    #[test]
    fn an_attack_that_was_given_up_says_so() {
        let mut data = data("nine", 1.0, 1.0);
        data.rows[0].digits.clear();
        data.rows[0].longer_than = Some(10.0);
        let text = part(&data).markdown();
        assert!(text.contains("more than 10 s"), "{text}");
    }
}
