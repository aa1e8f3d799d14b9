//! Making a network misread an image by as small a change as possible.
//!
//! A [`Problem`] is an image, its true class and perhaps a class to reach; a
//! method turns a batch of problems into as many [`Report`]s. Whatever a
//! method says of itself, success is measured again here from the image that
//! is returned, and the image is inside the box. A failure is a report without
//! an image, never an unchanged image.
//!
//! Distances follow PAPER's convention: `distortion = √(Σ(x′−x)²/784)`, so that
//! `‖r‖₂ = 28·distortion`.

pub mod boundary;
pub mod distance;
mod lanes;
pub mod noise;
#[cfg(not(target_arch = "wasm32"))]
pub mod parallel;
pub mod szegedy;

use crate::exec::loss::predicted;
use crate::exec::{ExecError, Executor};
use crate::model::{CLASSES, PIXELS};

pub use distance::Distance;

/// One image to be misread.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// 784 pixels in [0, 1].
    pub image: Vec<f32>,
    /// The true class.
    pub label: usize,
    /// The class to reach; any other than the label where it is `None`.
    pub target: Option<usize>,
}

/// How an adversarial example is looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// The paper's: box-constrained L-BFGS with a search over c.
    #[default]
    Szegedy,
    /// Projections onto the linearised decision boundary.
    Boundary,
}

impl Method {
    /// Every method, in the order of their introduction.
    pub const ALL: [Method; 2] = [Method::Szegedy, Method::Boundary];

    /// The name on the command line and in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Method::Szegedy => "szegedy",
            Method::Boundary => "boundary",
        }
    }

    /// The method of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Method> {
        Method::ALL.into_iter().find(|m| m.name() == name)
    }
}

/// Why an attack on one image ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The search closed in on the smallest change it can find.
    Converged,
    /// The evaluations were used up.
    Budget,
    /// The caller cancelled; the best so far is returned.
    Cancelled,
    /// The gradient vanished everywhere it was looked for.
    VanishingGradient,
    /// The network already misreads the original.
    AlreadyMisread,
}

impl Stop {
    /// Stable name for programs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Stop::Converged => "converged",
            Stop::Budget => "budget",
            Stop::Cancelled => "cancelled",
            Stop::VanishingGradient => "vanishing-gradient",
            Stop::AlreadyMisread => "already-misread",
        }
    }
}

/// The outcome for one problem, measured from the image that is returned.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Whether the image is read as asked: as the target, or as anything but the label.
    pub success: bool,
    /// The adversarial image in [0, 1]; `None` where none was found.
    pub image: Option<Vec<f32>>,
    /// What is read in it, or in the original where none was found.
    pub predicted: usize,
    /// The true class.
    pub label: usize,
    /// The class that was asked for.
    pub target: Option<usize>,
    /// Distances from the original; zero where no image was found.
    pub distance: Distance,
    /// Whether the image still fools after rounding to 8 bits.
    pub rounded_still_fools: bool,
    /// Forward passes with input gradient, all lanes of this problem.
    pub evaluations: u64,
    /// Why it ended.
    pub stop: Stop,
}

/// Why an attack could not be made.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AttackError {
    /// An image has the wrong number of pixels.
    #[error("image {index} has {actual} pixels instead of {PIXELS}")]
    WrongSize {
        /// Which problem.
        index: usize,
        /// Pixels given.
        actual: usize,
    },
    /// A pixel lies outside [0, 1].
    #[error("pixel {pixel} of image {index} is {value}; pixels are numbers from 0 to 1")]
    OutOfBox {
        /// Which problem.
        index: usize,
        /// Which pixel.
        pixel: usize,
        /// What it is.
        value: f32,
    },
    /// A class that does not exist.
    #[error("class {class} does not exist; classes are 0 to 9")]
    NoSuchClass {
        /// The class given.
        class: usize,
    },
    /// The target is the label.
    #[error("the target {label} is what the image already shows; choose another class")]
    TargetIsLabel {
        /// Both.
        label: usize,
    },
    /// The network answers with numbers that are not finite.
    #[error("the network answers image {index} with a number that is NaN")]
    NotANumber {
        /// Which problem.
        index: usize,
    },
    /// The backend failed.
    #[error(transparent)]
    Exec(#[from] ExecError),
}

impl AttackError {
    /// Stable name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            AttackError::WrongSize { .. } => "wrong-length",
            AttackError::OutOfBox { .. } => "out-of-box",
            AttackError::NoSuchClass { .. } => "no-such-class",
            AttackError::TargetIsLabel { .. } => "target-is-label",
            AttackError::NotANumber { .. } => "not-a-number",
            AttackError::Exec(error) => error.code(),
        }
    }
}

/// A word on the way.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// Share of the work that is done at most, 0 to 1.
    pub fraction: f32,
    /// Evaluations so far.
    pub evaluations: u64,
    /// The first problem's best image so far, with ‖r‖₂.
    pub best: Option<(&'a [f32], f32)>,
}

/// How an attack talks to whoever waits for it.
pub trait Observer {
    /// Told after every evaluated batch; cheap calls must not be slow.
    fn progress(&mut self, progress: Progress<'_>);

    /// Lets others run (the page's worker answers its messages); true to cancel.
    fn pause(&mut self) -> impl Future<Output = bool>;
}

/// Nobody waits: no progress, never cancelled.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn progress(&mut self, _: Progress<'_>) {}

    async fn pause(&mut self) -> bool {
        false
    }
}

/// Attacks every problem and measures what came out.
pub async fn attack(
    executor: &mut Executor,
    problems: &[Problem],
    method: Method,
    observer: &mut impl Observer,
) -> Result<Vec<Report>, AttackError> {
    if problems.is_empty() {
        return Ok(Vec::new());
    }
    for (index, problem) in problems.iter().enumerate() {
        check(index, problem)?;
    }
    let originals: Vec<f32> = problems.iter().flat_map(|p| p.image.iter().copied()).collect();
    let readings = read(executor, &originals).await?;
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(problems.len());
    let mut open = Vec::new();
    for (index, (problem, reading)) in problems.iter().zip(&readings).enumerate() {
        let reading = reading.ok_or(AttackError::NotANumber { index })?;
        let fooled = succeeds(problem, reading);
        let stop = if fooled { Stop::AlreadyMisread } else { Stop::Budget };
        let image = fooled.then(|| problem.image.clone());
        outcomes.push(Outcome { image, evaluations: 0, stop });
        if !fooled {
            open.push(index);
        }
    }
    let chosen: Vec<&Problem> = open.iter().map(|i| &problems[*i]).collect();
    let found = match method {
        Method::Szegedy => szegedy::search(executor, &chosen, observer).await?,
        Method::Boundary => boundary::search(executor, &chosen, observer).await?,
    };
    for (index, outcome) in open.into_iter().zip(found) {
        outcomes[index] = outcome;
    }
    measure(executor, problems, &readings, outcomes).await
}

/// What a method hands back for one problem, before it is measured.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) image: Option<Vec<f32>>,
    pub(crate) evaluations: u64,
    pub(crate) stop: Stop,
}

/// Whether a reading is what a problem asks for.
pub(crate) fn succeeds(problem: &Problem, reading: usize) -> bool {
    problem.target.map_or(reading != problem.label, |target| reading == target)
}

fn check(index: usize, problem: &Problem) -> Result<(), AttackError> {
    if problem.image.len() != PIXELS {
        return Err(AttackError::WrongSize { index, actual: problem.image.len() });
    }
    let outside = |v: &f32| !(0.0..=1.0).contains(v);
    if let Some(pixel) = problem.image.iter().position(outside) {
        return Err(AttackError::OutOfBox { index, pixel, value: problem.image[pixel] });
    }
    for class in [Some(problem.label), problem.target].into_iter().flatten() {
        if class >= CLASSES {
            return Err(AttackError::NoSuchClass { class });
        }
    }
    if problem.target == Some(problem.label) {
        return Err(AttackError::TargetIsLabel { label: problem.label });
    }
    Ok(())
}

/// The class of every image; `None` where a logit is NaN.
async fn read(executor: &mut Executor, images: &[f32]) -> Result<Vec<Option<usize>>, ExecError> {
    let logits = executor.logits(images).await?;
    Ok(logits.chunks_exact(CLASSES).map(predicted).collect())
}

/// Reads every image again, as floats and rounded to 8 bits.
async fn measure(
    executor: &mut Executor,
    problems: &[Problem],
    originals: &[Option<usize>],
    outcomes: Vec<Outcome>,
) -> Result<Vec<Report>, AttackError> {
    let mut images = Vec::new();
    for image in outcomes.iter().filter_map(|o| o.image.as_ref()) {
        images.extend_from_slice(image);
        images.extend(image.iter().map(|v| (v * 255.0).round() / 255.0));
    }
    let readings = if images.is_empty() { Vec::new() } else { read(executor, &images).await? };
    let mut pairs = readings.chunks_exact(2);
    let mut reports = Vec::with_capacity(problems.len());
    for ((problem, original), outcome) in problems.iter().zip(originals).zip(outcomes) {
        let unread = original.unwrap_or(problem.label);
        let again = outcome.image.as_ref().and_then(|_| pairs.next());
        let fools = |reading: Option<usize>| reading.is_some_and(|r| succeeds(problem, r));
        let success = again.is_some_and(|pair| fools(pair[0]));
        let image = outcome.image.filter(|_| success);
        reports.push(Report {
            success,
            predicted: again.and_then(|pair| pair[0]).filter(|_| success).unwrap_or(unread),
            label: problem.label,
            target: problem.target,
            distance: image
                .as_ref()
                .map_or(Distance::default(), |x| Distance::between(&problem.image, x)),
            rounded_still_fools: success && again.is_some_and(|pair| fools(pair[1])),
            image,
            evaluations: outcome.evaluations,
            stop: outcome.stop,
        });
    }
    Ok(reports)
}
