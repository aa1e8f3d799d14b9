//! What it costs that a saved picture fools.

use super::Part;
use crate::bench::results::{EightBit, EightBitRow};
use crate::bench::table::{Table, number, percent};
use crate::bench::targets::Target;

/// Share of the saved pictures that fool, in percent.
const ALL: f64 = 100.0;

/// Mean L2 and time, as multiples of what they are without 8 bits.
const FARTHER: f64 = 1.01;
const LONGER: f64 = 1.5;

/// One line a network and method.
pub(in crate::bench) fn part(data: &EightBit) -> Part {
    let mut part = Part::new(
        "Pictures of 8 bits",
        "The first test digits attacked with and without `--eight-bit`. *Rounded* is the share that would \
         fool if what was found without it were rounded. Means are over the digits that both fooled and \
         that were read correctly; evaluations and time are multiples of those without 8 bits.",
    );
    let mut table = Table::new([
        "network, method",
        "digits",
        "rounded",
        "8 bits",
        "mean L2",
        "with 8 bits",
        "ratio",
        "evaluations",
        "time",
    ]);
    for row in &data.rows {
        let of = |count: u32| percent(f64::from(count) / f64::from(row.digits.max(1)));
        table.row([
            format!("{}, {}", row.model, row.method),
            row.digits.to_string(),
            of(row.rounded),
            of(row.fooled),
            format!("{:.4}", row.exact_l2),
            format!("{:.4}", row.l2),
            format!("{:.4}", row.l2 / row.exact_l2),
            format!("{}×", number(row.more_evaluations)),
            format!("{}×", number(row.more_time)),
        ]);
    }
    part.table("", table);
    part
}

/// Every row's success, distance and time.
pub(in crate::bench) fn targets(data: &EightBit) -> Vec<Target> {
    let target = |row: &EightBitRow| {
        let what = |figure: &str| format!("{}: {} in 8 bits, {figure}", row.model, row.method);
        let fooled = 100.0 * f64::from(row.fooled) / f64::from(row.digits.max(1));
        [
            Target::at_least(what("success"), ALL, " %", Some(fooled)),
            Target::at_most(what("mean L2"), FARTHER, "×", Some(row.l2 / row.exact_l2)),
            Target::at_most(what("time"), LONGER, "×", Some(row.more_time)),
        ]
    };
    data.rows.iter().flat_map(target).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_what_was_measured() {
        let row = EightBitRow {
            model: "net".into(),
            method: "way".into(),
            digits: 200,
            fooled: 199,
            rounded: 50,
            exact_l2: 2.0,
            l2: 2.03,
            more_evaluations: 1.25,
            more_time: 1.4,
        };
        let data = EightBit { rows: vec![row.clone()] };
        let text = part(&data).markdown();
        let line = text.lines().find(|line| line.starts_with("| net, way")).expect("a row");
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        assert_eq!(
            cells[2..8],
            ["200", "25.0 %", "99.5 %", "2.0000", "2.0300", "1.0150"],
            "{text}"
        );
        assert_eq!(
            targets(&data),
            [
                Target::at_least("net: way in 8 bits, success", ALL, " %", Some(99.5)),
                Target::at_most("net: way in 8 bits, mean L2", FARTHER, "×", Some(1.015)),
                Target::at_most("net: way in 8 bits, time", LONGER, "×", Some(1.4)),
            ]
        );
        let better = EightBit { rows: vec![EightBitRow { fooled: 200, ..row }] };
        assert!(part(&better).markdown() != text, "another result is another text");
    }
}
