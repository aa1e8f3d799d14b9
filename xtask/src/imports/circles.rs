//! Files that import each other, directly or by way of others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::import::Import;

/// A paragraph for each circle, with the imports that make it.
pub(super) fn report(place: &str, imports: &[Import]) -> Vec<String> {
    let written = |circle: Vec<&Import>| {
        let lines: String = circle.iter().map(|import| format!("\n  {import}")).collect();
        format!("{place} has a circle of files:{lines}")
    };
    circles(imports).into_iter().map(written).collect()
}

/// The imports within each strongly connected component of more than one file.
fn circles(imports: &[Import]) -> Vec<Vec<&Import>> {
    let mut next: BTreeMap<&Path, Vec<&Path>> = BTreeMap::new();
    for import in imports {
        next.entry(&import.from).or_default().push(&import.to);
    }
    let reached = |from: &'_ Path| {
        let mut seen: BTreeSet<&Path> = BTreeSet::new();
        let mut open: Vec<&Path> = next.get(from).cloned().unwrap_or_default();
        while let Some(file) = open.pop() {
            if seen.insert(file) {
                open.extend(next.get(file).into_iter().flatten());
            }
        }
        seen
    };
    let reach: BTreeMap<&Path, BTreeSet<&Path>> =
        next.keys().map(|file| (*file, reached(file))).collect();
    let goes = |from: &Path, to: &Path| reach.get(from).is_some_and(|all| all.contains(to));
    let mut circles: Vec<Vec<&Import>> = Vec::new();
    for import in imports.iter().filter(|import| goes(&import.to, &import.from)) {
        // Every import of a circle comes back to its first one.
        let same = |circle: &&mut Vec<&Import>| {
            let first = &circle[0].from;
            *first == import.from || (goes(first, &import.from) && goes(&import.from, first))
        };
        match circles.iter_mut().find(same) {
            Some(circle) => circle.push(import),
            None => circles.push(vec![import]),
        }
    }
    circles
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&str, &str)]) -> Vec<Import> {
        let import =
            |(from, to): &(&str, &str)| Import { from: from.into(), line: 1, to: to.into() };
        edges.iter().map(import).collect()
    }

    #[test]
    fn circles_are_told_from_chains_and_from_each_other() {
        let chain = graph(&[("a", "b"), ("b", "c"), ("a", "c")]);
        assert_eq!(report("x", &chain), [""; 0]);
        let two = graph(&[("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("d", "e"), ("e", "d")]);
        assert_eq!(
            report("x", &two),
            [
                "x has a circle of files:\n  a:1 → b\n  b:1 → c\n  c:1 → a",
                "x has a circle of files:\n  d:1 → e\n  e:1 → d",
            ]
        );
    }
}
