//! Where a search starts, and where it starts again if it finds no direction there.
//!
//! A saturated or dead network has no gradient at the original, which says
//! nothing of its robustness. A problem whose search ended for that reason is
//! tried again from [`STARTS`] seeded points `clip(x + u)`, `u` uniform in
//! `[−`[`REACH`]`, `[`REACH`]`]ⁿ`; distances are measured from the original
//! all the same. Where these lead nowhere either, `lines.rs` goes on without a gradient.

use rand_distr::{Distribution, StandardUniform};
use rand_pcg::Pcg32;

use super::ensemble::Ensemble;
use super::lanes::Task;
use super::{AttackError, DynObserver, Observer, Outcome, Problem, Progress, Recipe, Start, Stop};

/// Further starts where the gradient vanishes.
const STARTS: u64 = 3;

/// Largest change of a pixel between the original and a further start.
const REACH: f32 = 0.1;

/// A generator of its own for every image and seed, wherever the image stands in a batch.
pub(super) fn generator(image: &[f32], seed: u64) -> Pcg32 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    // FNV-1a over the pixels.
    let stream = image.iter().fold(OFFSET, |h, v| (h ^ u64::from(v.to_bits())).wrapping_mul(PRIME));
    Pcg32::new(seed, stream)
}

/// The image with every pixel moved uniformly by at most `reach`, in the box.
pub(super) fn nudged(image: &[f32], reach: f32, generator: &mut Pcg32) -> Vec<f32> {
    let mut moved = |v: &f32| {
        let uniform: f32 = StandardUniform.sample(generator);
        (v + reach * (2.0 * uniform - 1.0)).clamp(0.0, 1.0)
    };
    image.iter().map(&mut moved).collect()
}

/// Runs a method from the originals, then again where the gradient vanished; each problem comes
/// with the rivals of its label.
pub(super) async fn search(
    networks: &mut Ensemble<'_>,
    problems: &[(&Problem, Vec<usize>)],
    recipe: &Recipe,
    observer: &mut dyn DynObserver,
) -> Result<Vec<Outcome>, AttackError> {
    let tasks: Vec<Task<'_>> =
        problems.iter().map(|(problem, rivals)| Task::new(problem, rivals)).collect();
    let mut outcomes = super::run(networks, &tasks, recipe, observer).await?;
    for attempt in 0..STARTS {
        let stuck: Vec<usize> = (0..outcomes.len())
            .filter(|i| {
                outcomes[*i].stop == Stop::VanishingGradient && outcomes[*i].image.is_none()
            })
            .collect();
        if stuck.is_empty() {
            break;
        }
        let again: Vec<Task<'_>> = stuck
            .iter()
            .map(|i| {
                let (problem, rivals) = &problems[*i];
                let image = &problem.image;
                let seed = recipe.seed().wrapping_add(attempt + 1);
                let from = nudged(image, REACH, &mut generator(image, seed));
                Task { from: Some(from), ..Task::new(problem, rivals) }
            })
            .collect();
        let evaluations = total(&outcomes);
        let mut last = Phase { observer, from: 1.0, to: 1.0, evaluations, known: None };
        let found = super::run(networks, &again, recipe, &mut last).await?;
        for (index, outcome) in stuck.into_iter().zip(found) {
            let evaluations = outcomes[index].evaluations + outcome.evaluations;
            outcomes[index] = Outcome { evaluations, start: Start::Nearby, ..outcome };
        }
    }
    Ok(outcomes)
}

/// Evaluations of all outcomes.
pub(super) fn total(outcomes: &[Outcome]) -> u64 {
    outcomes.iter().map(|o| o.evaluations).sum()
}

/// One of several searches that an observer sees as one.
pub(super) struct Phase<'a> {
    pub(super) observer: &'a mut dyn DynObserver,
    /// Share of the whole work at its beginning and end.
    pub(super) from: f32,
    pub(super) to: f32,
    /// Evaluations before it.
    pub(super) evaluations: u64,
    /// The first problem's best image before it, with ‖r‖₂.
    pub(super) known: Option<(Vec<f32>, f32)>,
}

impl Observer for Phase<'_> {
    fn progress(&mut self, progress: Progress<'_>) {
        let known = self.known.as_ref().map(|(image, length)| (image.as_slice(), *length));
        let best = known.into_iter().chain(progress.best).min_by(|a, b| a.1.total_cmp(&b.1));
        self.observer.progress(Progress {
            fraction: self.from + progress.fraction * (self.to - self.from),
            evaluations: self.evaluations + progress.evaluations,
            best,
        });
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
    fn evaluations_of_several_searches_add_up() {
        let outcome = |evaluations| Outcome { evaluations, ..Outcome::without_image(Stop::Budget) };
        assert_eq!(total(&[]), 0);
        assert_eq!(total(&[outcome(3), outcome(0), outcome(4)]), 7);
    }

    #[test]
    fn a_phase_counts_on_from_what_came_before_it() {
        let image = [0.5];
        let told = |fraction: f32, found: Option<f32>, known: Option<f32>| {
            let mut told = Listener::default();
            let known = known.map(|length| (image.to_vec(), length));
            let (from, to, evaluations) = (0.25, 0.75, 7);
            let mut phase = Phase { observer: &mut told, from, to, evaluations, known };
            let best = found.map(|length| (&image[..], length));
            Observer::progress(&mut phase, Progress { fraction, evaluations: 3, best });
            (told.fractions[0], told.evaluations[0], told.best.map(|(_, length)| length))
        };
        assert_eq!(told(0.0, None, None), (0.25, 10, None));
        assert_eq!(told(0.5, Some(2.0), None), (0.5, 10, Some(2.0)));
        assert_eq!(told(1.0, None, Some(1.0)), (0.75, 10, Some(1.0)));
        assert_eq!(told(1.0, Some(2.0), Some(1.0)).2, Some(1.0), "the nearest that is known");
        assert_eq!(told(1.0, Some(0.5), Some(1.0)).2, Some(0.5));
    }

    #[test]
    fn a_nudged_image_stays_within_reach_and_in_the_box() {
        let image: Vec<f32> = (0..200).map(|i| i as f32 / 199.0).collect();
        let moved = nudged(&image, 0.25, &mut generator(&image, 1));
        let most = moved.iter().zip(&image).map(|(m, x)| m - x);
        let (low, high) = most.fold((0.0f32, 0.0f32), |(l, h), d| (l.min(d), h.max(d)));
        assert!(low >= -0.25 - 1e-6 && high <= 0.25 + 1e-6, "{low} to {high}");
        assert!(low < -0.2 && high > 0.2, "both ways: {low} to {high}");
        assert!(moved.iter().all(|v| (0.0..=1.0).contains(v)));
        // The same seed and image, the same numbers; another of either, others.
        assert_eq!(moved, nudged(&image, 0.25, &mut generator(&image, 1)));
        assert_ne!(moved, nudged(&image, 0.25, &mut generator(&image, 2)));
        assert_ne!(moved, nudged(&image, 0.25, &mut generator(&image[1..], 1)));
    }
}
