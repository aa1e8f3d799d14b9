//! Fewer and fewer targets: which of a problem's lanes go on.
//!
//! The twin on the device is `resident/screen.wgsl`.

use super::Approach;
use crate::attack::Stop;
use crate::attack::resident::Screening;

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
    Screening { after: 48, by_best: true, kept: 2, clearly_farther: 1.03, wakes: true };

/// Rounds after which no lane rests.
pub(super) const AWAKE_AFTER: u32 = CLOSE.after as u32;

/// Drops targets of a problem that are clearly farther than its nearest, and wakes the nearest
/// ones that rest, in time or once none runs.
pub(super) fn screen(lanes: &mut [Approach], problems: usize) {
    let due =
        |l: &Approach| l.standing.runs() && SCREENINGS.iter().any(|s| s.after == l.rounds as usize);
    let waits = |l: &Approach| l.standing.rests;
    if !lanes.iter().any(|l| due(l) || waits(l)) {
        return;
    }
    for problem in 0..problems {
        let own: Vec<usize> =
            (0..lanes.len()).filter(|l| lanes[*l].standing.problem == problem).collect();
        let running = |lanes: &[Approach]| {
            let rounds = own.iter().filter(|l| lanes[**l].standing.runs());
            rounds.map(|l| lanes[*l].rounds as usize).max()
        };
        let round = running(lanes);
        let due = SCREENINGS.iter().find(|s| round == Some(s.after));
        if let Some(screening) = due {
            drop_farther(lanes, &own, screening);
        }
        if running(lanes).is_none() || due.is_some_and(|s| s.after >= CLOSE.after) {
            drop_farther(lanes, &own, &CLOSE);
            for lane in &own {
                lanes[*lane].standing.rests = false;
            }
        }
    }
}

/// Ends those of a problem's lanes that a screening does not keep.
fn drop_farther(lanes: &mut [Approach], own: &[usize], screening: &Screening) {
    let reach = |lane: &usize| lanes[*lane].reach(screening.by_best);
    let limit = own.iter().map(reach).fold(f32::INFINITY, f32::min) * screening.clearly_farther;
    let mut ranked: Vec<usize> =
        own.iter().filter(|l| lanes[**l].standing.stop.is_none()).copied().collect();
    ranked.sort_by(|a, b| reach(a).total_cmp(&reach(b)));
    let dropped: Vec<usize> = ranked
        .iter()
        .enumerate()
        .filter(|(rank, lane)| *rank >= screening.kept || reach(lane) > limit)
        .map(|(_, lane)| *lane)
        .collect();
    for lane in dropped {
        lanes[lane].end(Stop::Converged);
    }
}
