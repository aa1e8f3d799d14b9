//! The momentum iterative fast gradient sign method.
//!
//! `mₖ₊₁ = μ·mₖ + g/‖g‖₁`, `xₖ₊₁ = clip(xₖ + α·sign mₖ₊₁)`, from the original
//! (Dong et al., *Boosting adversarial attacks with momentum*, 2018). Ten steps
//! of α = ε/10 with μ = 1 are the paper's; its ε belongs to photographs, so ε is
//! PGD's for digits, 0.3. Made to carry over to other networks, and to fool
//! [ensembles](super::Ensemble).

use super::ascent::{self, Ascent, Ball};
use super::ensemble::Ensemble;
use super::lanes::Task;
use super::pgd::PgdSettings;
use super::walk;
use super::{AttackError, DynObserver, Outcome, Recipe};

/// What the method goes by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MiFgsmSettings {
    /// Largest change of a pixel.
    pub epsilon: f32,
    /// Number of steps, of ε/steps each.
    pub steps: u32,
    /// What is kept of the momentum, μ.
    pub decay: f32,
}

impl Default for MiFgsmSettings {
    fn default() -> MiFgsmSettings {
        MiFgsmSettings { epsilon: PgdSettings::LINF.epsilon, steps: 10, decay: 1.0 }
    }
}

struct Momentum {
    settings: MiFgsmSettings,
    m: Vec<f32>,
}

impl Ball for Momentum {
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
    observer: &mut dyn DynObserver,
) -> Result<Vec<Outcome>, AttackError> {
    let (default, options) = (MiFgsmSettings::default(), &recipe.options);
    let settings = MiFgsmSettings {
        epsilon: options.epsilon.unwrap_or(default.epsilon),
        steps: options.steps.unwrap_or(default.steps),
        ..default
    };
    let make = |place: usize, task: &Task<'_>| {
        let rule = Momentum { settings, m: vec![0.0; task.start().len()] };
        Ascent::walk(place, task, task.start(), settings.steps, rule)
    };
    walk::search(networks, tasks, observer, make).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_of_the_momentum_has_its_say_in_every_sign() {
        let settings = MiFgsmSettings { epsilon: 0.25, steps: 8, decay: 0.5 };
        let mut rule = Momentum { settings, m: vec![0.0; 3] };
        let mut x = [0.5; 3];
        rule.step(&mut x, &[3.0, -1.0, 0.0]);
        assert_eq!(rule.m, [0.75, -0.25, 0.0]);
        assert_eq!(x, [0.53125, 0.46875, 0.5], "a pixel without a gradient stays");
        // Half of 0.75 is less than the ½ that pulls back; half of −0.25 has no say.
        rule.step(&mut x, &[-1.0, 1.0, 0.0]);
        assert_eq!(rule.m, [-0.125, 0.375, 0.0]);
        assert_eq!(x, [0.5; 3]);
    }
}
