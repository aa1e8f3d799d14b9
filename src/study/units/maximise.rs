//! Activation maximisation: an image made for a unit or a direction.
//!
//! The second method of unit analysis (Erhan et al., 2009): instead of choosing
//! among images, climb. Here
//!
//! `max ⟨φ(x), v⟩/s − λ·Σ xₚ²/n − τ·Σ (xₚ − x_q)²/n  subject to x ∈ [0,1]ⁿ`
//!
//! for images of n pixels, with `q` the neighbours of `p` to the right and below and `s` a scale that
//! makes layers comparable. The two terms ask for little ink and for strokes
//! wider than a pixel; without them the image is noise. Projected ascent:
//! `xₖ₊₁ = clip(xₖ + ηₖ·g/‖g‖)`, `g` the gradient where the box leaves room,
//! `ηₖ` falling linearly to 0. The best point counts, not the last.

use rand_distr::{Distribution, StandardUniform};

use super::{HEADS, Probe, UnitsError, generator};
use crate::attack::{Observer, Progress};
use crate::exec::{Evaluation, Executor, Goal};
use crate::model::ImageShape;
use crate::numeric::vector::dot;

/// The stream of numbers that starts are drawn from.
const STARTS: u64 = 5;

/// How an image is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaximiseSettings {
    /// Steps.
    pub steps: usize,
    /// Length of the first step, `η₀`.
    pub rate: f32,
    /// Weight of the ink, `λ`.
    pub ink: f32,
    /// Weight of the differences between neighbours, `τ`.
    pub roughness: f32,
    /// Starts; all but the first are moved at random, for where the gradient vanishes.
    pub starts: usize,
    /// Seed of the moved starts.
    pub seed: u64,
}

impl Default for MaximiseSettings {
    fn default() -> MaximiseSettings {
        MaximiseSettings { steps: 100, rate: 2.0, ink: 0.5, roughness: 4.0, starts: 3, seed: 0 }
    }
}

/// The image that was made for one direction.
#[derive(Clone, Debug, PartialEq)]
pub struct Maximised {
    /// `[pixels]` in [0, 1]; `None` if the gradient vanished wherever it was looked for.
    pub image: Option<Vec<f32>>,
    /// `⟨φ(x), v⟩` there; 0 without an image.
    pub value: f32,
}

/// Makes an image for each of the first heads of a [`Probe::along`] that `executor` runs.
///
/// `scales` has one `s` a head, for example the range of the head's answers to
/// digits, and 1 counts where that is 0; `start` is an image.
///
/// # Errors
/// [`UnitsError::Cancelled`] when the observer says so, and the executor's.
///
/// # Panics
/// If there are more scales than [`HEADS`], or the start is no image.
pub async fn maximise(
    executor: &mut Executor,
    scales: &[f32],
    start: &[f32],
    recipe: &MaximiseSettings,
    observer: &mut impl Observer,
) -> Result<Vec<Maximised>, UnitsError> {
    let shape = executor.network().image;
    let fits = scales.len() <= HEADS && start.len() == shape.pixels();
    assert!(fits, "heads or start of the wrong size");
    let starts = recipe.starts.max(1);
    let mut lanes = climbers(scales.len(), starts, start, recipe.seed);
    let goals: Vec<Goal> = lanes.iter().map(|lane| Probe::goal(lane.head)).collect();
    let mut evaluation = Evaluation::default();
    for step in 0..=recipe.steps {
        if observer.pause().await {
            return Err(UnitsError::Cancelled);
        }
        let images: Vec<f32> = lanes.iter().flat_map(|lane| lane.x.iter().copied()).collect();
        executor.evaluate(&images, &goals, &mut evaluation).await?;
        let left = 1.0 - step as f32 / recipe.steps.max(1) as f32;
        let answers =
            evaluation.values.iter().zip(evaluation.gradients.chunks_exact(shape.pixels()));
        for (lane, (value, gradient)) in lanes.iter_mut().zip(answers) {
            let rate = recipe.rate * left;
            lane.climb(shape, *value, gradient, scales[lane.head], recipe, rate);
        }
        let evaluations = ((step + 1) * lanes.len()) as u64;
        observer.progress(Progress { fraction: 1.0 - left, evaluations, best: None });
    }
    Ok(lanes.chunks_exact(starts).map(best).collect())
}

fn climbers(heads: usize, starts: usize, start: &[f32], seed: u64) -> Vec<Climber> {
    let mut generator = generator(seed, STARTS);
    let mut lanes = Vec::with_capacity(heads * starts);
    for lane in 0..heads * starts {
        let mut moved = |v: &f32| {
            let uniform: f32 = StandardUniform.sample(&mut generator);
            if lane % starts == 0 { *v } else { 0.5 * (v + uniform) }
        };
        let x: Vec<f32> = start.iter().map(&mut moved).collect();
        lanes.push(Climber { head: lane / starts, steep: false, best: None, x });
    }
    lanes
}

/// The best of a head's climbs among those that had something to climb.
fn best(lanes: &[Climber]) -> Maximised {
    let found = lanes.iter().filter(|lane| lane.steep).filter_map(|lane| lane.best.as_ref());
    match found.max_by(|a, b| a.objective.total_cmp(&b.objective)) {
        Some(summit) => Maximised { image: Some(summit.image.clone()), value: summit.value },
        None => Maximised { image: None, value: 0.0 },
    }
}

/// One climb.
struct Climber {
    head: usize,
    x: Vec<f32>,
    /// Whether the head ever had a gradient.
    steep: bool,
    best: Option<Summit>,
}

struct Summit {
    objective: f32,
    value: f32,
    image: Vec<f32>,
}

impl Climber {
    /// Learns the head's value and gradient at `x` and takes a step.
    fn climb(
        &mut self,
        shape: ImageShape,
        value: f32,
        gradient: &[f32],
        scale: f32,
        recipe: &MaximiseSettings,
        rate: f32,
    ) {
        let scale = if scale > 0.0 { scale } else { 1.0 };
        self.steep |= gradient.iter().any(|g| *g != 0.0);
        let mut g: Vec<f32> = gradient.iter().map(|g| g / scale).collect();
        let objective = value / scale - penalty(shape, &self.x, recipe, &mut g);
        if self.best.as_ref().is_none_or(|best| objective > best.objective) {
            self.best = Some(Summit { objective, value, image: self.x.clone() });
        }
        for (g, x) in g.iter_mut().zip(&self.x) {
            let held = if *g > 0.0 { *x >= 1.0 } else { *x <= 0.0 };
            *g = if held { 0.0 } else { *g };
        }
        let length = dot(&g, &g).sqrt();
        if length > 0.0 {
            let step = rate / length;
            self.x.iter_mut().zip(&g).for_each(|(x, g)| *x = (*x + step * g).clamp(0.0, 1.0));
        }
    }
}

/// The terms that are taken away, and their gradient from `g`.
fn penalty(shape: ImageShape, x: &[f32], recipe: &MaximiseSettings, g: &mut [f32]) -> f32 {
    let ImageShape { height, width, .. } = shape;
    let pixels = shape.pixels() as f32;
    let (ink, roughness) = (recipe.ink / pixels, recipe.roughness / pixels);
    let mut sum = ink * dot(x, x);
    g.iter_mut().zip(x).for_each(|(g, x)| *g -= 2.0 * ink * x);
    for p in 0..shape.pixels() {
        let right = (p % width + 1 < width).then_some(p + 1);
        let below = (p / width % height + 1 < height).then_some(p + width);
        for q in [right, below].into_iter().flatten() {
            let difference = x[p] - x[q];
            sum += roughness * difference * difference;
            g[p] -= 2.0 * roughness * difference;
            g[q] += 2.0 * roughness * difference;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two channels, so that they are seen to be no neighbours.
    const SHAPE: ImageShape = ImageShape { channels: 2, height: 14, width: 28 };
    const PIXELS: usize = SHAPE.pixels();

    #[test]
    fn the_penalty_s_gradient_is_that_of_its_value() {
        let recipe =
            MaximiseSettings { ink: 30.0, roughness: 200.0, ..MaximiseSettings::default() };
        let x: Vec<f32> = (0..PIXELS).map(|p| ((p * 37) % 101) as f32 / 101.0).collect();
        let mut gradient = vec![0.0; PIXELS];
        penalty(SHAPE, &x, &recipe, &mut gradient);
        let value = |x: &[f32]| penalty(SHAPE, x, &recipe, &mut vec![0.0; PIXELS]);
        for p in [0, 27, 28, 391, 392, 756, 783] {
            // A quadratic: central differences are exact but for rounding, 1e-5 of a sum of 100.
            let (mut more, mut less) = (x.clone(), x.clone());
            more[p] += 0.25;
            less[p] -= 0.25;
            let slope = (value(&more) - value(&less)) / 0.5;
            assert!((slope + gradient[p]).abs() < 2e-3, "{slope} and {}", gradient[p]);
            assert!((slope + 1.1 * gradient[p]).abs() > 2e-3, "control at {p}");
        }
    }
}
