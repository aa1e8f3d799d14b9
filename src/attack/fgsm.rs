//! The fast gradient sign method.
//!
//! `x′ = clip(x + ε·sign ∇CE(x, label))`, or `x − ε·sign ∇CE(x, target)`: one
//! gradient (Goodfellow, Shlens and Szegedy, *Explaining and harnessing
//! adversarial examples*, 2014, section 4). ε is theirs for MNIST, 0.25. The
//! image is ε away in almost every pixel whether that was needed or not.

use super::ascent;
use super::ensemble::Ensemble;
use super::lanes::{self, Task};
use super::pgd::Linf;
use super::{AttackError, Observer, Options, Outcome, Recipe};

/// What the method goes by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Change of a pixel.
    pub epsilon: f32,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { epsilon: 0.25 }
    }
}

impl From<&Options> for Settings {
    fn from(options: &Options) -> Settings {
        Settings { epsilon: options.epsilon.unwrap_or(Settings::default().epsilon) }
    }
}

/// Attacks problems whose originals are read correctly.
pub(super) async fn search(
    networks: &mut Ensemble<'_>,
    tasks: &[Task<'_>],
    recipe: &Recipe,
    observer: &mut impl Observer,
) -> Result<Vec<Outcome>, AttackError> {
    let Settings { epsilon } = Settings::from(&recipe.options);
    let make = |place: usize, task: &Task<'_>| {
        ascent::lane(place, task, task.start(), 1, Linf { epsilon, step: epsilon })
    };
    lanes::search(networks, tasks, observer, make, |_| {}).await
}
