//! What is finished of work that a signal ends, in a file beside the one that was wanted: `FILE.part`.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::place::{self, Way};
use super::{fill, unwritable};
use crate::failure::Failure;

/// A file for what is finished.
#[derive(Clone)]
pub(crate) struct PartFile {
    path: PathBuf,
}

impl PartFile {
    /// The one beside a wanted file; none where that is a device, a pipe, or in a folder that takes no
    /// new files.
    pub(super) fn beside(way: &Way) -> Option<PartFile> {
        let Way::Replaced(file) = way else { return None };
        let mut name = OsString::from(file);
        name.push(".part");
        Some(PartFile { path: name.into() })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What an earlier run left there; `None` where nothing is.
    pub(crate) fn read(&self) -> Result<Option<Vec<u8>>, Failure> {
        match fs::read(&self.path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::Work(format!("{}: {error}", self.path.display()))),
        }
    }

    /// Writes it whole, in the place of an old one.
    pub(crate) fn write(
        &self,
        content: impl Fn(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let write = || {
            let new = place::temporary(&self.path)?;
            fill(new.as_file(), &self.path, content)?;
            new.persist(&self.path).map_err(|failed| failed.error).map(|_| ())
        };
        write().map_err(|error: io::Error| unwritable(&self.path, error))
    }

    /// Writes a value as indented JSON.
    pub(crate) fn write_json(&self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).map_err(|e| e.to_string())?;
        self.write(|out| writeln!(out, "{text}"))
    }

    /// Removes it, once all is finished.
    pub(crate) fn remove(&self) {
        // What is left behind is found, and said, by the next run.
        let _ = fs::remove_file(&self.path);
    }
}
