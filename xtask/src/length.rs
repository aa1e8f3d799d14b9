//! Sources that are short enough to be read in one go.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::command::output;
use crate::{paths, say};

/// Lines that a file may have.
const MOST: usize = 400;

/// What sources end in.
const SOURCES: [&str; 6] = ["rs", "ts", "js", "mjs", "wgsl", "py"];

/// Files that may have more: what is generated, and lists of cases.
const LISTS: [&str; 9] = [
    "tests/browser/arguments.test.mjs",
    "tests/suite/support/cases.rs",
    "tests/suite/support/reference_ops.rs",
    "training/graphs.py",
    "www/src/engine/messages.ts",
    "www/src/languages/de.ts",
    "www/src/languages/es.ts",
    "www/src/languages/fr.ts",
    "www/src/languages/zh.ts",
];

/// Fails with every file that is too long, and every exception that none needs.
pub(crate) fn check() -> Result<()> {
    let listed = output(Command::new("git").current_dir(paths::at("")).args(["ls-files"]))?;
    let mut lengths = Vec::new();
    for name in listed.lines().filter(|name| is_source(name)) {
        let path = paths::at(name);
        // Deleted, and not yet committed.
        if path.exists() {
            let text = fs::read_to_string(&path).with_context(|| name.to_owned())?;
            lengths.push((name, text.lines().count()));
        }
    }
    let wrong = wrong(&lengths, &LISTS);
    if wrong.is_empty() {
        say::line(format_args!("\nNo source has more than {MOST} lines."));
        return Ok(());
    }
    bail!("{}", wrong.join("\n"))
}

fn is_source(name: &str) -> bool {
    let end = Path::new(name).extension().and_then(|end| end.to_str());
    end.is_some_and(|end| SOURCES.contains(&end))
}

fn wrong(lengths: &[(&str, usize)], lists: &[&str]) -> Vec<String> {
    let long: Vec<_> = lengths.iter().filter(|(_, lines)| *lines > MOST).collect();
    let unlisted = long.iter().filter(|(name, _)| !lists.contains(name)).map(|(name, lines)| {
        format!("{name} has {lines} lines, and may have {MOST}: part it where its subjects part")
    });
    let unneeded = lists
        .iter()
        .filter(|list| !long.iter().any(|(name, _)| name == *list))
        .map(|list| format!("{list} is named as long in xtask/src/length.rs, and is not"));
    unlisted.chain(unneeded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_files_and_unneeded_exceptions_are_named() {
        let lengths = [("a.rs", MOST), ("b.rs", MOST + 1), ("c.ts", MOST + 1), ("d.py", 1)];
        assert_eq!(wrong(&lengths[..1], &[]), [""; 0]);
        let wrong = wrong(&lengths, &["c.ts", "d.py"]);
        assert_eq!(wrong.len(), 2, "{wrong:?}");
        assert!(wrong[0].starts_with("b.rs has 401 lines"), "{}", wrong[0]);
        assert!(wrong[1].starts_with("d.py is named as long"), "{}", wrong[1]);
    }

    #[test]
    fn sources_are_told_by_their_names() {
        for (name, source) in
            [("src/lib.rs", true), ("a.test.mjs", true), ("README.md", false), ("data.json", false)]
        {
            assert_eq!(is_source(name), source, "{name}");
        }
    }
}
