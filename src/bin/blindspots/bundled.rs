//! The networks that travel inside the program: those that `models/index.json` lists.

use std::path::Path;
use std::sync::LazyLock;

use blindspots::import::{self, ImportError, InputTransform, LoadOptions};
use blindspots::model::{Card, Network};
use include_dir::{Dir, include_dir};
use serde::Deserialize;

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/models");

/// One bundled network.
pub(crate) struct Bundled {
    /// Its name.
    pub(crate) name: &'static str,
    /// The ONNX file.
    pub(crate) onnx: &'static [u8],
    card: &'static [u8],
}

/// A row of the index.
#[derive(Deserialize)]
struct Row {
    name: String,
}

/// All of them, in the index's order. `tests/cli.rs` sees that none is left out.
pub(crate) static ALL: LazyLock<Vec<Bundled>> = LazyLock::new(|| {
    let rows: Vec<Row> = serde_json::from_slice(file("index.json")).unwrap_or_default();
    let bundled = |row: Row| {
        let (onnx, card) = (format!("{}.onnx", row.name), format!("{}.json", row.name));
        Bundled { name: row.name.leak(), onnx: file(&onnx), card: file(&card) }
    };
    rows.into_iter().map(bundled).collect()
});

/// The bytes of a file in `models/`; none where it is missing.
fn file(name: &str) -> &'static [u8] {
    FILES.get_file(name).map_or(&[], |file| file.contents())
}

impl Bundled {
    /// The network of a name.
    pub(crate) fn named(name: &Path) -> Option<&'static Bundled> {
        ALL.iter().find(|b| name.as_os_str() == b.name)
    }

    /// The network; its pixels are from 0 to 1.
    pub(crate) fn load(&self) -> Result<Network, ImportError> {
        let transform = Some(InputTransform::default());
        let options = LoadOptions { transform, ..LoadOptions::default() };
        import::load(self.onnx, &options)
    }

    /// What is known of it.
    pub(crate) fn card(&self) -> Result<Card, serde_json::Error> {
        serde_json::from_slice(self.card)
    }
}
