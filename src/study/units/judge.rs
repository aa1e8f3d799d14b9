//! Two-alternative forced choice: which of two rows of images is the unit's?
//!
//! The paper (section 3) lets the reader look. The judge here is a nearest
//! exemplar one, after the theory of how people sort things into categories
//! they know by examples (Nosofsky, 1986):
//!
//! - A row is described by what its images share and where they differ: the
//!   mean and the standard deviation of every pixel over the row, two numbers a pixel.
//! - Trial `i` shows the row of unit `i` and that of direction `i`. The judge
//!   knows the rows of all **other** units and directions, and which they are.
//! - It calls that row the unit's whose distance to the nearest exemplar of a
//!   direction, less its distance to the nearest exemplar of a unit, is larger;
//!   distances are Euclidean, a tie is left to a coin.
//!
//! If units and directions were alike, every trial would succeed with
//! probability ½, whatever the other rows are: the two of a trial could be exchanged.

use rand_pcg::Pcg32;

use super::statistics::{Proportion, below};
use super::{Portrait, UnitsError};
use crate::attack::Observer;
use crate::numeric::vector::squared_distance;

/// What a judge sees of a row: the mean and the standard deviation of each pixel
/// of images `[n, pixels]`.
#[must_use]
pub fn description(portrait: &Portrait, images: &[f32], pixels: usize) -> Vec<f32> {
    let count = portrait.top.len().max(1) as f32;
    let (mut means, mut squares) = (vec![0.0f32; pixels], vec![0.0f32; pixels]);
    for ranked in &portrait.top {
        let image = &images[ranked.image * pixels..][..pixels];
        for ((mean, square), v) in means.iter_mut().zip(&mut squares).zip(image) {
            *mean += v / count;
            *square += v * v / count;
        }
    }
    for (square, mean) in squares.iter_mut().zip(&means) {
        *square = (*square - mean * mean).max(0.0).sqrt();
    }
    means.extend(squares);
    means
}

/// Lets the judge decide between unit `i` and direction `i`, for all that there are of both.
///
/// `units` and `directions` are descriptions of rows.
///
/// # Errors
/// [`UnitsError::Cancelled`] when the observer says so.
pub async fn forced_choice(
    units: &[Vec<f32>],
    directions: &[Vec<f32>],
    generator: &mut Pcg32,
    observer: &mut impl Observer,
) -> Result<Proportion, UnitsError> {
    let trials = units.len().min(directions.len());
    let mut hits = 0;
    for trial in 0..trials {
        if observer.pause().await {
            return Err(UnitsError::Cancelled);
        }
        let likeness = |row: &[f32]| {
            nearest(row, &directions[..trials], trial) - nearest(row, &units[..trials], trial)
        };
        let (unit, direction) = (likeness(&units[trial]), likeness(&directions[trial]));
        // A single trial has no exemplars: both are NaN, which is a tie.
        let coin = below(2, generator) == 0;
        hits +=
            usize::from(if unit == direction || unit.is_nan() { coin } else { unit > direction });
    }
    Ok(Proportion::new(hits, trials))
}

/// Distance to the nearest exemplar other than that of a trial.
fn nearest(row: &[f32], exemplars: &[Vec<f32>], except: usize) -> f32 {
    let others = exemplars.iter().enumerate().filter(|(index, _)| *index != except);
    others.map(|(_, e)| squared_distance(row, e)).fold(f32::INFINITY, f32::min).sqrt()
}
