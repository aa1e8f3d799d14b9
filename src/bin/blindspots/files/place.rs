//! Where a path leads, and how what is there can be written.

use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// Links that are followed before they count as a circle, as by Linux.
const LINKS: usize = 40;

/// How a file is written.
#[derive(Debug, PartialEq)]
#[cfg_attr(not(unix), allow(dead_code, reason = "the streams have no names there"))]
pub(super) enum Way {
    /// It is standard output.
    Output,
    /// It is standard error.
    Errors,
    /// As it stands: a device, a pipe, or a file in a folder that takes no new ones.
    Straight,
    /// By another file that takes the name of this one, which is no link.
    Replaced(PathBuf),
}

impl Way {
    /// Looks how a file can be written; a reason where it cannot.
    pub(super) fn of(path: &Path) -> Result<Way, String> {
        match fs::metadata(path) {
            Ok(there) if there.is_dir() => Err("it is a folder".into()),
            Ok(there) => match standard(path, &there) {
                Some(way) => Ok(way),
                None if there.is_file() => old(path),
                None => Ok(Way::Straight),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => new(path),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// A file that is there.
fn old(path: &Path) -> Result<Way, String> {
    OpenOptions::new().write(true).open(path).map_err(|e| e.to_string())?;
    let file = fs::canonicalize(path).map_err(|e| e.to_string())?;
    let straight = path.starts_with("/dev/fd") || path.starts_with("/proc");
    let takes_new = || tempfile::tempfile_in(folder(&file)).is_ok();
    Ok(if !straight && takes_new() { Way::Replaced(file) } else { Way::Straight })
}

/// A file that is not there.
fn new(path: &Path) -> Result<Way, String> {
    let file = end_of_links(path);
    if file.as_os_str().as_encoded_bytes().last().is_some_and(|end| is_separator(*end)) {
        return Err("that is the name of a folder".into());
    }
    let folder = folder(&file);
    match fs::metadata(folder) {
        Ok(there) if !there.is_dir() => Err(format!("{} is no folder", folder.display())),
        Ok(_) => tempfile::tempfile_in(folder).map_err(|e| e.to_string()).map(|_| ()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(format!("there is no folder {}", folder.display()))
        }
        Err(error) => Err(error.to_string()),
    }?;
    Ok(Way::Replaced(file))
}

fn is_separator(byte: u8) -> bool {
    byte == b'/' || char::from(byte) == MAIN_SEPARATOR
}

/// Where a link leads at last, and those behind it.
fn end_of_links(path: &Path) -> PathBuf {
    let mut end = path.to_path_buf();
    for _ in 0..LINKS {
        match fs::read_link(&end) {
            Ok(next) => end = folder(&end).join(next),
            Err(_) => break,
        }
    }
    end
}

/// The folder in which a file is.
fn folder(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// An empty file beside another, with the rights of any new file.
pub(super) fn temporary(file: &Path) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(".blindspots-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder(file))
}

/// Which file a path means, however it is spelt.
#[derive(Debug, PartialEq)]
pub(super) enum Identity {
    /// One that is there, by device and number: links of both kinds are the same file.
    #[cfg(unix)]
    Number(u64, u64),
    /// Another, by its folder's one path and its name.
    Path(PathBuf),
}

impl Identity {
    /// None of devices and pipes, which can be read and written at once, and of what cannot be found.
    pub(super) fn of(path: &Path) -> Option<Identity> {
        match fs::metadata(path) {
            Ok(there) => there.is_file().then(|| Identity::there(path, &there))?,
            Err(_) => {
                let file = end_of_links(path);
                let folder = fs::canonicalize(folder(&file)).ok()?;
                Some(Identity::Path(folder.join(file.file_name()?)))
            }
        }
    }

    #[cfg(unix)]
    fn there(_: &Path, there: &Metadata) -> Option<Identity> {
        use std::os::unix::fs::MetadataExt as _;
        Some(Identity::Number(there.dev(), there.ino()))
    }

    #[cfg(not(unix))]
    fn there(path: &Path, _: &Metadata) -> Option<Identity> {
        fs::canonicalize(path).ok().map(Identity::Path)
    }
}

/// The way to one of the program's own streams, by its name or because it leads into this file.
#[cfg(unix)]
fn standard(path: &Path, there: &Metadata) -> Option<Way> {
    use std::os::fd::AsFd;

    let leads_here = |stream: &dyn AsFd| {
        let file = stream.as_fd().try_clone_to_owned().map(fs::File::from);
        let open = file.and_then(|file| file.metadata()).ok();
        there.is_file()
            && open.and_then(|open| Identity::there(path, &open)) == Identity::there(path, there)
    };
    let named = |names: [&str; 3]| names.iter().any(|name| path == Path::new(name));
    if named(["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]) || leads_here(&io::stdout()) {
        Some(Way::Output)
    } else if named(["/dev/stderr", "/dev/fd/2", "/proc/self/fd/2"]) || leads_here(&io::stderr()) {
        Some(Way::Errors)
    } else {
        None
    }
}

#[cfg(not(unix))]
fn standard(_: &Path, _: &Metadata) -> Option<Way> {
    None
}

/// Gives a new file the owner of the old one, where that is allowed.
#[cfg(unix)]
pub(super) fn keep_owner(new: &fs::File, old: &Metadata) {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let _ = fchown(new, Some(old.uid()), Some(old.gid()));
}

#[cfg(not(unix))]
pub(super) fn keep_owner(_: &fs::File, _: &Metadata) {}
