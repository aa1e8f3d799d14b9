//! The momentum iterative fast gradient sign method.
//!
//! `mₖ₊₁ = μ·mₖ + g/‖g‖₁`, `xₖ₊₁ = clip(xₖ + α·sign mₖ₊₁)`, from the original
//! (Dong et al., *Boosting adversarial attacks with momentum*, 2018). Ten steps
//! of α = ε/10 with μ = 1 are the paper's; its ε belongs to photographs, so ε is
//! PGD's for digits, 0.3. Made to carry over to other networks, and to fool
//! [ensembles](super::Ensemble).

use super::ascent::{self, Rule};
use super::ensemble::Ensemble;
use super::lanes::{self, Task};
use super::{AttackError, Observer, Options, Outcome, Recipe, pgd};

/// What the method goes by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Largest change of a pixel.
    pub epsilon: f32,
    /// Number of steps, of ε/steps each.
    pub steps: u32,
    /// What is kept of the momentum, μ.
    pub decay: f32,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { epsilon: pgd::Settings::LINF.epsilon, steps: 10, decay: 1.0 }
    }
}

impl From<&Options> for Settings {
    fn from(options: &Options) -> Settings {
        let default = Settings::default();
        Settings {
            epsilon: options.epsilon.unwrap_or(default.epsilon),
            steps: options.steps.unwrap_or(default.steps),
            decay: default.decay,
        }
    }
}

struct Momentum {
    settings: Settings,
    m: Vec<f32>,
}

impl Rule for Momentum {
    fn step(&mut self, x: &mut [f32], g: &[f32]) {
        let length: f32 = g.iter().map(|g| g.abs()).sum();
        let step = self.settings.epsilon / self.settings.steps as f32;
        for ((x, m), g) in x.iter_mut().zip(&mut self.m).zip(g) {
            *m = self.settings.decay * *m + g / length;
            *x += step * ascent::sign(*m);
        }
    }

    fn confine(&self, x: &mut [f32], original: &[f32]) {
        ascent::confine_linf(x, original, self.settings.epsilon);
    }
}

/// Attacks problems whose originals are read correctly.
pub(super) async fn search(
    networks: &mut Ensemble<'_>,
    tasks: &[Task<'_>],
    recipe: &Recipe,
    observer: &mut impl Observer,
) -> Result<Vec<Outcome>, AttackError> {
    let settings = Settings::from(&recipe.options);
    let make = |place: usize, task: &Task<'_>| {
        let rule = Momentum { settings, m: vec![0.0; task.start().len()] };
        ascent::lane(place, task, task.start(), settings.steps, rule)
    };
    lanes::search(networks, tasks, observer, make, |_| {}).await
}
