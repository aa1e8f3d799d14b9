//! The course of a boundary search: how its steps shrink and where it starts again.
//!
//! All rules depend on the number of rounds of the present attempt alone, so
//! that the twin on the device needs nothing but these constants.

use crate::optim::scatter::scatter;

/// Most rounds of the first attempt, and of a further one.
pub(super) const FIRST: u32 = 100;
pub(super) const FURTHER: u32 = 40;

/// First rounds, in which the past has no say: they are far from the boundary.
pub(super) const APPROACH: u32 = 3;

/// Share of the way to the projection that a step goes at first.
const STEP: f32 = 0.7;

/// Rounds after which steps and corrections shrink, as subgradient steps must.
const PATIENT: f32 = 20.0;

/// The past weighs `1 − `[`FORGOTTEN`]` / round` of the aggregate cut, within these bounds.
const FORGOTTEN: f32 = 8.0;
const PAST: [f32; 2] = [0.5, 0.99];

/// Share of a missing margin that is added to the cut at first.
const CORRECTION: f32 = 0.5;

/// Largest jitter of a pixel, and what is left of it after every round.
const JITTER: f32 = 0.1;
const SETTLING: f32 = 0.95;

/// Rounds with jitter: of the first attempt, whose first rounds choose among
/// the targets and had better see clearly, and of a further one.
const JITTERY: [[u32; 2]; 2] = [[8, 28], [0, 15]];

/// Where a further attempt sets out: so far on the way from the original to the nearest image,
/// with every pixel moved by up to so much. Where the network is not smooth, minima lie close
/// together, and the nearest one leads to others;
const BETWEEN: [f32; 2] = [0.5, 0.4];
/// a smooth network's few ones are found from beyond the original.
const BEYOND: [f32; 2] = [-2.0, 1.5];

/// From so many rounds on a further attempt that will not end nearer is given up:
const GLIMPSE: u32 = 20;
/// one whose estimate is beyond the nearest image's distance by more than this share,
const FARTHER: f32 = 0.04;
/// of which so much is left after every round.
const FADING: f32 = 0.8;

/// Relative gain of ‖r‖ that counts as nearer; what is less counts as the same.
const GAIN: f32 = 1e-3;

/// An attempt that finds nothing nearer takes so much of the patience: more where it came to the
/// nearest image again, since few minima are likely there.
const ELSEWHERE: u32 = 1;
const AGAIN: u32 = 2;

/// How long a search goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::attack) struct Course {
    /// Most further attempts.
    pub(super) further: u32,
    /// No more are made once those since the last gain have taken so much, [`ELSEWHERE`] or
    /// [`AGAIN`] each.
    pub(super) patience: u32,
    /// Where they set out: [`BETWEEN`] or [`BEYOND`].
    start: [f32; 2],
    /// Largest jitter of a pixel; 0 where the network is smooth.
    jitter: f32,
}

impl Course {
    /// As `boundary` does it: a smooth network has few minima, others many.
    pub(in crate::attack) fn usual(smooth: bool) -> Course {
        let (further, patience) = if smooth { (4, 2) } else { (8, 8) };
        Course { further, patience, ..Course::single(smooth) }
    }

    /// One attempt.
    pub(in crate::attack) fn single(smooth: bool) -> Course {
        let (jitter, start) = if smooth { (0.0, BEYOND) } else { (JITTER, BETWEEN) };
        Course { further: 0, patience: 1, jitter, start }
    }

    /// As long as it pays.
    pub(in crate::attack) fn thorough(smooth: bool) -> Course {
        let (further, patience) = if smooth { (6, 3) } else { (24, 8) };
        Course { further, patience, ..Course::single(smooth) }
    }

    /// Most rounds of an attempt; 0 is the first.
    pub(super) fn rounds(attempt: u32) -> u32 {
        if attempt == 0 { FIRST } else { FURTHER }
    }

    /// Most rounds of all attempts.
    pub(super) fn all_rounds(&self) -> u32 {
        FIRST + self.further * FURTHER
    }

    /// Largest weight of the past in the aggregate cut.
    pub(super) fn past(round: u32) -> f32 {
        (1.0 - FORGOTTEN / round as f32).clamp(PAST[0], PAST[1])
    }

    /// Share of a missing margin that is added to the cut.
    pub(super) fn correction(round: u32) -> f32 {
        CORRECTION * (PATIENT / round as f32).min(1.0)
    }

    /// Share of the way to the projection that a step goes.
    pub(super) fn step(round: u32) -> f32 {
        STEP * (PATIENT / round as f32).min(1.0).sqrt()
    }

    /// Largest change of a pixel between where the search stands and where it looks next.
    pub(super) fn jitter(&self, attempt: u32, round: u32) -> f32 {
        let [from, to] = JITTERY[attempt.min(1) as usize];
        let jitters = self.jitter > 0.0 && (from..to).contains(&round);
        if jitters { self.jitter * SETTLING.powf(round as f32) } else { 0.0 }
    }

    /// Multiple of the nearest image's distance beyond which an estimate is hopeless.
    pub(super) fn hopeless(round: u32) -> f32 {
        match round.checked_sub(GLIMPSE) {
            Some(since) => 1.0 + FARTHER * FADING.powf(since as f32),
            None => f32::INFINITY,
        }
    }

    /// Where a further attempt sets out; `seed` is different for every attempt.
    pub(super) fn set_out(&self, original: &[f32], nearest: &[f32], seed: u32, to: &mut [f32]) {
        let [way, reach] = self.start;
        for ((to, original), nearest) in to.iter_mut().zip(original).zip(nearest) {
            *to = original + way * (nearest - original);
        }
        scatter(to, reach, seed);
    }

    /// What an attempt took of the patience that has left the nearest image `length` from the
    /// original, `before` it `before`, and itself led to `estimate`; `None` if it gained.
    pub(super) fn idled(length: f32, before: f32, estimate: f32) -> Option<u32> {
        if length < (1.0 - GAIN) * before {
            return None;
        }
        let again = (estimate - length).abs() <= GAIN * length;
        Some(if again { AGAIN } else { ELSEWHERE })
    }

    /// The device's constants.
    pub(super) fn constants(&self) -> [(&'static str, f64); 25] {
        let [[first_from, first_to], [further_from, further_to]] = JITTERY;
        let [way, reach] = self.start;
        [
            ("FIRST", f64::from(FIRST)),
            ("FURTHER", f64::from(FURTHER)),
            ("APPROACH", f64::from(APPROACH)),
            ("STEP", f64::from(STEP)),
            ("PATIENT", f64::from(PATIENT)),
            ("FORGOTTEN", f64::from(FORGOTTEN)),
            ("LEAST_PAST", f64::from(PAST[0])),
            ("MOST_PAST", f64::from(PAST[1])),
            ("CORRECTION", f64::from(CORRECTION)),
            ("JITTER", f64::from(self.jitter)),
            ("SETTLING", f64::from(SETTLING)),
            ("FIRST_JITTER_FROM", f64::from(first_from)),
            ("FIRST_JITTER_TO", f64::from(first_to)),
            ("FURTHER_JITTER_FROM", f64::from(further_from)),
            ("FURTHER_JITTER_TO", f64::from(further_to)),
            ("WAY", f64::from(way)),
            ("REACH", f64::from(reach)),
            ("GLIMPSE", f64::from(GLIMPSE)),
            ("FARTHER", f64::from(FARTHER)),
            ("FADING", f64::from(FADING)),
            ("GAIN", f64::from(GAIN)),
            ("ELSEWHERE", f64::from(ELSEWHERE)),
            ("AGAIN", f64::from(AGAIN)),
            ("FURTHER_ATTEMPTS", f64::from(self.further)),
            ("PATIENCE", f64::from(self.patience)),
        ]
    }
}

#[cfg(test)]
#[path = "course_tests.rs"]
mod tests;
