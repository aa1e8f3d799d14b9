//! The paper's attack: box-constrained L-BFGS with a line search over c.
//!
//! For a target `t`, minimise `c·‖r‖² + CE(x+r, t)` subject to `x+r ∈ [0,1]ⁿ`
//! (Szegedy et al., 2013, section 4.1). With c on the norm, a larger c gives a
//! smaller change, so the search looks for the **largest** c whose minimiser is
//! still read as `t`; the paper's “minimum c” belongs to the other placement.
//! `|r|` is read as `‖r‖₂²`, which keeps the objective smooth.
//!
//! c starts where the linearised network puts it (`‖∇CE‖²/4CE`), moves by
//! factors until the outcome changes, and is then bisected in logarithms. Each
//! c starts from the last minimiser with its curvature kept. Untargeted means
//! all rivals of the label, one lane each, and the best of them. Every point that is
//! evaluated counts as a candidate, not only minimisers.

use super::ensemble::Ensemble;
use super::kernels;
use super::lanes::{self, Lane, Standing, Task, Told};
use super::resident;
use super::{AttackError, DynObserver, Outcome, Problem, Stop};
use crate::exec::Goal;
use crate::numeric::vector::squared_distance;
use crate::optim::{Lbfgs, LbfgsSettings, Status};

/// Limits and tolerances of the search over c.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Search {
    /// Ratio of failing to succeeding c at which the search ends.
    pub precision: f32,
    /// Factor between values of c until the outcome changes.
    pub stride: f32,
    /// Most values of c.
    pub rounds: usize,
    /// Most evaluations of one lane.
    pub evaluations: u32,
}

impl Default for Search {
    fn default() -> Search {
        Search { precision: 1.02, stride: 2.0, rounds: 40, evaluations: 2_000 }
    }
}

/// What the paper minimises for a target.
fn goal_of(_: &Problem, target: usize) -> Goal {
    Goal::CrossEntropy(target)
}

/// Share of the search that a number of values of c is: most end after a dozen.
fn fraction_of(rounds: u32) -> f32 {
    rounds as f32 / (rounds as f32 + 4.0)
}

/// One target of one problem on its way through values of c.
pub(super) struct SzegedyLane {
    standing: Standing,
    target: usize,
    machine: Lbfgs,
    search: Search,
    c: f32,
    /// The largest c that succeeded, with its minimiser.
    succeeded: Option<(f32, Vec<f32>)>,
    /// The smallest c that failed.
    failed: Option<f32>,
    rounds: usize,
    /// Whether the current point of the machine is read as asked.
    here: bool,
}

impl SzegedyLane {
    pub(super) fn new(problem: usize, target: usize, task: &Task<'_>) -> SzegedyLane {
        let settings = LbfgsSettings::default();
        SzegedyLane {
            standing: Standing::new(problem, Goal::CrossEntropy(target)),
            target,
            machine: Lbfgs::new(settings, &task.problem.image, task.start(), 0.0),
            search: Search::default(),
            c: 0.0,
            succeeded: None,
            failed: None,
            rounds: 0,
            here: false,
        }
    }

    fn next_c(&mut self) {
        self.rounds += 1;
        if self.here {
            if self.succeeded.as_ref().is_none_or(|(c, _)| self.c > *c) {
                self.succeeded = Some((self.c, self.machine.point().to_vec()));
            }
        } else {
            self.failed = Some(self.failed.map_or(self.c, |c| c.min(self.c)));
        }
        let c = match (&self.succeeded, self.failed) {
            (Some((low, _)), Some(high)) => {
                if high / low <= self.search.precision {
                    self.standing.stop = Some(Stop::Converged);
                    return;
                }
                (low * high).sqrt()
            }
            (Some((low, _)), None) => low * self.search.stride,
            (None, Some(high)) => high / self.search.stride,
            (None, None) => self.c,
        };
        if self.rounds >= self.search.rounds {
            let found = self.succeeded.is_some();
            self.standing.stop = Some(if found { Stop::Converged } else { Stop::Budget });
            return;
        }
        self.c = c;
        self.continue_with(c);
    }

    fn continue_with(&mut self, c: f32) {
        // A minimiser for the old c may be one for the new c to within the tolerances.
        let status = self.machine.reweigh(c);
        if status != Status::Running {
            self.next_c_without_evaluation();
        }
    }

    fn next_c_without_evaluation(&mut self) {
        if self.rounds >= self.search.rounds {
            self.standing.stop = Some(if self.standing.best.get().is_some() {
                Stop::Converged
            } else {
                Stop::Budget
            });
        } else {
            self.next_c();
        }
    }
}

impl Lane for SzegedyLane {
    fn standing(&self) -> &Standing {
        &self.standing
    }

    fn standing_mut(&mut self) -> &mut Standing {
        &mut self.standing
    }

    fn trial(&self) -> &[f32] {
        self.machine.trial()
    }

    fn learn(&mut self, problem: &Problem, told: Told<'_>) {
        let wins = told.wins(problem);
        if wins {
            let squared = squared_distance(self.machine.trial(), &problem.image);
            self.standing.best.offer(squared, self.machine.trial());
        }
        let status = self.machine.tell(told.value, told.gradient);
        if self.c == 0.0 {
            // The original: its gradient tells where c must be about.
            let Some(steepness) = told.squared_steepness() else {
                self.standing.stop = Some(Stop::VanishingGradient);
                return;
            };
            self.c = 0.25 * steepness / told.value.max(1e-3);
            self.continue_with(self.c);
            return;
        }
        if self.machine.accepted() {
            self.here = wins;
        }
        if self.standing.evaluations >= self.search.evaluations {
            self.standing.stop = Some(Stop::Budget);
        } else if status != Status::Running {
            self.next_c();
        }
    }

    fn target(&self) -> Option<usize> {
        Some(self.target)
    }

    fn fraction(&self) -> f32 {
        fraction_of(self.rounds as u32)
    }
}

/// The twin on the device, `szegedy.wgsl`, with these constants.
pub(super) fn on_device() -> resident::Spec {
    let (search, settings) = (Search::default(), LbfgsSettings::default());
    let mut constants = settings.constants().to_vec();
    constants.extend([
        ("PRECISION", f64::from(search.precision)),
        ("STRIDE", f64::from(search.stride)),
        ("ROUNDS", search.rounds as f64),
        ("EVALUATIONS", f64::from(search.evaluations)),
    ]);
    resident::Spec {
        kernel: &kernels::SZEGEDY_MACHINE,
        constants,
        // Gradient, direction, and the curvature pairs.
        vectors: 2 + 2 * settings.memory as u64,
        body: 11 * 4,
        // What is free is kept in 128 bits a thread, four for each of its vec4s.
        most_pixels: 64 * 128,
        goal: goal_of,
        screenings: Vec::new(),
        most: search.evaluations as usize,
        // Half of the searches for one target end by the first, most by the second; the slowest
        // of several targets is slower than one.
        glances: |lanes| if lanes == 1 { &[42, 52] } else { &[80] },
        fraction: Box::new(fraction_of),
    }
}

/// Attacks problems whose originals are read correctly.
pub(super) async fn search(
    networks: &mut Ensemble<'_>,
    tasks: &[Task<'_>],
    observer: &mut dyn DynObserver,
) -> Result<Vec<Outcome>, AttackError> {
    if let Some(outcomes) = resident::search(networks, on_device, tasks, observer).await? {
        return Ok(outcomes);
    }
    let make = |place: usize, task: &Task<'_>| {
        task.targets().map(|target| SzegedyLane::new(place, target, task)).collect()
    };
    lanes::search(networks, tasks, observer, make, |_| {}).await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How steep the only logit is that is not 0: `STEEP·w·(x − ½) − STEEP·GAP`.
    const STEEP: f32 = 8.0;
    const W: [f32; 3] = [1.0, -2.0, 0.5];
    const GAP: f32 = 0.875;

    fn logit(x: &[f32]) -> f32 {
        STEEP * (x.iter().zip(W).map(|(x, w)| (x - 0.5) * w).sum::<f32>() - GAP)
    }

    /// Tells a lane what a network with the logits 0 and `logit` says of its point.
    fn tell(lane: &mut SzegedyLane, problem: &Problem) {
        let z = logit(lane.trial());
        // CE = ln(1 + e^−z)
        let slope = -1.0 / (1.0 + z.exp());
        let gradient = W.map(|w| slope * STEEP * w);
        let (value, logits) = ((-z).exp().ln_1p(), [0.0, z]);
        lane.tell(problem, Told { value, logits: &logits, classes: 2, gradient: &gradient });
    }

    fn problem() -> Problem {
        Problem { image: vec![0.5; 3], label: 0, target: None }
    }

    #[test]
    fn the_image_found_lies_just_beyond_a_straight_boundary() {
        let problem = problem();
        let mut lane = SzegedyLane::new(0, 1, &Task::new(&problem, &[1]));
        while lane.standing.runs() {
            tell(&mut lane, &problem);
            assert!(lane.standing.evaluations < 200, "it ends");
        }
        assert_eq!(lane.standing.stop, Some(Stop::Converged));
        let succeeded = lane.succeeded.as_ref().expect("an image").0;
        let failed = lane.failed.expect("no image");
        assert!(failed > succeeded && failed <= 1.02 * succeeded, "{succeeded} to {failed}");
        let (squared, image) = lane.standing.best.get().expect("an image");
        let right = GAP / W.iter().map(|w| w * w).sum::<f32>().sqrt();
        let found = squared.sqrt();
        assert!(logit(image) > 0.0 && found > 0.999 * right, "{found}, {right}");
        assert!(found < 1.005 * right, "{found} instead of {right}");
    }

    #[test]
    fn c_starts_where_the_linearised_network_puts_it() {
        let problem = problem();
        let start = |value: f32, gradient: [f32; 3]| {
            let mut lane = SzegedyLane::new(0, 2, &Task::new(&problem, &[2]));
            assert_eq!(lane.target(), Some(2));
            let told = Told { value, logits: &[1.0, 0.0, 0.0], classes: 3, gradient: &gradient };
            lane.tell(&problem, told);
            (lane.c, lane.standing.stop)
        };
        // ‖∇CE‖²/4CE, of a CE that is not nothing.
        assert_eq!(start(2.0, [2.0, -4.0, 4.0]), (4.5, None));
        assert_eq!(start(0.0, [0.0, 0.25, 0.0]), (0.25 * 0.0625 / 1e-3, None));
        assert_eq!(start(2.0, [0.0; 3]), (0.0, Some(Stop::VanishingGradient)));
    }

    #[test]
    fn the_machine_keeps_gradient_direction_and_pairs() {
        let spec = on_device();
        assert_eq!(spec.vectors, 2 + 2 * LbfgsSettings::default().memory as u64);
        assert_eq!((spec.most_pixels, spec.most), (8_192, Search::default().evaluations as usize));
        assert_eq!([1, 2, 9].map(spec.glances), [&[42, 52][..], &[80], &[80]]);
    }

    #[test]
    fn the_share_of_the_search_grows_with_the_values_of_c() {
        let problem = problem();
        let mut lane = SzegedyLane::new(0, 1, &Task::new(&problem, &[1]));
        assert_eq!(lane.target(), Some(1));
        for (rounds, share) in [(0, 0.0), (4, 0.5), (12, 0.75), (36, 0.9)] {
            lane.rounds = rounds;
            assert_eq!([lane.fraction(), fraction_of(rounds as u32)], [share; 2]);
        }
    }

    #[test]
    fn c_moves_by_factors_until_the_outcome_changes_and_is_then_halved_in_logarithms() {
        let problem = problem();
        let from = |c: f32, here: bool, succeeded: Option<f32>, failed: Option<f32>| {
            let mut lane = SzegedyLane::new(0, 1, &Task::new(&problem, &[1]));
            tell(&mut lane, &problem);
            tell(&mut lane, &problem);
            (lane.c, lane.here, lane.failed) = (c, here, failed);
            lane.succeeded = succeeded.map(|c| (c, vec![0.25; 3]));
            (lane.rounds, lane.standing.stop) = (0, None);
            lane.next_c();
            let kept = lane.succeeded.map(|(c, point)| (c, point == [0.25; 3]));
            (kept, lane.failed, lane.standing.stop.is_some())
        };
        // What is kept: the largest c that succeeded, with its own point, and the smallest that failed.
        assert_eq!(from(1.0, true, None, None).0, Some((1.0, false)));
        assert_eq!(from(2.0, true, Some(1.0), Some(4.0)).0, Some((2.0, false)));
        assert_eq!(from(1.0, true, Some(1.0), Some(4.0)).0, Some((1.0, true)));
        assert_eq!(from(0.5, true, Some(1.0), Some(4.0)).0, Some((1.0, true)));
        assert_eq!(from(2.0, false, Some(1.0), Some(4.0)).1, Some(2.0));
        assert_eq!(from(8.0, false, Some(1.0), Some(4.0)).1, Some(4.0));
        // It ends where both are as near as the precision.
        assert!(from(1.0, true, Some(0.5), Some(1.02)).2);
        assert!(!from(1.0, true, Some(0.5), Some(1.05)).2);
        // Where the next c lies.
        let next = |succeeded: Option<f32>, failed: Option<f32>, c: f32, here: bool| {
            let mut lane = SzegedyLane::new(0, 1, &Task::new(&problem, &[1]));
            tell(&mut lane, &problem);
            (lane.c, lane.here, lane.failed) = (c, here, failed);
            lane.succeeded = succeeded.map(|c| (c, vec![0.25; 3]));
            lane.next_c();
            lane.c
        };
        assert_eq!(next(None, None, 3.0, true), 6.0);
        assert_eq!(next(None, None, 3.0, false), 1.5);
        assert_eq!(next(None, Some(9.0), 1.0, true), 3.0);
        assert_eq!(next(Some(1.0), None, 9.0, false), 3.0);
    }

    #[test]
    fn values_of_c_that_need_no_evaluation_count_as_rounds() {
        let problem = problem();
        for (found, right) in [(false, Stop::Budget), (true, Stop::Converged)] {
            let mut lane = SzegedyLane::new(0, 1, &Task::new(&problem, &[1]));
            tell(&mut lane, &problem);
            tell(&mut lane, &problem);
            let before = (lane.rounds, lane.c);
            lane.next_c_without_evaluation();
            assert!(lane.standing.stop.is_none() && lane.rounds > before.0 && lane.c != before.1);
            lane.standing.best = super::lanes::Best::default();
            if found {
                lane.standing.best.offer(1.0, &problem.image);
            }
            lane.rounds = lane.search.rounds;
            lane.next_c_without_evaluation();
            assert_eq!(lane.standing.stop, Some(right));
        }
    }
}
