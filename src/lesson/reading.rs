//! What a network reads, in f64.

use super::known::Taken;
use super::{LessonError, NetworkReading};
use crate::attack::Observer;
use crate::exec::double;

/// The logits of one network for one image.
pub(super) struct Reading(Vec<f64>);

impl Reading {
    /// The first class that no other exceeds.
    pub(super) fn class(&self) -> u32 {
        let first =
            |best: usize, class: usize| if self.0[class] > self.0[best] { class } else { best };
        (0..self.0.len()).reduce(first).unwrap_or(0) as u32
    }

    /// By how much a class leads over all others; not a number where that cannot be said.
    fn lead(&self, label: u32) -> f64 {
        let Some(own) = self.0.get(label as usize) else { return f64::NAN };
        let others = self.0.iter().enumerate().filter(|(class, _)| *class != label as usize);
        let gap = |(_, other): (usize, &f64)| own - other;
        // A NaN stays one, where `min` would pass over it.
        others
            .map(gap)
            .fold(f64::INFINITY, |least, gap| if gap.is_nan() || gap < least { gap } else { least })
    }

    /// Whether the digit is read as what it is.
    pub(super) fn is_right(&self, label: u32) -> bool {
        self.lead(label) > 0.0
    }

    /// Whether another class leads over the label; neither this nor [`Reading::is_right`] where two
    /// are level.
    pub(super) fn is_wrong(&self, label: u32) -> bool {
        self.lead(label) < 0.0
    }
}

/// What networks read in an image, a reading each.
pub(super) async fn read_all(
    networks: &[Taken],
    image: &[f32],
    observer: &mut impl Observer,
) -> Result<Vec<Reading>, LessonError> {
    let mut readings = Vec::with_capacity(networks.len());
    for taken in networks {
        if observer.pause().await {
            return Err(LessonError::Cancelled);
        }
        readings.push(Reading(double::values(&taken.network, image)));
    }
    Ok(readings)
}

/// The networks with what they read, in the images' order.
pub(super) fn listed(networks: &[Taken], images: &[&[Reading]]) -> Vec<NetworkReading> {
    let each = networks.iter().enumerate();
    each.map(|(place, taken)| NetworkReading {
        name: taken.known.name.clone(),
        sha256: taken.known.sha256.clone(),
        reads: images.iter().map(|readings| readings[place].class()).collect(),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_level_is_read_neither_rightly_nor_wrongly() {
        let reading = |logits: &[f64]| Reading(logits.to_vec());
        let clear = reading(&[0.0, 3.0, 1.0]);
        assert!(clear.is_right(1) && !clear.is_wrong(1) && clear.class() == 1);
        assert!(clear.is_wrong(0) && !clear.is_right(0));
        let level = reading(&[0.0, 3.0, 3.0]);
        for label in [1, 2] {
            assert!(!level.is_right(label) && !level.is_wrong(label));
        }
        assert!(level.is_wrong(0) && level.class() == 1);
        for odd in [reading(&[f64::NAN; 3]), reading(&[0.0, f64::NAN, 1.0]), reading(&[])] {
            assert!((0..4).all(|label| !odd.is_right(label)), "{:?}", odd.0);
        }
        assert!(!reading(&[f64::NAN; 3]).is_wrong(1) && !clear.is_right(3) && !clear.is_wrong(3));
    }
}
