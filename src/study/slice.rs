//! What a network reads on the line and the plane through an image and its
//! adversarial example.
//!
//! Szegedy et al. (2013) call the map from images to classes "fairly
//! discontinuous to a significant extent". A slice shows what that means. With
//! `r = x′ − x` and a random direction `d`, orthogonal to `r` and as long, its
//! points are
//!
//! ```text
//! x(a, b) = clip(x + a·r + b·d),   clip to [0, 1]
//! ```
//!
//! so `(0, 0)` is the original, `(1, 0)` the example, `b = 0` the line of the
//! attack and `a = 0` that of chance. Networks are shown images and nothing
//! else, hence the clipping; how far it moved a point is reported with the
//! point. Outputs are continuous along every such path: what jumps is the
//! class, where two probabilities cross.
//!
//! Tests: `tests/suite/slice.rs`.

use crate::attack::noise::gaussian;
use crate::attack::{self, AttackError, Distance, Observer, Progress};
use crate::code::Code;
use crate::exec::{ExecError, Executor};
use crate::study::pace::{self, Pace};

/// Why a slice could not be read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SliceError {
    /// What is sliced is no pair of images, or the network's answer no number.
    #[error(transparent)]
    Attack(#[from] AttackError),
    /// The original and the example are the same image.
    #[error("the two images are the same: there is no direction to look along")]
    NoDirection,
    /// Not a list of points.
    #[error("a slice is read at pairs of finite numbers, at least one; {0}")]
    BadPoints(String),
    /// The caller cancelled.
    #[error("the slice was cancelled")]
    Cancelled,
}

impl From<ExecError> for SliceError {
    fn from(error: ExecError) -> SliceError {
        SliceError::Attack(error.into())
    }
}

impl SliceError {
    /// Stable name for programs.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            SliceError::Attack(error) => error.code(),
            SliceError::NoDirection => Code::NoDirection,
            SliceError::BadPoints(_) => Code::BadOption,
            SliceError::Cancelled => Code::Aborted,
        }
    }
}

/// The plane through an image along a perturbation and a random direction.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    origin: Vec<f32>,
    along: Vec<f32>,
    aside: Vec<f32>,
}

/// What a network reads at points of a slice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Readings {
    /// Of each class, `[points, classes]`.
    pub probabilities: Vec<f32>,
    /// How far clipping moved each point, in lengths of `r`, `[points]`; 0 inside the box.
    pub clipped: Vec<f32>,
}

impl Slice {
    /// The plane through `image`, along `towards − image` and a random direction.
    ///
    /// The random direction is drawn as the noise that every attack is compared
    /// with: seeded Gaussian noise that points from `image` into the box, as `r`
    /// does. Then it is made orthogonal to `r` and as long.
    ///
    /// # Errors
    /// [`SliceError::Attack`] where one of the two is no image,
    /// [`SliceError::NoDirection`] where they do not differ.
    pub fn new(image: &[f32], towards: &[f32], seed: u64) -> Result<Slice, SliceError> {
        attack::check_image(0, image, image.len())?;
        attack::check_image(1, towards, image.len())?;
        let along = difference(towards, image);
        let squares = dot(&along, &along);
        if squares == 0.0 {
            return Err(SliceError::NoDirection);
        }
        let distortion = Distance::between(image, towards).distortion;
        let noise = difference(&gaussian(image, distortion, seed), image);
        let share = dot(&noise, &along) / squares;
        let rest: Vec<f64> = noise.iter().zip(&along).map(|(n, r)| n - share * r).collect();
        let longer = (squares / dot(&rest, &rest)).sqrt();
        Ok(Slice {
            origin: image.to_vec(),
            along: along.iter().map(|v| *v as f32).collect(),
            aside: rest.iter().map(|v| (longer * v) as f32).collect(),
        })
    }

    /// `r`, from the original to the example, `[pixels]`.
    #[must_use]
    pub fn along(&self) -> &[f32] {
        &self.along
    }

    /// `d`, the random direction, `[pixels]`; orthogonal to `r` and as long.
    #[must_use]
    pub fn aside(&self) -> &[f32] {
        &self.aside
    }

    /// The image at `[a, b]`, `[pixels]` in [0, 1].
    #[must_use]
    pub fn image(&self, at: [f32; 2]) -> Vec<f32> {
        self.straight(at).map(|v| v.clamp(0.0, 1.0)).collect()
    }

    /// Reads the points `at`, each `[a, b]`, in pieces; the observer may cancel between them.
    ///
    /// # Errors
    /// [`SliceError::BadPoints`] where there are none, or none that can be read;
    /// [`SliceError::Cancelled`]; what the executor reports.
    pub async fn read(
        &self,
        executor: &mut Executor,
        at: &[[f32; 2]],
        observer: &mut impl Observer,
    ) -> Result<Readings, SliceError> {
        check(at)?;
        let mut readings = Readings::default();
        let mut images = Vec::new();
        let (mut done, mut pace) = (0, Pace::new(pace::FIRST));
        while done < at.len() {
            let piece = &at[done..done + pace.begin(at.len() - done)];
            images.clear();
            for point in piece {
                images.extend(self.image(*point));
                readings.clipped.push(self.clipping(*point));
            }
            let (classes, output) = (executor.network().classes(), executor.network().output);
            let logits = executor.logits(&images).await?;
            for (index, logits) in logits.chunks_exact(classes).enumerate() {
                if logits.iter().any(|z| z.is_nan()) {
                    return Err(AttackError::NotANumber { index: done + index }.into());
                }
                readings.probabilities.extend(output.probabilities(logits));
            }
            done += piece.len();
            pace.end();
            let fraction = done as f32 / at.len() as f32;
            observer.progress(Progress { fraction, evaluations: done as u64, best: None });
            if done < at.len() && observer.pause().await {
                return Err(SliceError::Cancelled);
            }
        }
        Ok(readings)
    }

    /// `x + a·r + b·d`, wherever that is.
    fn straight(&self, [a, b]: [f32; 2]) -> impl Iterator<Item = f32> {
        let directions = self.along.iter().zip(&self.aside);
        self.origin.iter().zip(directions).map(move |(x, (r, d))| x + a * r + b * d)
    }

    /// How far clipping moves a point, in lengths of `r`.
    fn clipping(&self, at: [f32; 2]) -> f32 {
        let squares: f64 =
            self.straight(at).map(|v| f64::from(v - v.clamp(0.0, 1.0)).powi(2)).sum();
        let length: f64 = self.along.iter().map(|r| f64::from(*r).powi(2)).sum();
        (squares / length).sqrt() as f32
    }
}

fn check(at: &[[f32; 2]]) -> Result<(), SliceError> {
    if at.is_empty() {
        return Err(SliceError::BadPoints("there is none".into()));
    }
    match at.iter().position(|[a, b]| !(a.is_finite() && b.is_finite())) {
        Some(index) => Err(SliceError::BadPoints(format!("number {index} is {:?}", at[index]))),
        None => Ok(()),
    }
}

fn difference(image: &[f32], original: &[f32]) -> Vec<f64> {
    image.iter().zip(original).map(|(v, x)| f64::from(*v) - f64::from(*x)).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
