//! A table of people, one query for each person, and another cache on the same files.

use std::path::Path;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use diesel::prelude::*;
use diesel_cache::Region;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Person, Setup, Sqlite, Statements, person};

use super::gate::Gate;

/// The region under test, which has memory in front of its files.
pub(super) const REGION: &str = "default";

pub(super) fn load(conn: &mut SqliteConnection, id: i32) -> String {
    let query = person::table.find(id).cached(REGION);
    query.load::<Person>(conn).unwrap().remove(0).name
}

pub(super) fn invalidate(conn: &mut SqliteConnection, id: i32) -> bool {
    person::table.find(id).cached(REGION).invalidate(conn).unwrap()
}

/// Changes a name without the cache seeing it.
pub(super) fn rename_unseen(db: &Database<Sqlite>, id: i32, name: &str) {
    rename(&mut db.connect(), id, name);
}

pub(super) fn rename(conn: &mut SqliteConnection, id: i32, name: &str) {
    let update = diesel::update(person::table.find(id)).set(person::name.eq(name));
    update.execute(conn).unwrap();
}

/// Returns what a new process finds in the files. It does not query the database.
pub(super) fn in_files(db: &Database<Sqlite>, id: i32) -> Option<String> {
    let mut other = Setup::new(db);
    let query = person::table.find(id).cached(REGION).only_if_cached();
    query
        .load::<Person>(&mut other.conn)
        .ok()
        .map(|mut people| people.remove(0).name)
}

/// Returns how many keys have a file.
pub(super) fn buckets(db: &Database<Sqlite>) -> usize {
    fn count(directory: &Path) -> usize {
        let Ok(entries) = std::fs::read_dir(directory) else {
            return 0;
        };
        let paths = entries.map(|entry| entry.unwrap().path());
        paths.map(|path| if path.is_dir() { count(&path) } else { 1 }).sum()
    }
    count(&db.directory().join("cache").join(REGION).join("index-v5"))
}

/// Returns a cache that stands for another process. It waits for other leaders for ten minutes.
pub(super) fn patient(directory: impl AsRef<Path>) -> Cache {
    let region = Region::disk(REGION).lock_timeout(Duration::from_secs(600));
    Cache::builder().directory(directory).region(region).build().unwrap()
}

/// Starts a load of the first person on another connection, and returns when the load waits for another caller. The
/// thread returns the name, and the number of SELECTs.
pub(super) fn wait(gate: &Gate, db: &Database<Sqlite>, cache: &Cache) -> JoinHandle<(String, usize)> {
    let (mut conn, statements) = (db.connect(), Statements::new());
    cache.attach_with(&mut conn, statements.clone());
    let reads = gate.reads();
    let waiting = thread::spawn(move || (load(&mut conn, 1), statements.selects()));
    // The load looks for the entry when it begins, and again when it leads in its process. A third look shows that it
    // waits.
    while gate.reads() < reads + 3 && !waiting.is_finished() {
        thread::yield_now();
    }
    waiting
}

/// Returns a cache with room for one or two entries in memory.
pub(super) fn cramped(db: &Database<Sqlite>) -> Cache {
    let region = Region::disk(REGION).memory_capacity(600);
    Cache::builder()
        .directory(db.directory().join("cache"))
        .region(region)
        .build()
        .unwrap()
}
