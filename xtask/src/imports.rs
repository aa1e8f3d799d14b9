//! Who imports whom: floors of the crate carry in one direction, and no file is in a circle.
//!
//! `rust` and `script` list what files import, `floors` and `circles` judge it.

mod circles;
mod floors;
mod import;
mod rust;
mod script;

use anyhow::{Result, bail};

use crate::{paths, say};

/// Fails with every import that goes up a floor and every circle of files.
pub(crate) fn check() -> Result<()> {
    let own = rust::imports(&paths::at("src/lib.rs"))?;
    let mut wrong = floors::violations(&paths::at("src"), &own);
    let web: Vec<_> =
        own.into_iter().filter(|import| import.from.starts_with(paths::at("src/web"))).collect();
    wrong.extend(circles::report("src/web", &web));
    wrong.extend(circles::report("xtask/src", &rust::imports(&paths::at("xtask/src/main.rs"))?));
    for folder in ["www/src/engine", "www/src/lab"] {
        wrong.extend(circles::report(folder, &script::imports(&paths::at(folder))?));
    }
    if wrong.is_empty() {
        say::line("\nNo import goes up, and no file is in a circle.");
        return Ok(());
    }
    bail!("{}", wrong.join("\n"))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    /// A folder of made-up files, gone with the test.
    pub(super) struct Files(PathBuf);

    impl Files {
        pub(super) fn new(name: &str, files: &[(&str, &str)]) -> Files {
            let top = std::env::temp_dir().join(format!("imports-{name}-{}", std::process::id()));
            for (path, text) in files {
                let file = top.join(path);
                fs::create_dir_all(file.parent().expect("a folder"))
                    .expect("a folder for the test");
                fs::write(file, text).expect("a file for the test");
            }
            Files(top)
        }

        pub(super) fn at(&self, path: &str) -> PathBuf {
            self.0.join(path)
        }

        /// As "a.rs:1 → b.rs".
        pub(super) fn written(&self, imports: &[super::import::Import]) -> Vec<String> {
            let short =
                |path: &Path| path.strip_prefix(&self.0).expect("below").display().to_string();
            let mut lines: Vec<String> = imports
                .iter()
                .map(|i| format!("{}:{} → {}", short(&i.from), i.line, short(&i.to)))
                .collect();
            lines.sort();
            lines
        }
    }

    impl Drop for Files {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}
