//! What is found of a result file.

use serde::{Deserialize, Serialize};

use super::answer::Hashes;
use super::task::Kind;
use super::text;

/// What recomputing says of a result file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Verified {
    /// Who says they did it.
    pub student: String,
    /// The lesson's title.
    pub title: String,
    /// The file's code.
    pub code: String,
    /// Whether all that the file says is so.
    pub verified: bool,
    /// How many tasks are passed, by what was worked out here.
    pub passed: u32,
    /// How many tasks the lesson has.
    pub of: u32,
    /// One for each task of the lesson.
    pub tasks: Vec<VerifiedTask>,
    /// What is not so about the file as a whole.
    pub problems: Vec<Problem>,
    /// What is to be known, and nothing wrong.
    pub notes: Vec<String>,
}

/// What recomputing says of one task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
pub struct VerifiedTask {
    /// Which task it is.
    #[cfg_attr(test, ts(type = "TaskKind"))]
    pub kind: Kind,
    /// Whether the file has an answer to it.
    pub answered: bool,
    /// Whether all that the answer says is so; also where there is none.
    pub verified: bool,
    /// Whether it is passed, by what was worked out here; never where it is not verified.
    pub passed: bool,
    /// The change's distortion, worked out here; of `resist`, the nearest that the search found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distortion: Option<f64>,
    /// How many guesses were right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub right: Option<u32>,
    /// Of how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<u32>,
    /// Of the images, as they are: the same in files of two students are worth a question.
    pub sha256: Hashes,
    /// What is not so.
    pub problems: Vec<Problem>,
}

/// Something that is not as a file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Problem {
    /// What of the file it is about.
    #[cfg_attr(
        test,
        ts(
            type = "\"file\" | \"version\" | \"code\" | \"lesson\" | \"network\" | \"image\" | \"result\""
        )
    )]
    pub what: ProblemKind,
    /// A sentence.
    pub words: String,
}

impl Problem {
    pub(super) fn new(what: ProblemKind, words: impl Into<String>) -> Problem {
        let words = text::shortened(words.into());
        Problem { what, words }
    }
}

/// What a problem is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProblemKind {
    /// It is no result file, or does not fit together.
    File,
    /// It was made with another version.
    Version,
    /// The code is not that of the content: somebody changed it.
    Code,
    /// It answers another lesson.
    Lesson,
    /// A network is not the one that it is said to be.
    Network,
    /// An image is not the one that was marked.
    Image,
    /// What is claimed is not what comes out.
    Result,
}

impl ProblemKind {
    /// The name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            ProblemKind::File => "file",
            ProblemKind::Version => "version",
            ProblemKind::Code => "code",
            ProblemKind::Lesson => "lesson",
            ProblemKind::Network => "network",
            ProblemKind::Image => "image",
            ProblemKind::Result => "result",
        }
    }
}
