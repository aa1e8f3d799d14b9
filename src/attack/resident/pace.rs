//! How many evaluations go into one submit, and when a record is due.
//!
//! A submit should take [`SUBMIT`] milliseconds, long enough to be worth its
//! overhead and short enough for a prompt cancellation; how long an evaluation
//! takes is learnt from the submits before.

use crate::clock;

/// Milliseconds that a submit should take.
const SUBMIT: f64 = 30.0;

/// Most times as many evaluations as in the submit before.
const GROWTH: usize = 8;

/// Milliseconds between two records of progress.
const RECORD: f64 = 100.0;

/// Learns how long evaluations take.
pub(super) struct Pace {
    recorded: f64,
    settled: f64,
    each: Option<f64>,
    last: usize,
}

impl Pace {
    pub(super) fn new() -> Pace {
        let now = clock::milliseconds();
        Pace { recorded: now, settled: now, each: None, last: 1 }
    }

    /// Evaluations of the next submit.
    pub(super) fn next(&mut self) -> usize {
        let wanted = self.each.map_or(1, |each| (SUBMIT / each.max(1e-3)) as usize);
        self.last = wanted.clamp(1, GROWTH * self.last);
        self.last
    }

    /// Takes note that a submit of a number of evaluations is finished.
    pub(super) fn settle(&mut self, evaluations: usize) {
        let now = clock::milliseconds();
        self.each = Some((now - self.settled).max(0.0) / evaluations.max(1) as f64);
        self.settled = now;
    }

    /// Whether enough time has passed for another record; `ahead` is the number
    /// of evaluations until a look that is worth waiting for, if it comes soon.
    pub(super) fn is_record_due(&self, ahead: Option<usize>) -> bool {
        let wait = ahead.zip(self.each).map(|(evaluations, each)| evaluations as f64 * each);
        let soon = wait.is_some_and(|wait| wait < RECORD);
        !soon && clock::milliseconds() - self.recorded >= RECORD
    }

    /// Takes note of a record; one before its time does not put off the next.
    pub(super) fn record(&mut self) {
        self.settled = clock::milliseconds();
        if self.settled - self.recorded >= RECORD {
            self.recorded = self.settled;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_submit_takes_as_long_as_it_should_and_grows_by_a_factor() {
        let mut pace = Pace::new();
        assert_eq!(pace.next(), 1, "nothing is known yet");
        pace.each = Some(0.5);
        assert_eq!([pace.next(), pace.next(), pace.next()], [8, 60, 60]);
        pace.each = Some(100.0);
        assert_eq!(pace.next(), 1);
        pace.settle(4);
        assert!(pace.each.is_some_and(|each| (0.0..1e6).contains(&each)));
    }

    #[test]
    fn a_record_is_due_after_its_time_unless_a_look_is_near() {
        let mut pace = Pace::new();
        pace.recorded = clock::milliseconds() - 1e6;
        pace.each = Some(10.0);
        assert!(pace.is_record_due(None) && pace.is_record_due(Some(20)));
        assert!(!pace.is_record_due(Some(5)), "that is soon");
        pace.record();
        assert!(pace.recorded >= pace.settled && !pace.is_record_due(None));
        // One before its time: the next is due when it was.
        let due = clock::milliseconds() + 1e6;
        pace.recorded = due;
        pace.record();
        assert_eq!(pace.recorded, due);
    }
}
