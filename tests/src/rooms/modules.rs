//! The modules of a crate, and what they import from each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Punct, Spacing, TokenStream, TokenTree};
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
    pub(super) kind: Kind,
    file: PathBuf,
    line: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It uses an item that the other module defines.
    Use,
    /// It re-exports an item, or uses one that the other module re-exports.
    ReExport,
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
        let mut imports = Vec::new();
        for (from, module) in found.iter().filter(|(path, _)| !path.is_empty()) {
            for name in &module.names {
                let others = resolve(&found, from, &name.path);
                let definer = others.len().saturating_sub(1);
                for (index, to) in others.into_iter().enumerate() {
                    let kind = match index == definer && !name.is_exported {
                        true => Kind::Use,
                        false => Kind::ReExport,
                    };
                    if to != *from && !to.is_empty() {
                        imports.push(Import {
                            from: from.clone(),
                            to,
                            kind,
                            file: module.file.clone(),
                            line: name.line,
                        });
                    }
                }
            }
        }
        Self {
            imports,
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

struct Name {
    path: Vec<String>,
    line: usize,
    is_exported: bool,
}

#[derive(Default)]
struct Module {
    file: PathBuf,
    /// Paths that its code names.
    names: Vec<Name>,
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
    // Re-exports first: the code may name them wherever they stand.
    let (uses, code): (Vec<_>, Vec<_>) = items.iter().partition(|item| matches!(item, Item::Use(_)));
    uses.into_iter().chain(code).for_each(|item| names.visit_item(item));
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
        self.add_as(false, path, line);
    }

    fn add_as(&mut self, is_exported: bool, mut path: Vec<String>, line: usize) {
        // `super` within a module of the file leads to the file first.
        match path.iter().take_while(|part| *part == "super").count() {
            0 => {}
            supers if supers <= self.depth => return,
            _ => drop(path.drain(..self.depth)),
        }
        self.module.names.push(Name {
            path,
            line,
            is_exported,
        });
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
        let is_exported = exported && self.depth == 0;
        // `pub(super) use a_macro;` leads nowhere else.
        if is_exported && path != [name] {
            self.module.exports.insert(name.to_owned(), path.clone());
        }
        self.add_as(is_exported, path, line);
    }

    /// Adds what looks like a path in the tokens of a macro.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let (mut path, mut line, mut colons) = (Vec::new(), 0, 0);
        let end = TokenTree::from(Punct::new(';', Spacing::Alone));
        for token in tokens.into_iter().chain([end]) {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() => colons += 1,
                TokenTree::Ident(ident) if colons == 2 => (_, colons) = (path.push(ident.to_string()), 0),
                token => {
                    if path.len() > 1 {
                        self.add(std::mem::take(&mut path), line);
                    }
                    path.clear();
                    colons = 0;
                    match token {
                        TokenTree::Ident(ident) => {
                            line = ident.span().start().line;
                            path.push(ident.to_string());
                        }
                        TokenTree::Group(group) => self.add_tokens(group.stream()),
                        _ => {}
                    }
                }
            }
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
        // Any other single name has been imported, or it is of this file.
        if parts.len() > 1 || self.module.exports.contains_key(&parts[0]) {
            self.add(parts, path.span().start().line);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        self.add_tokens(mac.tokens.clone());
        visit::visit_macro(self, mac);
    }

    /// `pub(in crate::room)` needs nothing of the room.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }
}

/// Returns the modules that a module depends on if it names this path: the one that defines the item, and those that
/// re-export it on the way. There are none if the path leads to another crate.
fn resolve(found: &BTreeMap<String, Module>, from: &str, path: &[String]) -> Vec<String> {
    let mut modules = Vec::new();
    let (mut at, mut path) = (from.to_owned(), path.to_vec());
    while let Some((start, rest)) = beginning(found, &at, &path) {
        let (module, rest) = descend(found, start, rest);
        modules.push(module.clone());
        let Some((name, rest)) = rest.split_first() else { break };
        let Some(export) = found[&module].exports.get(name) else {
            break;
        };
        (at, path) = (module, [export, rest].concat());
    }
    modules
}

/// Returns the module at which a path begins, and the rest of the path; `None` for other crates.
fn beginning<'a>(found: &BTreeMap<String, Module>, from: &str, path: &'a [String]) -> Option<(String, &'a [String])> {
    match path.first().map(String::as_str)? {
        "crate" => Some((String::new(), &path[1..])),
        "self" => Some((from.to_owned(), &path[1..])),
        "super" => {
            let supers = path.iter().take_while(|part| *part == "super").count();
            let depth = from.split("::").count().checked_sub(supers)?;
            let parts: Vec<_> = from.split("::").take(depth).collect();
            Some((parts.join("::"), &path[supers..]))
        }
        // A child, a re-export, or another crate.
        first => {
            let is_known = found.contains_key(&join(from, first)) || found[from].exports.contains_key(first);
            is_known.then(|| (from.to_owned(), path))
        }
    }
}

/// Follows a path from module to child as far as it goes.
fn descend<'a>(found: &BTreeMap<String, Module>, mut at: String, mut rest: &'a [String]) -> (String, &'a [String]) {
    while let Some((part, after)) = rest.split_first() {
        let child = join(&at, part);
        if !found.contains_key(&child) {
            break;
        }
        (at, rest) = (child, after);
    }
    (at, rest)
}

fn join(path: &str, name: &str) -> String {
    match path {
        "" => name.to_owned(),
        _ => format!("{path}::{name}"),
    }
}
