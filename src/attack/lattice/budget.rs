//! Rounding an image within what a method with a budget may change.

use super::LEVELS;
use crate::attack::distance::{Distance, enlarged};
use crate::attack::fgsm::FgsmSettings;
use crate::attack::mi_fgsm::MiFgsmSettings;
use crate::attack::pgd::PgdSettings;
use crate::attack::verdict::rounded;
use crate::attack::{Method, Recipe};

/// Share of a level by which f32 may err at a bound: of ε = 51/255, 51 levels are to be allowed.
const ERROR: f64 = 1e-4;

/// Halvings of the length of a change that rounding has made too long.
const HALVINGS: usize = 20;

/// How far an image may lie from its original.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Budget {
    /// Every number by ε.
    Linf(f32),
    /// `‖r‖₂` by ε.
    L2(f32),
    /// As it comes: of noise.
    Any,
}

impl Budget {
    /// Of a method with its options; of one that looks for the smallest change there is none.
    pub(super) fn of(recipe: &Recipe) -> Budget {
        let or = |usual: f32| recipe.options.epsilon.unwrap_or(usual);
        match recipe.method {
            Method::Fgsm => Budget::Linf(or(FgsmSettings::default().epsilon)),
            Method::PgdLinf => Budget::Linf(or(PgdSettings::LINF.epsilon)),
            Method::MiFgsm => Budget::Linf(or(MiFgsmSettings::default().epsilon)),
            Method::PgdL2 => Budget::L2(or(PgdSettings::L2.epsilon)),
            Method::Szegedy
            | Method::SzegedyPolished
            | Method::NearestBoundary
            | Method::DeepFool
            | Method::Cw
            | Method::Ddn
            | Method::Noise => Budget::Any,
        }
    }

    /// The image rounded to 255ths within the budget; `None` where the budget holds no such image,
    /// because the original is none itself.
    pub(super) fn rounded(self, original: &[f32], image: &[f32]) -> Option<Vec<f32>> {
        match self {
            Budget::Any => Some(rounded(image).collect()),
            Budget::Linf(epsilon) => {
                original.iter().zip(image).map(|(x, v)| within(*x, *v, epsilon)).collect()
            }
            Budget::L2(epsilon) => {
                let at = |times: f32| -> Vec<f32> {
                    rounded(&enlarged(original, image, times)).collect()
                };
                let fits = |image: &[f32]| Distance::between(original, image).l2 <= epsilon;
                if fits(&at(1.0)) {
                    return Some(at(1.0));
                }
                let (mut fitting, mut long) = (0.0, 1.0);
                for _ in 0..HALVINGS {
                    let middle = 0.5 * (fitting + long);
                    *(if fits(&at(middle)) { &mut fitting } else { &mut long }) = middle;
                }
                Some(at(fitting)).filter(|image| fits(image))
            }
        }
    }
}

/// The 255th nearest to a number, of those at most ε from the original.
fn within(original: f32, number: f32, epsilon: f32) -> Option<f32> {
    let levels = f64::from(LEVELS);
    let (x, epsilon) = (f64::from(original), f64::from(epsilon));
    let low = ((x - epsilon) * levels - ERROR).ceil().max(0.0);
    let high = ((x + epsilon) * levels + ERROR).floor().min(levels);
    let level = (f64::from(number) * levels).round();
    (low <= high).then(|| level.clamp(low, high) as f32 / LEVELS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_never_leaves_the_budget() {
        let original: Vec<f32> = (0..64).map(|i| i as f32 / 100.0).collect();
        let image: Vec<f32> = original.iter().map(|x| x + 0.1).collect();
        for epsilon in [0.1, 0.101, 0.2] {
            let whole = Budget::Linf(epsilon).rounded(&original, &image).expect("room");
            let most = Distance::between(&original, &whole).linf;
            assert!(most <= epsilon + 1e-6, "{most} of {epsilon}");
            assert!(whole.iter().all(|v| *v == (v * LEVELS).round() / LEVELS));
        }
        // The control: plain rounding leaves it.
        let plain: Vec<f32> = rounded(&image).collect();
        assert!(Distance::between(&original, &plain).linf > 0.101);
        for epsilon in [0.3, 0.79, 0.8] {
            let shorter = enlarged(&original, &image, epsilon / 0.8);
            let whole = Budget::L2(epsilon).rounded(&original, &shorter).expect("room");
            let length = Distance::between(&original, &whole).l2;
            assert!(length <= epsilon && length > 0.95 * epsilon, "{length} of {epsilon}");
        }
    }

    #[test]
    fn bounds_on_the_lattice_are_reached_and_those_between_hold_nothing() {
        let x = 100.0 / LEVELS;
        assert_eq!(within(x, 1.0, 51.0 / LEVELS), Some(151.0 / LEVELS));
        assert_eq!(within(x, 0.0, 51.0 / LEVELS), Some(49.0 / LEVELS));
        assert_eq!(within(100.4 / LEVELS, 0.5, 0.3 / LEVELS), None);
        assert_eq!(within(100.4 / LEVELS, 0.5, 0.4 / LEVELS), Some(100.0 / LEVELS));
        assert_eq!(Budget::L2(1e-4).rounded(&[0.001; 4], &[0.0011; 4]), None);
    }
}
