//! Lessons and results: what a teacher asks for, what a student did, and whether it is so.
//!
//! A [`Lesson`] is a small JSON file of [`Task`]s. Whoever does one hands over their [`Work`];
//! [`mark`] measures it and makes an [`Answer`]. The answers, with the lesson and a name, are a
//! [`ResultFile`] with a short code; [`verify`] reads one and works everything out again, so that
//! nothing in it is believed but what the networks here say of its images.
//!
//! Readings are in f64 ([`exec::double`](crate::exec::double)), so that every machine marks alike;
//! a class is read where its logit leads. Only the distance of a `resist` comes from a search in
//! f32. Tests: `tests/suite/lessons.rs`; `docs/LESSONS.md` describes the two files.

mod alike;
mod answer;
mod error;
mod known;
mod mark;
mod reading;
mod result;
mod sides;
mod task;
mod text;
mod verified;
mod verify;

pub use alike::{SameAs, same_as};
pub use answer::{Answer, Hashes, NetworkReading, Work, read_answers};
pub use error::LessonError;
pub use known::{KnownNetwork, Loaded, Networks, collection};
pub use mark::mark;
pub use result::{MOST_RESULT_BYTES, ResultFile};
pub use sides::sides;
pub use task::{Kind, Lesson, MOST_LESSON_BYTES, Task};
pub use text::sha256;
pub use verified::{Problem, ProblemKind, Verified, VerifiedTask};
pub use verify::verify;
