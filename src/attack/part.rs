//! Several pieces of work that an observer sees as one.

use super::{Observer, Progress};

/// One of several pieces: its progress is a share of the whole's.
pub(crate) struct Part<'a, O> {
    /// Whom the whole is told to.
    pub(crate) observer: &'a mut O,
    /// Share of the whole that was done before this piece.
    pub(crate) from: f32,
    /// Share of the whole that this piece is.
    pub(crate) share: f32,
}

impl<'a, O> Part<'a, O> {
    /// The first piece.
    pub(crate) fn first(observer: &'a mut O, share: f32) -> Part<'a, O> {
        Part { observer, from: 0.0, share }
    }

    /// The piece is done: what follows is the next.
    pub(crate) fn next(&mut self, share: f32) {
        self.from += self.share;
        self.share = share;
    }
}

impl<O: Observer> Observer for Part<'_, O> {
    fn progress(&mut self, progress: Progress<'_>) {
        let fraction = self.from + self.share * progress.fraction;
        self.observer.progress(Progress { fraction, ..progress });
    }

    async fn pause(&mut self) -> bool {
        self.observer.pause().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::listener::Listener;

    #[test]
    fn a_piece_begins_where_the_one_before_ended() {
        let mut whole = Listener::default();
        let mut part = Part::first(&mut whole, 0.25);
        for share in [0.5, 0.25] {
            for fraction in [0.0, 0.5, 1.0] {
                let progress = Progress { fraction, evaluations: 0, best: None };
                Observer::progress(&mut part, progress);
            }
            part.next(share);
        }
        let progress = Progress { fraction: 1.0, evaluations: 0, best: None };
        Observer::progress(&mut part, progress);
        assert_eq!(whole.fractions, [0.0, 0.125, 0.25, 0.25, 0.5, 0.75, 1.0]);
    }
}
