//! The static site: page, engine and models in one folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use crate::command::{package_bin, run};
use crate::wasm::{self, Profile};
use crate::{data, gzip, paths, say, setup};

/// The optimised site in `dist/`, with a word on its size.
pub(crate) fn build() -> Result<()> {
    assemble(Profile::Optimised, &paths::dist())?;
    report(&paths::dist())
}

/// Builds everything into a folder, which is emptied first.
pub(crate) fn assemble(profile: Profile, folder: &Path) -> Result<()> {
    setup::packages(&paths::www())?;
    wasm::build(profile)?;
    // The scripts carry the hashes of the site's files, so those come first.
    let models = paths::target().join("models");
    gather_models(&models)?;
    let mut vite = package_bin(&paths::www(), "vite");
    vite.args(["build", "--emptyOutDir", "--outDir"]).arg(folder);
    run(vite.env("MODELS", &models))?;
    copy_files(&models, &folder.join("models"))
}

/// All that a site serves from `models/`: the networks, packed because many hosts compress nothing,
/// their cards, the gallery, MNIST's test digits.
fn gather_models(to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_dir_all(to).with_context(|| to.display().to_string())?;
    }
    copy_files(&paths::at("models"), to)?;
    let mut networks = 0;
    for (name, path) in files(to)? {
        if path.extension().is_some_and(|kind| kind == "onnx") {
            gzip::pack(&path, &to.join(format!("{name}.gz")))?;
            fs::remove_file(&path)?;
            networks += 1;
        }
    }
    ensure!(networks > 0, "models/ holds no ONNX file");
    pack_test_digits(to)
}

/// Copies the files of a folder, without its folders.
fn copy_files(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// MNIST's test digits, gzipped: the page fetches them for experiments on many digits.
fn pack_test_digits(to: &Path) -> Result<()> {
    data::fetch()?;
    for name in data::TEST_FILES {
        gzip::pack(&data::folder().join(name), &to.join(format!("{name}.gz")))?;
    }
    Ok(())
}

/// Prints each file's size, as it is and gzipped.
fn report(folder: &Path) -> Result<()> {
    let mut sizes = Vec::new();
    for (name, path) in files(folder)? {
        let bytes = fs::read(path)?;
        sizes.push((name, bytes.len(), gzip::packed(&bytes)?.len()));
    }
    sizes.sort_by_key(|file| std::cmp::Reverse(file.1));
    say::line(format_args!("\n{:>12} {:>12}  {}", "bytes", "gzipped", folder.display()));
    for (name, raw, gzipped) in &sizes {
        say::line(format_args!("{raw:>12} {gzipped:>12}  {name}"));
    }
    let (raw, gzipped) = sizes.iter().fold((0, 0), |sum, file| (sum.0 + file.1, sum.1 + file.2));
    say::line(format_args!("{raw:>12} {gzipped:>12}  in all, {} files", sizes.len()));
    Ok(())
}

/// Every file below a folder, with its name from there, parts divided by slashes, in the order of names.
pub(crate) fn files(folder: &Path) -> Result<BTreeMap<String, PathBuf>> {
    fn collect(prefix: &str, folder: &Path, files: &mut BTreeMap<String, PathBuf>) -> Result<()> {
        for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            let own = path.file_name().and_then(|name| name.to_str());
            let own = own.with_context(|| format!("{} is no Unicode name", path.display()))?;
            let name = format!("{prefix}{own}");
            if path.is_dir() {
                collect(&format!("{name}/"), &path, files)?;
            } else {
                files.insert(name, path);
            }
        }
        Ok(())
    }
    let mut found = BTreeMap::new();
    collect("", folder, &mut found)?;
    Ok(found)
}
