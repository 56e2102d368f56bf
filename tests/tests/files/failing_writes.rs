//! Files that cannot be written or read: the database answers, and an event reports the failure. A limit on the size of
//! files, in a separate process, simulates a full disk. A thread that runs as the user `nobody` simulates a directory
//! of another user. Both work for root and for other users.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::thread;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{
    Address, Database, Events, Peer, Person, Setup, Sqlite, address, is_peer, people, person, regions, serve,
};
use rustix::process::{Resource, getrlimit, setrlimit};

use super::tree::{below, large, small};

/// Limits the size in bytes of the files of this process from now on; `None` removes the limit.
fn limit_files(bytes: Option<u64>) {
    let mut limit = getrlimit(Resource::Fsize);
    limit.current = bytes;
    setrlimit(Resource::Fsize, limit).unwrap();
}

/// The entry point of the other process. Not a test by itself.
#[test]
fn peer() {
    if !is_peer() {
        return;
    }
    let events = Events::new();
    let directory = std::env::var("DIRECTORY").unwrap();
    let cache = regions(directory.as_ref()).listener(events.listener()).build().unwrap();
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    conn.batch_execute(
        "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL); INSERT INTO person VALUES (7, 'person 07'); \
         CREATE TABLE address (id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL, street TEXT NOT NULL, note TEXT); \
         WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 50) \
         INSERT INTO address SELECT id, 7, 'a street with a rather long name, so that fifty of them are more than fits a block of the disk', NULL FROM n",
    )
    .unwrap();
    cache.attach(&mut conn);
    serve(|task| {
        events.take();
        let (region, limit) = task.split_once(' ').unwrap();
        limit_files(limit.parse().ok());
        let people = person::table.find(7).cached(region).refresh().load::<Person>(&mut conn);
        let addresses = address::table.cached(region).refresh().load::<Address>(&mut conn);
        limit_files(None);
        assert_eq!(people.unwrap()[0].name, "person 07");
        assert_eq!(addresses.unwrap().len(), 50);
        let first = events.words();
        // With room again: whatever half a write has left is no hindrance.
        assert_eq!(
            person::table.find(7).cached(region).load::<Person>(&mut conn).unwrap()[0].id,
            7
        );
        assert_eq!(
            address::table.cached(region).load::<Address>(&mut conn).unwrap().len(),
            50
        );
        let second = events.words();
        assert!(!second.iter().any(|word| word.ends_with("failed")), "{second:?}");
        format!("{}; {}", first.join(", "), second.join(", "))
    });
}

#[test]
fn a_full_disk() {
    let db = Database::<Sqlite>::new();
    let directory = db.directory().join("cache").display().to_string();
    let mut peer = Peer::spawn_to_be_limited(module_path!(), &[("DIRECTORY", &directory)]);
    let both = "miss Refresh, stored, miss Refresh, stored; ";
    assert_eq!(peer.ask("files none"), format!("{both}hit Disk, hit Disk"));
    let neither = "miss Refresh, write failed, miss Refresh, write failed; ";
    assert_eq!(
        peer.ask("files 0"),
        format!("{neither}miss Invalidated, stored, miss Invalidated, stored"),
        "nothing fits"
    );
    assert_eq!(
        peer.ask("default 0"),
        format!("{neither}hit Memory, hit Memory"),
        "what memory holds, it holds"
    );
    // The disk fills in the midst of a line or of content, wherever that is.
    for bytes in (1..4000).step_by(37) {
        let answer = peer.ask(&format!("files {bytes}"));
        assert!(answer.starts_with("miss Refresh, "), "{bytes}: {answer}");
    }
    assert_eq!(peer.ask("files none"), format!("{both}hit Disk, hit Disk"));
    let left = below(&db.directory().join("cache/files/tmp"));
    assert!(left.is_empty(), "{left:?}");
}

/// Runs `work` without the privileges of root: if this is root, in a thread that runs as `nobody`.
fn as_nobody(work: impl FnOnce() + Send) {
    thread::scope(|scope| {
        let thread = scope.spawn(|| {
            if rustix::process::geteuid().is_root() {
                let nobody = rustix::process::Uid::from_raw(65_534);
                rustix::thread::set_thread_res_uid(None, nobody, None).unwrap();
            }
            work();
        });
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
}

/// Sets the mode of a directory, and of everything below it.
fn set_modes(directory: &Path, directories: u32, files: u32) {
    let mut all = below(directory);
    all.push(directory.to_owned());
    // From the inside out, so that the way in stays open.
    all.sort_by_key(|path| std::cmp::Reverse(path.components().count()));
    for path in all {
        let mode = if path.is_dir() { directories } else { files };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
}

/// Makes a directory and everything below it accessible again, from the outside in.
fn reopen(directory: &Path) {
    fs::set_permissions(directory, fs::Permissions::from_mode(0o700)).unwrap();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => reopen(&path),
            false => fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap(),
        }
    }
}

#[test]
fn a_directory_that_can_only_be_read() {
    let db = Database::<Sqlite>::new();
    let mut setup = Setup::new(&db);
    small(&mut setup.conn).unwrap();
    let cache = db.directory().join("cache");
    fs::set_permissions(db.directory(), fs::Permissions::from_mode(0o755)).unwrap();
    set_modes(&cache, 0o555, 0o444);
    setup.events.take();
    as_nobody(|| {
        assert_eq!(small(&mut setup.conn).unwrap(), people(7)[6..]);
        assert_eq!(setup.events.words(), ["hit Disk"], "what is there serves");
        for _ in 0..2 {
            assert_eq!(large(&mut setup.conn).unwrap().len(), 50);
            assert_eq!(setup.events.words(), ["miss Absent", "write failed"]);
        }
        // An entry that cannot be removed is invalid all the same.
        assert!(
            person::table
                .find(7)
                .cached("files")
                .invalidate(&mut setup.conn)
                .unwrap()
        );
        assert_eq!(setup.events.words(), ["write failed", "invalidated"]);
        assert_eq!(small(&mut setup.conn).unwrap(), people(7)[6..]);
        assert_eq!(setup.events.words(), ["miss Invalidated", "write failed"]);
    });
    reopen(&cache);
    small(&mut setup.conn).unwrap();
    small(&mut setup.conn).unwrap();
    assert_eq!(setup.events.words(), ["miss Invalidated", "stored", "hit Disk"]);
}

#[test]
fn a_directory_that_cannot_be_looked_into() {
    let db = Database::<Sqlite>::new();
    let mut setup = Setup::new(&db);
    small(&mut setup.conn).unwrap();
    let region = db.directory().join("cache/files");
    fs::set_permissions(db.directory(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(db.directory().join("cache"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&region, fs::Permissions::from_mode(0o000)).unwrap();
    setup.events.take();
    as_nobody(|| {
        for _ in 0..2 {
            assert_eq!(small(&mut setup.conn).unwrap(), people(7)[6..]);
            assert_eq!(setup.events.words(), ["read failed", "miss Corrupt", "write failed"]);
        }
        setup.cache.region("files").unwrap().clear();
        assert_eq!(setup.events.words(), ["invalidated", "write failed"]);
    });
    fs::set_permissions(&region, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_directory_of_somebody_else_is_refused_at_build() {
    let db = Database::<Sqlite>::new();
    let outer = db.directory().join("outer");
    fs::create_dir(&outer).unwrap();
    fs::set_permissions(db.directory(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&outer, fs::Permissions::from_mode(0o555)).unwrap();
    as_nobody(|| {
        let error = regions(&outer.join("cache")).build().unwrap_err();
        assert!(error.to_string().contains("outer/cache"), "{error}");
    });
}
