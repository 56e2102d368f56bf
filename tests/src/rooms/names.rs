//! The paths that the code of a module names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proc_macro2::{Punct, Spacing, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, UseTree, Visibility};

/// A path that the code of a module names.
pub(super) struct Name {
    pub(super) path: Vec<String>,
    pub(super) line: usize,
    pub(super) is_exported: bool,
}

/// One file of the crate.
#[derive(Default)]
pub(super) struct Module {
    pub(super) file: PathBuf,
    /// Paths that its code names.
    pub(super) names: Vec<Name>,
    /// The paths that it re-exports, by name.
    pub(super) exports: BTreeMap<String, Vec<String>>,
}

impl Module {
    pub(super) fn of(file: &Path, items: &[Item]) -> Self {
        let mut module = Self {
            file: file.to_owned(),
            ..Self::default()
        };
        let mut names = Names {
            module: &mut module,
            depth: 0,
        };
        // Re-exports come first, because code may name a re-export that is declared further down.
        let (uses, code): (Vec<_>, Vec<_>) = items.iter().partition(|item| matches!(item, Item::Use(_)));
        uses.into_iter().chain(code).for_each(|item| names.visit_item(item));
        module
    }
}

pub(super) fn is_for_tests(attributes: &[Attribute]) -> bool {
    let is_test = |attribute: &Attribute| {
        let list = attribute.meta.require_list();
        attribute.path().is_ident("test")
            || (attribute.path().is_ident("cfg") && list.is_ok_and(|list| list.tokens.to_string() == "test"))
    };
    attributes.iter().any(is_test)
}

/// Collects the paths of a file, including those of its inline modules.
struct Names<'a> {
    module: &'a mut Module,
    /// The number of inline modules that enclose the current item.
    depth: usize,
}

impl Names<'_> {
    fn add(&mut self, path: Vec<String>, line: usize) {
        self.add_as(false, path, line);
    }

    fn add_as(&mut self, is_exported: bool, mut path: Vec<String>, line: usize) {
        // Each inline module takes one `super`: only what is left leads out of the file.
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
        // `pub(super) use a_macro;` re-exports a macro of this file.
        if is_exported && path != [name] {
            self.module.exports.insert(name.to_owned(), path.clone());
        }
        self.add_as(is_exported, path, line);
    }

    /// Adds everything that looks like a path in the tokens of a macro call.
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
        // Any other single name comes from a `use`, which has been added, or from this file.
        if parts.len() > 1 || self.module.exports.contains_key(&parts[0]) {
            self.add(parts, path.span().start().line);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        self.add_tokens(mac.tokens.clone());
        visit::visit_macro(self, mac);
    }

    /// Skips the path of `pub(in crate::room)`, which does not depend on the room.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }
}
