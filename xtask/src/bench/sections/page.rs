//! How soon a first visit reads a digit.

use super::Part;
use crate::bench::results::{Page, Visit};
use crate::bench::table::{Table, number, or_dash};
use crate::bench::targets::Target;

/// The page, and what it is compared with.
const OURS: &str = "blindspots";
const PEER: &str = "tfjs";

/// How many times as long as the other page's the first reading may take.
const SLOWER: f64 = 1.2;
/// Megabytes of everything, from a host that compresses nothing.
const ALL: f64 = 4.0;

/// Seconds and bytes, step by step.
pub(in crate::bench) fn part(data: &Page) -> Part {
    let mut part = Part::new(
        "First visits",
        "Until a page has read its first digit, until all twelve networks have, and until the importer \
         has read their files in the browser, beside a page of TensorFlow.js that loads one network of \
         the same size. Bytes are what the host has sent by then. The slower processor is the page's \
         thread; Chromium does not slow its workers.",
    );
    for compresses in [false, true] {
        let mut table = Table::new([
            "line",
            "page",
            "first, s",
            "first, MB",
            "all, s",
            "all, MB",
            "in all, s",
            "in all, MB",
        ]);
        for visit in data.rows.iter().filter(|visit| visit.compresses == compresses) {
            let mut cells = vec![line(visit), visit.page.clone()];
            for step in ["first", "all", "done"] {
                let found = at(visit, step);
                cells.push(or_dash(found.map(|(milliseconds, _)| number(milliseconds / 1e3))));
                cells.push(or_dash(found.map(|(_, bytes)| number(bytes / 1e6))));
            }
            table.row(cells);
        }
        let host = if compresses {
            "From a host that compresses"
        } else {
            "From a host that compresses nothing"
        };
        part.table(host, table);
    }
    part
}

fn line(visit: &Visit) -> String {
    let slower = match visit.slower {
        1.0 => String::new(),
        times => format!(", {} × slower", number(times)),
    };
    format!("{} Mbit/s{slower}", number(visit.megabits))
}

/// Milliseconds and bytes at a step.
fn at(visit: &Visit, step: &str) -> Option<(f64, f64)> {
    visit
        .steps
        .iter()
        .find(|found| found.step == step)
        .map(|found| (found.milliseconds, found.bytes))
}

/// First readings beside the other page's, and everything in megabytes.
pub(in crate::bench) fn targets(data: Option<&Page>) -> Vec<Target> {
    let mut targets = Vec::new();
    let rows = data.map(|data| data.rows.as_slice()).unwrap_or_default();
    for ours in rows.iter().filter(|visit| visit.page == OURS) {
        let same = |other: &&Visit| {
            other.page == PEER && other.compresses == ours.compresses && line(other) == line(ours)
        };
        let first = |visit: &Visit| at(visit, "first").map(|(milliseconds, _)| milliseconds);
        let ratio = rows.iter().find(same).and_then(|peer| Some(first(ours)? / first(peer)?));
        let host = if ours.compresses { "compressing host" } else { "plain host" };
        let what = format!("first reading, {}, {host}: beside tfjs", line(ours));
        targets.push(Target::at_most(what, SLOWER, "×", ratio));
    }
    let plain = rows.iter().find(|visit| visit.page == OURS && !visit.compresses);
    let all = plain.and_then(|visit| at(visit, "done")).map(|(_, bytes)| bytes / 1e6);
    targets.push(Target::at_most("a first visit in all, plain host", ALL, " MB", all));
    targets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::results::Step;
    use crate::bench::targets::table;

    fn visit(page: &str, first: f64, done: f64) -> Visit {
        let step =
            |step: &str, milliseconds, bytes| Step { step: step.into(), milliseconds, bytes };
        Visit {
            page: page.into(),
            megabits: 9.0,
            slower: 1.0,
            steps: vec![step("first", first, 1e6), step("done", 2.0 * first, done)],
            ..Visit::default()
        }
    }

    fn verdicts(rows: Vec<Visit>) -> Vec<String> {
        let data = Page { rows, ..Page::default() };
        let text = table(&targets(Some(&data))).markdown();
        let last = |line: &str| line.split('|').nth(4).map(|cell| cell.trim().to_owned());
        text.lines().skip(2).filter_map(last).collect()
    }

    #[test]
    fn a_visit_is_held_against_the_other_page_on_the_same_line() {
        let peer = visit(PEER, 1000.0, 0.0);
        assert_eq!(verdicts(vec![visit(OURS, 1100.0, 3.9e6), peer.clone()]), ["yes", "yes"]);
        assert_eq!(verdicts(vec![visit(OURS, 1300.0, 4.1e6), peer.clone()]), ["no", "no"]);
        let elsewhere = Visit { megabits: 1.6, ..peer };
        assert_eq!(verdicts(vec![visit(OURS, 1100.0, 3.9e6), elsewhere])[0], "not measured");
    }
}
