//! What TypeScript files import from files beside them.
//!
//! Prettier's layout is relied on, which the lint checks: an `import` or `export` begins a line, and
//! its `from "…";` ends one.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::import::Import;

/// All imports between the files of a folder, types included.
pub(super) fn imports(folder: &Path) -> Result<Vec<Import>> {
    let mut imports = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let from = entry?.path();
        if from.extension().is_none_or(|kind| kind != "ts") {
            continue;
        }
        let text = fs::read_to_string(&from).with_context(|| from.display().to_string())?;
        for (number, line) in text.lines().enumerate() {
            for name in named(line) {
                let name = name.split('?').next().unwrap_or(name).trim_start_matches("./");
                let to = folder.join(name).with_extension("ts");
                if to.is_file() {
                    imports.push(Import { from: from.clone(), line: number + 1, to });
                }
            }
        }
    }
    imports.sort();
    Ok(imports)
}

/// Files beside this one that a line imports.
fn named(line: &str) -> Vec<&str> {
    let mut names = Vec::new();
    if ["import ", "export ", "} from "].iter().any(|start| line.starts_with(start)) {
        let quoted = line.trim_end_matches(';').strip_suffix('"');
        names.extend(quoted.and_then(|line| line.rsplit('"').next()));
    }
    let code = line.split("//").next().unwrap_or(line);
    let dynamic = code.split("import(\"").skip(1).filter_map(|rest| rest.split('"').next());
    names.extend(dynamic.filter(|_| !line.trim_start().starts_with('*')));
    names.retain(|name| name.starts_with("./"));
    names
}

#[cfg(test)]
mod tests {
    use super::super::tests::Files;
    use super::*;

    #[test]
    fn imports_of_every_kind_are_found() {
        let a = "import { b } from \"./b.js\";\nimport type {\n  C,\n} from \"./c.js\";\nexport * from \"./b.js\";\nimport \"./c.js\";\nimport url from \"./b.ts?worker&url\";\n  const c = await import(\"./c.js\");\n";
        let comments = "// import { a } from \"./a.js\";\n * import(\"./a.js\")\nimport x from \"lit\";\nimport { far } from \"../a.js\";\nconst text = 'from \"./a.js\"';\n";
        let files = Files::new("script", &[("a.ts", a), ("b.ts", comments), ("c.ts", "")]);
        let found = imports(&files.at("")).expect("a folder");
        assert_eq!(
            files.written(&found),
            [
                "a.ts:1 → b.ts",
                "a.ts:4 → c.ts",
                "a.ts:5 → b.ts",
                "a.ts:6 → c.ts",
                "a.ts:7 → b.ts",
                "a.ts:8 → c.ts"
            ]
        );
    }
}
