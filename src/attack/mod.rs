//! Making a network misread an image by as small a change as possible.
//!
//! A [`Problem`] is an image, its true class and perhaps a class to reach; a
//! method turns a batch of problems into as many [`Report`]s. Whatever a
//! method says of itself, success is measured again here from the image that
//! is returned, in f32 and in f64, and the image is inside the box; with
//! [`Options::eight_bit`] it is one that a file of 8 bits holds. A failure
//! is a report without an image, never an unchanged image.
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
mod lattice;
mod lines;
#[cfg(test)]
mod listener;
mod method;
pub mod mi_fgsm;
pub mod nearest_boundary;
pub mod noise;
#[cfg(not(target_arch = "wasm32"))]
pub mod parallel;
mod part;
pub mod pgd;
#[cfg(not(target_arch = "wasm32"))]
pub mod pieces;
mod polished;
mod report;
mod resident;
mod rivals;
mod starts;
pub mod szegedy;
mod verdict;
mod walk;

use std::pin::Pin;

use crate::model::Network;

pub use distance::Distance;
pub use ensemble::Ensemble;
pub use error::AttackError;
use lines::Stuck;
pub use method::{Method, Options, Recipe, Setting, check_distortion};
pub(crate) use part::Part;
pub use report::{Problem, Report, Start, Stop};
use verdict::Judge;

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

/// An [`Observer`] of any type, so that a search is compiled once for all of them.
trait DynObserver {
    fn progress(&mut self, progress: Progress<'_>);

    fn pause(&mut self) -> Pin<Box<dyn Future<Output = bool> + '_>>;
}

impl<O: Observer> DynObserver for O {
    fn progress(&mut self, progress: Progress<'_>) {
        Observer::progress(self, progress);
    }

    fn pause(&mut self) -> Pin<Box<dyn Future<Output = bool> + '_>> {
        Box::pin(Observer::pause(self))
    }
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
/// another size or outside [0, 1], a class that is not there, a network that answers with NaN or infinity, a device
/// that fails. An image that cannot be fooled is none: its report says so.
pub async fn attack<'a>(
    networks: impl Into<Ensemble<'a>>,
    problems: &[Problem],
    recipe: impl Into<Recipe>,
    observer: &mut impl Observer,
) -> Result<Vec<Report>, AttackError> {
    let others: Vec<&[f32]> = problems.iter().map(|problem| &*problem.image).collect();
    attack_among(networks, problems, &others, recipe, observer).await
}

/// [`attack`] with other images of the problems' size: where no gradient leads anywhere, it looks
/// along the lines to those that are read as asked.
///
/// # Errors
/// Those of [`attack`]; other images are checked like those of the problems.
pub async fn attack_among<'a>(
    networks: impl Into<Ensemble<'a>>,
    problems: &[Problem],
    others: &[&[f32]],
    recipe: impl Into<Recipe>,
    observer: &mut impl Observer,
) -> Result<Vec<Report>, AttackError> {
    all(networks.into(), problems, others, recipe.into(), observer).await
}

/// [`attack_among`], compiled once.
async fn all(
    mut networks: Ensemble<'_>,
    problems: &[Problem],
    others: &[&[f32]],
    recipe: Recipe,
    observer: &mut dyn DynObserver,
) -> Result<Vec<Report>, AttackError> {
    recipe.check()?;
    networks.check()?;
    if problems.is_empty() {
        return Ok(Vec::new());
    }
    check_all(problems, networks.network()?)?;
    let pixels = networks.network()?.pixels();
    let mut read = others.iter().take(lines::MOST_READ).enumerate();
    read.try_for_each(|(index, image)| check_image(index, image, pixels))?;
    let originals: Vec<f32> = problems.iter().flat_map(|p| p.image.iter().copied()).collect();
    let mut readings = Vec::with_capacity(problems.len());
    for (index, reading) in networks.read(&originals).await?.into_iter().enumerate() {
        readings.push(reading.ok_or(AttackError::NotANumber { index })?);
    }
    let judge = Judge::new(&networks, &problems[0].image, &readings[0]);
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(problems.len());
    let mut open = Vec::new();
    for (index, (problem, reading)) in problems.iter().zip(&readings).enumerate() {
        let mut outcome = Outcome::without_image(Stop::AlreadyMisread);
        if succeeds(problem, &reading.classes)
            && judge.agrees(&networks, problem, &problem.image, reading)
        {
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
    for ((index, outcome), (problem, rivals)) in open.iter().zip(found).zip(&chosen) {
        let tried = if problem.target.is_some() { 1 } else { rivals.len() };
        outcomes[*index] = outcome;
        outcomes[*index].tried = if recipe.method.tries_classes() { tried } else { 0 };
    }
    if recipe.options.eight_bit {
        let all: Vec<&Problem> = problems.iter().collect();
        let asked = (&recipe, &judge);
        lattice::search(&mut networks, &all, &mut outcomes, asked, observer).await?;
    }
    let readings: Vec<Vec<usize>> = readings.into_iter().map(|reading| reading.classes).collect();
    let found: Vec<bool> = outcomes.iter().map(|outcome| outcome.image.is_some()).collect();
    let mut reports =
        measure(&mut networks, &judge, problems, &readings, outcomes, &recipe).await?;
    for (index, (problem, rivals)) in open.into_iter().zip(&chosen) {
        let stop = reports[index].stop;
        let given_up = !reports[index].success && stop != Stop::Cancelled;
        // Whoever gives a number of steps wants no more, unless what they found is none.
        let goes_on = recipe.method.minimises() && (found[index] || recipe.options.steps.is_none());
        if given_up && (goes_on || stop == Stop::VanishingGradient) {
            let stuck = Stuck { problem, rivals, original: &readings[index], judge: &judge };
            lines::rescue(&mut networks, &stuck, others, &recipe, observer, &mut reports[index])
                .await?;
        }
    }
    Ok(reports)
}

/// Runs a method on tasks whose originals are read correctly.
async fn run(
    networks: &mut Ensemble<'_>,
    tasks: &[lanes::Task<'_>],
    recipe: &Recipe,
    observer: &mut dyn DynObserver,
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
    pub(crate) start: Start,
}

impl Outcome {
    /// The class and image of the nearest success, where the method tries classes.
    pub(crate) fn nearest(&self) -> Option<(usize, &Vec<f32>)> {
        let image = self.image.as_ref()?;
        self.near.iter().find(|(_, near)| near == image).map(|(target, near)| (*target, near))
    }

    /// Nothing found, nothing evaluated.
    fn without_image(stop: Stop) -> Outcome {
        let start = Start::Original;
        Outcome { image: None, near: Vec::new(), tried: 0, evaluations: 0, stop, start }
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

/// Reads every image again, as floats and rounded to 8 bits, in f32 and in f64. `originals` is
/// what is read in the originals; images of a method that looks for the smallest change may be moved
/// a little, on the lattice where the recipe asks for 8-bit images.
async fn measure(
    networks: &mut Ensemble<'_>,
    judge: &Judge,
    problems: &[Problem],
    originals: &[Vec<usize>],
    outcomes: Vec<Outcome>,
    recipe: &Recipe,
) -> Result<Vec<Report>, AttackError> {
    let mut images = Vec::new();
    for image in outcomes.iter().filter_map(|o| o.image.as_ref()) {
        images.extend_from_slice(image);
        images.extend(verdict::rounded(image));
    }
    let readings = if images.is_empty() { Vec::new() } else { networks.read(&images).await? };
    let mut pairs = readings.chunks_exact(2);
    let size = networks.size() as u64;
    let mut reports = Vec::with_capacity(problems.len());
    for ((problem, original), outcome) in problems.iter().zip(originals).zip(outcomes) {
        let pair = outcome.image.as_ref().and_then(|_| pairs.next());
        let proof = match (outcome.image, pair) {
            (Some(image), Some([read, rounded])) => {
                let moves = recipe.method.minimises() && outcome.stop != Stop::AlreadyMisread;
                let moves = moves.then_some(recipe.options.eight_bit);
                let pair = [read.as_ref(), rounded.as_ref()];
                judge.prove(networks, problem, image, pair, moves).await?
            }
            _ => None,
        };
        let (image, readings, rounded_still_fools) = match proof {
            Some(proof) => (Some(proof.image), proof.readings, proof.rounded_still_fools),
            None => (None, original.clone(), false),
        };
        reports.push(Report {
            success: image.is_some(),
            predicted: readings[0],
            readings,
            label: problem.label,
            target: problem.target,
            distance: image
                .as_ref()
                .map_or(Distance::default(), |x| Distance::between(&problem.image, x)),
            eight_bit: recipe.options.eight_bit,
            rounded_still_fools,
            image,
            tried: outcome.tried,
            evaluations: outcome.evaluations * size,
            stop: outcome.stop,
            start: outcome.start,
        });
    }
    Ok(reports)
}

#[cfg(test)]
mod tests;
