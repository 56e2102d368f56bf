//! libpq's service files: named sets of parameters.

use std::fs;
use std::path::{Path, PathBuf};

use crate::sql::conninfo::Pairs;

/// Returns the parameters of a service; `None` where libpq would look in a place that is not known here, or the entry
/// leads elsewhere.
pub(super) fn read(service: &str, file: Option<String>, var: &dyn Fn(&str) -> Option<String>) -> Option<Pairs> {
    let own = file
        .or_else(|| var("PGSERVICEFILE"))
        .map(PathBuf::from)
        .or_else(|| Some(Path::new(&var("HOME")?).join(".pg_service.conf")));
    let system = var("PGSYSCONFDIR").map(|directory| Path::new(&directory).join("pg_service.conf"));
    [own, system]
        .into_iter()
        .flatten()
        .find_map(|path| group(&fs::read_to_string(path).ok()?, service))
        .flatten()
}

/// Returns the lines below `[service]`. The inner `None` stands for an entry that cannot be read.
fn group(file: &str, service: &str) -> Option<Option<Pairs>> {
    let heading = format!("[{service}]");
    let mut lines = file
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .skip_while(|line| !line.starts_with(&heading))
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .peekable();
    if lines.peek().is_none() && !file.lines().any(|line| line.trim().starts_with(&heading)) {
        return None;
    }
    // It refers to an LDAP server or to another service.
    let pairs = lines.map(|line| match line.split_once('=') {
        Some((name, value)) if !name.starts_with("ldap") && name != "service" => Some((name.into(), value.into())),
        _ => None,
    });
    Some(pairs.collect())
}
