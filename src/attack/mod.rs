//! Making a network misread an image by as small a change as possible.
//!
//! A [`Problem`] is an image, its true class and perhaps a class to reach; a
//! method turns a batch of problems into as many [`Report`]s. Whatever a
//! method says of itself, success is measured again here from the image that
//! is returned, and the image is inside the box. A failure is a report without
//! an image, never an unchanged image.
//!
//! Distances follow the paper's convention: `distortion = ‖x′ − x‖₂/√n` for images of
//! n numbers; for a digit of 28 × 28 pixels, `‖r‖₂ = 28·distortion`.

mod ascent;
pub mod carlini_wagner;
pub mod ddn;
pub mod deepfool;
pub mod distance;
mod ensemble;
mod error;
pub mod fgsm;
pub mod kernels;
mod lanes;
mod method;
pub mod mi_fgsm;
pub mod nearest_boundary;
pub mod noise;
#[cfg(not(target_arch = "wasm32"))]
pub mod parallel;
pub mod pgd;
mod polished;
mod resident;
mod rivals;
mod starts;
pub mod szegedy;
mod walk;

use crate::model::Network;

pub use distance::Distance;
pub use ensemble::Ensemble;
use ensemble::Reading;
pub use error::AttackError;
pub use method::{Method, Options, Recipe, Setting, check_distortion};

/// One image to be misread.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Numbers in [0, 1], channel by channel, row by row.
    pub image: Vec<f32>,
    /// The true class.
    pub label: usize,
    /// The class to reach; any other than the label where it is `None`.
    pub target: Option<usize>,
}

/// Why an attack on one image ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The search closed in on the smallest change it can find.
    Converged,
    /// The steps or evaluations were used up, as methods with a fixed number of them do.
    Budget,
    /// The caller cancelled; the best so far is returned.
    Cancelled,
    /// The gradient vanished at the original and wherever else the search was started.
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
    /// What is read in it, or in the original where none was found; by the first network.
    pub predicted: usize,
    /// What every network reads there, `predicted` first.
    pub readings: Vec<usize>,
    /// The true class.
    pub label: usize,
    /// The class that was asked for.
    pub target: Option<usize>,
    /// Distances from the original; zero where no image was found.
    pub distance: Distance,
    /// Whether the image still fools after rounding to 8 bits.
    pub rounded_still_fools: bool,
    /// Classes that the search made for one by one; 0 where the method goes for none in particular.
    pub tried: usize,
    /// Forward passes with input gradient, all lanes of this problem.
    pub evaluations: u64,
    /// Why it ended.
    pub stop: Stop,
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
    /// Called after every evaluated batch, so keep it cheap.
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
///
/// `networks` is an executor, or an [`Ensemble`] of several that one change has
/// to fool; `recipe` a [`Method`], or a [`Recipe`] with options.
///
/// # Errors
/// An [`AttackError`]: options that the method does not take, networks of different shapes, an image of
/// another size or outside [0, 1], a class that is not there, a network that answers with NaN, a device
/// that fails. An image that cannot be fooled is none: its report says so.
pub async fn attack<'a>(
    networks: impl Into<Ensemble<'a>>,
    problems: &[Problem],
    recipe: impl Into<Recipe>,
    observer: &mut impl Observer,
) -> Result<Vec<Report>, AttackError> {
    let (mut networks, recipe) = (networks.into(), recipe.into());
    recipe.check()?;
    networks.check()?;
    if problems.is_empty() {
        return Ok(Vec::new());
    }
    check_all(problems, networks.network()?)?;
    let originals: Vec<f32> = problems.iter().flat_map(|p| p.image.iter().copied()).collect();
    let mut readings = Vec::with_capacity(problems.len());
    for (index, reading) in networks.read(&originals).await?.into_iter().enumerate() {
        readings.push(reading.ok_or(AttackError::NotANumber { index })?);
    }
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(problems.len());
    let mut open = Vec::new();
    for (index, (problem, reading)) in problems.iter().zip(&readings).enumerate() {
        let mut outcome = Outcome::without_image(Stop::AlreadyMisread);
        if succeeds(problem, &reading.classes) {
            outcome.image = Some(problem.image.clone());
        } else {
            open.push(index);
        }
        outcomes.push(outcome);
    }
    let chosen: Vec<(&Problem, Vec<usize>)> = open
        .iter()
        .map(|i| (&problems[*i], rivals::leading(problems[*i].label, &readings[*i])))
        .collect();
    let found = starts::search(&mut networks, &chosen, &recipe, observer).await?;
    for ((index, outcome), (problem, rivals)) in open.into_iter().zip(found).zip(&chosen) {
        let tried = if problem.target.is_some() { 1 } else { rivals.len() };
        outcomes[index] = outcome;
        outcomes[index].tried = if recipe.method.tries_classes() { tried } else { 0 };
    }
    let readings = readings.into_iter().map(|reading| reading.classes).collect();
    measure(&mut networks, problems, readings, outcomes).await
}

/// Runs a method on tasks whose originals are read correctly.
async fn run(
    networks: &mut Ensemble<'_>,
    tasks: &[lanes::Task<'_>],
    recipe: &Recipe,
    observer: &mut impl Observer,
) -> Result<Vec<Outcome>, AttackError> {
    match recipe.method {
        Method::Szegedy => szegedy::search(networks, tasks, observer).await,
        Method::SzegedyPolished => polished::search(networks, tasks, observer).await,
        Method::NearestBoundary => {
            nearest_boundary::search(networks, tasks, nearest_boundary::Course::usual, observer)
                .await
        }
        Method::Fgsm => fgsm::search(networks, tasks, recipe, observer).await,
        Method::PgdLinf => pgd::search_linf(networks, tasks, recipe, observer).await,
        Method::PgdL2 => pgd::search_l2(networks, tasks, recipe, observer).await,
        Method::MiFgsm => mi_fgsm::search(networks, tasks, recipe, observer).await,
        Method::DeepFool => deepfool::search(networks, tasks, recipe, observer).await,
        Method::Cw => carlini_wagner::search(networks, tasks, recipe, observer).await,
        Method::Ddn => ddn::search(networks, tasks, recipe, observer).await,
        Method::Noise => Ok(noise::outcomes(tasks, recipe)),
    }
}

/// What a method hands back for one problem, before it is measured.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) image: Option<Vec<f32>>,
    /// The best image of every class that came about as near, where the method tries classes.
    pub(crate) near: Vec<(usize, Vec<f32>)>,
    /// Classes that were made for.
    pub(crate) tried: usize,
    /// One a lane; an ensemble's members share it.
    pub(crate) evaluations: u64,
    pub(crate) stop: Stop,
}

impl Outcome {
    /// The class and image of the nearest success, where the method tries classes.
    pub(crate) fn nearest(&self) -> Option<(usize, &Vec<f32>)> {
        let image = self.image.as_ref()?;
        self.near.iter().find(|(_, near)| near == image).map(|(target, near)| (*target, near))
    }

    /// Nothing found, nothing evaluated.
    fn without_image(stop: Stop) -> Outcome {
        Outcome { image: None, near: Vec::new(), tried: 0, evaluations: 0, stop }
    }
}

/// Whether what the networks read is what a problem asks for.
fn succeeds(problem: &Problem, readings: &[usize]) -> bool {
    let wanted = |read: usize| problem.target.map_or(read != problem.label, |t| read == t);
    readings.iter().all(|read| wanted(*read))
}

/// Refuses problems that make no sense.
fn check_all(problems: &[Problem], network: &Network) -> Result<(), AttackError> {
    problems.iter().enumerate().try_for_each(|(index, problem)| check(index, problem, network))
}

fn check(index: usize, problem: &Problem, network: &Network) -> Result<(), AttackError> {
    check_image(index, &problem.image, network.pixels())?;
    let classes = network.classes();
    for class in [Some(problem.label), problem.target].into_iter().flatten() {
        if class >= classes {
            return Err(AttackError::NoSuchClass { class, classes });
        }
    }
    if problem.target == Some(problem.label) {
        return Err(AttackError::TargetIsLabel { label: problem.label });
    }
    Ok(())
}

/// Refuses what is no image of so many pixels in [0, 1]; `index` is for the message.
pub(crate) fn check_image(index: usize, image: &[f32], pixels: usize) -> Result<(), AttackError> {
    if image.len() != pixels {
        return Err(AttackError::WrongSize { index, required: pixels, actual: image.len() });
    }
    let outside = |v: &f32| !(0.0..=1.0).contains(v);
    if let Some(pixel) = image.iter().position(outside) {
        return Err(AttackError::OutOfBox { index, pixel, value: image[pixel] });
    }
    Ok(())
}

/// Reads every image again, as floats and rounded to 8 bits.
async fn measure(
    networks: &mut Ensemble<'_>,
    problems: &[Problem],
    originals: Vec<Vec<usize>>,
    outcomes: Vec<Outcome>,
) -> Result<Vec<Report>, AttackError> {
    let mut images = Vec::new();
    for image in outcomes.iter().filter_map(|o| o.image.as_ref()) {
        images.extend_from_slice(image);
        images.extend(image.iter().map(|v| (v * 255.0).round() / 255.0));
    }
    let readings = if images.is_empty() { Vec::new() } else { networks.read(&images).await? };
    let mut pairs = readings.chunks_exact(2);
    let size = networks.size() as u64;
    let mut reports = Vec::with_capacity(problems.len());
    for ((problem, original), outcome) in problems.iter().zip(originals).zip(outcomes) {
        let again = outcome.image.as_ref().and_then(|_| pairs.next());
        let fooling = |reading: &Option<Reading>| {
            let classes = reading.as_ref().map(|reading| reading.classes.clone());
            classes.filter(|classes| succeeds(problem, classes))
        };
        let (read, rounded) = again.map_or((None, None), |p| (fooling(&p[0]), fooling(&p[1])));
        let success = read.is_some();
        let image = outcome.image.filter(|_| success);
        let readings = read.unwrap_or(original);
        reports.push(Report {
            success,
            predicted: readings[0],
            readings,
            label: problem.label,
            target: problem.target,
            distance: image
                .as_ref()
                .map_or(Distance::default(), |x| Distance::between(&problem.image, x)),
            rounded_still_fools: success && rounded.is_some(),
            image,
            tried: outcome.tried,
            evaluations: outcome.evaluations * size,
            stop: outcome.stop,
        });
    }
    Ok(reports)
}
