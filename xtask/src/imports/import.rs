//! One import.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::repository::root;

/// A file that names another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Import {
    pub(super) from: PathBuf,
    pub(super) line: usize,
    pub(super) to: PathBuf,
}

impl fmt::Display for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |path: &Path| path.strip_prefix(root()).unwrap_or(path).to_owned();
        write!(f, "{}:{} → {}", short(&self.from).display(), self.line, short(&self.to).display())
    }
}
