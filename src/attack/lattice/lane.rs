//! One search on the lattice, from an image that fools without it.

use super::LEVELS;
use crate::attack::Problem;
use crate::attack::distance::enlarged;
use crate::attack::ensemble::Joined;
use crate::attack::lanes::{Lane, Standing, Task, Told};
use crate::attack::report::Stop;
use crate::attack::verdict::rounded;
use crate::exec::Goal;
use crate::exec::loss::spread;
use crate::numeric::vector::{dot, squared_distance};
use crate::optim::lattice::Lattice;

/// Levels that a pixel may move at a time: the linearisation is believed so far.
const WINDOW: f32 = 1.0;

/// Share of the gradient in the direction of a move, the rest of which is that of the change so far. All of it
/// is best where the boundary is flat; where it curves, a full step to where the linearisation would
/// have the nearest point leads off it.
const SHARE: f32 = 0.25;

/// What is left of the share after a point that does not fool.
const SHRINKING: f32 = 0.5;

/// Points that do not fool before the search ends with what it has, or goes along the change.
const MOST_FAILED: u32 = 3;

/// Relative gain in `‖r‖²` below which a further step is not worth its evaluation.
const ENOUGH: f32 = 3e-4;

/// Most evaluations.
const MOST: u32 = 32;

/// How much longer the change is made, relatively, until it fools when it is rounded; doubled every time.
const LONGER: f32 = 1e-3;

/// How near to each other the last length that fools and the first that does not are to be.
const NEAR: f32 = 5e-4;

/// By how much more than a clear lead is asked for, because the linearisation is rounded as well.
const ROOM: f32 = 1.1;

/// What is done next.
#[derive(Clone, Copy, Debug)]
enum Stage {
    /// The image is evaluated as it was found.
    Found,
    /// Points of linearised problems are.
    Linearised,
    /// The change is made so many times as long, then rounded; between the last length that was too short and
    /// the first that was not.
    Longer { times: f32, short: f32, enough: f32 },
}

/// One image that fools without a lattice.
pub(super) struct LatticeLane {
    standing: Standing,
    /// Whether the goal is to be raised (1) or lowered (−1).
    sign: f32,
    /// The lead that counts, relative to the spread of the logits.
    clear: f32,
    stage: Stage,
    rounds: u32,
    failed: u32,
    /// The image as it was found.
    found: Vec<f32>,
    /// What is evaluated next.
    x: Vec<f32>,
    /// Where the margin was linearised last, its gradient, and how much it falls short there.
    point: Vec<f32>,
    gradient: Vec<f32>,
    gap: f32,
    /// What linearisations promised and did not keep.
    missing: f32,
    share: f32,
    lattice: Lattice,
}

impl LatticeLane {
    /// From the image that a task starts at. A lead counts from `clear` times the spread of the logits.
    pub(super) fn new(index: usize, task: &Task<'_>, clear: f32) -> LatticeLane {
        let (goal, sign) = match task.problem.target {
            Some(target) => (Goal::Lead(target), 1.0),
            None => (Goal::Lead(task.problem.label), -1.0),
        };
        LatticeLane {
            standing: Standing::new(index, goal),
            sign,
            clear,
            stage: Stage::Found,
            rounds: 0,
            failed: 0,
            found: task.start().to_vec(),
            x: task.start().to_vec(),
            point: task.start().to_vec(),
            gradient: vec![0.0; task.start().len()],
            gap: 0.0,
            missing: 0.0,
            share: SHARE,
            lattice: Lattice::new(LEVELS),
        }
    }

    fn end(&mut self) {
        self.standing.stop = Some(Stop::Converged);
    }

    /// Linearises at the point that was evaluated.
    fn linearise(&mut self, gradient: &[f32], gap: f32) {
        self.point.copy_from_slice(&self.x);
        for (own, g) in self.gradient.iter_mut().zip(gradient) {
            *own = self.sign * g;
        }
        self.gap = gap;
        self.missing = 0.0;
    }

    /// To the nearest point of the lattice that the linearisation lets fool.
    fn project(&mut self, original: &[f32]) {
        let change: Vec<f32> = self.point.iter().zip(original).map(|(p, x)| p - x).collect();
        let length = dot(&change, &change).sqrt();
        let steep = dot(&self.gradient, &self.gradient).sqrt();
        let unit = |v: f32, length: f32| v / length.max(f32::MIN_POSITIVE);
        let (share, pairs) = (self.share, change.iter().zip(&self.gradient));
        let along: Vec<f32> = pairs
            .map(|(r, g)| (1.0 - share) * unit(*r, length) + share * unit(*g, steep))
            .collect();
        self.lattice.set(original, &self.gradient, &along, &self.point, WINDOW);
        let before = self.x.clone();
        let guess = length.max(1.0 / LEVELS);
        let price = self.lattice.project(self.gap + self.missing, guess, &mut self.x);
        if price.is_none() || before == self.x {
            self.give_up(original);
        }
    }

    /// Ends with what fools, or looks for it along the change.
    fn give_up(&mut self, original: &[f32]) {
        if self.standing.best.get().is_some() {
            self.end();
        } else {
            self.lengthen(original, 1.0, 0.0, f32::INFINITY);
        }
    }

    fn lengthen(&mut self, original: &[f32], times: f32, short: f32, enough: f32) {
        self.stage = Stage::Longer { times, short, enough };
        let longer = enlarged(original, &self.found, times);
        self.x.clear();
        self.x.extend(rounded(&longer));
    }
}

impl Lane for LatticeLane {
    fn standing(&self) -> &Standing {
        &self.standing
    }

    fn standing_mut(&mut self) -> &mut Standing {
        &mut self.standing
    }

    fn trial(&self) -> &[f32] {
        &self.x
    }

    fn joined(&self) -> Joined {
        if self.sign < 0.0 { Joined::Greatest } else { Joined::Least }
    }

    fn learn(&mut self, problem: &Problem, told: Told<'_>) {
        self.rounds += 1;
        let clear = self.clear * spread(told.logits);
        let margin = self.sign * told.value;
        let wins = told.wins(problem) && margin >= clear;
        let squared = squared_distance(&self.x, &problem.image);
        let before = self.standing.best.get().map_or(f32::INFINITY, |(squared, _)| squared);
        if wins && !matches!(self.stage, Stage::Found) {
            self.standing.best.offer(squared, &self.x);
        }
        if self.rounds == MOST {
            return self.end();
        }
        let gap = ROOM * clear - margin;
        let leads = gap.is_finite() && told.steepness().is_some();
        match self.stage {
            Stage::Found if leads => {
                self.stage = Stage::Linearised;
                self.linearise(told.gradient, gap);
                self.project(&problem.image);
            }
            Stage::Linearised if wins && squared < before * (1.0 - ENOUGH) && leads => {
                self.linearise(told.gradient, gap);
                self.project(&problem.image);
            }
            Stage::Linearised if wins => self.end(),
            Stage::Linearised if leads && self.failed + 1 < MOST_FAILED => {
                self.failed += 1;
                self.share *= SHRINKING;
                self.missing += gap;
                self.project(&problem.image);
            }
            Stage::Found | Stage::Linearised => self.give_up(&problem.image),
            Stage::Longer { times, short, enough } => {
                let (short, enough) = if wins { (short, times) } else { (times, enough) };
                if enough - short < NEAR {
                    return self.end();
                }
                let next = if enough < f32::INFINITY {
                    0.5 * (short + enough)
                } else {
                    1.0 + LONGER.max(2.0 * (short - 1.0))
                };
                self.lengthen(&problem.image, next, short, enough);
            }
        }
    }

    fn fraction(&self) -> f32 {
        self.rounds as f32 / MOST as f32
    }
}

#[cfg(test)]
#[path = "lane_tests.rs"]
mod tests;
