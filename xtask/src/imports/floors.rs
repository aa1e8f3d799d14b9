//! The floors of the crate: each stands on the ones below it and knows nothing of those above.

use std::path::Path;

use super::import::Import;

/// Every floor with what it may import, from the lowest up. `web` stands without `import`,
/// which the engine is compiled without; the command line, a crate of its own, may import all.
const FLOORS: [(&str, &[&str]); 15] = [
    ("clock", &[]),
    ("code", &[]),
    ("count", &[]),
    ("npy", &["count"]),
    ("numeric", &[]),
    ("ops", &["numeric"]),
    ("model", &["code", "count", "numeric", "ops"]),
    ("digit", &["code", "count", "model", "npy"]),
    ("exec", &["clock", "code", "count", "numeric", "ops", "model"]),
    ("import", &["clock", "code", "count", "numeric", "ops", "model", "digit", "exec"]),
    ("optim", &["clock", "numeric", "ops", "model", "exec"]),
    ("attack", &["clock", "code", "count", "numeric", "ops", "model", "exec", "optim"]),
    (
        "study",
        &["clock", "code", "count", "numeric", "ops", "model", "digit", "exec", "optim", "attack"],
    ),
    ("lesson", &["code", "count", "numeric", "model", "digit", "exec", "attack", "study"]),
    (
        "web",
        &[
            "clock", "code", "count", "numeric", "ops", "model", "digit", "exec", "optim",
            "attack", "study", "lesson",
        ],
    ),
];

/// A line for each import that goes up, and for each file that is on no floor.
pub(super) fn violations(src: &Path, imports: &[Import]) -> Vec<String> {
    imports.iter().filter_map(|import| violation(src, import)).collect()
}

fn violation(src: &Path, import: &Import) -> Option<String> {
    let (from, to) = (floor(src, &import.from)?, floor(src, &import.to)?);
    let Some((_, below)) = FLOORS.iter().find(|(name, _)| *name == from) else {
        return Some(format!("{import}: {from} is on no floor (xtask/src/imports/floors.rs)"));
    };
    let fine = from == to || below.contains(&&*to);
    (!fine).then(|| format!("{import}: {from} may not import {to}"))
}

/// The folder or file directly below `src`; `None` for the crate's root and for files elsewhere.
fn floor(src: &Path, file: &Path) -> Option<String> {
    let below = file.strip_prefix(src).ok()?;
    let first = Path::new(below.components().next()?.as_os_str()).file_stem()?.to_str()?;
    (first != "lib").then(|| first.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::{rust, tests::Files};
    use super::*;

    #[test]
    fn only_what_goes_up_is_reported_with_its_line() {
        let files = Files::new(
            "floors",
            &[
                (
                    "src/lib.rs",
                    "mod ops;\nmod exec;\nmod attack;\nmod cellar;\nuse attack::Attack;",
                ),
                ("src/ops/mod.rs", "pub struct Op;\n\nfn f() { crate::exec::run() }"),
                (
                    "src/exec.rs",
                    "use crate::ops::Op;\nmacro_rules! m { ($f:literal) => { include_str!($f) } }\nconst S: &str = m!(\"attack/a.wgsl\");\npub fn run() {}",
                ),
                (
                    "src/attack/mod.rs",
                    "use crate::exec::run;\nuse crate::ops::Op;\npub struct Attack;",
                ),
                ("src/attack/a.wgsl", ""),
                ("src/cellar.rs", "use crate::ops::Op;"),
            ],
        );
        let found = rust::imports(&files.at("src/lib.rs")).expect("it parses");
        let said = violations(&files.at("src"), &found);
        let ends = |line: &str, end: &str| assert!(line.ends_with(end), "{line}");
        assert_eq!(said.len(), 3, "{said:?}");
        ends(&said[0], "src/ops/mod.rs: cellar is on no floor (xtask/src/imports/floors.rs)");
        assert!(said[1].contains("src/exec.rs:3 → "), "{}", said[1]);
        ends(&said[1], "attack/a.wgsl: exec may not import attack");
        ends(&said[2], "ops may not import exec");
    }
}
