//! The sections of the report: each turns measurements into tables and targets.

pub(super) mod agreement;
pub(super) mod attacks;
pub(super) mod device;
pub(super) mod drawing;
pub(super) mod eight_bit;
pub(super) mod fuzz;
pub(super) mod gradients;
pub(super) mod page;
pub(super) mod scaling;
pub(super) mod soak;

use std::fmt::Write as _;

use super::table::Table;

/// A title, what the figures mean, and tables with their captions.
pub(super) struct Part {
    title: &'static str,
    text: &'static str,
    tables: Vec<(String, Table)>,
}

impl Part {
    fn new(title: &'static str, text: &'static str) -> Part {
        Part { title, text, tables: Vec::new() }
    }

    fn table(&mut self, caption: impl Into<String>, table: Table) {
        self.tables.push((caption.into(), table));
    }

    /// As Markdown, with a place for where it was measured.
    pub(super) fn markdown_with(&self, measured: &str) -> String {
        let mut text = format!("## {}\n\n{}\n", self.title, self.text);
        if !measured.is_empty() {
            // Writing into a string does not fail.
            let _ = write!(text, "\n{measured}\n");
        }
        for (caption, table) in &self.tables {
            let caption =
                if caption.is_empty() { String::new() } else { format!("{caption}:\n\n") };
            let _ = write!(text, "\n{caption}{}", table.markdown());
        }
        text
    }

    #[cfg(test)]
    fn markdown(&self) -> String {
        self.markdown_with("")
    }
}

/// Values in the order of their first appearance.
fn unique<T: PartialEq>(values: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut unique = Vec::new();
    for value in values {
        if !unique.contains(&value) {
            unique.push(value);
        }
    }
    unique
}
