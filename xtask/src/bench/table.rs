//! Tables that read well both on a terminal and as Markdown.

/// A table: a head and rows of as many cells; the first column is words, the others numbers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub(super) fn new(head: impl IntoIterator<Item = impl Into<String>>) -> Table {
        Table { head: head.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// Adds a row, as long as the head.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        let cells: Vec<String> = cells.into_iter().map(Into::into).collect();
        assert_eq!(cells.len(), self.head.len(), "a row has a cell for every column");
        self.rows.push(cells);
    }

    /// Lines of Markdown, columns aligned.
    pub(super) fn markdown(&self) -> String {
        let all = || std::iter::once(&self.head).chain(&self.rows);
        let width =
            |column: usize| all().map(|row| row[column].chars().count()).max().unwrap_or(0).max(3);
        let widths: Vec<usize> = (0..self.head.len()).map(width).collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
                let pad = " ".repeat(width - cell.chars().count());
                if column == 0 { format!("{cell}{pad}") } else { format!("{pad}{cell}") }
            });
            format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
        };
        let rule = widths.iter().enumerate().map(|(column, width)| match column {
            0 => "-".repeat(*width),
            _ => format!("{}:", "-".repeat(width - 1)),
        });
        let rule = format!("| {} |\n", rule.collect::<Vec<_>>().join(" | "));
        let mut text = line(&self.head);
        text.push_str(&rule);
        text.extend(self.rows.iter().map(line));
        text
    }
}

/// Three significant digits, without an exponent.
pub(super) fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return if value == 0.0 { "0".into() } else { "–".into() };
    }
    let before_point = value.abs().log10().floor() as i32 + 1;
    let decimals = usize::try_from(3 - before_point).unwrap_or(0);
    format!("{value:.decimals$}")
}

/// How many times one number is another: "4.2×".
pub(super) fn times(value: f64) -> String {
    format!("{}×", number(value))
}

/// A share in percent.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// Something that may not be there.
pub(super) fn or_dash(cell: Option<String>) -> String {
    cell.unwrap_or_else(|| "–".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_aligned_markdown() {
        let mut table = Table::new(["what", "ms"]);
        table.row(["ours", "1.25"]);
        table.row(["theirs é", "10"]);
        let wanted =
            "| what     |   ms |\n| -------- | ---: |\n| ours     | 1.25 |\n| theirs é |   10 |\n";
        assert_eq!(table.markdown(), wanted);
    }

    #[test]
    #[should_panic(expected = "a cell for every column")]
    fn a_row_of_another_length_is_refused() {
        Table::new(["what", "ms"]).row(["ours"]);
    }

    #[test]
    fn numbers_have_three_digits() {
        let written = [0.012_34, 0.5, 1.0, 12.34, 99.96, 123.4, 1234.6].map(number);
        assert_eq!(written, ["0.0123", "0.500", "1.00", "12.3", "100.0", "123", "1235"]);
        assert_eq!(number(0.0), "0");
        assert_eq!(number(f64::NAN), "–");
        assert_eq!(times(4.2), "4.20×");
        assert_eq!(percent(0.5), "50.0 %");
    }
}
