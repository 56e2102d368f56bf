//! The modules of a crate, and what they import from each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, UseTree, Visibility};

/// All modules of a crate that are not compiled for tests alone, by path: `engine::fill`; the root is the empty path.
pub(super) struct Modules {
    imports: Vec<Import>,
    rooms: BTreeSet<String>,
}

/// A module names something of another.
pub(super) struct Import {
    pub(super) from: String,
    pub(super) to: String,
    file: PathBuf,
    line: usize,
}

impl Import {
    pub(super) fn room(&self) -> &str {
        room(&self.from)
    }

    pub(super) fn target_room(&self) -> &str {
        room(&self.to)
    }
}

impl fmt::Display for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {} → {}", self.file.display(), self.line, self.from, self.to)
    }
}

fn room(module: &str) -> &str {
    module.split("::").next().unwrap_or_default()
}

impl Modules {
    pub(super) fn read(source: &Path) -> Self {
        let mut found = BTreeMap::new();
        read_module(&source.join("lib.rs"), source, "", &mut found);
        let rooms = found
            .keys()
            .map(|path| room(path).to_owned())
            .filter(|room| !room.is_empty());
        let imports = found
            .iter()
            .filter(|(path, _)| !path.is_empty())
            .flat_map(|(from, module)| {
                module.names.iter().filter_map(|(path, line)| {
                    let to = resolve(&found, from, path)?;
                    (to != *from && !to.is_empty()).then(|| Import {
                        from: from.clone(),
                        to,
                        file: module.file.clone(),
                        line: *line,
                    })
                })
            });
        Self {
            imports: imports.collect(),
            rooms: rooms.collect(),
        }
    }

    pub(super) fn imports(&self) -> impl Iterator<Item = &Import> {
        self.imports.iter()
    }

    pub(super) fn rooms(&self) -> impl Iterator<Item = &str> {
        self.rooms.iter().map(String::as_str)
    }
}

#[derive(Default)]
struct Module {
    file: PathBuf,
    /// Paths that its code names, with their lines.
    names: Vec<(Vec<String>, usize)>,
    /// What it re-exports: the name, and the path that it stands for.
    exports: BTreeMap<String, Vec<String>>,
}

fn read_module(file: &Path, directory: &Path, path: &str, found: &mut BTreeMap<String, Module>) {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let items = syn::parse_file(&text)
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()))
        .items;
    let mut module = Module {
        file: file.to_owned(),
        ..Module::default()
    };
    let mut names = Names {
        module: &mut module,
        depth: 0,
    };
    items.iter().for_each(|item| names.visit_item(item));
    found.insert(path.to_owned(), module);
    for item in &items {
        if let Item::Mod(child) = item
            && child.content.is_none()
            && !is_for_tests(&child.attrs)
        {
            let name = child.ident.to_string();
            let below = directory.join(&name);
            let flat = directory.join(format!("{name}.rs"));
            let file = if flat.exists() { flat } else { below.join("mod.rs") };
            let path = if path.is_empty() {
                name
            } else {
                format!("{path}::{name}")
            };
            read_module(&file, &below, &path, found);
        }
    }
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    let is_test = |attribute: &Attribute| {
        let list = attribute.meta.require_list();
        attribute.path().is_ident("test")
            || (attribute.path().is_ident("cfg") && list.is_ok_and(|list| list.tokens.to_string() == "test"))
    };
    attributes.iter().any(is_test)
}

/// Collects the paths of a file. Modules within it count as the file.
struct Names<'a> {
    module: &'a mut Module,
    /// The number of modules within the file that enclose the item.
    depth: usize,
}

impl Names<'_> {
    fn add(&mut self, path: Vec<String>, line: usize) {
        // `super` within a module of the file leads to the file first.
        let supers = path.iter().take_while(|part| *part == "super").count();
        match supers {
            0 => self.module.names.push((path, line)),
            _ if supers <= self.depth => {}
            _ => self.module.names.push((path[self.depth..].to_vec(), line)),
        }
    }

    fn add_tree(&mut self, tree: &UseTree, before: &[String], exported: bool, line: usize) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.add_tree(&path.tree, &with(&path.ident), exported, line),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_tree(tree, before, exported, line);
                }
            }
            UseTree::Glob(_) => self.add(before.to_vec(), line),
            UseTree::Name(name) if name.ident == "self" => self.add(before.to_vec(), line),
            UseTree::Name(name) => self.add_name(&name.ident.to_string(), with(&name.ident), exported, line),
            UseTree::Rename(rename) => {
                self.add_name(&rename.rename.to_string(), with(&rename.ident), exported, line);
            }
        }
    }

    fn add_name(&mut self, name: &str, path: Vec<String>, exported: bool, line: usize) {
        if exported && self.depth == 0 {
            // A module that passes on what its children have does not depend on them.
            self.module.exports.insert(name.to_owned(), path);
        } else {
            self.add(path, line);
        }
    }
}

impl<'ast> Visit<'ast> for Names<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes: &[Attribute] = match item {
            Item::Mod(it) => &it.attrs,
            Item::Fn(it) => &it.attrs,
            Item::Impl(it) => &it.attrs,
            Item::Use(it) => &it.attrs,
            _ => &[],
        };
        if !is_for_tests(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        self.depth += 1;
        visit::visit_item_mod(self, module);
        self.depth -= 1;
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let exported = !matches!(item.vis, Visibility::Inherited);
        self.add_tree(&item.tree, &[], exported, item.span().start().line);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts: Vec<_> = path.segments.iter().map(|part| part.ident.to_string()).collect();
        if parts.len() > 1 && matches!(&*parts[0], "crate" | "super" | "self") {
            self.add(parts, path.span().start().line);
        }
        visit::visit_path(self, path);
    }

    /// `pub(in crate::room)` needs nothing of the room.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }
}

/// Returns the module that defines what a module names by this path; `None` for other crates.
fn resolve(found: &BTreeMap<String, Module>, from: &str, path: &[String]) -> Option<String> {
    let (mut at, mut rest) = match path.first().map(String::as_str)? {
        "crate" => (String::new(), &path[1..]),
        "self" => (from.to_owned(), &path[1..]),
        "super" => {
            let supers = path.iter().take_while(|part| *part == "super").count();
            let depth = from.split("::").count().checked_sub(supers)?;
            let parts: Vec<_> = from.split("::").take(depth).collect();
            (parts.join("::"), &path[supers..])
        }
        // A child, or another crate.
        first => (found.contains_key(&join(from, first)).then(|| from.to_owned())?, path),
    };
    for _ in 0..32 {
        let Some((part, after)) = rest.split_first() else { break };
        let child = join(&at, part);
        if found.contains_key(&child) {
            (at, rest) = (child, after);
        } else if let Some(export) = found.get(&at).and_then(|module| module.exports.get(part)) {
            return resolve(found, &at, export).or(Some(at));
        } else {
            break;
        }
    }
    Some(at)
}

fn join(path: &str, name: &str) -> String {
    match path {
        "" => name.to_owned(),
        _ => format!("{path}::{name}"),
    }
}
