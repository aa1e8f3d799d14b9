//! Whether an image really fools: what f32 says is believed where f64 agrees.
//!
//! Two logits nearer than their rounding are read one way by one order of sums and another way
//! by the next. So an image that a method returns is read once more in f64, with the error that
//! f32 is likely to make of this network ([`exec::double`](crate::exec::double)). A win by less
//! than [`CLEAR`] standard deviations of it is narrow: a method that looks for the smallest change
//! then goes on a little along its own change, until the win is clear. An image that f64 reads
//! otherwise is no success of any method.
//!
//! How large that error is was found out at the first original: a win in f32 by [`SURE`] times
//! as much of the spread of its logits is believed, and in f64 one by [`PLAIN`] times is clear.
//! What lies between is worked out for the image itself.

use super::distance::enlarged;
use super::ensemble::{Ensemble, Reading};
use super::{AttackError, Problem, succeeds};
use crate::exec::double::{self, Careful};
use crate::exec::loss::spread;
use crate::model::{Network, Precision};

/// Standard deviations of the difference of two logits' rounding by which a clear win wins.
const CLEAR: f64 = 2.0;

/// Multiples of the original's [`CLEAR`] error, relative to the spread: of a win that needs no f64,
/// and of one that is clear without the error at the image itself.
const SURE: f64 = 100.0;
const PLAIN: f64 = 4.0;

/// First and last share by which a change is made longer to fool more clearly, and the step.
const FIRST: f32 = 1e-6;
const LAST: f32 = 1.0;
const FURTHER: f32 = 4.0;

/// Largest share by which a change that fools narrowly is made longer to fool clearly.
const WORTH: f32 = 0.02;

/// The same of a file that computes in halves, whose nearest images are as often as not ties.
const WORTH_OF_HALVES: f32 = 0.25;

/// Halvings between the last change that is too short and the first that is not.
const HALVINGS: usize = 4;

/// What f64 says of a success in f32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verdict {
    /// It is none.
    Denied,
    /// It is one, but f32 may well read it otherwise.
    Narrow,
    /// It is one, whatever the order of sums.
    Clear,
}

/// Who judges the images of an attack.
#[derive(Clone, Debug)]
pub(super) struct Judge {
    /// What f32 errs by, relative to the spread of the logits, of every network.
    errors: Vec<f64>,
    /// Largest share by which a change that fools narrowly is made longer.
    worth: f32,
}

impl Judge {
    /// Finds out how much the networks err at an original, with what was read in it.
    pub(super) fn new(networks: &Ensemble<'_>, original: &[f32], reading: &Reading) -> Judge {
        let of = |(place, network): (usize, &Network)| {
            let classes = network.classes();
            let said = &reading.logits[place * classes..][..classes];
            let error = error_at(&double::logits(network, original), said);
            if error.is_finite() { error } else { f64::INFINITY }
        };
        let single = networks.all().all(|network| network.precision == Precision::Single);
        let worth = if single { WORTH } else { WORTH_OF_HALVES };
        Judge { errors: networks.all().enumerate().map(of).collect(), worth }
    }

    /// The lead of one logit over another that is clear on every network, relative to their spread.
    pub(super) fn clear(&self) -> f32 {
        let errors = self.errors.iter().copied().filter(|error| error.is_finite());
        (PLAIN * errors.fold(0.0, f64::max)) as f32
    }

    /// What f64 says of an image with its reading in f32, which is as asked.
    fn verdict(
        &self,
        networks: &Ensemble<'_>,
        problem: &Problem,
        image: &[f32],
        reading: &Reading,
    ) -> Verdict {
        // What is no number is no image, though a network may read it: `max(NaN, 0)` is 0.
        if !image.iter().all(|pixel| pixel.is_finite()) {
            return Verdict::Denied;
        }
        let members = networks.all().zip(&self.errors).enumerate();
        let verdicts = members.map(|(place, (network, error))| {
            let classes = network.classes();
            let said = &reading.logits[place * classes..][..classes];
            let sure = f64::from(lead(problem, said).2) / f64::from(spread(said));
            if sure.is_finite() && sure > SURE * error {
                return Verdict::Clear;
            }
            let exact = double::values(network, image);
            let (won, lost, lead) = lead(problem, &exact);
            let spread = double_spread(&exact);
            // What is not larger than 0 is not a success; nor is what cannot be compared.
            if lead.is_nan() || lead <= 0.0 {
                return Verdict::Denied;
            }
            if lead > PLAIN * error * spread {
                return Verdict::Clear;
            }
            let Careful { variances, .. } = double::logits(network, image);
            let doubt = CLEAR * (variances[won] + variances[lost]).sqrt();
            if lead > doubt { Verdict::Clear } else { Verdict::Narrow }
        });
        verdicts.min().unwrap_or(Verdict::Denied)
    }

    /// Whether f64 agrees that an image is read as asked.
    pub(super) fn agrees(
        &self,
        networks: &Ensemble<'_>,
        problem: &Problem,
        image: &[f32],
        reading: &Reading,
    ) -> bool {
        self.verdict(networks, problem, image, reading) > Verdict::Denied
    }
}

/// What f32 errs by at an image: what it is likely to, or what it does, relative to the spread.
fn error_at(exact: &Careful, said: &[f32]) -> f64 {
    let first = |z: &dyn Fn(usize) -> f64| -> Vec<f64> {
        (0..said.len()).map(|class| z(class) - z(0)).collect()
    };
    let (told, true_ones) = (first(&|k| f64::from(said[k])), first(&|k| exact.values[k]));
    let does = told.iter().zip(&true_ones).map(|(a, b)| (a - b).abs());
    let likely = exact.variances.iter().map(|variance| CLEAR * (2.0 * variance).sqrt());
    // What is no number stays none, wherever it stands.
    let worse = |most: f64, error: f64| if error > most || error.is_nan() { error } else { most };
    does.chain(likely).fold(0.0, worse) / double_spread(&exact.values)
}

/// Largest logit minus the smallest.
fn double_spread(logits: &[f64]) -> f64 {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest - logits.iter().copied().fold(f64::INFINITY, f64::min)
}

/// The largest logit of those that are asked for and the largest of the others, and by how much the
/// first leads.
fn lead<T>(problem: &Problem, logits: &[T]) -> (usize, usize, T)
where
    T: Copy + PartialOrd + std::ops::Sub<Output = T>,
{
    let wanted = |class: usize| problem.target.map_or(class != problem.label, |t| class == t);
    let largest = |side: bool| {
        let classes = (0..logits.len()).filter(|class| wanted(*class) == side);
        let larger = |best: usize, k: usize| if logits[k] > logits[best] { k } else { best };
        classes.reduce(larger).unwrap_or(0)
    };
    let (won, lost) = (largest(true), largest(false));
    (won, lost, logits[won] - logits[lost])
}

/// Whether what is asked for is ahead on every network: of logits that are equal the first is read.
pub(super) fn leads(problem: &Problem, reading: &Reading) -> bool {
    let classes = reading.logits.len() / reading.classes.len();
    reading.logits.chunks_exact(classes).all(|logits| lead(problem, logits).2 > 0.0)
}

/// An image that fools, by f32 and by f64.
pub(super) struct Proof {
    pub(super) image: Vec<f32>,
    /// What every network reads in it.
    pub(super) readings: Vec<usize>,
    /// Whether it still fools after rounding to 8 bits.
    pub(super) rounded_still_fools: bool,
}

/// An image as files hold it: every pixel a 255th.
pub(super) fn rounded(image: &[f32]) -> impl Iterator<Item = f32> + '_ {
    image.iter().map(|v| (v * 255.0).round() / 255.0)
}

/// The reading of an image that is read as asked.
fn fooling<'a>(problem: &Problem, reading: Option<&'a Reading>) -> Option<&'a Reading> {
    reading.filter(|reading| succeeds(problem, &reading.classes))
}

impl Judge {
    /// The proof for an image with its readings as it is and rounded; `None` where it fools nobody.
    /// With `moves` the image may be another, a little farther; it says whether only 8-bit ones count.
    pub(super) async fn prove(
        &self,
        networks: &mut Ensemble<'_>,
        problem: &Problem,
        image: Vec<f32>,
        readings: [Option<&Reading>; 2],
        moves: Option<bool>,
    ) -> Result<Option<Proof>, AttackError> {
        let read = fooling(problem, readings[0]);
        let verdict = read
            .map_or(Verdict::Denied, |reading| self.verdict(networks, problem, &image, reading));
        if verdict < Verdict::Clear
            && let Some(eight_bit) = moves
        {
            let narrow = read.filter(|_| verdict == Verdict::Narrow);
            let narrow = narrow.map(|reading| reading.classes.clone());
            return self.farther(networks, problem, image, (narrow, eight_bit)).await;
        }
        let Some(read) = read.filter(|_| verdict > Verdict::Denied) else { return Ok(None) };
        let whole: Vec<f32> = rounded(&image).collect();
        let rounded_still_fools = fooling(problem, readings[1])
            .is_some_and(|reading| self.agrees(networks, problem, &whole, reading));
        Ok(Some(Proof { image, readings: read.classes.clone(), rounded_still_fools }))
    }

    /// The image farther from its original along its own change, as far as a clear win needs; the
    /// nearest narrow one where that is too far. `narrow` is what is read in the image itself, if
    /// that fools at all.
    async fn farther(
        &self,
        networks: &mut Ensemble<'_>,
        problem: &Problem,
        image: Vec<f32>,
        (narrow, eight_bit): (Option<Vec<usize>>, bool),
    ) -> Result<Option<Proof>, AttackError> {
        let original = &problem.image;
        let longer = |times: f32| {
            let longer = enlarged(original, &image, times);
            if eight_bit { rounded(&longer).collect() } else { longer }
        };
        let mut nearest = narrow.map(|read| (image.clone(), read));
        let mut clear = None;
        let (mut short, mut more) = (0.0, FIRST);
        while more <= LAST && *original != image {
            let further = longer(1.0 + more);
            match self.look(networks, problem, &further).await? {
                (Verdict::Clear, read) => {
                    clear = Some((further, read));
                    break;
                }
                (Verdict::Narrow, read) if nearest.is_none() => nearest = Some((further, read)),
                _ => {}
            }
            if nearest.is_some() && more > self.worth {
                break;
            }
            short = more;
            more *= FURTHER;
        }
        for _ in 0..if clear.is_some() { HALVINGS } else { 0 } {
            let middle = 0.5 * (short + more);
            let further = longer(1.0 + middle);
            match self.look(networks, problem, &further).await? {
                (Verdict::Clear, read) => {
                    clear = Some((further, read));
                    more = middle;
                }
                _ => short = middle,
            }
        }
        let Some((image, readings)) = clear.or(nearest) else { return Ok(None) };
        let whole: Vec<f32> = rounded(&image).collect();
        let rounded_still_fools = self.look(networks, problem, &whole).await?.0 > Verdict::Denied;
        Ok(Some(Proof { image, readings, rounded_still_fools }))
    }

    /// The verdict on an image, denied where f32 does not read it as asked, and what that reads.
    async fn look(
        &self,
        networks: &mut Ensemble<'_>,
        problem: &Problem,
        image: &[f32],
    ) -> Result<(Verdict, Vec<usize>), AttackError> {
        let readings = networks.read(image).await?;
        Ok(match fooling(problem, readings.first().and_then(Option::as_ref)) {
            Some(read) => (self.verdict(networks, problem, image, read), read.classes.clone()),
            None => (Verdict::Denied, Vec::new()),
        })
    }
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
