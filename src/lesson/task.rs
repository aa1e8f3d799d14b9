//! The lesson's file: a title, some words, and what is to be done.

use serde::{Deserialize, Serialize};

use super::LessonError;
use super::text::{self, VERSION};
use crate::count::counted;

/// Most bytes of a lesson's file.
pub const MOST_LESSON_BYTES: usize = 64 << 10;

const MOST_TASKS: usize = 20;
const MOST_NETWORKS: usize = 12;
const MOST_ANSWERS: u32 = 100;
const MOST_TITLE: usize = 200;
const MOST_WORDS: usize = 2000;
const MOST_HINT: usize = 500;
const MOST_NAME: usize = 100;

/// What a file says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum LessonTag {
    #[serde(rename = "lesson")]
    Lesson,
}

/// A teacher's tasks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// That the file is a lesson.
    #[cfg_attr(test, ts(type = "\"lesson\""))]
    pub(super) blindspots: LessonTag,
    /// Of the format: 1.
    #[cfg_attr(test, ts(type = "1"))]
    pub(super) version: u32,
    /// What it is called.
    pub title: String,
    /// What the teacher says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub words: Option<String>,
    /// What is to be done, one after the other.
    pub tasks: Vec<Task>,
}

/// What a student is asked to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "kebab-case", try_from = "Fields")]
pub enum Task {
    /// A small change after which the network misreads a digit that it read rightly.
    Fool {
        /// The network.
        network: String,
        /// Most that the change may be: `√(Σr²/n)`, above 0 and at most 1.
        distortion: f64,
        /// The teacher's.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        hint: Option<String>,
    },
    /// One change that fools several networks, each of which read the digit rightly.
    FoolTogether {
        /// The networks.
        networks: Vec<String>,
        /// Most that the change may be, where that matters.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        distortion: Option<f64>,
        /// The teacher's.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        hint: Option<String>,
    },
    /// A digit, read rightly, for which the standard search finds no change nearer than asked.
    Resist {
        /// The network.
        network: String,
        /// How far the nearest change has to be at least.
        distortion: f64,
        /// The teacher's.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        hint: Option<String>,
    },
    /// Whom will a change fool that fools one network? Said before it is shown to the others.
    Predict {
        /// The network that it fools.
        network: String,
        /// Those that it is shown to.
        networks: Vec<String>,
        /// How many of the guesses have to be right at least.
        right: u32,
        /// The teacher's.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        hint: Option<String>,
    },
    /// Which of two rows is the unit's? Done when all are answered, however many are right.
    UnitOrDirection {
        /// The network whose units are shown.
        network: String,
        /// How many rows are to be told apart, 1 to 100.
        answers: u32,
        /// The teacher's.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        hint: Option<String>,
    },
}

/// A task as it stands in a file: all that any of them has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    kind: Kind,
    network: Option<String>,
    networks: Option<Vec<String>>,
    distortion: Option<f64>,
    right: Option<u32>,
    answers: Option<u32>,
    hint: Option<String>,
}

impl TryFrom<Fields> for Task {
    type Error = String;

    fn try_from(fields: Fields) -> Result<Task, String> {
        let Fields { kind, mut network, mut networks, mut distortion, .. } = fields;
        let (mut right, mut answers, hint) = (fields.right, fields.answers, fields.hint);
        let task = match kind {
            Kind::Fool => Task::Fool {
                network: needed(kind, "network", network.take())?,
                distortion: needed(kind, "distortion", distortion.take())?,
                hint,
            },
            Kind::FoolTogether => Task::FoolTogether {
                networks: needed(kind, "networks", networks.take())?,
                distortion: distortion.take(),
                hint,
            },
            Kind::Resist => Task::Resist {
                network: needed(kind, "network", network.take())?,
                distortion: needed(kind, "distortion", distortion.take())?,
                hint,
            },
            Kind::Predict => Task::Predict {
                network: needed(kind, "network", network.take())?,
                networks: needed(kind, "networks", networks.take())?,
                right: needed(kind, "right", right.take())?,
                hint,
            },
            Kind::UnitOrDirection => Task::UnitOrDirection {
                network: needed(kind, "network", network.take())?,
                answers: needed(kind, "answers", answers.take())?,
                hint,
            },
        };
        foreign(kind, "network", network.is_some())?;
        foreign(kind, "networks", networks.is_some())?;
        foreign(kind, "distortion", distortion.is_some())?;
        foreign(kind, "right", right.is_some())?;
        foreign(kind, "answers", answers.is_some())?;
        Ok(task)
    }
}

fn needed<T>(kind: Kind, name: &str, value: Option<T>) -> Result<T, String> {
    value.ok_or_else(|| format!("missing field `{name}` of {}", kind.name()))
}

fn foreign(kind: Kind, name: &str, given: bool) -> Result<(), String> {
    if given { Err(format!("{} has no field `{name}`", kind.name())) } else { Ok(()) }
}

/// Which task it is, without what it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename = "TaskKind"))]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// [`Task::Fool`].
    Fool,
    /// [`Task::FoolTogether`].
    FoolTogether,
    /// [`Task::Resist`].
    Resist,
    /// [`Task::Predict`].
    Predict,
    /// [`Task::UnitOrDirection`].
    UnitOrDirection,
}

impl Kind {
    /// The name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Fool => "fool",
            Kind::FoolTogether => "fool-together",
            Kind::Resist => "resist",
            Kind::Predict => "predict",
            Kind::UnitOrDirection => "unit-or-direction",
        }
    }
}

impl Task {
    /// Which task it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Task::Fool { .. } => Kind::Fool,
            Task::FoolTogether { .. } => Kind::FoolTogether,
            Task::Resist { .. } => Kind::Resist,
            Task::Predict { .. } => Kind::Predict,
            Task::UnitOrDirection { .. } => Kind::UnitOrDirection,
        }
    }

    /// Every network that it names, once, those that are to be fooled first.
    #[must_use]
    pub fn networks(&self) -> Vec<&str> {
        let (first, others) = match self {
            Task::Fool { network, .. }
            | Task::Resist { network, .. }
            | Task::UnitOrDirection { network, .. } => (Some(network), &[][..]),
            Task::Predict { network, networks, .. } => (Some(network), &networks[..]),
            Task::FoolTogether { networks, .. } => (None, &networks[..]),
        };
        let others = others.iter().filter(|name| Some(*name) != first);
        first.into_iter().chain(others).map(String::as_str).collect()
    }

    fn hint(&self) -> Option<&str> {
        match self {
            Task::Fool { hint, .. }
            | Task::FoolTogether { hint, .. }
            | Task::Resist { hint, .. }
            | Task::Predict { hint, .. }
            | Task::UnitOrDirection { hint, .. } => hint.as_deref(),
        }
    }

    /// What is wrong with it.
    fn check(&self) -> Result<(), String> {
        within("the hint", self.hint().unwrap_or_default(), MOST_HINT)?;
        self.networks().iter().try_for_each(|name| {
            if name.is_empty() {
                return Err("the network has no name".to_owned());
            }
            within("the name of a network", name, MOST_NAME)
        })?;
        match self {
            Task::Fool { distortion, .. } | Task::Resist { distortion, .. } => {
                possible(*distortion)
            }
            Task::FoolTogether { networks, distortion, .. } => {
                several(networks, 2)?;
                distortion.map_or(Ok(()), possible)
            }
            Task::Predict { networks, right, .. } => {
                several(networks, 1)?;
                if *right as usize > networks.len() {
                    let guesses = counted(networks.len(), "guess");
                    return Err(format!("right is {right}, of {guesses}"));
                }
                Ok(())
            }
            Task::UnitOrDirection { answers, .. } if !(1..=MOST_ANSWERS).contains(answers) => {
                Err(format!("answers is {answers}; it can be 1 to {MOST_ANSWERS}"))
            }
            Task::UnitOrDirection { .. } => Ok(()),
        }
    }

    /// Numbers as they are written: what is read again is the same.
    fn round(&mut self) {
        match self {
            Task::Fool { distortion, .. }
            | Task::Resist { distortion, .. }
            | Task::FoolTogether { distortion: Some(distortion), .. } => {
                *distortion = text::rounded(*distortion);
            }
            _ => {}
        }
    }
}

fn within(what: &str, words: &str, most: usize) -> Result<(), String> {
    let length = words.chars().count();
    if length <= most {
        return Ok(());
    }
    Err(format!("{what} has {}; {most} are possible", counted(length, "character")))
}

fn possible(distortion: f64) -> Result<(), String> {
    if distortion > 0.0 && distortion <= 1.0 {
        return Ok(());
    }
    Err(format!("distortion is {distortion}; it must be a number above 0 and at most 1"))
}

fn several(networks: &[String], least: usize) -> Result<(), String> {
    let count = networks.len();
    if !(least..=MOST_NETWORKS).contains(&count) {
        let named = counted(count, "name");
        return Err(format!("networks has {named}; it can have {least} to {MOST_NETWORKS}"));
    }
    let twice = |(place, name): &(usize, &String)| networks[..*place].contains(*name);
    match networks.iter().enumerate().find(twice) {
        Some((_, name)) => Err(format!("networks names {name} twice")),
        None => Ok(()),
    }
}

impl Lesson {
    /// A lesson of these tasks.
    ///
    /// # Errors
    /// Those of [`Lesson::checked`].
    pub fn new(
        title: impl Into<String>,
        words: Option<String>,
        tasks: Vec<Task>,
    ) -> Result<Lesson, LessonError> {
        let title = title.into();
        Lesson { blindspots: LessonTag::Lesson, version: VERSION, title, words, tasks }.checked()
    }

    /// Reads a lesson's file.
    ///
    /// # Errors
    /// [`LessonError::Lesson`]: it is none, is of another version, or cannot be done.
    pub fn read(bytes: &[u8]) -> Result<Lesson, LessonError> {
        if bytes.len() > MOST_LESSON_BYTES {
            return Err(LessonError::Lesson(format!(
                "this is no lesson: it has more than {MOST_LESSON_BYTES} bytes"
            )));
        }
        let read = text::read::<Lesson>("lesson", bytes);
        let lesson = read.map_err(|unreadable| LessonError::Lesson(unreadable.into()))?;
        lesson.checked()
    }

    /// Itself, if it can be done; numbers are rounded to what files hold.
    ///
    /// # Errors
    /// [`LessonError::Lesson`] says what is wrong where.
    pub fn checked(mut self) -> Result<Lesson, LessonError> {
        let whole = || {
            if self.version != VERSION {
                return Err(format!(
                    "version is {}, and this program reads {VERSION}",
                    self.version
                ));
            }
            if self.title.trim().is_empty() {
                return Err("the lesson has no title".to_owned());
            }
            within("the title", &self.title, MOST_TITLE)?;
            within("words", self.words.as_deref().unwrap_or_default(), MOST_WORDS)?;
            if !(1..=MOST_TASKS).contains(&self.tasks.len()) {
                let tasks = counted(self.tasks.len(), "task");
                return Err(format!("the lesson has {tasks}; it can have 1 to {MOST_TASKS}"));
            }
            let mut tasks = self.tasks.iter().enumerate();
            tasks.try_for_each(|(place, task)| {
                task.check().map_err(|words| format!("task {}: {words}", place + 1))
            })
        };
        whole().map_err(LessonError::Lesson)?;
        self.tasks.iter_mut().for_each(Task::round);
        Ok(self)
    }

    /// As a file, for people to read.
    #[must_use]
    pub fn write(&self) -> String {
        text::pretty(self)
    }

    /// A task by its place.
    ///
    /// # Errors
    /// [`LessonError::Result`] where there is none.
    pub fn task(&self, place: u32) -> Result<&Task, LessonError> {
        self.tasks.get(place as usize).ok_or_else(|| {
            let tasks = counted(self.tasks.len(), "task");
            LessonError::Result(format!(
                "the lesson has {tasks}, and no task {}",
                u64::from(place) + 1
            ))
        })
    }
}
