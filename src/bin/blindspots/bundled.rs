//! The networks that travel inside the program.

use blindspots::model::Card;

/// One bundled network.
pub(crate) struct Bundled {
    /// Its name.
    pub(crate) name: &'static str,
    /// The ONNX file.
    pub(crate) onnx: &'static [u8],
    card: &'static str,
}

macro_rules! bundled {
    ($($name:literal),+ $(,)?) => {
        &[$(Bundled {
            name: $name,
            onnx: include_bytes!(concat!("../../../models/", $name, ".onnx")),
            card: include_str!(concat!("../../../models/", $name, ".json")),
        }),+]
    };
}

/// All of them, in the order of `models/index.json`.
pub(crate) const ALL: &[Bundled] = bundled![
    "fc10-1e-4",
    "fc10-1e-2",
    "fc10-1",
    "fc100-100-10",
    "fc200-200-10",
    "ae400-10",
    "fc100-100-10-p1",
    "fc123-456-10-p1",
    "fc100-100-10-p2",
    "fc100-100-10-hardened",
    "cnn",
    "cnn-robust",
];

impl Bundled {
    /// The network of a name.
    pub(crate) fn named(name: &str) -> Option<&'static Bundled> {
        ALL.iter().find(|b| b.name == name)
    }

    /// What is known of it.
    pub(crate) fn card(&self) -> Result<Card, serde_json::Error> {
        serde_json::from_str(self.card)
    }
}
