//! Fewer and fewer targets: which of a problem's lanes go on.
//!
//! The twin on the device is `resident/screen.wgsl`.

use super::Approach;
use crate::attack::Stop;
use crate::attack::resident::Screening;

/// When targets that are clearly farther are dropped, and how many may stay.
pub(super) const SCREENINGS: [Screening; 4] = [
    Screening { after: 4, by_best: false, kept: 6, clearly_farther: 1.5 },
    Screening { after: 8, by_best: false, kept: 5, clearly_farther: 1.4 },
    Screening { after: 20, by_best: true, kept: 3, clearly_farther: 1.12 },
    LAST,
];

/// Leaves one lane of every problem.
const LAST: Screening = Screening { after: 48, by_best: true, kept: 1, clearly_farther: 1.05 };

/// Rounds after which a lane is the only one of its problem.
pub(super) const ALONE_AFTER: u32 = LAST.after as u32;

/// Drops targets of a problem that are clearly farther than its best, and wakes the nearest once
/// all that are left rest.
pub(super) fn screen(lanes: &mut [Approach], problems: usize) {
    let due =
        |l: &Approach| l.standing.runs() && SCREENINGS.iter().any(|s| s.after == l.rounds as usize);
    let waits = |l: &Approach| l.standing.rests;
    if !lanes.iter().any(|l| due(l) || waits(l)) {
        return;
    }
    for problem in 0..problems {
        let all = (0..lanes.len()).filter(|l| lanes[*l].standing.problem == problem);
        let (mut own, stopped): (Vec<usize>, Vec<usize>) =
            all.partition(|l| lanes[*l].standing.stop.is_none());
        let round =
            own.iter().filter(|l| lanes[**l].standing.runs()).map(|l| lanes[*l].rounds).max();
        own.sort_by(|a, b| lanes[*a].reach(true).total_cmp(&lanes[*b].reach(true)));
        match SCREENINGS.iter().find(|s| round == Some(s.after as u32)) {
            Some(screening) => drop_farther(lanes, &own, &stopped, screening),
            None if round.is_none() => {}
            None => continue,
        }
        wake_nearest(lanes, &own);
    }
}

/// Drops lanes that a screening does not keep.
fn drop_farther(lanes: &mut [Approach], own: &[usize], stopped: &[usize], screening: &Screening) {
    let reach = |lane: &usize| lanes[*lane].reach(screening.by_best);
    let mut ranked = own.to_vec();
    ranked.sort_by(|a, b| reach(a).total_cmp(&reach(b)));
    let limit = own.iter().chain(stopped).map(reach).fold(f32::INFINITY, f32::min)
        * screening.clearly_farther;
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

/// Once none runs, the nearest of those that rest goes on, alone.
fn wake_nearest(lanes: &mut [Approach], own: &[usize]) {
    if own.iter().any(|l| lanes[*l].standing.runs()) {
        return;
    }
    let mut resting = own.iter().filter(|l| lanes[**l].standing.rests).copied().collect::<Vec<_>>();
    if resting.is_empty() {
        return;
    }
    lanes[resting.remove(0)].standing.rests = false;
    for lane in resting {
        lanes[lane].end(Stop::Converged);
    }
}
