//! Adversarial images as files hold them: every number a 255th.
//!
//! An image that barely fools seldom does so after it is saved, because 8 bits move each pixel by
//! up to half a level. So the image that a method found, `x*`, is followed by a search on the
//! lattice: `min ‖k/255 − x‖²` over whole numbers `k` such that what is read stays as asked. The
//! distance is to the original `x`, wherever that lies; it is not rounded first.
//!
//! With the margin `g` linearised at a point `p` near `x*`, that is a knapsack,
//!
//! ```text
//! min ‖u − x‖²  subject to  ∇g(p)·(u − p) ≥ −g(p),  u = k/255,  |u − p| ≤ 1/255,
//! ```
//!
//! which [`crate::optim::lattice`] solves for one multiplier: pixels are rounded up or down such
//! that their errors gain margin together, instead of at random. `lane.rs` evaluates the point, asks
//! for as much more margin as was missing there, and linearises again where it fools. All lanes of
//! all problems share batches, on both backends and with ensembles; every class that came within
//! [`RIVALS`] of the nearest has one. A win counts by a lead that is clear in f64 (`verdict.rs`).
//!
//! Methods with a budget have no smallest change to look for: their image is rounded within the
//! budget (`budget.rs`). Tests: `tests/suite/eight_bit.rs`.

mod budget;
mod lane;

use super::ensemble::Ensemble;
use super::lanes::{self, CLEAR_WIN, Task};
use super::starts::{Phase, total};
use super::verdict::{self, Judge};
use super::{AttackError, DynObserver, Outcome, Problem, Recipe, Stop};
use crate::numeric::vector::squared_distance;
use budget::Budget;
use lane::LatticeLane;

/// Levels above black.
const LEVELS: f32 = 255.0;

/// `‖r‖` of another class's image, as a multiple of the nearest's, up to which it is followed too: what
/// the lattice costs differs by less.
const RIVALS: f32 = 1.01;

/// Whether every number is a 255th.
fn is_whole(image: &[f32]) -> bool {
    verdict::rounded(image).zip(image).all(|(rounded, v)| rounded == *v)
}

/// Moves every outcome's image onto the lattice, as near to its problem's original as it still fools;
/// each outcome belongs to the problem at its place.
pub(super) async fn search(
    networks: &mut Ensemble<'_>,
    problems: &[&Problem],
    outcomes: &mut [Outcome],
    (recipe, judge): (&Recipe, &Judge),
    observer: &mut dyn DynObserver,
) -> Result<(), AttackError> {
    let mut owners = Vec::new();
    let mut tasks = Vec::new();
    for (owner, (problem, outcome)) in problems.iter().zip(outcomes.iter_mut()).enumerate() {
        let Some(image) = &outcome.image else { continue };
        if is_whole(image) {
            continue;
        }
        if outcome.stop == Stop::Cancelled {
            outcome.image = Some(verdict::rounded(image).collect());
        } else if recipe.method.minimises() || outcome.stop == Stop::AlreadyMisread {
            let images = followed(problem, outcome);
            let task = |from| Task { from: Some(from), ..Task::new(problem, &[]) };
            owners.extend(images.iter().map(|_| owner));
            tasks.extend(images.into_iter().map(task));
        } else {
            outcome.image = Budget::of(recipe).rounded(&problem.image, image);
        }
    }
    if tasks.is_empty() {
        return Ok(());
    }
    let clear = judge.clear().max(2.0 * CLEAR_WIN);
    let make = |place: usize, task: &Task<'_>| vec![LatticeLane::new(place, task, clear)];
    let evaluations = total(outcomes);
    let mut last = Phase { observer, from: 1.0, to: 1.0, evaluations, known: None };
    let found = lanes::search(networks, &tasks, &mut last, make, |_| {}).await?;
    let mut nearest: Vec<(f32, Option<Vec<f32>>)> = vec![(f32::INFINITY, None); outcomes.len()];
    for (owner, found) in owners.iter().zip(found) {
        let outcome = &mut outcomes[*owner];
        outcome.evaluations += found.evaluations;
        if found.stop == Stop::Cancelled {
            outcome.stop = Stop::Cancelled;
        }
        let Some(image) = found.image else { continue };
        let squared = squared_distance(&image, &problems[*owner].image);
        if squared < nearest[*owner].0 {
            nearest[*owner] = (squared, Some(image));
        }
    }
    owners.dedup();
    for owner in owners {
        let plain = |image: &Vec<f32>| verdict::rounded(image).collect();
        let image = nearest[owner].1.take();
        outcomes[owner].image = image.or_else(|| outcomes[owner].image.as_ref().map(plain));
    }
    Ok(())
}

/// The images from which the lattice is searched: the nearest, and those of other classes that lie as
/// near, within [`RIVALS`].
fn followed(problem: &Problem, outcome: &Outcome) -> Vec<Vec<f32>> {
    let Some(image) = &outcome.image else { return Vec::new() };
    let squared = |image: &[f32]| squared_distance(image, &problem.image);
    let limit = RIVALS * RIVALS * squared(image);
    let others = outcome.near.iter().map(|(_, near)| near);
    let others = others.filter(|near| *near != image && squared(near) <= limit);
    std::iter::once(image).chain(others).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::{Method, Unobserved, attack};
    use crate::exec::{CpuExecutor, Executor};
    use crate::testing;

    #[test]
    fn other_classes_are_followed_that_lie_within_a_hundredth_of_the_nearest() {
        let problem = Problem { image: vec![0.5; 3], label: 0, target: None };
        let moved = |by: f32| vec![0.5, 0.5 + by, 0.5];
        let outcome = Outcome {
            image: Some(moved(0.1)),
            near: vec![(1, moved(0.1005)), (2, moved(0.1)), (3, moved(0.102)), (4, moved(-0.1005))],
            ..Outcome::without_image(Stop::Converged)
        };
        assert_eq!(followed(&problem, &outcome), [moved(0.1), moved(0.1005), moved(-0.1005)]);
        assert!(followed(&problem, &Outcome::without_image(Stop::Converged)).is_empty());
    }

    #[test]
    fn what_was_cancelled_or_has_a_budget_is_rounded_and_the_rest_is_searched() {
        let mut executor = Executor::Cpu(CpuExecutor::new(testing::bundled("fc10-1")));
        let mut networks = Ensemble::from(&mut executor);
        // Misread as it is, so that no image is nearer than the original.
        let problem = testing::gallery().problem(0);
        let problem = Problem { label: (problem.label + 1) % 10, ..problem };
        let image: Vec<f32> = problem.image.iter().map(|v| (v + 0.001).min(1.0)).collect();
        assert!(!is_whole(&image) && is_whole(&problem.image));
        let plain: Vec<f32> = verdict::rounded(&image).collect();
        let read = pollster::block_on(networks.read(&problem.image)).expect("it runs");
        let judge = Judge::new(&networks, &problem.image, read[0].as_ref().expect("numbers"));
        let mut moved = |method: Method, stop: Stop| {
            let outcome = Outcome { image: Some(image.clone()), ..Outcome::without_image(stop) };
            let (mut outcomes, mut nobody) = ([outcome], Unobserved);
            let (recipe, problems) = (Recipe::from(method), [&problem]);
            let asked = (&recipe, &judge);
            let search = search(&mut networks, &problems, &mut outcomes, asked, &mut nobody);
            pollster::block_on(search).expect("it runs");
            let [outcome] = outcomes;
            assert_eq!(outcome.stop, stop);
            (outcome.image.expect("an image"), outcome.evaluations > 0)
        };
        let searched = (problem.image.clone(), true);
        assert_eq!(moved(Method::NearestBoundary, Stop::Cancelled), (plain.clone(), false));
        assert_eq!(moved(Method::NearestBoundary, Stop::Converged), searched);
        assert_eq!(moved(Method::Fgsm, Stop::Budget), (plain, false));
        // Whatever the method: of what was misread the original is asked for.
        assert_eq!(moved(Method::Fgsm, Stop::AlreadyMisread), searched);
    }

    #[test]
    fn of_several_searches_the_nearest_image_is_kept() {
        let mut executor = Executor::Cpu(CpuExecutor::new(testing::bundled("fc10-1")));
        let recipe = Recipe::from(Method::NearestBoundary);
        let mut order = Vec::new();
        for place in 0..6 {
            let problem = testing::gallery().problem(place);
            let reports = pollster::block_on(attack(
                &mut executor,
                std::slice::from_ref(&problem),
                recipe,
                &mut Unobserved,
            ));
            let near = reports.expect("it runs")[0].image.clone().expect("it is fooled");
            // The same a little farther on, whose lattice is another.
            let on = |(x, near): (&f32, &f32)| (x + 1.004 * (near - x)).clamp(0.0, 1.0);
            let far: Vec<f32> = problem.image.iter().zip(&near).map(on).collect();
            let mut networks = Ensemble::from(&mut executor);
            let read = pollster::block_on(networks.read(&problem.image)).expect("it runs");
            let judge = Judge::new(&networks, &problem.image, read[0].as_ref().expect("numbers"));
            let mut found = |images: &[&Vec<f32>]| {
                let near = images.iter().map(|image| (1, image.to_vec())).collect();
                let image = Some(images[0].clone());
                let mut outcomes =
                    [Outcome { image, near, ..Outcome::without_image(Stop::Converged) }];
                let asked = (&recipe, &judge);
                pollster::block_on(search(
                    &mut networks,
                    &[&problem],
                    &mut outcomes,
                    asked,
                    &mut Unobserved,
                ))
                .expect("it runs");
                let image = outcomes[0].image.as_ref().expect("an image");
                squared_distance(image, &problem.image)
            };
            let [first, second] = [found(&[&near]), found(&[&far])];
            assert_eq!(found(&[&near, &far]), first.min(second), "{place}");
            assert_eq!(found(&[&far, &near]), first.min(second), "{place}");
            order.push(first.total_cmp(&second));
        }
        assert!(order.iter().any(|order| order.is_ne()), "{order:?}");
    }
}
