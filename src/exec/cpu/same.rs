//! Lanes that are shown the same image: it goes forward once for all of them.
//!
//! An attack on several targets begins so. Only neighbouring lanes are compared,
//! and only until the first pixel that differs.

/// Which lanes share an image; buffers are kept between batches.
#[derive(Debug, Default)]
pub(super) struct Same {
    /// For every lane, the place of its image in `images`.
    place: Vec<usize>,
    /// The images, each once where neighbours share it.
    images: Vec<f32>,
}

impl Same {
    /// Compares the lanes of a batch `[lanes, pixels]`; whether any two neighbours share an image.
    pub(super) fn found_in(&mut self, batch: &[f32], pixels: usize) -> bool {
        self.place.clear();
        let mut before: &[f32] = &[];
        for image in batch.chunks_exact(pixels) {
            let next = self.place.last().map_or(0, |last| last + usize::from(image != before));
            self.place.push(next);
            before = image;
        }
        let shared = self.place.last().is_some_and(|last| last + 1 < self.place.len());
        if shared {
            self.images.clear();
            for (lane, image) in batch.chunks_exact(pixels).enumerate() {
                if lane == 0 || self.place[lane] != self.place[lane - 1] {
                    self.images.extend_from_slice(image);
                }
            }
        }
        shared
    }

    /// The images that go forward, `[images, pixels]`.
    pub(super) fn images(&self) -> &[f32] {
        &self.images
    }

    /// Gives every lane the values of its image: `[images, size]` becomes `[lanes, size]`.
    pub(super) fn spread(&self, values: &mut Vec<f32>, size: usize) {
        values.resize(self.place.len() * size, 0.0);
        // From behind, because no lane stands before its image.
        for (lane, place) in self.place.iter().enumerate().rev() {
            values.copy_within(place * size..(place + 1) * size, lane * size);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIXELS: usize = 5;

    fn batch(shades: &[f32]) -> Vec<f32> {
        shades.iter().flat_map(|shade| vec![*shade; PIXELS]).collect()
    }

    #[test]
    fn values_go_to_every_lane_that_shows_the_image() {
        let mut same = Same::default();
        assert!(same.found_in(&batch(&[0.1, 0.1, 0.2, 0.1, 0.1, 0.1]), PIXELS));
        assert_eq!(same.images(), batch(&[0.1, 0.2, 0.1]));
        let mut values = vec![1.0, -1.0, 2.0, -2.0, 3.0, -3.0];
        same.spread(&mut values, 2);
        assert_eq!(values, [1., -1., 1., -1., 2., -2., 3., -3., 3., -3., 3., -3.]);
    }

    #[test]
    fn images_that_differ_in_one_pixel_are_not_the_same() {
        let mut same = Same::default();
        let mut images = batch(&[0.1, 0.1]);
        images[2 * PIXELS - 1] += 0.1;
        assert!(!same.found_in(&images, PIXELS));
        assert!(!same.found_in(&batch(&[0.1]), PIXELS));
        assert!(!same.found_in(&[], PIXELS));
    }
}
