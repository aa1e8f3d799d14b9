//! Where things are in the repository.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::command::{cargo, output};
use crate::repository::root;

/// A path below the root.
pub(crate) fn at(path: &str) -> PathBuf {
    root().join(path)
}

/// Where Cargo puts what it builds: asked of Cargo, because the environment and
/// any of its configuration files may name another folder than `target`.
pub(crate) fn target() -> &'static Path {
    #[derive(Deserialize)]
    struct Metadata {
        target_directory: PathBuf,
    }
    static TARGET: LazyLock<PathBuf> = LazyLock::new(|| {
        let metadata =
            output(cargo().args(["metadata", "--format-version", "1", "--no-deps", "--offline"]))
                .expect("the Cargo that started this program describes its workspace");
        let metadata: Metadata =
            serde_json::from_str(&metadata).expect("Cargo's metadata names the target folder");
        metadata.target_directory
    });
    &TARGET
}

/// The page's sources.
pub(crate) fn www() -> PathBuf {
    at("www")
}

/// The generated bindings that the page imports.
pub(crate) fn bindings() -> PathBuf {
    at("www/src/engine/wasm")
}

/// The browser tests.
pub(crate) fn browser_tests() -> PathBuf {
    at("tests/browser")
}

/// The browser's benches.
pub(crate) fn browser_benches() -> PathBuf {
    at("benches/browser")
}

/// The site for development, as served by `serve`.
pub(crate) fn served() -> PathBuf {
    target().join("site")
}

/// The optimised site.
pub(crate) fn dist() -> PathBuf {
    at("dist")
}
