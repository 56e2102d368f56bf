//! A database in memory, two queries, and the open files of the process.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_cache::{CacheBuilder, prelude::*};
use diesel_cache_tests::{Address, Events, Person, address, person};

/// Returns a connection whose database is in no file.
pub(super) fn connect() -> SqliteConnection {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    conn.batch_execute(
        "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL); \
         CREATE TABLE address (id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL, street TEXT NOT NULL, note TEXT); \
         WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 50) \
         INSERT INTO address SELECT id, 7, 'a street with a rather long name', printf('%0200d', id) FROM n; \
         INSERT INTO person VALUES (7, 'person 07')",
    )
    .unwrap();
    conn
}

/// Returns a cache whose region `files` reads files at every load, and whose region `default` also keeps entries in
/// memory.
pub(super) fn cache(directory: &Path, events: &Events, change: impl FnOnce(CacheBuilder) -> CacheBuilder) -> Cache {
    let builder = Cache::builder()
        .directory(directory)
        .region(Region::disk("default"))
        .region(Region::disk("files").memory_capacity(0))
        .listener(events.listener());
    change(builder).build().unwrap()
}

/// Loads a small result, which is in the index, and a large one, which is not, and asserts that they are right.
pub(super) fn load(conn: &mut SqliteConnection, region: &str) {
    let people: Vec<Person> = person::table.find(7).cached(region).load(conn).unwrap();
    assert_eq!(people[0].name, "person 07");
    let addresses: Vec<Address> = address::table.order(address::id).cached(region).load(conn).unwrap();
    assert_eq!(addresses.len(), 50);
    assert_eq!(addresses[49].id, 50);
}

/// Returns the files that this process has open.
pub(super) fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}
