//! What fuzzing found.

use super::Part;
use crate::bench::results::Fuzzed;
use crate::bench::table::Table;

/// What each target did, and how it ended.
pub(in crate::bench) fn part(data: &[Fuzzed]) -> Part {
    let mut part = Part::new(
        "Fuzzing",
        "Written by `cargo xtask soak --only fuzz`. Whatever reads strangers' bytes, under libFuzzer, which \
         changes a corpus (`fuzz/corpus/`) so that more of the code's edges are run; bytes are accepted or \
         refused, anything else is a crash. An ONNX file may need more than 1,024 MB or 20 s, which ends the \
         process that reads it; nothing else may.",
    );
    let mut table = Table::new([
        "target",
        "seconds",
        "executions",
        "edges",
        "out of memory",
        "too slow",
        "crashes",
    ]);
    for of in data {
        let numbers = [of.executions, of.edges, of.out_of_memory, of.too_slow, of.crashes];
        let cells = numbers.map(|number| number.to_string());
        table.row([of.target.clone(), of.seconds.to_string()].into_iter().chain(cells));
    }
    part.table("", table);
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_its_row_and_its_faults() {
        let fine =
            Fuzzed { target: "npy".into(), executions: 1234, edges: 56, ..Fuzzed::default() };
        let text = part(std::slice::from_ref(&fine)).markdown();
        let row = text.lines().find(|line| line.starts_with("| npy "));
        assert!(row.is_some_and(|row| row.contains("1234") && row.contains("56")), "{text}");
        assert_eq!(fine.faults(), [""; 0]);
        let crashed = Fuzzed { crashes: 1, ..fine.clone() };
        let slow = Fuzzed { too_slow: 1, ..fine };
        let granted = Fuzzed { target: "importer".into(), ..slow.clone() };
        assert!(crashed.faults()[0].contains("crash") && slow.faults()[0].contains("slow"));
        assert_eq!(granted.faults(), [""; 0], "the process that reads a file is ended");
    }
}
