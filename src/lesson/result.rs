//! The file that a student hands in: the lesson, the answers, a name and a code.

use serde::{Deserialize, Serialize};

use super::known::{Networks, collection};
use super::text::{self, Unreadable, VERSION};
use super::{Answer, Lesson, LessonError};
use crate::count::counted;
use crate::numeric::sort_by_number;

/// Most bytes of a result's file.
pub const MOST_RESULT_BYTES: usize = 4 << 20;

/// Most characters of a student's name.
pub(super) const MOST_STUDENT: usize = 200;

/// What a file says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum ResultTag {
    #[serde(rename = "result")]
    Result,
}

/// What a student hands in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultFile {
    blindspots: ResultTag,
    version: u32,
    /// Of the collection of networks that it was made with ([`collection`]).
    pub networks: String,
    /// What was asked for.
    pub lesson: Lesson,
    /// Who did it, as they say.
    pub student: String,
    /// What was done, in the order of the tasks.
    pub answers: Vec<Answer>,
    /// The first 40 bits of SHA-256 over all of the above, for people to compare.
    pub code: String,
}

/// All of a file that its code is made of, in this order.
#[derive(Serialize)]
struct Content<'a> {
    blindspots: ResultTag,
    version: u32,
    networks: &'a str,
    lesson: &'a Lesson,
    student: &'a str,
    answers: &'a [Answer],
}

impl ResultFile {
    /// Puts a file together.
    ///
    /// # Errors
    /// [`LessonError::Lesson`], and [`LessonError::Result`] for answers that are not the lesson's.
    pub fn new(
        lesson: Lesson,
        student: &str,
        mut answers: Vec<Answer>,
        networks: &impl Networks,
    ) -> Result<ResultFile, LessonError> {
        let lesson = lesson.checked()?;
        let student = student.trim().to_owned();
        let length = student.chars().count();
        if length > MOST_STUDENT {
            let found = counted(length, "character");
            return Err(LessonError::Result(format!(
                "the student's name has {found}; {MOST_STUDENT} are possible"
            )));
        }
        sort_by_number(&mut answers, |answer| f64::from(answer.task));
        if let Some((_, words)) = astray(&lesson, &answers).into_iter().next() {
            return Err(LessonError::Result(words));
        }
        let networks = collection(networks);
        let (blindspots, code) = (ResultTag::Result, String::new());
        let mut file =
            ResultFile { blindspots, version: VERSION, networks, lesson, student, answers, code };
        file.code = file.own_code();
        if file.write().len() > MOST_RESULT_BYTES {
            return Err(LessonError::Result(format!(
                "the result would have more than {MOST_RESULT_BYTES} bytes"
            )));
        }
        Ok(file)
    }

    /// Reads a file, and believes nothing of it yet.
    pub(super) fn read(bytes: &[u8]) -> Result<ResultFile, Unreadable> {
        if bytes.len() > MOST_RESULT_BYTES {
            return Err(Unreadable::No(format!(
                "this is no result: it has more than {MOST_RESULT_BYTES} bytes"
            )));
        }
        text::read("result", bytes)
    }

    /// The code of what it holds.
    #[must_use]
    pub fn own_code(&self) -> String {
        let ResultFile { blindspots, version, networks, lesson, student, answers, .. } = self;
        let (blindspots, version) = (*blindspots, *version);
        text::code(&Content { blindspots, version, networks, lesson, student, answers })
    }

    /// As a file.
    #[must_use]
    pub fn write(&self) -> String {
        text::pretty(self)
    }
}

/// Places of answers that are not those of a lesson's tasks, one each: why, in words.
pub(super) fn astray(lesson: &Lesson, answers: &[Answer]) -> Vec<(usize, String)> {
    let why = |(place, answer): (usize, &Answer)| {
        let number = u64::from(answer.task) + 1;
        let words = match lesson.tasks.get(answer.task as usize) {
            None => format!("there is an answer to task {number}, which the lesson does not have"),
            Some(_) if answers[..place].iter().any(|other| other.task == answer.task) => {
                format!("task {number} is answered twice")
            }
            Some(task) if task.kind() != answer.kind => format!(
                "task {number} is {}, and its answer {}",
                task.kind().name(),
                answer.kind.name()
            ),
            Some(_) => return None,
        };
        Some((place, words))
    };
    answers.iter().enumerate().filter_map(why).collect()
}
