//! Marking: what was done is measured, and either does what the task asks for or does not.
//!
//! A digit is read rightly where its label leads on every network that is to be fooled, and misread
//! where another class leads; whatever is level is neither. Success is what f64 says
//! ([`exec::double`](crate::exec::double)). The change's length is `√(Σr²/n)`, in f64, too. A
//! `resist` rests on a search in f32, [`Method::NearestBoundary`] with its defaults on the processor.

use std::sync::Arc;

use super::known::{self, Networks, Taken};
use super::reading::{Reading, listed, read_all};
use super::{Answer, Hashes, Lesson, LessonError, NetworkReading, Task, Work, sides, text};
use crate::attack::{Method, Observer, Problem, Stop, attack};
use crate::count::counted;
use crate::digit::CLASSES;
use crate::exec::{CpuExecutor, Executor};
use crate::model::Network;
use crate::study::units::hidden_layer;

/// Least difference between a drawing's darkest and lightest pixel. What is paler, or of one colour,
/// is no digit, whatever a network reads in it.
const CONTRAST: f32 = 0.5;

/// Marks what was done for a task; what does not pass is an answer as well.
///
/// # Errors
/// [`LessonError::Result`] where the work does not fit the task, [`LessonError::Lesson`] where it
/// names a network that is not known; [`LessonError::Cancelled`].
pub async fn mark(
    lesson: &Lesson,
    place: u32,
    work: &Work,
    networks: &impl Networks,
    observer: &mut impl Observer,
) -> Result<Answer, LessonError> {
    let task = lesson.task(place)?;
    let here = |words: String| format!("task {}: {words}", place + 1);
    fits(task, work).map_err(|words| LessonError::Result(here(words)))?;
    let taken = known::take(networks, &task.networks()).map_err(|error| match error {
        LessonError::Lesson(words) => LessonError::Lesson(here(words)),
        other => other,
    })?;
    let measured = measure(task, work, &taken, observer).await?;
    Ok(measured.answer(place, work))
}

/// What is measured of some work.
#[derive(Default)]
pub(super) struct Measured {
    passed: bool,
    networks: Vec<NetworkReading>,
    distortion: Option<f64>,
    right: Option<u32>,
    of: Option<u32>,
}

/// Whether work is of the task's kind, with images and numbers that can be; in words where not.
pub(super) fn fits(task: &Task, work: &Work) -> Result<(), String> {
    let (asked, done) = (task.kind(), work.kind());
    if asked != done {
        return Err(format!("the task is {}, the work {}", asked.name(), done.name()));
    }
    for (what, image) in [("the original", work.original()), ("the image", work.image())] {
        image.map_or(Ok(()), text::check).map_err(|words| format!("{what} {words}"))?;
    }
    if let Some(label) = work.label().filter(|label| *label as usize >= CLASSES) {
        return Err(format!("the label is {label}; classes are 0 to {}", CLASSES - 1));
    }
    match (task, work) {
        (Task::Predict { networks, .. }, Work::Predict { fooled, .. })
            if fooled.len() != networks.len() =>
        {
            let (guesses, networks) = (fooled.len(), networks.len());
            let guesses = counted(guesses, "guess");
            Err(format!("{guesses} for {}: one each is needed", counted(networks, "network")))
        }
        (Task::UnitOrDirection { answers, .. }, Work::UnitOrDirection { chose, .. }) => {
            if chose.len() > *answers as usize {
                let given = counted(chose.len(), "answer");
                return Err(format!("{given} for {}", counted(*answers, "question")));
            }
            match chose.iter().find(|row| **row > 1) {
                Some(row) => Err(format!("row {row} was chosen; rows are 0 and 1")),
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// Measures work that fits, on the networks that the task names.
pub(super) async fn measure(
    task: &Task,
    work: &Work,
    networks: &[Taken],
    observer: &mut impl Observer,
) -> Result<Measured, LessonError> {
    if let Work::UnitOrDirection { layer, seed, chose } = work {
        return told_apart(task, networks, (*layer, *seed, chose));
    }
    let original = work.original().unwrap_or_default();
    let label = work.label().unwrap_or_default();
    let before = read_all(networks, original, observer).await?;
    // Of a prediction, those that are only shown the change may misread the digit as it is.
    let concerned = if matches!(task, Task::Predict { .. }) { 1 } else { before.len() };
    let rightly =
        is_drawn(original) && before[..concerned].iter().all(|reading| reading.is_right(label));
    let Some(image) = work.image() else {
        let networks_read = listed(networks, &[&before]);
        let mut measured = Measured { networks: networks_read, ..Measured::default() };
        if rightly {
            let nearest = nearest(&networks[0].network, original, label, observer).await?;
            measured.passed = nearest.is_none_or(|nearest| nearest >= bar(task));
            measured.distortion = nearest;
        }
        return Ok(measured);
    };
    let after = read_all(networks, image, observer).await?;
    let distortion = distortion(original, image);
    let mut measured = Measured {
        networks: listed(networks, &[&before, &after]),
        distortion: Some(distortion),
        ..Measured::default()
    };
    let fooled = |reading: &Reading| reading.is_wrong(label);
    measured.passed = rightly
        && match (task, work) {
            (
                Task::Predict { network: _, networks: asked, right, .. },
                Work::Predict { fooled: guesses, .. },
            ) => {
                let truth = |name: &String| {
                    let place = networks.iter().position(|taken| taken.known.name == *name);
                    place.is_some_and(|place| fooled(&after[place]))
                };
                let hits = asked.iter().zip(guesses).filter(|(name, guess)| truth(name) == **guess);
                let hits = hits.count() as u32;
                (measured.right, measured.of) = (Some(hits), Some(asked.len() as u32));
                fooled(&after[0]) && hits >= *right
            }
            _ => after.iter().all(fooled) && distortion <= bar(task),
        };
    Ok(measured)
}

/// The distance that a task is about: of `resist` the least, of others the most.
pub(super) fn bar(task: &Task) -> f64 {
    match task {
        Task::Fool { distortion, .. } | Task::Resist { distortion, .. } => *distortion,
        Task::FoolTogether { distortion, .. } => distortion.unwrap_or(f64::INFINITY),
        Task::Predict { .. } | Task::UnitOrDirection { .. } => f64::INFINITY,
    }
}

/// Whether there is something on the paper.
fn is_drawn(image: &[f32]) -> bool {
    let most = image.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let least = image.iter().copied().fold(f32::INFINITY, f32::min);
    most - least >= CONTRAST
}

/// `√(Σr²/n)`, as files hold it.
fn distortion(original: &[f32], image: &[f32]) -> f64 {
    let differences = original.iter().zip(image).map(|(a, b)| f64::from(*b) - f64::from(*a));
    let squares: f64 = differences.map(|difference| difference * difference).sum();
    text::rounded((squares / original.len() as f64).sqrt())
}

/// How far the nearest change is that the search finds.
async fn nearest(
    network: &Arc<Network>,
    original: &[f32],
    label: u32,
    observer: &mut impl Observer,
) -> Result<Option<f64>, LessonError> {
    let mut executor = Executor::Cpu(CpuExecutor::new(network.clone()));
    let problem = Problem { image: original.to_vec(), label: label as usize, target: None };
    let reports = attack(&mut executor, &[problem], Method::NearestBoundary, observer).await?;
    let Some(report) = reports.first() else { return Ok(None) };
    if report.stop == Stop::Cancelled {
        return Err(LessonError::Cancelled);
    }
    Ok(report.image.as_ref().map(|image| distortion(original, image)))
}

/// How many rows were told apart, if the layer is there.
fn told_apart(
    task: &Task,
    networks: &[Taken],
    (layer, seed, chose): (u32, u32, &[u32]),
) -> Result<Measured, LessonError> {
    let Task::UnitOrDirection { answers, .. } = task else { return Ok(Measured::default()) };
    if let Err(error) = hidden_layer(&networks[0].network, layer as usize) {
        return Err(LessonError::Result(error.to_string()));
    }
    let first = sides(seed, chose.len());
    let right = chose.iter().zip(first).filter(|(row, first)| (**row == 0) == *first).count();
    Ok(Measured {
        passed: chose.len() == *answers as usize,
        networks: listed(networks, &[]),
        distortion: None,
        right: Some(right as u32),
        of: Some(*answers),
    })
}

impl Measured {
    /// With the work, as files hold it.
    pub(super) fn answer(self, place: u32, work: &Work) -> Answer {
        let Measured { passed, networks, distortion, right, of } = self;
        let mut answer = Answer {
            task: place,
            kind: work.kind(),
            passed,
            original: work.original().map(text::packed),
            image: work.image().map(text::packed),
            label: work.label(),
            fooled: None,
            layer: None,
            seed: None,
            chose: None,
            sha256: Hashes {
                original: work.original().map(text::hash),
                image: work.image().map(text::hash),
            },
            networks,
            distortion,
            right,
            of,
        };
        match work {
            Work::Predict { fooled, .. } => answer.fooled = Some(fooled.clone()),
            Work::UnitOrDirection { layer, seed, chose } => {
                (answer.layer, answer.seed) = (Some(*layer), Some(*seed));
                answer.chose = Some(chose.clone());
            }
            _ => {}
        }
        answer
    }
}
