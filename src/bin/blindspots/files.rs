//! The files that commands write: looked at before the work, replaced whole after it.
//!
//! New content goes to a temporary file beside the old one, which is renamed when it is complete: a
//! full disk or Ctrl-C leaves what was there. Links stay links. Devices and pipes are written
//! straight, and so is an old file whose folder takes no new ones.

mod part;
mod place;

use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tempfile::NamedTempFile;

use crate::args::refusal;
use crate::failure::Failure;
use crate::output;
pub(crate) use part::PartFile;
use place::{Identity, Way};

/// A file that is to be written.
pub(crate) struct Wanted {
    /// Its place in the list of all.
    index: usize,
    path: PathBuf,
    way: Way,
}

/// What is known of a wanted file outside the command that writes it.
struct Entry {
    option: &'static str,
    path: PathBuf,
    /// Which file it is, other than a device or a pipe.
    identity: Option<Identity>,
    /// Whether there is an old one.
    old: bool,
    state: State,
}

/// How far the writing is.
enum State {
    Untouched,
    /// It is being written, in this temporary file or straight.
    Begun(Option<PathBuf>),
    Written,
}

static WANTED: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

fn entries() -> MutexGuard<'static, Vec<Entry>> {
    WANTED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Looks whether the file of an option can be written, and keeps it from being read as well.
pub(crate) fn wanted(option: &'static str, path: Option<&Path>) -> Result<Option<Wanted>, Failure> {
    let Some(path) = path else { return Ok(None) };
    let way = Way::of(path).map_err(|reason| unwritable(path, reason))?;
    let identity = Identity::of(path);
    let mut entries = entries();
    let twin = entries.iter().find(|other| identity.is_some() && other.identity == identity);
    if let Some(twin) = twin {
        return Err(refusal(format!(
            "{} and {option} name the same file, {}",
            twin.option,
            path.display()
        )));
    }
    if matches!(way, Way::Output) {
        output::take();
    }
    let old = path.exists();
    entries.push(Entry { option, path: path.into(), identity, old, state: State::Untouched });
    Ok(Some(Wanted { index: entries.len() - 1, path: path.into(), way }))
}

/// The bytes of a file that is none of those to be written.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    read_if(path, 0, |_| true)
}

/// The same of a file whose first bytes are as they should be; of another, these bytes alone: it may
/// have no end.
pub(crate) fn read_if(
    path: &Path,
    first: u64,
    wanted: impl FnOnce(&[u8]) -> bool,
) -> Result<Vec<u8>, Failure> {
    distinct(path)?;
    let read = || {
        let mut bytes = Vec::new();
        let mut file = File::open(path)?;
        (&mut file).take(first).read_to_end(&mut bytes)?;
        if wanted(&bytes) {
            file.read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    };
    read().map_err(|e: io::Error| Failure::Work(format!("{}: {e}", path.display())))
}

/// Refuses a file that is read and to be written.
pub(crate) fn distinct(path: &Path) -> Result<(), Failure> {
    let identity = Identity::of(path);
    let entries = entries();
    match entries.iter().find(|other| identity.is_some() && other.identity == identity) {
        None => Ok(()),
        Some(Entry { option, path: output, .. }) => Err(refusal(format!(
            "{option} {} would overwrite {}, which is read",
            output.display(),
            path.display()
        ))),
    }
}

fn unwritable(path: &Path, reason: impl std::fmt::Display) -> Failure {
    Failure::Work(format!("{} cannot be written: {reason}", path.display()))
}

impl Wanted {
    /// Writes a value as indented JSON.
    pub(crate) fn write_json(&self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).map_err(|e| e.to_string())?;
        self.write(|out| writeln!(out, "{text}"))
    }

    /// Writes the file; `content` is asked again where a first way to write is barred.
    pub(crate) fn write(
        &self,
        content: impl Fn(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let written = match &self.way {
            Way::Output => {
                output::raw(content);
                Ok(())
            }
            Way::Errors => content(&mut io::stderr()),
            Way::Straight => self.straight(content),
            Way::Replaced(file) => self.replace(file, content),
        };
        written.map_err(|e| unwritable(&self.path, e))?;
        self.set(State::Written);
        Ok(())
    }

    /// The file beside it for what is finished where a signal ends the work.
    pub(crate) fn part(&self) -> Option<PartFile> {
        PartFile::beside(&self.way)
    }

    fn set(&self, state: State) {
        entries()[self.index].state = state;
    }

    fn straight(&self, content: impl Fn(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let mut out = BufWriter::new(File::create(&self.path)?);
        self.set(State::Begun(None));
        content(&mut out)?;
        out.flush()
    }

    fn replace(
        &self,
        file: &Path,
        content: impl Fn(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let new = self.temporary(file)?;
        let done = fill(new.as_file(), file, &content);
        // Held until the list says how it went, so that Ctrl-C tells the truth.
        let mut entries = entries();
        entries[self.index].state = State::Untouched;
        done?;
        if new.persist(file).is_ok() {
            entries[self.index].state = State::Written;
            return Ok(());
        }
        drop(entries);
        // Such as a file that is mounted by itself.
        self.straight(content)
    }

    /// An empty file beside the one that it will be.
    fn temporary(&self, file: &Path) -> io::Result<NamedTempFile> {
        let mut entries = entries();
        let new = place::temporary(file)?;
        entries[self.index].state = State::Begun(Some(new.path().into()));
        Ok(new)
    }
}

/// Writes a new file whole, onto the disk, with the owner and the rights of the old one.
fn fill(
    new: &File,
    old: &Path,
    content: impl Fn(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut out = BufWriter::new(new);
    content(&mut out)?;
    out.flush()?;
    if let Ok(old) = fs::metadata(old) {
        place::keep_owner(new, &old);
        new.set_permissions(old.permissions())?;
    }
    new.sync_all()
}

/// Ends all writing: removes what is incomplete, and tells what became of each file.
pub(crate) fn give_up() -> String {
    let entries = entries();
    let fates = entries.iter().map(|Entry { path, old, state, .. }| {
        if let State::Begun(Some(temporary)) = state {
            let _ = fs::remove_file(temporary);
        }
        let fate = match state {
            State::Written => "is written",
            State::Begun(None) => "is incomplete",
            _ if *old => "is as it was",
            _ => "was not written",
        };
        format!("{} {fate}", path.display())
    });
    let fates: Vec<String> = fates.collect();
    // Nothing is renamed from here on.
    std::mem::forget(entries);
    if fates.is_empty() { "nothing was written".into() } else { fates.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_half_written_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        fs::write(at("old"), "old").expect("written");
        let file = |name: &str| {
            let file = wanted("--json", Some(&at(name))).expect("it can be written");
            file.expect("it is wanted")
        };
        let (done, begun, untouched, old) = (file("done"), file("begun"), file("new"), file("old"));
        done.write(|out| out.write_all(b"done")).expect("written");
        for half in [&begun, &old] {
            let Way::Replaced(path) = &half.way else { panic!("{:?} is replaced", half.way) };
            let (_, kept) = half.temporary(path).expect("it is made").keep().expect("it is kept");
            fs::write(kept, "half").expect("written");
        }
        let count = || fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(count(), 4, "two are whole, two are begun");

        let fates = [
            (&done, "is written"),
            (&begun, "was not written"),
            (&untouched, "was not written"),
            (&old, "is as it was"),
        ];
        let fates = fates.map(|(file, fate)| format!("{} {fate}", file.path.display()));
        assert_eq!(give_up(), fates.join(", "));
        assert_eq!(count(), 2, "what was begun is gone");
        assert_eq!(fs::read(at("done")).expect("there"), b"done");
        assert_eq!(fs::read(at("old")).expect("there"), b"old");
    }
}
