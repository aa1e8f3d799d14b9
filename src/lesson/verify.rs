//! Verifying: a result's file is read, everything in it is worked out again, and what differs is named.
//!
//! Nothing is believed: the images are hashed and read, the distances measured, the rows counted, the
//! searches made once more. What then is not so is a [`Problem`] of the task or of the file; every
//! one is looked for, also where an earlier one has been found.

use super::known::{self, Networks, collection};
use super::mark::{bar, fits, measure};
use super::result::{MOST_STUDENT, ResultFile, astray};
use super::text::Unreadable;
use super::{
    Answer, Lesson, LessonError, Problem, ProblemKind, Task, Verified, VerifiedTask, Work,
};
use crate::attack::Observer;

/// By how much a distance may differ that was measured in f64: the square root of another library,
/// and what is written of it.
const MEASURED: f64 = 1e-6;

/// By how much the distance of a search may differ, relative: it is in f32, whose sums come out in
/// another order on another machine, from where on the search may take another path to a boundary
/// that is about as near.
const SEARCHED: f64 = 0.02;

/// Most letters that are shown of a code; one has nine.
const MOST_CODE: usize = 20;

/// Works out a result's file again, for a lesson where one is given.
///
/// Whatever is wrong with the file is in the answer.
///
/// # Errors
/// [`LessonError::Cancelled`], and where a network of this program cannot be loaded or searched.
pub async fn verify(
    bytes: &[u8],
    lesson: Option<&Lesson>,
    networks: &impl Networks,
    observer: &mut impl Observer,
) -> Result<Verified, LessonError> {
    let file = match readable(bytes) {
        Ok(file) => file,
        Err(problem) => return Ok(Verified { problems: vec![problem], ..Verified::default() }),
    };
    let mut verified = Verified {
        student: file.student.clone(),
        title: file.lesson.title.clone(),
        code: file.code.chars().take(MOST_CODE).collect(),
        of: file.lesson.tasks.len() as u32,
        ..Verified::default()
    };
    if file.code != file.own_code() {
        let words = format!("the code of the content is {}: it was changed", file.own_code());
        verified.problems.push(Problem::new(ProblemKind::Code, words));
    }
    if lesson.is_some_and(|lesson| *lesson != file.lesson) {
        let words = "it answers another lesson than the one that was given";
        verified.problems.push(Problem::new(ProblemKind::Lesson, words));
    }
    let astray = astray(&file.lesson, &file.answers);
    for (_, words) in &astray {
        verified.problems.push(Problem::new(ProblemKind::Result, words.clone()));
    }
    let ours = file.networks == collection(networks);
    for (place, task) in file.lesson.tasks.iter().enumerate() {
        let own = |(at, answer): &(usize, &Answer)| {
            answer.task as usize == place && !astray.iter().any(|(other, _)| other == at)
        };
        let answer = file.answers.iter().enumerate().find(own).map(|(_, answer)| answer);
        verified.tasks.push(match answer {
            Some(answer) => check(task, answer, ours, networks, observer).await?,
            None => VerifiedTask::unanswered(task),
        });
    }
    let all = verified.tasks.iter().all(|task| task.verified);
    if !ours && all {
        let words = "it was made beside other networks; those of its tasks are the same here";
        verified.notes.push(words.to_owned());
    }
    verified.verified = all && verified.problems.is_empty();
    verified.passed = verified.tasks.iter().filter(|task| task.passed).count() as u32;
    Ok(verified)
}

/// A file that is a result of a lesson that can be; what it is instead.
fn readable(bytes: &[u8]) -> Result<ResultFile, Problem> {
    let no = |words| Problem::new(ProblemKind::File, words);
    let mut file = ResultFile::read(bytes).map_err(|unreadable| match unreadable {
        Unreadable::No(words) => no(words),
        Unreadable::Version(words) => Problem::new(ProblemKind::Version, words),
    })?;
    if file.student.chars().count() > MOST_STUDENT {
        return Err(no(format!("the student's name has more than {MOST_STUDENT} characters")));
    }
    file.lesson = file.lesson.checked().map_err(|error| no(error.to_string()))?;
    Ok(file)
}

/// Works out one answer again.
async fn check(
    task: &Task,
    answer: &Answer,
    ours: bool,
    networks: &impl Networks,
    observer: &mut impl Observer,
) -> Result<VerifiedTask, LessonError> {
    let mut found = VerifiedTask { answered: true, ..VerifiedTask::unanswered(task) };
    found.problems = strangers(task, answer, ours, networks);
    let other = found.problems.iter().any(|problem| problem.what == ProblemKind::Version);
    let known = task.networks().iter().all(|name| known::find(networks, name).is_some());
    match readable_work(task, answer) {
        Err(problem) => found.problems.push(problem),
        Ok(_) if other || !known => {}
        Ok(work) => {
            let taken = known::take(networks, &task.networks())?;
            match measure(task, &work, &taken, observer).await {
                Ok(measured) => {
                    found.compare(task, answer, measured.answer(answer.task, &work));
                }
                Err(LessonError::Result(words)) => {
                    found.problems.push(Problem::new(ProblemKind::Result, words));
                }
                Err(error) => return Err(error),
            }
        }
    }
    found.verified = found.problems.is_empty();
    found.passed &= found.verified;
    Ok(found)
}

/// The work of an answer, if it can be that of the task.
fn readable_work(task: &Task, answer: &Answer) -> Result<Work, Problem> {
    let work = answer.work().map_err(|(image, words)| {
        Problem::new(if image { ProblemKind::Image } else { ProblemKind::File }, words)
    })?;
    fits(task, &work).map_err(|words| Problem::new(ProblemKind::Result, words))?;
    Ok(work)
}

/// Networks of an answer that are not those of the task, or not ours.
fn strangers(task: &Task, answer: &Answer, ours: bool, networks: &impl Networks) -> Vec<Problem> {
    let asked = task.networks();
    let named: Vec<&str> = answer.networks.iter().map(|network| network.name.as_str()).collect();
    if named != asked {
        let (named, asked) = (named.join(", "), asked.join(", "));
        let words = format!("the networks of the task are {asked}, those of the answer {named}");
        return vec![Problem::new(ProblemKind::Network, words)];
    }
    let strange = |reading: &&super::NetworkReading| {
        known::find(networks, &reading.name).is_none_or(|known| known.sha256 != reading.sha256)
    };
    let strangers = answer.networks.iter().filter(strange);
    strangers
        .map(|super::NetworkReading { name, .. }| {
            if ours {
                let words =
                    format!("{name} is not the network of that name, although all others are ours");
                Problem::new(ProblemKind::Network, words)
            } else {
                let words = format!(
                    "made with another version of {name}: it has to be checked with that version"
                );
                Problem::new(ProblemKind::Version, words)
            }
        })
        .collect()
}

impl VerifiedTask {
    /// A task that nobody has done.
    fn unanswered(task: &Task) -> VerifiedTask {
        VerifiedTask {
            kind: task.kind(),
            answered: false,
            verified: true,
            passed: false,
            distortion: None,
            right: None,
            of: None,
            sha256: super::Hashes::default(),
            problems: Vec::new(),
        }
    }

    /// Takes over what was worked out, and names what the answer says otherwise.
    fn compare(&mut self, task: &Task, claimed: &Answer, again: Answer) {
        let mut differs = |what, words: String| self.problems.push(Problem::new(what, words));
        let hashes = [
            ("the original", &claimed.sha256.original, &again.sha256.original),
            ("the image", &claimed.sha256.image, &again.sha256.image),
        ];
        for (what, said, is) in hashes {
            match said {
                None if is.is_some() => {
                    differs(ProblemKind::Image, format!("the hash of {what} is missing"));
                }
                said if said != is => {
                    let words = format!("{what} is not the one of the hash beside it");
                    differs(ProblemKind::Image, words);
                }
                _ => {}
            }
        }
        for (said, is) in claimed.networks.iter().zip(&again.networks) {
            if said.reads != is.reads {
                let (said, reads) = (list(&said.reads), list(&is.reads));
                let words = format!("{} reads {reads}; the file says {said}", is.name);
                differs(ProblemKind::Result, words);
            }
        }
        let resist = matches!(task, Task::Resist { .. });
        let near = is_near(claimed.distortion, again.distortion, resist);
        if !near {
            let (said, is) = (length(claimed.distortion), length(again.distortion));
            let words = format!("the distortion is {is}; the file says {said}");
            differs(ProblemKind::Result, words);
        }
        let counts = |answer: &Answer| (answer.right, answer.of);
        if counts(claimed) != counts(&again) {
            let (said, is) = (score(counts(claimed)), score(counts(&again)));
            differs(ProblemKind::Result, format!("{is} are right; the file says {said}"));
        }
        let passed = claimed.passed;
        // Where a search ends as near to the bar as machines differ, the one that was made counts.
        let either = resist && near && agrees(task, claimed) && again.distortion.is_some();
        if passed != again.passed && !either {
            let (said, is) = (verdict(passed), verdict(again.passed));
            differs(ProblemKind::Result, format!("the task is {is}; the file says {said}"));
        }
        if foreign(claimed, &again) {
            let words = format!("there is something in it that no {} has", again.kind.name());
            differs(ProblemKind::File, words);
        }
        self.passed = if either { passed } else { again.passed };
        (self.distortion, self.right, self.of) = (again.distortion, again.right, again.of);
        self.sha256 = again.sha256;
    }
}

/// Whether what is claimed of a `resist` follows from the distance that is claimed.
fn agrees(task: &Task, claimed: &Answer) -> bool {
    claimed.distortion.is_some_and(|distortion| claimed.passed == (distortion >= bar(task)))
}

/// Whether two distances are the same, as far as they can be.
fn is_near(said: Option<f64>, is: Option<f64>, searched: bool) -> bool {
    match (said, is) {
        (Some(said), Some(is)) => {
            let share = if searched { SEARCHED } else { MEASURED };
            (said - is).abs() <= MEASURED + share * is
        }
        (said, is) => said == is,
    }
}

/// Whether an answer has parts that its kind does not have.
fn foreign(claimed: &Answer, again: &Answer) -> bool {
    let parts = |answer: &Answer| {
        let images = (answer.original.is_some(), answer.image.is_some());
        let numbers = (answer.label.is_some(), answer.layer.is_some(), answer.seed.is_some());
        (images, numbers, answer.fooled.is_some(), answer.chose.is_some())
    };
    parts(claimed) != parts(again)
}

fn list(classes: &[u32]) -> String {
    let classes: Vec<String> = classes.iter().map(u32::to_string).collect();
    if classes.is_empty() { "nothing".into() } else { classes.join(", then ") }
}

fn length(distortion: Option<f64>) -> String {
    distortion.map_or("none".into(), |distortion| distortion.to_string())
}

fn score((right, of): (Option<u32>, Option<u32>)) -> String {
    let number = |number: Option<u32>| number.map_or("none".into(), |n| n.to_string());
    format!("{} of {}", number(right), number(of))
}

fn verdict(passed: bool) -> &'static str {
    if passed { "passed" } else { "not passed" }
}
