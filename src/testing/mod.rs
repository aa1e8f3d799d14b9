//! What tests inside the crate and the suite in `tests/suite` share: bundled
//! networks, the gallery of test digits, and the device.

pub(crate) mod device;

use std::path::PathBuf;
use std::sync::Arc;

use blindspots::attack::Problem;
use blindspots::digit::{PIXELS, idx};
use blindspots::import::{self, LoadOptions};
use blindspots::model::Network;

/// The folder of the bundled networks.
pub(crate) fn models() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models")
}

/// A bundled network by its name.
pub(crate) fn bundled(name: &str) -> Arc<Network> {
    let bytes = std::fs::read(models().join(format!("{name}.onnx"))).expect("it is bundled");
    Arc::new(import::load(&bytes, &LoadOptions::default()).expect("it loads"))
}

/// The hundred test digits that travel with the site.
pub(crate) struct Gallery {
    images: Vec<f32>,
    labels: Vec<usize>,
    /// Their places in MNIST's test set.
    indices: Vec<usize>,
}

/// Reads the gallery.
pub(crate) fn gallery() -> Gallery {
    let read = |name: &str| std::fs::read(models().join(name)).expect("the gallery is bundled");
    let digits = idx::read_digits(
        &read("gallery-images-idx3-ubyte.gz"),
        &read("gallery-labels-idx1-ubyte.gz"),
    )
    .expect("the gallery is valid");
    let json: serde_json::Value = serde_json::from_slice(&read("gallery.json")).expect("valid");
    let indices = json["indices"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|v| v.as_u64().expect("an index") as usize)
        .collect();
    let labels = digits.labels.into_iter().map(usize::from).collect();
    Gallery { images: digits.images, labels, indices }
}

impl Gallery {
    /// The digit at a place in MNIST's test set.
    pub(crate) fn at(&self, test_index: usize) -> &[f32] {
        let place = self.indices.iter().position(|i| *i == test_index);
        let place = place.expect("the digit is in the gallery");
        &self.images[place * PIXELS..][..PIXELS]
    }

    /// All images, `[100, 784]`.
    pub(crate) fn images(&self) -> &[f32] {
        &self.images
    }

    /// Their labels.
    pub(crate) fn labels(&self) -> &[usize] {
        &self.labels
    }

    /// The untargeted problem of a digit by its place in the gallery.
    pub(crate) fn problem(&self, place: usize) -> Problem {
        Problem {
            image: self.images[place * PIXELS..][..PIXELS].to_vec(),
            label: self.labels[place],
            target: None,
        }
    }
}
