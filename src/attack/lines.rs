//! Where to look when no gradient leads anywhere: along lines to images that are read otherwise.
//!
//! A saturated network or a dead one is not robust; it only says nothing of the way. Attacks
//! without gradients (Brendel, Rauber and Bethge, 2018; Chen, Jordan and Wainwright, 2020) set
//! out from an image that is read as asked and halve the way back to the original, until it lies
//! just beyond the boundary. So here: the ends are other images that the caller knows, then noise
//! of growing strength and plain images. From the nearest points of the boundary the method goes
//! on, with what gradient there is; where there is none, the nearest point is the answer.

use super::distance::{Distance, enlarged};
use super::ensemble::{Ensemble, Reading};
use super::lanes::Task;
use super::starts::{Phase, total};
use super::verdict::{Judge, leads};
use super::{
    AttackError, DynObserver, Outcome, Problem, Recipe, Report, Start, Stop, lattice, noise,
};
use crate::numeric::sort_by_number;

/// Most other images that are read, most lines of a problem, and those that are gone to the end.
pub(super) const MOST_READ: usize = 256;
const LINES: usize = 64;
const KEPT: usize = 12;

/// Points of the boundary from which the method goes on.
const POINTS: usize = 3;

/// Halvings of every line, and of those that are kept.
const COARSE: usize = 5;
const FINE: usize = 11;

/// Distortions of the noise, and images of each.
const STRENGTHS: [f32; 5] = [0.05, 0.1, 0.2, 0.4, 0.6];
const DRAWS: u64 = 2;

/// One problem that no gradient has solved.
pub(super) struct Stuck<'a> {
    pub(super) problem: &'a Problem,
    pub(super) rivals: &'a [usize],
    pub(super) judge: &'a Judge,
    /// What is read in the original.
    pub(super) original: &'a Vec<usize>,
}

/// An image that is read as asked, and what it is.
struct End {
    image: Vec<f32>,
    start: Start,
}

/// What was found from the boundary.
struct Found {
    /// Images, the nearest first, each with where it comes from.
    images: Vec<(Vec<f32>, Start)>,
    evaluations: u64,
    stop: Stop,
}

impl Found {
    /// The same with 8-bit images.
    async fn on_lattice(
        self,
        networks: &mut Ensemble<'_>,
        stuck: &Stuck<'_>,
        recipe: &Recipe,
        observer: &mut dyn DynObserver,
    ) -> Result<Found, AttackError> {
        let (images, starts): (Vec<Vec<f32>>, Vec<Start>) = self.images.into_iter().unzip();
        let outcome = |image| Outcome { image: Some(image), ..Outcome::without_image(self.stop) };
        let mut outcomes: Vec<Outcome> = images.into_iter().map(outcome).collect();
        let (problems, asked) = (vec![stuck.problem; outcomes.len()], (recipe, stuck.judge));
        lattice::search(networks, &problems, &mut outcomes, asked, observer).await?;
        let evaluations = self.evaluations + total(&outcomes);
        let found = outcomes.into_iter().zip(starts);
        let mut images: Vec<(Vec<f32>, Start)> =
            found.filter_map(|(outcome, start)| Some((outcome.image?, start))).collect();
        let far = |image: &[f32]| Distance::between(&stuck.problem.image, image).l2;
        sort_by_number(&mut images, |(image, _)| f64::from(far(image)));
        Ok(Found { images, evaluations, stop: self.stop })
    }
}

/// Looks along lines for what a report lacks, and puts the nearest success into it.
pub(super) async fn rescue(
    networks: &mut Ensemble<'_>,
    stuck: &Stuck<'_>,
    others: &[&[f32]],
    recipe: &Recipe,
    observer: &mut dyn DynObserver,
    report: &mut Report,
) -> Result<(), AttackError> {
    let mut found = search(networks, stuck, others, recipe, observer).await?;
    if recipe.options.eight_bit {
        found = found.on_lattice(networks, stuck, recipe, observer).await?;
    }
    report.evaluations += found.evaluations * networks.size() as u64;
    for (image, start) in found.images {
        let outcome = Outcome { image: Some(image), start, ..Outcome::without_image(found.stop) };
        let (problem, original) = (stuck.problem, stuck.original);
        let (problem, original) = (std::slice::from_ref(problem), std::slice::from_ref(original));
        let again =
            super::measure(networks, stuck.judge, problem, original, vec![outcome], recipe).await?;
        if let Some(again) = again.into_iter().find(|again| again.success) {
            let (tried, evaluations) = (report.tried, report.evaluations);
            *report = Report { tried, evaluations, ..again };
            break;
        }
    }
    Ok(())
}

/// The method's images from the boundary on other sides, and the points that it went on from.
async fn search(
    networks: &mut Ensemble<'_>,
    stuck: &Stuck<'_>,
    others: &[&[f32]],
    recipe: &Recipe,
    observer: &mut dyn DynObserver,
) -> Result<Found, AttackError> {
    let ends = ends(networks, stuck.problem, others, recipe).await?;
    let far = |image: &[f32]| Distance::between(&stuck.problem.image, image).l2;
    let nearest = |points: &mut Vec<End>, most: usize| {
        sort_by_number(points, |point| f64::from(far(&point.image)));
        points.truncate(most);
    };
    let mut points = halved(networks, stuck.problem, ends, COARSE, observer).await?;
    nearest(&mut points, KEPT);
    points = halved(networks, stuck.problem, points, FINE, observer).await?;
    nearest(&mut points, POINTS);
    let from = |point: &End| Some(point.image.clone());
    let task = Task::new(stuck.problem, stuck.rivals);
    let tasks: Vec<Task<'_>> =
        points.iter().map(|point| Task { from: from(point), ..task.clone() }).collect();
    let mut last = Phase { observer, from: 1.0, to: 1.0, evaluations: 0, known: None };
    let outcomes = if tasks.is_empty() {
        Vec::new()
    } else {
        super::run(networks, &tasks, recipe, &mut last).await?
    };
    let evaluations = outcomes.iter().map(|outcome| outcome.evaluations).sum();
    let stop = ended(&outcomes);
    let found = outcomes.into_iter().zip(&points);
    let mut images: Vec<(Vec<f32>, Start)> =
        found.filter_map(|(outcome, point)| Some((outcome.image?, point.start))).collect();
    if recipe.method.minimises() {
        images.extend(points.into_iter().map(|point| (point.image, point.start)));
        sort_by_number(&mut images, |(image, _)| f64::from(far(image)));
    }
    Ok(Found { images, evaluations, stop })
}

/// Why the searches from all points ended: as the first that found a direction.
fn ended(outcomes: &[Outcome]) -> Stop {
    let found = outcomes.iter().map(|outcome| outcome.stop);
    let mut stops = found.filter(|stop| *stop != Stop::VanishingGradient);
    stops.next().unwrap_or(Stop::VanishingGradient)
}

/// The nearest images that are read as asked.
async fn ends(
    networks: &mut Ensemble<'_>,
    problem: &Problem,
    others: &[&[f32]],
    recipe: &Recipe,
) -> Result<Vec<End>, AttackError> {
    let other = |image: &&[f32]| End { image: image.to_vec(), start: Start::LineToImage };
    let mut all: Vec<End> = others.iter().take(MOST_READ).map(other).collect();
    for (strength, draw) in STRENGTHS.iter().flat_map(|s| (0..DRAWS).map(move |d| (*s, d))) {
        let seed = recipe.seed().wrapping_add(draw);
        let image = noise::gaussian(&problem.image, strength, seed);
        all.push(End { image, start: Start::LineToNoise });
    }
    let inverted = problem.image.iter().map(|v| 1.0 - v).collect();
    let plain = [0.0, 0.5, 1.0].map(|grey| vec![grey; problem.image.len()]);
    let plain = plain.into_iter().chain([inverted]);
    all.extend(plain.map(|image| End { image, start: Start::LineToPlain }));
    let images: Vec<f32> = all.iter().flat_map(|end| end.image.iter().copied()).collect();
    let readings = networks.read(&images).await?;
    let mut readings = readings.iter();
    all.retain(|_| reads(problem, readings.next().and_then(Option::as_ref)));
    let far = |end: &End| Distance::between(&problem.image, &end.image).l2;
    sort_by_number(&mut all, |end| f64::from(far(end)));
    all.truncate(LINES);
    Ok(all)
}

/// Whether an image is read as asked, and not because all classes have come out the same.
fn reads(problem: &Problem, reading: Option<&Reading>) -> bool {
    reading.is_some_and(|reading| leads(problem, reading))
}

/// The points just beyond the boundary on the lines from the original to the ends.
async fn halved(
    networks: &mut Ensemble<'_>,
    problem: &Problem,
    mut ends: Vec<End>,
    halvings: usize,
    observer: &mut dyn DynObserver,
) -> Result<Vec<End>, AttackError> {
    let mut ways = vec![(0.0f32, 1.0f32); ends.len()];
    for _ in 0..halvings {
        if ends.is_empty() || observer.pause().await {
            break;
        }
        let at = |(end, (short, long)): (&End, &(f32, f32))| {
            enlarged(&problem.image, &end.image, 0.5 * (short + long))
        };
        let images: Vec<f32> = ends.iter().zip(&ways).flat_map(at).collect();
        let readings = networks.read(&images).await?;
        for ((short, long), reading) in ways.iter_mut().zip(&readings) {
            let middle = 0.5 * (*short + *long);
            let fools = reads(problem, reading.as_ref());
            *(if fools { long } else { short }) = middle;
        }
    }
    for (end, (_, long)) in ends.iter_mut().zip(ways) {
        end.image = enlarged(&problem.image, &end.image, long);
    }
    Ok(ends)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::{Method, Unobserved};
    use crate::exec::{CpuExecutor, Executor};
    use crate::testing;

    #[test]
    fn searches_end_as_the_first_that_found_a_direction() {
        let ended = |stops: &[Stop]| {
            ended(&stops.iter().map(|stop| Outcome::without_image(*stop)).collect::<Vec<_>>())
        };
        assert_eq!(ended(&[Stop::VanishingGradient, Stop::Budget, Stop::Converged]), Stop::Budget);
        assert_eq!(ended(&[Stop::Converged, Stop::VanishingGradient]), Stop::Converged);
        assert_eq!(ended(&[Stop::VanishingGradient; 2]), Stop::VanishingGradient);
        assert_eq!(ended(&[]), Stop::VanishingGradient);
    }

    #[test]
    fn lines_go_to_what_is_read_otherwise_and_are_halved_to_the_boundary() {
        let gallery = testing::gallery();
        let problem = gallery.problem(0);
        let pixels = problem.image.len();
        let mut executor = Executor::Cpu(CpuExecutor::new(testing::bundled("fc100-100-10")));
        let mut networks = Ensemble::from(&mut executor);
        let others: Vec<&[f32]> = gallery.images().chunks_exact(pixels).take(40).collect();
        let recipe = Recipe::from(Method::Ddn);
        let far = |image: &[f32]| Distance::between(&problem.image, image).l2;
        let ends = pollster::block_on(ends(&mut networks, &problem, &others, &recipe));
        let ends = ends.expect("it runs");
        assert!(ends.is_sorted_by_key(|end| far(&end.image)));
        // Every one is in the box and read otherwise; the original and what is read like it are none of them.
        let plain = |start: Start| ends.iter().filter(move |end| end.start == start);
        assert!(ends.iter().flat_map(|end| &end.image).all(|v| (0.0..=1.0).contains(v)));
        let same =
            others.iter().zip(gallery.labels()).filter(|(_, l)| **l == problem.label).count();
        assert!((25..=40 - same).contains(&plain(Start::LineToImage).count()));
        let inverted: Vec<f32> = problem.image.iter().map(|v| 1.0 - v).collect();
        let is_inverted = plain(Start::LineToPlain).any(|end| end.image == inverted);
        let read = pollster::block_on(networks.read(&inverted)).expect("it runs");
        assert_eq!(is_inverted, reads(&problem, read[0].as_ref()));
        let longest = ends.iter().map(|end| far(&end.image)).collect::<Vec<_>>();
        let whole = ends.iter().map(|end| end.image.clone()).collect::<Vec<_>>();
        let short = pollster::block_on(halved(&mut networks, &problem, ends, 8, &mut Unobserved));
        let short = short.expect("it runs");
        // Each point is read otherwise, and the one before it, of 256, as the digit.
        let share = |end: &End, longest: f32| far(&end.image) / longest;
        let before: Vec<f32> = short
            .iter()
            .zip(&longest)
            .zip(&whole)
            .flat_map(|((end, longest), whole)| {
                enlarged(&problem.image, whole, share(end, *longest) - 1.0 / 256.0)
            })
            .collect();
        let after: Vec<f32> = short.iter().flat_map(|end| end.image.iter().copied()).collect();
        let read = |images: &[f32], networks: &mut Ensemble<'_>| -> Vec<bool> {
            let readings = pollster::block_on(networks.read(images)).expect("it runs");
            readings.iter().map(|reading| reads(&problem, reading.as_ref())).collect()
        };
        assert!(read(&after, &mut networks).iter().all(|fools| *fools));
        assert!(read(&before, &mut networks).iter().all(|fools| !fools));
    }
}
