//! What the files of a crate import: `use` and paths in code, also within macros, and files that are
//! included. Tests (`#[cfg(test)]`) and comments are left out.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree};

use super::import::Import;

/// A module's path below the crate, `["exec", "cpu"]`.
type Name = Vec<String>;

/// All imports from one file of a crate to another; `root` is its `lib.rs` or `main.rs`.
pub(super) fn imports(root: &Path) -> Result<Vec<Import>> {
    let mut tree = Tree::default();
    tree.add(root.to_owned(), root.with_file_name(""), Name::new())?;
    let mut imports = Vec::new();
    for (module, file, ast) in &tree.parsed {
        let mut reader =
            Reader { files: &tree.files, module: module.clone(), file, found: Vec::new() };
        reader.visit_file(ast);
        imports.append(&mut reader.found);
    }
    imports.sort();
    imports.dedup();
    Ok(imports)
}

/// The modules of a crate, found as the compiler finds them.
#[derive(Default)]
struct Tree {
    files: BTreeMap<Name, PathBuf>,
    parsed: Vec<(Name, PathBuf, syn::File)>,
}

impl Tree {
    /// Adds a file and the modules it declares, whose files are below `folder`.
    fn add(&mut self, file: PathBuf, folder: PathBuf, name: Name) -> Result<()> {
        let at = || file.display().to_string();
        let ast = syn::parse_file(&fs::read_to_string(&file).with_context(at)?).with_context(at)?;
        self.files.insert(name.clone(), file.clone());
        self.descend(&ast.items, &file, &folder, &name)?;
        self.parsed.push((name, file, ast));
        Ok(())
    }

    fn descend(&mut self, items: &[Item], file: &Path, folder: &Path, name: &Name) -> Result<()> {
        for item in items {
            let Item::Mod(module) = item else { continue };
            if module.attrs.iter().any(is_test) {
                continue;
            }
            let word = module.ident.to_string();
            let name = [name.as_slice(), std::slice::from_ref(&word)].concat();
            let inner = folder.join(&word);
            if let Some((_, items)) = &module.content {
                self.files.insert(name.clone(), file.to_owned());
                self.descend(items, file, &inner, &name)?;
                continue;
            }
            let usual = [inner.with_extension("rs"), inner.join("mod.rs")];
            let named = module.attrs.iter().find_map(path_attribute);
            let places = named.map(|path| file.with_file_name(path)).into_iter().chain(usual);
            let Some(found) = places.into_iter().find(|path| path.is_file()) else {
                bail!("{}: the module {word} has no file", file.display());
            };
            self.add(found, inner, name)?;
        }
        Ok(())
    }
}

/// `#[path = "…"]`.
fn path_attribute(attribute: &Attribute) -> Option<String> {
    let value =
        attribute.meta.require_name_value().ok().filter(|meta| meta.path.is_ident("path"))?;
    match &value.value {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

/// `#[cfg(test)]`, also with more conditions.
fn is_test(attribute: &Attribute) -> bool {
    let Ok(list) = attribute.meta.require_list() else { return false };
    let words = list.tokens.to_string();
    let has = |wanted| words.split(|c: char| !c.is_alphanumeric()).any(|word| word == wanted);
    list.path.is_ident("cfg") && has("test") && !has("not")
}

/// Attributes of the items that may be there for tests only.
fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(syn::ItemConst { attrs, .. })
        | Item::Enum(syn::ItemEnum { attrs, .. })
        | Item::Fn(syn::ItemFn { attrs, .. })
        | Item::Impl(syn::ItemImpl { attrs, .. })
        | Item::Macro(syn::ItemMacro { attrs, .. })
        | Item::Mod(syn::ItemMod { attrs, .. })
        | Item::Static(syn::ItemStatic { attrs, .. })
        | Item::Struct(syn::ItemStruct { attrs, .. })
        | Item::Trait(syn::ItemTrait { attrs, .. })
        | Item::Type(syn::ItemType { attrs, .. })
        | Item::Use(syn::ItemUse { attrs, .. }) => attrs,
        _ => &[],
    }
}

/// Reads one file.
struct Reader<'a> {
    files: &'a BTreeMap<Name, PathBuf>,
    module: Name,
    file: &'a Path,
    found: Vec<Import>,
}

impl Reader<'_> {
    /// Notes the file that a path leads to, where that is another one.
    fn note(&mut self, path: &[&Ident]) {
        let [first, ..] = path else { return };
        let words: Vec<String> = path.iter().map(ToString::to_string).collect();
        let mut module = self.module.clone();
        let rest = match &*words[0] {
            "crate" => {
                module.clear();
                &words[1..]
            }
            "self" => &words[1..],
            "super" => {
                let up = words.iter().take_while(|word| *word == "super").count();
                module.truncate(module.len().saturating_sub(up));
                &words[up..]
            }
            _ if self.files.contains_key(&[&*module, &words[..1]].concat()) => &words[..],
            _ => return,
        };
        for word in rest {
            module.push(word.clone());
            if !self.files.contains_key(&module) {
                module.pop();
                break;
            }
        }
        if let Some(to) = self.files.get(&module) {
            self.add(first.span().start().line, to.clone());
        }
    }

    fn add(&mut self, line: usize, to: PathBuf) {
        if to != self.file {
            self.found.push(Import { from: self.file.to_owned(), line, to });
        }
    }

    fn note_tree<'t>(&mut self, tree: &'t UseTree, path: &mut Vec<&'t Ident>) {
        match tree {
            UseTree::Path(part) => {
                path.push(&part.ident);
                self.note_tree(&part.tree, path);
                path.pop();
            }
            UseTree::Name(name) => self.note(&[&*path, &[&name.ident][..]].concat()),
            UseTree::Rename(name) => self.note(&[&*path, &[&name.ident][..]].concat()),
            UseTree::Glob(_) => self.note(path),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.note_tree(tree, path);
                }
            }
        }
    }

    /// What a macro is given: paths, and strings that name a file beside this one.
    fn note_tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Ident(first) => {
                    let mut path = vec![first];
                    while let [TokenTree::Punct(a), TokenTree::Punct(b), TokenTree::Ident(next), ..] =
                        &tokens[at + 1..]
                        && (a.as_char(), b.as_char()) == (':', ':')
                    {
                        path.push(next);
                        at += 3;
                    }
                    if path.len() > 1 {
                        self.note(&path);
                    }
                }
                TokenTree::Group(group) => self.note_tokens(group.stream()),
                TokenTree::Literal(literal) => self.note_file(literal),
                TokenTree::Punct(_) => {}
            }
            at += 1;
        }
    }

    fn note_file(&mut self, literal: &proc_macro2::Literal) {
        let text = literal.to_string();
        let name = text.trim_matches('"');
        let named = name.contains('.') && text.starts_with('"') && !name.contains(['{', '\n']);
        let path = joined(self.file.with_file_name(""), name);
        if named && path.is_file() {
            self.add(literal.span().start().line, path);
        }
    }
}

/// A path relative to a folder, with `..` taken out.
fn joined(mut folder: PathBuf, path: &str) -> PathBuf {
    for part in path.split('/') {
        if part == ".." {
            folder.pop();
        } else {
            folder.push(part);
        }
    }
    folder
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if !attributes(item).iter().any(is_test) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !function.attrs.iter().any(is_test) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        self.module.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.note_tree(&item.tree, &mut Vec::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let words: Vec<&Ident> = path.segments.iter().map(|segment| &segment.ident).collect();
        if words.len() > 1 {
            self.note(&words);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.note_tokens(call.tokens.clone());
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_attribute(&mut self, _: &'ast Attribute) {}
}

#[cfg(test)]
mod tests {
    use super::super::tests::Files;
    use super::*;

    #[test]
    fn paths_lead_to_files_and_tests_and_comments_do_not_count() {
        let files = Files::new(
            "rust",
            &[
                ("src/lib.rs", "pub mod low;\npub mod high;\nmod inner { use crate::low::Low; }"),
                (
                    "src/low.rs",
                    "#[cfg(test)]\nmod tests { use crate::high::*; }\n// crate::high::up()\npub struct Low;",
                ),
                (
                    "src/high/mod.rs",
                    "mod deep;\nuse crate::{low::Low, high::deep::{self, Deep}};\npub(crate) fn up() -> crate::low::Low { deep::make() }",
                ),
                (
                    "src/high/deep.rs",
                    "pub struct Deep;\nfn f() {\n    println!(\"{}\", super::super::low::LOW);\n}\nconst S: &str = include_str!(\"../low.wgsl\");\n#[cfg(not(test))]\nuse super::up;",
                ),
                ("src/low.wgsl", "fn low() {}"),
            ],
        );
        let found = imports(&files.at("src/lib.rs")).expect("it parses");
        assert_eq!(
            files.written(&found),
            [
                "src/high/deep.rs:3 → src/low.rs",
                "src/high/deep.rs:5 → src/low.wgsl",
                "src/high/deep.rs:7 → src/high/mod.rs",
                "src/high/mod.rs:2 → src/high/deep.rs",
                "src/high/mod.rs:2 → src/low.rs",
                "src/high/mod.rs:3 → src/high/deep.rs",
                "src/high/mod.rs:3 → src/low.rs",
                "src/lib.rs:3 → src/low.rs",
            ]
        );
    }

    #[test]
    fn a_module_without_a_file_is_an_error() {
        let files = Files::new("missing", &[("main.rs", "mod gone;")]);
        let error = imports(&files.at("main.rs")).expect_err("there is no such file");
        assert!(error.to_string().contains("gone"), "{error}");
    }
}
