//! The fast gradient sign method.
//!
//! `x′ = clip(x + ε·sign ∇CE(x, label))`, or `x − ε·sign ∇CE(x, target)`: one
//! gradient (Goodfellow, Shlens and Szegedy, *Explaining and harnessing
//! adversarial examples*, 2014, section 4). ε is theirs for MNIST, 0.25. The
//! image is ε away in almost every pixel whether that was needed or not.

use super::ascent::Ascent;
use super::ensemble::Ensemble;
use super::lanes::Task;
use super::pgd::Linf;
use super::walk;
use super::{AttackError, DynObserver, Outcome, Recipe};

/// What the method goes by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FgsmSettings {
    /// Change of a pixel.
    pub epsilon: f32,
}

impl Default for FgsmSettings {
    fn default() -> FgsmSettings {
        FgsmSettings { epsilon: 0.25 }
    }
}

/// Attacks problems whose originals are read correctly.
pub(super) async fn search(
    networks: &mut Ensemble<'_>,
    tasks: &[Task<'_>],
    recipe: &Recipe,
    observer: &mut dyn DynObserver,
) -> Result<Vec<Outcome>, AttackError> {
    let epsilon = recipe.options.epsilon.unwrap_or(FgsmSettings::default().epsilon);
    let make = |place: usize, task: &Task<'_>| {
        Ascent::walk(place, task, task.start(), 1, Linf { epsilon, step: epsilon })
    };
    walk::search(networks, tasks, observer, make).await
}
