//! `verify --csv`: a row a file, as RFC 4180 has it, for spreadsheets.

use blindspots::lesson::VerifiedTask;

use super::{Row, problems};

/// What a cell must not begin with, because spreadsheets take it for a formula and run it.
const FORMULAS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// The whole file, in UTF-8.
pub(super) fn of(rows: &[Row]) -> csv::Result<Vec<u8>> {
    let tasks = rows.iter().map(|row| row.verified.tasks.len()).max().unwrap_or(0);
    let mut sheet =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let mut head: Vec<String> =
        ["file", "student", "code", "verified", "passed", "of"].map(String::from).to_vec();
    head.extend((1..=tasks).map(|task| format!("task {task}")));
    head.extend(["problems", "notes"].map(String::from));
    sheet.write_record(&head)?;
    for Row { file, verified } in rows {
        let mut cells = vec![file.clone(), verified.student.clone(), verified.code.clone()];
        cells.push(if verified.verified { "yes" } else { "no" }.to_owned());
        cells.extend([verified.passed, verified.of].map(|count| count.to_string()));
        let marks = verified.tasks.iter().map(|task| mark(task).to_owned());
        cells.extend(marks.chain(std::iter::repeat(String::new())).take(tasks));
        cells.extend([problems(verified).join("; "), verified.notes.join("; ")]);
        sheet.write_record(cells.into_iter().map(tame))?;
    }
    sheet.into_inner().map_err(|error| error.into_error().into())
}

fn mark(task: &VerifiedTask) -> &'static str {
    match (task.answered, task.verified, task.passed) {
        (false, ..) => "not done",
        (_, false, _) => "not verified",
        (.., true) => "passed",
        (.., false) => "not passed",
    }
}

/// A cell that is text to a spreadsheet, too.
fn tame(cell: String) -> String {
    if cell.starts_with(FORMULAS) { format!("'{cell}") } else { cell }
}
