//! The hundred digits that travel with the program.

use std::sync::{Arc, LazyLock};

use super::idx::{self, Digits};

static GALLERY: LazyLock<Arc<Digits>> = LazyLock::new(|| {
    let images = include_bytes!("../../models/gallery-images-idx3-ubyte.gz");
    let labels = include_bytes!("../../models/gallery-labels-idx1-ubyte.gz");
    let empty = Digits { images: Vec::new(), labels: Vec::new() };
    Arc::new(idx::read_digits(images, labels).unwrap_or(empty))
});

/// A hundred test digits of MNIST, the first ten of each class, in the test set's order.
#[must_use]
pub fn gallery() -> Arc<Digits> {
    Arc::clone(&GALLERY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_of_each_class_are_there() {
        let gallery = gallery();
        for class in 0..10 {
            assert_eq!(gallery.labels.iter().filter(|label| **label == class).count(), 10);
        }
        assert_eq!(gallery.images.len(), 100 * super::super::PIXELS);
    }
}
