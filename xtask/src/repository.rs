//! The repository's root, which all else is found from.

use std::path::Path;

/// The folder that holds `xtask`.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the repository")
}
