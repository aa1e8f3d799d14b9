//! A certified lower bound on the smallest perturbation, digit by digit.
//!
//! Linear relaxation after CROWN (Zhang et al. 2018) for networks of dense
//! layers with sigmoid, tanh, ReLU or Clip between and behind them, over the
//! images within `‖r‖₂ ≤ ε` of a digit **and** in the box [0, 1]. In one trial at ε
//! 1. the arguments of every activation are bounded, layer by layer;
//! 2. every activation is held between two lines on its interval (`relax.rs`);
//! 3. each margin `z_y − z_t` is bounded from below by a form `a·x + c`
//!    (`backward.rs`), whose tangents are then moved to where they bound best;
//! 4. the distance `d_t` from the digit to `{a·x + c ≤ 0}` in the box follows
//!    from one multiplier (`ball.rs`).
//!
//! The paper's own lines, the same for all forms, are always among those that
//! are tried, with intervals of their own: nothing that plain CROWN proves is
//! lost. Within ε the form holds, so nothing nearer than `min(ε, d_t)` is read as
//! `t`: a trial proves something even where the margin is not positive in the
//! whole ball. The best ε, where both are equal, is closed in on by false position with
//! bisection (`bracket.rs`), and every trial on the way counts. A linear network needs one
//! trial without a ball: its bound is the exact distance.
//!
//! Numbers are f64 without interval arithmetic. Sums have at most a few
//! thousand terms, so their error is about 1e-13 of the magnitudes added up;
//! [`SLACK`] of those magnitudes is taken off every bound. What is proved is
//! proved of the function that the file's f32 weights define, in exact
//! arithmetic; an executor's own rounding in f32 is not part of it.
//!
//! Tests: `tests/suite/certify.rs`.

mod backward;
mod ball;
mod bracket;
mod chain;
mod relax;

use backward::{Forms, Lines, Start, Wanted, carry, improve};
use ball::Surroundings;
use bracket::Bracket;
use chain::Chain;
use relax::{Curve, Relaxation};

use crate::code::Code;
use crate::count::counted;
use crate::model::Network;

/// Taken off every bound for rounding, relative to the magnitudes that were added up.
pub const SLACK: f64 = 1e-9;

/// Times that the tangents of a margin's form are moved in one trial.
const MOVES: usize = 4;
/// Share of the way that a tangent moves.
const PACE: f64 = 0.9;
/// Times that the tangents of an activation's argument are moved.
const INNER_MOVES: usize = 1;
/// Most trials of a radius.
const TRIALS: usize = 30;
/// Why nothing can be certified.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CertifyError {
    /// An operation that has no relaxation here.
    #[error(
        "node “{node}” is {what}; certified bounds are computed for chains of dense layers with \
         sigmoid, tanh, ReLU or Clip units"
    )]
    Unsupported {
        /// Name in the ONNX file.
        node: String,
        /// What it is.
        what: String,
    },
    /// The image has the wrong number of pixels.
    #[error("an image has {}, this one {actual}", counted(required, "pixel"))]
    WrongSize {
        /// Pixels that the network reads.
        required: usize,
        /// Pixels given.
        actual: usize,
    },
    /// A pixel outside [0, 1].
    #[error("pixel {pixel} is {value}, outside 0 to 1")]
    OutOfBox {
        /// Index of the pixel.
        pixel: usize,
        /// Its value.
        value: f32,
    },
    /// A class that does not exist.
    #[error("classes are 0 to {}, not {class}", classes - 1)]
    NoSuchClass {
        /// The class given.
        class: usize,
        /// How many there are.
        classes: usize,
    },
}

impl CertifyError {
    /// Stable name for programs.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            CertifyError::Unsupported { .. } => Code::CannotCertify,
            CertifyError::WrongSize { .. } => Code::WrongLength,
            CertifyError::OutOfBox { .. } => Code::OutOfBox,
            CertifyError::NoSuchClass { .. } => Code::NoSuchClass,
        }
    }
}

/// What is proved of one digit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Certificate {
    /// No `r` with `‖r‖₂` below this and `x+r` in [0, 1] changes the class; 0 where it is misread
    /// already, at most the diagonal of the box, `√n` for images of n pixels.
    pub radius: f64,
    /// The class that stands in the way of a larger radius; the class read where it is misread.
    pub rival: usize,
    /// Radii that were tried.
    pub trials: usize,
}

/// A network that is ready to be certified.
///
/// ```
/// use blindspots::digit::{PIXELS, idx};
/// use blindspots::import::{LoadOptions, load};
/// use blindspots::study::certify::Certifier;
///
/// let network = load(&std::fs::read("models/fc10-1.onnx")?, &LoadOptions::default())?;
/// let digits = idx::read_digits(
///     &std::fs::read("models/gallery-images-idx3-ubyte.gz")?,
///     &std::fs::read("models/gallery-labels-idx1-ubyte.gz")?,
/// )?;
/// let label = usize::from(digits.labels[0]);
/// let proved = Certifier::new(&network)?.certify(&digits.images[..PIXELS], label)?;
/// println!("no change shorter than {:.3} fools it", proved.radius);
/// # assert!(proved.radius > 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Certifier {
    chain: Chain,
}

impl Certifier {
    /// Prepares a network.
    ///
    /// # Errors
    /// [`CertifyError::Unsupported`] names the operation that stands in the way.
    pub fn new(network: &Network) -> Result<Certifier, CertifyError> {
        Ok(Certifier { chain: Chain::of(network)? })
    }

    /// Proves a lower bound on the distance of every misreading of an image of class `label`.
    ///
    /// `image` is `[pixels]` in [0, 1].
    ///
    /// # Errors
    /// Those of [`check`].
    pub fn certify(&self, image: &[f32], label: usize) -> Result<Certificate, CertifyError> {
        let mut search = self.search(image, label)?;
        while search.step() {}
        Ok(search.certificate())
    }

    /// The same in steps, for whoever has other things to do between them.
    ///
    /// # Errors
    /// Those of [`check`].
    pub fn search(&self, image: &[f32], label: usize) -> Result<Search<'_>, CertifyError> {
        check(image, label, self.chain.pixels, self.chain.classes)?;
        Ok(Search::new(&self.chain, image, label))
    }
}

/// Refuses what is no image of so many pixels, of one of so many classes.
///
/// # Errors
/// [`CertifyError::WrongSize`], [`CertifyError::OutOfBox`], [`CertifyError::NoSuchClass`].
pub fn check(
    image: &[f32],
    label: usize,
    pixels: usize,
    classes: usize,
) -> Result<(), CertifyError> {
    if image.len() != pixels {
        return Err(CertifyError::WrongSize { required: pixels, actual: image.len() });
    }
    if let Some(pixel) = image.iter().position(|v| !(0.0..=1.0).contains(v)) {
        return Err(CertifyError::OutOfBox { pixel, value: image[pixel] });
    }
    if label >= classes {
        return Err(CertifyError::NoSuchClass { class: label, classes });
    }
    Ok(())
}

/// One digit while its radius is looked for.
pub struct Search<'a> {
    chain: &'a Chain,
    near: Surroundings,
    /// The arguments of every activation and the logits.
    here: Vec<Vec<f64>>,
    /// What is read, where that is not the label.
    misread: Option<usize>,
    targets: Vec<usize>,
    /// `e_y − e_t`, `[targets, classes]`.
    margins: Vec<f64>,
    /// What is proved so far, a target.
    proved: Vec<f64>,
    /// Tangents that bounded the margins best at the last radius.
    wanted: Option<Wanted>,
    bracket: Bracket,
    trials: usize,
}

impl Search<'_> {
    fn new<'a>(chain: &'a Chain, image: &[f32], label: usize) -> Search<'a> {
        let (near, classes) = (Surroundings::new(image), chain.classes);
        let here = chain.forward(&near.image);
        let logits = here.last().map_or(&[][..], |z| z);
        let larger = |best: usize, k: usize| if logits[k] > logits[best] { k } else { best };
        let misread = Some((0..classes).fold(label, larger)).filter(|read| *read != label);
        let targets: Vec<usize> = (0..classes).filter(|k| *k != label).collect();
        let mut margins = vec![0.0; targets.len() * classes];
        for (row, target) in targets.iter().enumerate() {
            margins[row * classes + label] = 1.0;
            margins[row * classes + target] = -1.0;
        }
        let (proved, bracket) = (vec![0.0; targets.len()], Bracket::new(chain.pixels));
        let (wanted, trials) = (None, 0);
        Search { chain, near, here, misread, targets, margins, proved, wanted, bracket, trials }
    }

    /// Tries one more radius; whether another is worth it.
    pub fn step(&mut self) -> bool {
        if self.misread.is_some() {
            return false;
        }
        if self.chain.curves.is_empty() {
            // Linear: exact, without any ball.
            self.attempt(self.bracket.high.0);
            return false;
        }
        let radius = self.bracket.next();
        let distance = self.attempt(radius);
        self.bracket.narrow(radius, distance) && self.trials < TRIALS
    }

    /// How far the search has come at least, 0 to 1.
    #[must_use]
    pub fn fraction(&self) -> f32 {
        self.trials as f32 / TRIALS as f32
    }

    /// What is proved so far: the least over all targets.
    #[must_use]
    pub fn certificate(&self) -> Certificate {
        if let Some(rival) = self.misread {
            return Certificate { radius: 0.0, rival, trials: 0 };
        }
        let least = |a: (f64, usize), b: (f64, usize)| if b.0 < a.0 { b } else { a };
        let pairs = self.proved.iter().copied().zip(self.targets.iter().copied());
        let (radius, rival) = pairs.fold((f64::INFINITY, 0), least);
        Certificate { radius: radius * (1.0 - SLACK), rival, trials: self.trials }
    }

    /// What a radius proves; the least distance over all targets.
    fn attempt(&mut self, radius: f64) -> f64 {
        self.trials += 1;
        let rows = self.targets.len();
        let mut best = vec![0.0f64; rows];
        let plain = self.plain(radius, &mut best);
        let relaxed = self.relaxed(radius, &plain);
        let mut wanted = match self.wanted.take() {
            Some(wanted) => wanted,
            None => self.first_wanted(&relaxed, rows),
        };
        for step in 0..=MOVES {
            let lines = Lines::Wanted(&wanted);
            let forms = carry(self.chain, &relaxed, Start::Rows(&self.margins), lines);
            for (row, best) in best.iter_mut().enumerate() {
                let a = forms.row(row);
                *best = best.max(self.near.distance(a, forms.c[row] - slack(&forms, row)));
                if step < MOVES && !relaxed.is_empty() {
                    self.near.least(a, radius);
                    let worst: Vec<f64> = self.near.worst().collect();
                    improve(self.chain, &relaxed, &forms, (row, &worst), PACE, &mut wanted);
                }
            }
            if relaxed.is_empty() {
                break;
            }
        }
        self.wanted = Some(wanted);
        for (proved, distance) in self.proved.iter_mut().zip(&best) {
            *proved = proved.max(distance.min(radius));
        }
        best.into_iter().fold(f64::INFINITY, f64::min)
    }

    /// What the paper's lines prove of every margin, into `best`; the bounds of every layer's
    /// values and their negatives, in turns, that they come from.
    fn plain(&mut self, radius: f64, best: &mut [f64]) -> Vec<Vec<f64>> {
        let mut relaxed: Vec<Vec<Relaxation>> = Vec::new();
        let mut bounds = Vec::new();
        for curve in &self.chain.curves {
            let forms = carry(self.chain, &relaxed, Start::Units, Lines::Plain);
            let least: Vec<f64> = (0..forms.c.len())
                .map(|row| {
                    self.near.least(forms.row(row), radius) + forms.c[row] - slack(&forms, row)
                })
                .collect();
            relaxed.push(relaxations(*curve, &least));
            bounds.push(least);
        }
        let forms = carry(self.chain, &relaxed, Start::Rows(&self.margins), Lines::Plain);
        for (row, best) in best.iter_mut().enumerate() {
            let c = forms.c[row] - slack(&forms, row);
            *best = best.max(self.near.distance(forms.row(row), c));
        }
        bounds
    }

    /// Every activation between its lines, layer by layer, within what is known already.
    fn relaxed(&mut self, radius: f64, known: &[Vec<f64>]) -> Vec<Vec<Relaxation>> {
        let mut relaxed: Vec<Vec<Relaxation>> = Vec::new();
        for (curve, known) in self.chain.curves.iter().zip(known) {
            let mut least = self.least(&relaxed, radius);
            least.iter_mut().zip(known).for_each(|(least, known)| *least = least.max(*known));
            relaxed.push(relaxations(*curve, &least));
        }
        relaxed
    }

    /// Lower bounds on the values of the next layer and their negatives, in turns.
    fn least(&mut self, relaxed: &[Vec<Relaxation>], radius: f64) -> Vec<f64> {
        let rows = Start::Units.rows(self.chain, relaxed.len());
        let mut wanted = self.first_wanted(relaxed, rows);
        let mut best = vec![f64::NEG_INFINITY; rows];
        let moves = if relaxed.is_empty() { 0 } else { INNER_MOVES };
        for step in 0..=moves {
            let bounds = carry(self.chain, relaxed, Start::Units, Lines::Wanted(&wanted));
            for (row, best) in best.iter_mut().enumerate() {
                let a = bounds.row(row);
                let least = self.near.least(a, radius) + bounds.c[row] - slack(&bounds, row);
                *best = best.max(least);
                if step < moves {
                    let worst: Vec<f64> = self.near.worst().collect();
                    improve(self.chain, relaxed, &bounds, (row, &worst), PACE, &mut wanted);
                }
            }
        }
        best
    }

    /// Tangents at the digit itself.
    fn first_wanted(&self, relaxed: &[Vec<Relaxation>], rows: usize) -> Wanted {
        let of = |(layer, relaxations): (usize, &Vec<Relaxation>)| -> Vec<f64> {
            let row = relaxations.iter().zip(&self.here[layer]);
            let row: Vec<f64> = row.map(|(relaxation, z)| relaxation.first(*z)).collect();
            row.repeat(rows)
        };
        relaxed.iter().enumerate().map(of).collect()
    }
}

/// A layer's activations, from lower bounds on its values and their negatives, in turns.
fn relaxations(curve: Curve, least: &[f64]) -> Vec<Relaxation> {
    least.chunks_exact(2).map(|pair| Relaxation::new(curve, pair[0], -pair[1])).collect()
}

/// What rounding may have added to a row.
fn slack(forms: &Forms, row: usize) -> f64 {
    let a = forms.row(row);
    SLACK * (forms.size[row] + a.iter().map(|v| v.abs()).sum::<f64>())
}

#[cfg(test)]
mod tests;
