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
mod tests {
    use super::*;

    /// Boundaries `w·x = b` in levels, between two classes of three pixels.
    const NORMALS: [[f32; 3]; 4] =
        [[0.9, -0.5, 0.3], [0.2, 0.4, 1.0], [-0.7, -0.6, 0.45], [0.05, 1.0, -0.35]];

    /// Levels of the original's pixels, some between two of the lattice.
    const ORIGINAL: [f32; 3] = [100.3, 50.0, 200.6];

    fn problem() -> Problem {
        Problem { image: ORIGINAL.map(|v| v / LEVELS).to_vec(), label: 0, target: None }
    }

    /// By how much a point lies beyond a boundary that is `far` from the original.
    fn margin(w: [f32; 3], far: f32, x: &[f32]) -> f32 {
        let moved = x.iter().zip(ORIGINAL).map(|(x, o)| x * LEVELS - o);
        moved.zip(w).map(|(r, w)| r * w).sum::<f32>() - far * dot(&w, &w).sqrt()
    }

    /// Tells a lane what a network says whose second logit is the margin.
    fn tell(lane: &mut LatticeLane, problem: &Problem, w: [f32; 3], far: f32) {
        let margin = margin(w, far, lane.trial());
        let gradient = w.map(|w| -w * LEVELS);
        let logits = [0.0, margin];
        let told = Told { value: -margin, logits: &logits, classes: 2, gradient: &gradient };
        lane.tell(problem, told);
    }

    /// `‖r‖` in levels of the nearest point of the lattice beyond a boundary.
    fn nearest(w: [f32; 3], far: f32) -> f32 {
        let side = 2 * far as i32 + 3;
        let point = |i: i32| {
            let at = [i % side, i / side % side, i / side / side];
            let level = |(at, o): (i32, f32)| (o.round() as i32 + at - side / 2) as f32;
            [0, 1, 2].map(|k| level((at[k], ORIGINAL[k])) / LEVELS)
        };
        let beyond = (0..side * side * side).map(point).filter(|x| margin(w, far, x) > 1e-3);
        let original = problem().image;
        let squared = beyond.map(|x| squared_distance(&x, &original)).fold(f32::INFINITY, f32::min);
        squared.sqrt() * LEVELS
    }

    #[test]
    fn beyond_a_flat_boundary_the_image_is_nearly_the_nearest_on_the_lattice() {
        let (problem, mut longer) = (problem(), Vec::new());
        for w in NORMALS {
            for far in [2.2, 5.0, 9.7] {
                // The boundary itself, as a search without a lattice would end there.
                let length = dot(&w, &w).sqrt();
                let on = [0, 1, 2].map(|k| (ORIGINAL[k] + 1.001 * far * w[k] / length) / LEVELS);
                let task = Task { from: Some(on.to_vec()), ..Task::new(&problem, &[]) };
                let mut lane = LatticeLane::new(0, &task, 4e-6);
                while lane.standing.runs() {
                    tell(&mut lane, &problem, w, far);
                }
                assert!(lane.rounds < 8, "{w:?}, {far}: {} rounds", lane.rounds);
                let right = lane.rounds as f32 / MOST as f32;
                assert!((lane.fraction() - right).abs() < 1e-6);
                let (squared, image) = lane.standing.best.get().expect("an image");
                assert!(margin(w, far, image) > 0.0, "{w:?}, {far}");
                let off = image.iter().map(|v| (v * LEVELS - (v * LEVELS).round()).abs());
                assert!(off.fold(0.0, f32::max) < 1e-4, "{image:?} is not whole");
                longer.push(squared.sqrt() * LEVELS / nearest(w, far));
            }
        }
        assert!(longer.iter().all(|times| *times > 0.999), "{longer:?}");
        let mean = longer.iter().sum::<f32>() / longer.len() as f32;
        assert!(mean < 1.1, "{mean}, {longer:.3?}");
    }

    #[test]
    fn pixels_move_by_a_quarter_along_the_gradient_and_else_along_the_change() {
        // The change is (4, 3)/5, the gradient (3, 4)/5: pixels move along (0.75, 0.65).
        let levels = |v: [f32; 2]| v.map(|v| v / LEVELS).to_vec();
        let problem = Problem { image: levels([100.0, 100.0]), label: 0, target: None };
        let task = Task { from: Some(levels([104.0, 103.0])), ..Task::new(&problem, &[]) };
        let moved = |gap: f32| {
            let mut lane = LatticeLane::new(0, &task, 0.0);
            lane.linearise(&[-0.6, -0.8], gap / LEVELS);
            lane.project(&problem.image);
            let found: Vec<f32> = lane.x.iter().map(|v| (v * LEVELS).round()).collect();
            (found, lane.standing.stop, matches!(lane.stage, Stage::Longer { .. }))
        };
        // From (103, 102) on, prices are 2.5/0.65, 3.5/0.75, 3.5/0.65, 4.5/0.75: what each step
        // gains is 0.8, 0.6, 0.8, 0.6 of the −1.4 there.
        for (gap, right) in [(-1.0, [103.0, 103.0]), (0.7, [104.0, 104.0]), (1.3, [105.0, 104.0])] {
            assert_eq!(moved(gap), (right.to_vec(), None, false), "{gap}");
        }
        // The point itself is nothing new; what the window does not hold is looked for elsewhere.
        assert!(moved(-0.1).2 && moved(2.0).2);
    }

    #[test]
    fn a_point_that_does_not_fool_makes_the_next_one_ask_for_more() {
        let (problem, w, far) = (problem(), NORMALS[0], 5.0);
        let length = dot(&w, &w).sqrt();
        let on = [0, 1, 2].map(|k| (ORIGINAL[k] + 1.001 * far * w[k] / length) / LEVELS);
        let task = Task { from: Some(on.to_vec()), ..Task::new(&problem, &[]) };
        let mut lane = LatticeLane::new(0, &task, 4e-6);
        tell(&mut lane, &problem, w, far);
        for (failed, share) in [(1, 0.125), (2, 0.0625)] {
            let (logits, gradient) = ([0.0, -0.9], w.map(|w| -w * LEVELS));
            let told = Told { value: 0.9, logits: &logits, classes: 2, gradient: &gradient };
            lane.tell(&problem, told);
            assert_eq!((lane.failed, lane.share), (failed, share));
            let right = 0.9 * failed as f32;
            assert!((lane.missing - right).abs() < 1e-4, "{} instead of {right}", lane.missing);
        }
    }
}
