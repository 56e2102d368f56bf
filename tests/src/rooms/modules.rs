//! The modules of a crate, and what they import from each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use syn::Item;

use super::names::{Module, is_for_tests};
use super::paths::{join, resolve};

/// The rooms of a crate, and the imports between its modules. A module is named by its path, such as `engine::fill`;
/// the path of the root is empty. Modules that are compiled only for tests do not count.
pub(super) struct Modules {
    imports: Vec<Import>,
    rooms: BTreeSet<String>,
}

/// One module names an item of another.
pub(super) struct Import {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) kind: Kind,
    file: PathBuf,
    line: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

fn read_module(file: &Path, directory: &Path, path: &str, found: &mut BTreeMap<String, Module>) {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let items = syn::parse_file(&text)
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()))
        .items;
    found.insert(path.to_owned(), Module::of(file, &items));
    for item in &items {
        if let Item::Mod(child) = item
            && child.content.is_none()
            && !is_for_tests(&child.attrs)
        {
            let name = child.ident.to_string();
            let below = directory.join(&name);
            let flat = directory.join(format!("{name}.rs"));
            let file = if flat.exists() { flat } else { below.join("mod.rs") };
            read_module(&file, &below, &join(path, &name), found);
        }
    }
}

#[test]
fn re_exports_and_paths_in_macros_are_imports() {
    let source = tempfile::tempdir().unwrap();
    let write = |file: &str, text: &str| fs::write(source.path().join(file), text).unwrap();
    fs::create_dir(source.path().join("room")).unwrap();
    write("lib.rs", "mod room;");
    write("room/mod.rs", "mod a; mod b; mod c; pub use a::A;");
    write("room/a.rs", "pub struct A;");
    write("room/b.rs", "use super::A; pub const N: u8 = 0;");
    write("room/c.rs", r#"fn c() { println!("{}", super::b::N) }"#);
    let modules = Modules::read(source.path());
    let mut found: Vec<_> = modules
        .imports()
        .map(|import| (&*import.from, &*import.to, import.kind))
        .collect();
    found.sort_by_key(|(from, to, _)| (*from, *to));
    let expected = [
        ("room", "room::a", Kind::ReExport),
        ("room::b", "room", Kind::ReExport),
        ("room::b", "room::a", Kind::Use),
        ("room::c", "room::b", Kind::Use),
    ];
    assert_eq!(found, expected);
}
