//! Tables of cells that are written already: in Markdown for documents, in columns for terminals.

/// A table in Markdown: a head and rows of as many cells each.
///
/// The first column is left-aligned, the others right.
#[must_use]
pub fn markdown(head: &[String], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let rule: Vec<String> =
        (0..head.len()).map(|c| if c == 0 { "---" } else { "--:" }.into()).collect();
    let rows: String = rows.iter().map(|row| line(row)).collect();
    format!("{}{}{rows}", line(head), line(&rule))
}

/// A table for a terminal: columns as wide as their widest cell, two spaces between them.
///
/// The first `words` columns are left-aligned, the others right. Rows are as long as the head.
#[must_use]
pub fn columns(head: &[String], rows: &[Vec<String>], words: usize) -> String {
    let all = || std::iter::once(head).chain(rows.iter().map(Vec::as_slice));
    let width = |column: usize| all().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let mut text = String::new();
    for row in all() {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            let pad = " ".repeat(width - cell.chars().count());
            if column < words { format!("{cell}{pad}") } else { format!("{pad}{cell}") }
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(row: [&str; 3]) -> Vec<String> {
        row.map(String::from).to_vec()
    }

    #[test]
    fn a_table_is_markdown() {
        let text = markdown(&cells(["", "a", "b"]), &[cells(["é", "10", "2"])]);
        assert_eq!(text, "|  | a | b |\n| --- | --: | --: |\n| é | 10 | 2 |\n");
    }

    #[test]
    fn columns_are_aligned_without_trailing_spaces() {
        let rows = [cells(["é", "x", "1.5"]), cells(["longer", "word", "10"])];
        let text = columns(&cells(["name", "", "%"]), &rows, 2);
        assert_eq!(text, "name            %\né       x     1.5\nlonger  word   10\n");
        assert_eq!(columns(&cells(["a", "b", ""]), &[], 3), "a  b\n");
    }
}
