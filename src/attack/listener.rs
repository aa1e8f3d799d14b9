//! Whoever waits for an attack in a test.

use super::{Observer, Progress};

/// Keeps the shares and counts that it was told, and the best image that it was told last.
#[derive(Default)]
pub(super) struct Listener {
    pub(super) fractions: Vec<f32>,
    pub(super) evaluations: Vec<u64>,
    pub(super) best: Option<(Vec<f32>, f32)>,
    /// Words after which it cancels.
    pub(super) patience: Option<usize>,
}

impl Observer for Listener {
    fn progress(&mut self, progress: Progress<'_>) {
        self.fractions.push(progress.fraction);
        self.evaluations.push(progress.evaluations);
        self.best = progress.best.map(|(image, length)| (image.to_vec(), length));
    }

    async fn pause(&mut self) -> bool {
        self.patience.is_some_and(|patience| self.fractions.len() >= patience)
    }
}
