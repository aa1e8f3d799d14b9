//! Counting tests by what their runners print.

use std::fmt;

/// Tests of all runners together.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passed: u32,
    failed: u32,
    skipped: u32,
}

impl Tally {
    /// Reads a line of output; counts where it is a runner's closing one.
    pub(super) fn read(&mut self, line: &str) {
        // Cargo: "test result: ok. 3 passed; 0 failed; 1 ignored; …"
        if let Some(rest) = line.strip_prefix("test result: ") {
            let counts = rest.split_once(". ").map_or("", |(_, counts)| counts);
            for count in counts.split(';') {
                if let Some((number, kind)) = count.trim().split_once(' ') {
                    self.add(kind, number);
                }
            }
        }
        // Node: "# pass 3" (TAP) or "ℹ pass 3" (spec)
        if let Some(rest) = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ "))
            && let Some((kind, number)) = rest.split_once(' ')
        {
            self.add(kind, number);
        }
    }

    fn add(&mut self, kind: &str, number: &str) {
        let count = match kind {
            "passed" | "pass" => &mut self.passed,
            "failed" | "fail" | "cancelled" => &mut self.failed,
            "ignored" | "skipped" | "todo" => &mut self.skipped,
            _ => return,
        };
        *count += number.trim().parse::<u32>().unwrap_or(0);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_and_node_are_counted() {
        let mut tally = Tally::default();
        for line in [
            "running 4 tests",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.11s",
            "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s",
            "# tests 9",
            "# pass 7",
            "# fail 1",
            "ℹ pass 10",
            "ℹ skipped 1",
            "ℹ duration_ms 12.3",
            "3 passed; said by a test itself",
        ] {
            tally.read(line);
        }
        assert_eq!(tally, Tally { passed: 21, failed: 3, skipped: 2 });
        assert_eq!(tally.to_string(), "21 passed, 3 failed, 2 skipped");
    }
}
