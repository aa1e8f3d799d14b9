//! Where things are in the repository.

use std::path::{Path, PathBuf};

/// The repository's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the repository")
}

/// A path below the root.
pub(crate) fn at(path: &str) -> PathBuf {
    root().join(path)
}

/// Where Cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => at("target"),
    }
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
