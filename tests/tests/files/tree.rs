//! The files of a directory, and the queries whose entries these tests keep in them.

use std::fs;
use std::path::{Path, PathBuf};

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Address, Database, ManualClock, Person, Setup, Sqlite, address, person};

/// Returns a database whose addresses have notes, so that all of them together are too large for the index.
pub(super) fn database() -> Database<Sqlite> {
    let db = Database::new();
    diesel::update(address::table)
        .set(address::note.eq("a note of some length: fifty of these, each with its street, are more than fits the index, so that they lie in a file of their own"))
        .execute(&mut db.connect())
        .unwrap();
    db
}

/// Returns a cache with a fixed time, whose `files` region reads files at every load.
pub(super) fn still(db: &Database<Sqlite>) -> Setup<Sqlite> {
    let clock = ManualClock::new();
    Setup::with(db, |builder| builder.clock(clock))
}

/// Loads a result whose entry is in the index.
pub(super) fn small(conn: &mut SqliteConnection) -> QueryResult<Vec<Person>> {
    person::table.find(7).cached("files").load(conn)
}

/// Loads a result whose entry is in a file of its own.
pub(super) fn large(conn: &mut SqliteConnection) -> QueryResult<Vec<Address>> {
    address::table.order(address::id).cached("files").load(conn)
}

/// Returns every file below a directory, sorted.
pub(super) fn files(directory: &Path) -> Vec<PathBuf> {
    let mut all = below(directory);
    all.retain(|path| path.is_file());
    all
}

/// Returns everything below a directory, sorted.
pub(super) fn below(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten() {
        let path = entry.unwrap().path();
        if fs::symlink_metadata(&path).unwrap().is_dir() {
            found.extend(below(&path));
        }
        found.push(path);
    }
    found.sort();
    found
}
