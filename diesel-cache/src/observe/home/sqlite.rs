//! SQLite: paths and `file:` URIs.

use std::fs;
use std::path::{Path, PathBuf};

use super::Identity;
use super::uri::parameters;
use crate::observe::unique::process;

/// Parameters of a URI that do not change which rows the file shows to connections that follow its rules; and keys to
/// encrypted files.
const HARMLESS: &[&str] = &["cache", "hexkey", "key", "mode", "modeof", "psow", "textkey"];

/// Identifies the database that a name leads to; `None` for one that belongs to its connection alone.
pub(super) fn identity(name: &str) -> Option<Identity> {
    // Diesel's own spelling of a URI.
    let uri = name.strip_prefix("sqlite://").or_else(|| name.strip_prefix("file:"));
    let Some(uri) = uri else {
        // The empty name is that of a temporary file.
        return match name {
            "" | ":memory:" => None,
            name => on_disk(name),
        };
    };
    let uri = uri.split('#').next().unwrap_or_default();
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let path = decoded(match path.strip_prefix("//") {
        // An authority, which is empty or `localhost`.
        Some(rest) => rest.find('/').map_or("", |at| &rest[at..]),
        None => path,
    });
    // Of two parameters with one name, SQLite takes the first.
    let mut options: Vec<(String, String)> = Vec::new();
    for (name, value) in parameters(query) {
        let (name, value) = (decoded(name), decoded(value));
        if !options.iter().any(|(earlier, _)| *earlier == name) {
            options.push((name, value));
        }
    }
    let option = |name: &str| {
        options
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| &**value)
    };
    let in_memory = path == ":memory:" || option("mode") == Some("memory") || option("vfs") == Some("memdb");
    let mut identity = if in_memory {
        // It is shared within the process, if at all.
        let shared = option("cache") == Some("shared") || (option("vfs") == Some("memdb") && path.starts_with('/'));
        if !shared || path.is_empty() {
            return None;
        }
        let mut identity = Identity::of("sqlite in memory");
        identity.add("process", &process());
        identity.add("name", &path);
        identity
    } else if path.is_empty() {
        return None;
    } else {
        on_disk(&path)?
    };
    options.sort();
    for (name, value) in &options {
        // `immutable`, `nolock` and another `vfs` read a file by other rules.
        if !HARMLESS.contains(&&**name) {
            identity.add(name, value);
        }
    }
    Some(identity)
}

/// Identifies a file by its path, with symbolic links resolved as far as it exists.
fn on_disk(path: &str) -> Option<Identity> {
    let path = Path::new(path);
    let mut identity = Identity::of("sqlite");
    identity.add("path", &format!("{:?}", real(path)?));
    Some(identity)
}

/// Resolves a path. SQLite creates a missing file, but no directory.
fn real(path: &Path) -> Option<PathBuf> {
    if let Ok(real) = fs::canonicalize(path) {
        return Some(real);
    }
    let name = path.file_name()?;
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => fs::canonicalize(parent),
        _ => fs::canonicalize("."),
    };
    Some(directory.ok()?.join(name))
}

/// Decodes percent-encoding as SQLite does: an invalid escape stands for itself.
fn decoded(text: &str) -> String {
    super::uri::decoded(text).unwrap_or_else(|| text.to_owned())
}
