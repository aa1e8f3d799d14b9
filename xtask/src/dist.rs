//! The site as one file, to be unpacked into a folder of a course site.

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::wasm::Profile;
use crate::{paths, say, site};

/// What the file is called.
const NAME: &str = "blindspots-site.zip";

/// Builds the optimised site in `dist/` and packs it.
pub(crate) fn run() -> Result<()> {
    site::assemble(Profile::Optimised, &paths::dist())?;
    let archive = paths::target().join(NAME);
    let bytes = pack(&paths::dist())?;
    fs::write(&archive, &bytes).with_context(|| archive.display().to_string())?;
    say::line(format_args!(
        "\n{} ({} bytes): unpack it into a folder of a static host",
        archive.display(),
        bytes.len()
    ));
    Ok(())
}

/// A site's files as a ZIP archive. The same files make the same bytes: they lie in the order of their names, and
/// none has a time of its own.
fn pack(site: &Path) -> Result<Vec<u8>> {
    let files = site::files(site)?;
    ensure!(files.contains_key("index.html"), "{} holds no index.html", site.display());
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, path) in files {
        archive.start_file(name, options)?;
        archive.write_all(&fs::read(&path).with_context(|| path.display().to_string())?)?;
    }
    Ok(archive.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Read as _;
    use std::path::Component;

    use tempfile::TempDir;
    use zip::ZipArchive;

    use super::*;

    const FILES: [(&str, &[u8]); 5] = [
        ("models/t10k.gz", &[0x1f, 0x8b, 0, 255]),
        ("index.html", b"<!doctype html>"),
        ("assets/deep/er.js", b"export {};"),
        ("assets/engine.wasm", &[7; 10_000]),
        ("empty.txt", b""),
    ];

    /// A folder with these files, written in this order.
    fn folder(files: &[(&str, &[u8])]) -> TempDir {
        let folder = TempDir::new().expect("there is room for a folder");
        for (name, bytes) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("it lies in the folder")).expect("a folder");
            fs::write(path, bytes).expect("a file");
        }
        folder
    }

    fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
        pack(folder(files).path()).expect("the files can be packed")
    }

    /// Names and bytes, in the archive's order.
    fn unpacked(archive: Vec<u8>) -> Vec<(String, Vec<u8>)> {
        let mut archive = ZipArchive::new(Cursor::new(archive)).expect("it is an archive");
        (0..archive.len())
            .map(|at| {
                let mut file = archive.by_index(at).expect("it has a file there");
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes).expect("it can be unpacked");
                (file.name().expect("its name is text").into_owned(), bytes)
            })
            .collect()
    }

    #[test]
    fn it_holds_every_file_under_its_relative_name() {
        let files = unpacked(packed(&FILES));
        let wanted = FILES.map(|(name, bytes)| (name.to_owned(), bytes.to_vec()));
        assert_eq!(BTreeMap::from(wanted).into_iter().collect::<Vec<_>>(), files);
        for (name, _) in files {
            let mut parts = Path::new(&name).components();
            assert!(parts.all(|part| matches!(part, Component::Normal(_))), "{name}");
            assert!(!name.contains('\\'), "{name}");
        }
    }

    #[test]
    fn it_is_smaller_than_its_files() {
        assert!(packed(&FILES).len() < 2_000);
    }

    #[test]
    fn the_same_files_make_the_same_bytes() {
        let mut backwards = FILES;
        backwards.reverse();
        assert_eq!(packed(&FILES), packed(&backwards));
        // The control: one other byte.
        let mut other = FILES;
        other[1].1 = b"<!doctype htmL>";
        assert_ne!(packed(&FILES), packed(&other));
    }

    #[test]
    fn a_folder_that_is_no_site_is_refused() {
        let said =
            pack(folder(&[("site/index.html", b"")]).path()).expect_err("no page at the top");
        assert!(said.to_string().contains("index.html"), "{said}");
    }
}
