//! What is to be reached, and whether it is: computed from measurements.

use super::table::{Table, number, or_dash};

/// Which side of the bound is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    AtLeast,
    AtMost,
}

/// One figure to reach.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Target {
    what: String,
    bound: Bound,
    required: f64,
    unit: &'static str,
    measured: Option<f64>,
}

impl Target {
    /// A figure that must not be smaller.
    pub(super) fn at_least(
        what: impl Into<String>,
        required: f64,
        unit: &'static str,
        measured: Option<f64>,
    ) -> Target {
        Target { what: what.into(), bound: Bound::AtLeast, required, unit, measured }
    }

    /// A figure that must not be larger.
    pub(super) fn at_most(
        what: impl Into<String>,
        required: f64,
        unit: &'static str,
        measured: Option<f64>,
    ) -> Target {
        Target { what: what.into(), bound: Bound::AtMost, required, unit, measured }
    }

    /// Whether it is reached; `None` where it was not measured.
    fn met(&self) -> Option<bool> {
        self.measured.map(|measured| match self.bound {
            Bound::AtLeast => measured >= self.required,
            Bound::AtMost => measured <= self.required,
        })
    }
}

/// All targets with what was measured.
pub(super) fn table(targets: &[Target]) -> Table {
    let mut table = Table::new(["figure", "required", "measured", "met"]);
    for target in targets {
        let sign = match target.bound {
            Bound::AtLeast => '≥',
            Bound::AtMost => '≤',
        };
        let with_unit = |value: f64| format!("{}{}", number(value), target.unit);
        let met = target.met().map(|met| if met { "yes" } else { "no" }.to_owned());
        table.row([
            target.what.clone(),
            format!("{sign} {}", with_unit(target.required)),
            or_dash(target.measured.map(with_unit)),
            met.unwrap_or_else(|| "not measured".into()),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_met_on_its_own_side_only() {
        let met = |target: Target| target.met();
        assert_eq!(met(Target::at_least("share", 50.0, " %", Some(50.0))), Some(true));
        assert_eq!(met(Target::at_least("share", 50.0, " %", Some(49.9))), Some(false));
        assert_eq!(met(Target::at_most("time", 5.0, " ms", Some(5.0))), Some(true));
        assert_eq!(met(Target::at_most("time", 5.0, " ms", Some(5.1))), Some(false));
        assert_eq!(met(Target::at_most("time", 5.0, " ms", None)), None);
        // What is not a number is not met.
        assert_eq!(met(Target::at_most("time", 5.0, " ms", Some(f64::NAN))), Some(false));
    }

    #[test]
    fn the_table_says_what_was_computed() {
        let targets =
            [Target::at_least("a", 2.0, "×", Some(1.0)), Target::at_most("b", 2.0, " ms", None)];
        let text = table(&targets).markdown();
        let cells = |line: usize| -> Vec<String> {
            let line = text.lines().nth(line).unwrap_or_default();
            line.split('|').map(|cell| cell.trim().to_owned()).collect()
        };
        assert_eq!(cells(2)[1..5], ["a", "≥ 2.00×", "1.00×", "no"]);
        assert_eq!(cells(3)[1..5], ["b", "≤ 2.00 ms", "–", "not measured"]);
    }
}
