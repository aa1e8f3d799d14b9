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
