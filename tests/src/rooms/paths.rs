//! Resolves a path in the code to the modules that it depends on.

use std::collections::BTreeMap;

use super::names::Module;

/// Returns the modules that `from` depends on if it names this path: first those that re-export the item, last the one
/// that defines it. A path to another crate gives none.
pub(super) fn resolve(found: &BTreeMap<String, Module>, from: &str, path: &[String]) -> Vec<String> {
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
        // The name of a child, a re-export, or another crate.
        first => {
            let is_known = found.contains_key(&join(from, first)) || found[from].exports.contains_key(first);
            is_known.then(|| (from.to_owned(), path))
        }
    }
}

/// Follows a path into child modules as far as it names them. Returns the last module, and the rest of the path.
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

pub(super) fn join(path: &str, name: &str) -> String {
    match path {
        "" => name.to_owned(),
        _ => format!("{path}::{name}"),
    }
}
