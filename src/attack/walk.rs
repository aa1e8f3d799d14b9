//! What the relatives have in common: a point that takes a number of steps.
//!
//! A [`Step`] says how a method answers an evaluation; the [`Walk`] keeps where
//! it stands and how far it has come. One walk a problem, or one a class.

use super::ensemble::{Ensemble, Joined};
use super::lanes::{self, Lane, Standing, Task, Told};
use super::{AttackError, DynObserver, Outcome, Problem};
use crate::exec::Goal;
use crate::numeric::vector::squared_distance;

/// Where a walk stands.
pub(super) struct Position {
    pub(super) standing: Standing,
    /// The point that is evaluated next.
    pub(super) x: Vec<f32>,
    /// Steps so far, and at most.
    pub(super) taken: u32,
    pub(super) steps: u32,
}

impl Position {
    /// `‖x − x₀‖²`
    pub(super) fn squared(&self, problem: &Problem) -> f32 {
        squared_distance(&self.x, &problem.image)
    }

    /// Keeps the point if it clearly says what is asked for and is nearer than the one kept;
    /// whether it says so.
    pub(super) fn offer(&mut self, problem: &Problem, told: &Told<'_>) -> bool {
        let wins = told.wins(problem);
        if wins {
            self.standing.best.offer(self.squared(problem), &self.x);
        }
        wins
    }

    /// Keeps the point whatever was kept before.
    pub(super) fn keep(&mut self, problem: &Problem) {
        self.standing.best.replace(self.squared(problem), &self.x);
    }

    /// Whether an image that fools is known.
    pub(super) fn has_fooled(&self) -> bool {
        self.standing.best.get().is_some()
    }
}

/// How a method answers an evaluation.
pub(super) trait Step {
    /// Takes the answer at the point; moves it, or stops the walk.
    fn step(&mut self, at: &mut Position, problem: &Problem, told: Told<'_>);

    /// How the answers of several networks become one.
    fn joined(&self, goal: Goal) -> Joined {
        Joined::usual(goal)
    }

    /// Share of the work that is done, roughly.
    fn fraction(&self, at: &Position) -> f32 {
        at.taken as f32 / at.steps as f32
    }
}

/// A lane of such a method.
pub(super) struct Walk<S> {
    pub(super) at: Position,
    pub(super) method: S,
}

impl<S: Step> Walk<S> {
    /// A walk for a task, from a point, with a goal.
    pub(super) fn new(place: usize, goal: Goal, from: &[f32], steps: u32, method: S) -> Walk<S> {
        let standing = Standing::new(place, goal);
        Walk { at: Position { standing, x: from.to_vec(), taken: 0, steps }, method }
    }
}

impl<S: Step> Lane for Walk<S> {
    fn standing(&self) -> &Standing {
        &self.at.standing
    }

    fn standing_mut(&mut self) -> &mut Standing {
        &mut self.at.standing
    }

    fn trial(&self) -> &[f32] {
        &self.at.x
    }

    fn joined(&self) -> Joined {
        self.method.joined(self.at.standing.goal)
    }

    fn learn(&mut self, problem: &Problem, told: Told<'_>) {
        self.method.step(&mut self.at, problem, told);
    }

    fn fraction(&self) -> f32 {
        self.method.fraction(&self.at)
    }
}

/// The cross-entropy that leads to success, and whether upwards (1) or downwards (−1).
pub(super) fn uphill(problem: &Problem) -> (Goal, f32) {
    match problem.target {
        Some(target) => (Goal::CrossEntropy(target), -1.0),
        None => (Goal::CrossEntropy(problem.label), 1.0),
    }
}

/// Attacks problems whose originals are read correctly, with one walk each.
pub(super) async fn search<S: Step>(
    networks: &mut Ensemble<'_>,
    tasks: &[Task<'_>],
    observer: &mut dyn DynObserver,
    make: impl Fn(usize, &Task<'_>) -> Walk<S>,
) -> Result<Vec<Outcome>, AttackError> {
    let make = |place: usize, task: &Task<'_>| vec![make(place, task)];
    lanes::search(networks, tasks, observer, make, |_| {}).await
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Stands;

    impl Step for Stands {
        fn step(&mut self, _: &mut Position, _: &Problem, _: Told<'_>) {}
    }

    #[test]
    fn a_walk_has_done_the_share_of_its_steps_that_it_has_taken() {
        let mut walk = Walk::new(0, Goal::CrossEntropy(0), &[0.5], 8, Stands);
        for (taken, share) in [(0, 0.0), (2, 0.25), (8, 1.0)] {
            walk.at.taken = taken;
            assert_eq!(walk.fraction(), share);
        }
    }
}
