//! The methods by name, and what may be asked of each.

use super::AttackError;

/// How an adversarial example is looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// The paper's: box-constrained L-BFGS with a search over c.
    #[default]
    Szegedy,
    /// The paper's, then the boundary method from its minimisers.
    SzegedyPolished,
    /// Projections onto the linearised decision boundary.
    Boundary,
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

impl Method {
    /// Every method: the paper's first, its polish, then its relatives.
    pub const ALL: [Method; 11] = [
        Method::Szegedy,
        Method::SzegedyPolished,
        Method::Boundary,
        Method::Fgsm,
        Method::PgdLinf,
        Method::PgdL2,
        Method::MiFgsm,
        Method::DeepFool,
        Method::Cw,
        Method::Ddn,
        Method::Noise,
    ];

    /// The name on the command line and in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Method::Szegedy => "szegedy",
            Method::SzegedyPolished => "szegedy-polished",
            Method::Boundary => "boundary",
            Method::Fgsm => "fgsm",
            Method::PgdLinf => "pgd-linf",
            Method::PgdL2 => "pgd-l2",
            Method::MiFgsm => "mi-fgsm",
            Method::DeepFool => "deepfool",
            Method::Cw => "cw",
            Method::Ddn => "ddn",
            Method::Noise => "noise",
        }
    }

    /// The method of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Method> {
        Method::ALL.into_iter().find(|m| m.name() == name)
    }

    /// What the method can be asked for.
    ///
    /// The seed belongs to all: it also draws the starts of a second attempt
    /// where the gradient vanishes at the original.
    #[must_use]
    pub fn settings(self) -> &'static [Setting] {
        match self {
            Method::Szegedy | Method::SzegedyPolished | Method::Boundary => &[Setting::Seed],
            Method::Fgsm => &[Setting::Epsilon, Setting::Seed],
            Method::PgdLinf | Method::PgdL2 | Method::MiFgsm => {
                &[Setting::Epsilon, Setting::Steps, Setting::Seed]
            }
            Method::DeepFool | Method::Cw | Method::Ddn => &[Setting::Steps, Setting::Seed],
            Method::Noise => &[Setting::Distortion, Setting::Seed],
        }
    }

    /// Whether the method makes for one class after another and keeps the best.
    #[must_use]
    pub fn tries_classes(self) -> bool {
        matches!(
            self,
            Method::Szegedy | Method::SzegedyPolished | Method::Boundary | Method::DeepFool
        )
    }

    /// Whether the method looks for the smallest change rather than within a budget.
    #[must_use]
    pub fn minimises(self) -> bool {
        match self {
            Method::Szegedy
            | Method::SzegedyPolished
            | Method::Boundary
            | Method::DeepFool
            | Method::Cw
            | Method::Ddn => true,
            Method::Fgsm | Method::PgdLinf | Method::PgdL2 | Method::MiFgsm | Method::Noise => {
                false
            }
        }
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
        let Options { epsilon, steps, distortion, seed } = self.options;
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
