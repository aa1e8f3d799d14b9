//! Fewer and fewer targets: which of a problem's lanes go on.
//!
//! The twin on the device is `resident/screen.wgsl`.

use super::{Course, NearestBoundaryLane};
use crate::attack::Stop;
use crate::attack::resident::Screening;
use crate::numeric::sort_by_number;

/// When targets that are clearly farther than the nearest are dropped, and how many may stay.
pub(super) const SCREENINGS: [Screening; 6] = [
    Screening { after: 4, by_best: false, kept: 5, clearly_farther: 1.4, wakes: false },
    Screening { after: 8, by_best: false, kept: 4, clearly_farther: 1.3, wakes: false },
    Screening { after: 12, by_best: false, kept: 3, clearly_farther: 1.2, wakes: false },
    Screening { after: 20, by_best: true, kept: 3, clearly_farther: 1.12, wakes: false },
    CLOSE,
    Screening { after: 120, by_best: true, kept: 1, clearly_farther: 1.01, wakes: false },
];

/// Leaves the targets for which further attempts are made.
const CLOSE: Screening =
    Screening { after: 48, by_best: true, kept: 3, clearly_farther: 1.04, wakes: true };

/// Rounds after which no lane rests.
pub(super) const AWAKE_AFTER: u32 = CLOSE.after as u32;

/// The same where the network is rough near a problem, as adversarial training leaves it: estimates
/// say nothing, and a target's first image little.
const ROUGH: [Screening; 3] = [
    Screening { after: CLOSE.after, by_best: true, kept: 6, clearly_farther: 1.3, wakes: true },
    Screening { after: 120, by_best: true, kept: 4, clearly_farther: 1.15, wakes: false },
    Screening { after: 240, by_best: true, kept: 2, clearly_farther: 1.05, wakes: false },
];

/// The network is rough where estimates still change by this share at the first screening.
const ROUGHNESS: f32 = 0.3;

/// The screenings on the device, which sees no roughness: without estimates where the network is
/// not smooth.
pub(super) fn on_device(smooth: bool) -> Vec<Screening> {
    SCREENINGS.into_iter().filter(|screening| smooth || screening.by_best).collect()
}

/// Drops targets of a problem that are clearly farther than its nearest, and wakes the nearest
/// ones that rest, in time or once none runs.
pub(super) fn screen(lanes: &mut [NearestBoundaryLane]) {
    let now = round(lanes);
    if now == Some(SCREENINGS[0].after) && lanes.iter().any(is_unsettled) {
        lanes.iter_mut().for_each(NearestBoundaryLane::expect_roughness);
    }
    let rough = lanes.iter().any(|lane| lane.rough);
    let screenings: &[Screening] = if rough { &ROUGH } else { &SCREENINGS };
    let due = screenings.iter().find(|s| now == Some(s.after));
    if let Some(screening) = due {
        drop_farther(lanes, screening);
    }
    if round(lanes).is_none() || due.is_some_and(|s| s.after >= CLOSE.after) {
        let close = screenings.iter().find(|screening| screening.wakes);
        drop_farther(lanes, close.unwrap_or(&CLOSE));
        for lane in lanes {
            lane.standing.rests = false;
        }
    }
}

/// Whether a lane still does not know how far it will get. No number is not settled either.
fn is_unsettled(lane: &NearestBoundaryLane) -> bool {
    let settled = lane.change <= ROUGHNESS * lane.estimate && lane.estimate.is_finite();
    lane.standing.runs() && lane.attempt == 0 && !settled
}

impl NearestBoundaryLane {
    /// From here on with more attempts, if there are to be any.
    fn expect_roughness(&mut self) {
        self.rough = true;
        if self.course.further > 0 {
            self.course = Course::thorough(false);
        }
    }
}

/// Evaluations so far of the lanes that run, if any does.
fn round(lanes: &[NearestBoundaryLane]) -> Option<usize> {
    lanes.iter().filter(|l| l.standing.runs()).map(|l| l.rounds as usize).max()
}

/// Ends those of a problem's lanes that a screening does not keep.
pub(super) fn drop_farther(lanes: &mut [NearestBoundaryLane], screening: &Screening) {
    let reach = |lane: &NearestBoundaryLane| lane.reach(screening.by_best);
    // Of a lane that has ended its image counts, and no estimate: there was more to come.
    let counts = |lane: &&NearestBoundaryLane| {
        let found = lane.standing.best.get().is_some();
        lane.standing.stop.is_none() || (screening.by_best && found)
    };
    let nearest = lanes.iter().filter(counts).map(reach).fold(f32::INFINITY, f32::min);
    let limit = nearest * screening.clearly_farther;
    let mut ranked: Vec<&mut NearestBoundaryLane> =
        lanes.iter_mut().filter(|l| l.standing.stop.is_none()).collect();
    sort_by_number(&mut ranked, |lane| f64::from(reach(lane)));
    for (rank, lane) in ranked.into_iter().enumerate() {
        if rank >= screening.kept || reach(lane) > limit {
            lane.end(Stop::Converged);
        }
    }
}
