//! Whether the processor and the graphics device come to the same.

use super::Part;
use crate::bench::results::{Agreement, AgreementRow};
use crate::bench::table::{Table, number, or_dash, percent};
use crate::bench::targets::Target;

/// Share of the digits that have to come out the same, in percent.
const ENOUGH: f64 = 99.0;

/// One line a network, and one for every digit that came out otherwise.
pub(in crate::bench) fn part(data: &Agreement) -> Part {
    let mut part = Part::new(
        "Processor and device",
        "The first test digits attacked on both backends. The same are two failures, or two successes \
         with distances within 1 % of the smaller. The backends round sums differently, so a search may \
         part from its twin where a decision falls within rounding, and then ends in another minimum, \
         which is sometimes nearer and sometimes not. Where the device is software, convolutional \
         networks have a tenth of the digits.",
    );
    let mut table =
        Table::new(["network", "digits", "the same", "processor nearer", "device nearer"]);
    for row in &data.rows {
        let nearer = |ours: &dyn Fn(f64, f64) -> bool| {
            let of = |a: &&crate::bench::results::Apart| {
                ours(a.cpu.unwrap_or(f64::INFINITY), a.webgpu.unwrap_or(f64::INFINITY))
            };
            row.apart.iter().filter(of).count().to_string()
        };
        table.row([
            row.model.clone(),
            row.digits.to_string(),
            percent(share(row)),
            nearer(&|cpu, webgpu| cpu < webgpu),
            nearer(&|cpu, webgpu| webgpu < cpu),
        ]);
    }
    part.table(data.method.clone(), table);
    let mut rest = Table::new(["network, digit", "L2 on the processor", "on the device", "why"]);
    for (row, apart) in data.rows.iter().flat_map(|row| row.apart.iter().map(move |a| (row, a))) {
        rest.row([
            format!("{}, {}", row.model, apart.index),
            or_dash(apart.cpu.map(number)),
            or_dash(apart.webgpu.map(number)),
            apart.why.clone(),
        ]);
    }
    part.table("The others", rest);
    part
}

fn share(row: &AgreementRow) -> f64 {
    1.0 - row.apart.len() as f64 / f64::from(row.digits.max(1))
}

/// Every network's share.
pub(in crate::bench) fn targets(data: Option<&Agreement>) -> Vec<Target> {
    let rows = data.map_or(&[][..], |data| &data.rows);
    let target = |row: &AgreementRow| {
        let what = format!("{}: the same on processor and device", row.model);
        Target::at_least(what, ENOUGH, " %", Some(100.0 * share(row)))
    };
    if rows.is_empty() {
        let what = "all networks: the same on processor and device";
        return vec![Target::at_least(what, ENOUGH, " %", None)];
    }
    rows.iter().map(target).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::results::Apart;

    #[test]
    fn shares_and_reasons_are_what_was_measured() {
        let why = "two minima on one boundary".to_owned();
        let apart = Apart { index: 17, cpu: Some(1.25), webgpu: Some(1.5), why };
        let row = AgreementRow { model: "net".into(), digits: 100, apart: vec![apart.clone()] };
        let data = |row| Agreement { method: "nearest-boundary".into(), rows: vec![row] };
        let text = part(&data(row.clone())).markdown();
        let first = text.lines().find(|line| line.starts_with("| net ")).expect("a row");
        let cells: Vec<&str> = first.split('|').map(str::trim).collect();
        assert_eq!(cells[2..6], ["100", "99.0 %", "1", "0"], "{text}");
        assert!(text.contains("net, 17") && text.contains("two minima"), "{text}");
        assert_eq!(
            targets(Some(&data(row.clone()))),
            [Target::at_least("net: the same on processor and device", ENOUGH, " %", Some(99.0))]
        );
        // Another result is another text.
        let worse = AgreementRow { apart: vec![apart.clone(), apart], ..row };
        assert!(part(&data(worse)).markdown() != text);
    }
}
