//! `blindspots verify`: what results of lessons say, worked out again.

mod sheet;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use blindspots::attack::Unobserved;
use blindspots::count::counted;
use blindspots::lesson::{
    self, KnownNetwork, Lesson, MOST_RESULT_BYTES, Networks, Problem, ProblemKind, Verified,
    same_as,
};
use blindspots::model::Network;
use rayon::prelude::*;
use serde::Serialize;

use super::progress_bar;
use crate::args::Verify;
use crate::bundled;
use crate::failure::Failure;
use crate::files;
use crate::output;

/// One file of `verify --json`.
#[derive(Serialize)]
struct Row {
    file: String,
    #[serde(flatten)]
    verified: Verified,
}

/// Verifies every file; fails where one of them is not verified.
pub(super) fn run(options: &Verify) -> Result<(), Failure> {
    let csv = files::wanted("--csv", options.csv.as_deref())?;
    let json = files::wanted("--json", options.json.as_deref())?;
    let lesson = options.lesson.as_deref().map(lesson_in).transpose()?;
    // A file that cannot be read, or a folder, stops no other.
    let readable = |path: &PathBuf| match content(path) {
        Ok(bytes) => Ok(Ok(bytes)),
        Err(Failure::Work(why)) => Ok(Err(why)),
        Err(usage) => Err(usage),
    };
    let contents: Vec<Result<Vec<u8>, String>> =
        options.files.iter().map(readable).collect::<Result<_, Failure>>()?;
    let networks = Bundle::new()?;
    let bar = progress_bar(contents.len() as u64);
    let verify = |bytes: &Result<Vec<u8>, String>| {
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(why) => return Ok(unreadable(why)),
        };
        let mut nobody = Unobserved;
        let verified = lesson::verify(bytes, lesson.as_ref(), &networks, &mut nobody);
        let verified = pollster::block_on(verified).map_err(|error| error.to_string());
        bar.inc(1);
        verified
    };
    // Files are as unequal as students: each is a piece of its own.
    let results = contents.par_iter().with_max_len(1).map(verify);
    let results: Result<Vec<Verified>, String> = results.collect();
    bar.finish_and_clear();
    let rows = rows(&options.files, results?);
    for row in &rows {
        output::text(said(row));
    }
    let bad = rows.iter().filter(|row| !row.verified.verified).count();
    output::line(format_args!(
        "{}: {} verified, {bad} not",
        counted(rows.len(), "result"),
        rows.len() - bad
    ));
    let sheet = csv.map_or(Ok(()), |file| {
        let sheet = sheet::of(&rows).map_err(|error| error.to_string())?;
        file.write(|out| out.write_all(&sheet))
    });
    sheet.and(json.map_or(Ok(()), |file| file.write_json(&rows)))?;
    match bad {
        0 => Ok(()),
        _ => Err(format!("{} not verified", counted(bad, "result")).into()),
    }
}

/// Of a file that cannot be read: as on the page, which does not know why.
fn unreadable(why: &str) -> Verified {
    let problem = Problem { what: ProblemKind::File, words: format!("it cannot be read ({why})") };
    Verified { problems: vec![problem], ..Verified::default() }
}

/// The bytes of a result; of a file that is larger than any, or has no end, as many as tell it.
fn content(path: &Path) -> Result<Vec<u8>, Failure> {
    files::read_if(path, MOST_RESULT_BYTES as u64 + 1, |_| false)
}

fn lesson_in(path: &Path) -> Result<Lesson, Failure> {
    let lesson = Lesson::read(&content(path)?);
    Ok(lesson.map_err(|error| format!("{}: {error}", path.display()))?)
}

/// What was found, with what files have in common.
fn rows(paths: &[PathBuf], mut results: Vec<Verified>) -> Vec<Row> {
    let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    for same in same_as(&names, &results) {
        results[same.file].notes.push(same.words);
    }
    let row = |(file, verified)| Row { file, verified };
    names.into_iter().zip(results).map(row).collect()
}

/// A line about a file, and one for each thing that is wrong with it or worth a look.
fn said(row: &Row) -> String {
    let Row { file, verified } = row;
    let Verified { student, code, passed, of, .. } = verified;
    let who: Vec<&str> =
        [student.as_str(), code.as_str()].into_iter().filter(|word| !word.is_empty()).collect();
    let tasks = counted(of, "task");
    let outcome = match (verified.verified, of) {
        (true, _) => format!("{passed} of {tasks}, verified"),
        (false, 0) => "not verified".to_owned(),
        (false, _) => format!("{passed} of {tasks}, not verified"),
    };
    let mut lines =
        format!("{}\n", plain(&[&[file.as_str()], &who[..], &[&outcome]].concat().join("  ")));
    for words in problems(verified).iter().chain(&verified.notes) {
        lines += &format!("    {}\n", plain(words));
    }
    lines
}

/// Everything that is wrong with a file.
fn problems(verified: &Verified) -> Vec<String> {
    let whole = verified.problems.iter().map(|problem| problem.words.clone());
    let tasks = verified.tasks.iter().enumerate().flat_map(|(place, task)| {
        let words = move |words: &String| format!("task {}: {words}", place + 1);
        task.problems.iter().map(move |problem| words(&problem.words))
    });
    whole.chain(tasks).collect()
}

/// Words of strangers for a terminal: on one line, and without what would steer it.
fn plain(words: &str) -> String {
    words.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

/// The bundled networks, each loaded when a result first needs it.
struct Bundle {
    known: Vec<KnownNetwork>,
    networks: Vec<OnceLock<Result<Arc<Network>, String>>>,
}

impl Bundle {
    fn new() -> Result<Bundle, Failure> {
        let known = |bundled: &bundled::Bundled| {
            let card = bundled.card().map_err(|e| format!("the card of {}: {e}", bundled.name))?;
            Ok(KnownNetwork { name: bundled.name.to_owned(), sha256: card.sha256 })
        };
        let known: Vec<KnownNetwork> =
            bundled::ALL.iter().map(known).collect::<Result<_, String>>()?;
        let networks = known.iter().map(|_| OnceLock::new()).collect();
        Ok(Bundle { known, networks })
    }
}

impl Networks for Bundle {
    fn known(&self) -> &[KnownNetwork] {
        &self.known
    }

    fn load(&self, name: &str) -> Result<Arc<Network>, String> {
        let place = bundled::ALL.iter().position(|bundled| bundled.name == name);
        let Some(place) = place else { return Err("it is not bundled".into()) };
        let load = || bundled::ALL[place].load().map(Arc::new).map_err(|e| e.to_string());
        self.networks[place].get_or_init(load).clone()
    }
}
