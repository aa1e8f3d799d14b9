//! What is left behind by hard work.

use super::Part;
use crate::bench::results::Soak;
use crate::bench::table::{Table, number};

/// What was done, and what was held before and after.
pub(in crate::bench) fn part(data: &Soak) -> Part {
    let Soak { files, tab } = data;
    let mut part = Part::new(
        "Hard work",
        "Written by `cargo xtask soak`. Damaged files: small networks with bytes changed, ends cut off, and \
         fields of the graph set to values that nobody writes, each read by the command line with limits of \
         20 s and 1,024 MB. One tab: attacks, cancellations, networks loaded and unloaded, damaged files, \
         and graphics processes killed, with what the tab held before and after. Workers and processes are \
         those of the whole browser.",
    );
    let mut ends = Table::new(["damaged files", "how many"]);
    for (end, count) in &files.ends {
        ends.row([end.clone(), count.to_string()]);
    }
    part.table(
        format!(
            "{} files, seed {}; the longest took {} s, the largest {} MB, and {} ended as none may",
            files.files,
            files.seed,
            number(files.seconds),
            number(files.megabytes),
            files.faults.len()
        ),
        ends,
    );
    let mut done = Table::new(["in one tab", "asked for", "as it should be"]);
    for (what, count) in &tab.counts {
        let well = tab.done.get(what).map_or("none".to_owned(), u32::to_string);
        done.row([what.clone(), count.to_string(), well]);
    }
    part.table("", done);
    let mut held = Table::new(["held", "before", "after"]);
    let megabytes = |bytes: f64| number(bytes / 1e6);
    let (before, after) = (&tab.before, &tab.after);
    held.row(["WebAssembly, MB".into(), megabytes(before.wasm), megabytes(after.wasm)]);
    held.row(["JavaScript's heap, MB".into(), megabytes(before.heap), megabytes(after.heap)]);
    held.row(["workers".into(), before.workers.to_string(), after.workers.to_string()]);
    held.row(["processes".into(), before.processes.to_string(), after.processes.to_string()]);
    part.table(format!("{} leaks", tab.leaks.len()), held);
    part
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::results::{DamagedFiles, Held, Tab};

    fn measured() -> Soak {
        let counts = |attacks| [("attacks".to_owned(), attacks)].into();
        let files = DamagedFiles {
            files: 30,
            ends: [("read".to_owned(), 10), ("refused".to_owned(), 20)].into(),
            ..DamagedFiles::default()
        };
        let held = |heap| Held { wasm: 2e7, heap, workers: 2, processes: 6 };
        let tab = Tab {
            counts: counts(50),
            done: counts(50),
            before: held(4e6),
            after: held(5e6),
            ..Tab::default()
        };
        Soak { files, tab }
    }

    #[test]
    fn what_was_done_and_held_is_in_the_report_and_every_fault_counts() {
        let text = part(&measured()).markdown();
        for row in [["refused", "20"], ["JavaScript's heap, MB", "4.00"]] {
            let line = text.lines().find(|line| line.starts_with(&format!("| {} ", row[0])));
            assert!(line.is_some_and(|line| line.contains(row[1])), "{row:?} in {text}");
        }
        assert_eq!(measured().faults(), [""; 0]);
        let mut less = measured();
        less.tab.done = [("attacks".to_owned(), 49)].into();
        let mut more = measured();
        more.tab.leaks = vec!["workers: 2, then 3".into()];
        let mut worse = measured();
        worse.files.faults = vec!["a crash".into()];
        for (soak, fault) in [(less, "attacks"), (more, "workers"), (worse, "crash")] {
            let faults = soak.faults();
            assert!(faults.len() == 1 && faults[0].contains(fault), "{faults:?}");
        }
    }
}
