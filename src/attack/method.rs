//! The methods by name, and what may be asked of each.

use strum::VariantArray;

use super::AttackError;

/// How an adversarial example is looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, VariantArray)]
pub enum Method {
    /// The paper's: box-constrained L-BFGS with a search over c.
    #[default]
    Szegedy,
    /// The paper's, then [`Method::NearestBoundary`] from its minimisers.
    SzegedyPolished,
    /// Projections onto the linearised decision boundary, of FAB's family.
    NearestBoundary,
    /// One step along the gradient's signs.
    Fgsm,
    /// Steps along the gradient's signs, kept within ε of every pixel.
    PgdLinf,
    /// Steps along the gradient, kept within a ball of radius ε.
    PgdL2,
    /// Steps along the signs of an accumulated gradient.
    MiFgsm,
    /// Steps onto the nearest linearised boundary.
    DeepFool,
    /// Carlini and Wagner's: Adam on the norm plus a hinge of the margin.
    Cw,
    /// Steps along the gradient on a sphere that shrinks after every success.
    Ddn,
    /// No search: Gaussian noise of a given distortion.
    Noise,
}

/// Something that may be asked of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// Largest change allowed, in the method's norm.
    Epsilon,
    /// Steps of the method.
    Steps,
    /// Distortion of the noise.
    Distortion,
    /// Seed of everything random.
    Seed,
}

impl Setting {
    /// The name on the command line and in requests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Setting::Epsilon => "epsilon",
            Setting::Steps => "steps",
            Setting::Distortion => "distortion",
            Setting::Seed => "seed",
        }
    }
}

/// What there is to know of a method.
#[derive(Clone, Copy)]
struct Facts {
    name: &'static str,
    /// Former names, which are understood too.
    aliases: &'static [&'static str],
    settings: &'static [Setting],
    minimises: bool,
    tries_classes: bool,
}

/// A method that stays within a budget.
const BUDGET: Facts = Facts {
    name: "",
    aliases: &[],
    settings: &[Setting::Epsilon, Setting::Steps, Setting::Seed],
    minimises: false,
    tries_classes: false,
};

/// One that looks for the smallest change in a number of steps.
const MINIMAL: Facts =
    Facts { settings: &[Setting::Steps, Setting::Seed], minimises: true, ..BUDGET };

/// One that does so for one class after another, as long as it takes.
const BY_CLASS: Facts = Facts { settings: &[Setting::Seed], tries_classes: true, ..MINIMAL };

impl Method {
    /// Every method: the paper's first, its polish, then its relatives.
    pub const ALL: [Method; Method::VARIANTS.len()] =
        *Method::VARIANTS.first_chunk().expect("an array of them all");

    fn facts(self) -> Facts {
        match self {
            Method::Szegedy => Facts { name: "szegedy", ..BY_CLASS },
            Method::SzegedyPolished => Facts { name: "szegedy-polished", ..BY_CLASS },
            Method::NearestBoundary => {
                Facts { name: "nearest-boundary", aliases: &["boundary"], ..BY_CLASS }
            }
            Method::Fgsm => {
                Facts { name: "fgsm", settings: &[Setting::Epsilon, Setting::Seed], ..BUDGET }
            }
            Method::PgdLinf => Facts { name: "pgd-linf", ..BUDGET },
            Method::PgdL2 => Facts { name: "pgd-l2", ..BUDGET },
            Method::MiFgsm => Facts { name: "mi-fgsm", ..BUDGET },
            Method::DeepFool => Facts { name: "deepfool", tries_classes: true, ..MINIMAL },
            Method::Cw => Facts { name: "cw", ..MINIMAL },
            Method::Ddn => Facts { name: "ddn", ..MINIMAL },
            Method::Noise => {
                Facts { name: "noise", settings: &[Setting::Distortion, Setting::Seed], ..BUDGET }
            }
        }
    }

    /// The name on the command line and in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// Former names, which [`Method::named`] understands too.
    #[must_use]
    pub fn aliases(self) -> &'static [&'static str] {
        self.facts().aliases
    }

    /// The method of a name or of a former name.
    #[must_use]
    pub fn named(name: &str) -> Option<Method> {
        Method::ALL.into_iter().find(|m| m.name() == name || m.aliases().contains(&name))
    }

    /// What the method can be asked for.
    ///
    /// The seed belongs to all: it also draws the starts of a second attempt
    /// where the gradient vanishes at the original.
    #[must_use]
    pub fn settings(self) -> &'static [Setting] {
        self.facts().settings
    }

    /// Whether the method makes for one class after another and keeps the best.
    #[must_use]
    pub fn tries_classes(self) -> bool {
        self.facts().tries_classes
    }

    /// Whether the method looks for the smallest change rather than within a budget.
    #[must_use]
    pub fn minimises(self) -> bool {
        self.facts().minimises
    }
}

/// What is asked of a method; where nothing is asked, its own default holds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Options {
    /// Largest change allowed: of a pixel, or in ‖r‖₂, as the method's norm is.
    pub epsilon: Option<f32>,
    /// Steps of the method.
    pub steps: Option<u32>,
    /// Distortion of the noise.
    pub distortion: Option<f32>,
    /// Seed of everything random; 0 where it is not given.
    pub seed: Option<u64>,
    /// Whether the image is to be one that 8 bits hold: every number a 255th, so that it fools when it
    /// is saved as a picture. Methods with a budget round within it. Any method takes it.
    pub eight_bit: bool,
}

/// Most steps that may be asked for.
const MOST_STEPS: u32 = 1_000_000;

/// A method with what is asked of it; a bare [`Method`] has its defaults.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Recipe {
    /// How an adversarial example is looked for.
    pub method: Method,
    /// What is asked of it.
    pub options: Options,
}

impl From<Method> for Recipe {
    fn from(method: Method) -> Recipe {
        Recipe { method, options: Options::default() }
    }
}

impl Recipe {
    /// Refuses numbers that make no sense and options that the method does not take.
    ///
    /// # Errors
    /// [`AttackError::BadOption`] and [`AttackError::OptionNotTaken`].
    pub fn check(&self) -> Result<(), AttackError> {
        let Options { epsilon, steps, distortion, seed, eight_bit: _ } = self.options;
        let given = [
            (Setting::Epsilon, epsilon.is_some()),
            (Setting::Steps, steps.is_some()),
            (Setting::Distortion, distortion.is_some()),
            (Setting::Seed, seed.is_some()),
        ];
        let takes = self.method.settings();
        if let Some((option, _)) = given.iter().find(|(s, given)| *given && !takes.contains(s)) {
            return Err(AttackError::OptionNotTaken { method: self.method, option: *option });
        }
        if let Some(epsilon) = epsilon.filter(|e| !(e.is_finite() && *e > 0.0)) {
            return Err(bad(Setting::Epsilon, "a finite number above 0", epsilon));
        }
        if let Some(steps) = steps.filter(|s| !(1..=MOST_STEPS).contains(s)) {
            return Err(bad(Setting::Steps, "a whole number from 1 to 1000000", steps));
        }
        distortion.map_or(Ok(()), check_distortion)
    }

    pub(super) fn seed(&self) -> u64 {
        self.options.seed.unwrap_or(0)
    }
}

/// Refuses a distortion that no image in the box can have.
///
/// # Errors
/// [`AttackError::BadOption`].
pub fn check_distortion(distortion: f32) -> Result<(), AttackError> {
    if distortion > 0.0 && distortion <= 1.0 {
        return Ok(());
    }
    Err(bad(Setting::Distortion, "a number above 0 and at most 1", distortion))
}

fn bad(option: Setting, required: &'static str, value: impl ToString) -> AttackError {
    AttackError::BadOption { option, required, actual: value.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_and_every_former_name_means_one_method() {
        let mut names = Vec::new();
        for method in Method::ALL {
            for name in [method.name()].iter().chain(method.aliases()) {
                assert_eq!(Method::named(name), Some(method), "{name}");
                names.push(*name);
            }
        }
        assert_eq!(Method::named("boundary"), Some(Method::NearestBoundary));
        assert!(!names.contains(&"") && Method::named("").is_none());
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Method::ALL.len() + 1);
    }
}
