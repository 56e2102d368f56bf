//! A writer that cannot write, listeners that misbehave, and the last handle of a cache.

use std::fs;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel_cache::{Cacheable, Event, prelude::*};
use diesel_cache_tests::{Database, Setup, Sqlite, person, regions};

use super::gate::{Gate, WRITER};
use super::world::{REGION, buckets, cramped, in_files, load};

/// Puts a file in the place of the region's directory.
fn obstruct(db: &Database<Sqlite>) {
    let region = db.directory().join("cache").join(REGION);
    let _ = fs::remove_dir_all(&region);
    fs::write(region, "in the way").unwrap();
}

fn clear_away(db: &Database<Sqlite>) {
    fs::remove_file(db.directory().join("cache").join(REGION)).unwrap();
}

/// Returns the writer threads of this process.
fn writers() -> usize {
    let name = |task: std::io::Result<fs::DirEntry>| fs::read_to_string(task.unwrap().path().join("comm"));
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    // The system keeps 15 letters.
    let names = tasks.filter_map(|task| name(task).ok());
    names.filter(|name| name.trim_end() == &WRITER[..15]).count()
}

/// Asserts that no writer thread is left. Waits, because the system may still show a thread for a moment after its end.
#[track_caller]
fn no_writer_is_left() {
    let start = Instant::now();
    while writers() > 0 {
        assert!(start.elapsed() < Duration::from_secs(60), "a writer goes on");
        thread::yield_now();
    }
}

#[test]
fn it_tells_and_no_query_fails() {
    let (_gate, db) = (Gate::open_and_alone(), Database::<Sqlite>::new());
    let mut setup = Setup::new(&db);
    load(&mut setup.conn, 1);
    setup.cache.flush().unwrap();
    setup.events.take();
    obstruct(&db);
    assert_eq!(load(&mut setup.conn, 1), "person 01");
    for id in 2..=3 {
        assert_eq!(load(&mut setup.conn, id), format!("person {id:02}"));
        setup.cache.flush().unwrap();
        assert_eq!(load(&mut setup.conn, id), format!("person {id:02}"));
    }
    let again = ["miss Absent", "stored", "write failed", "hit Memory"];
    assert_eq!(setup.events.words(), [&["hit Memory"][..], &again, &again].concat());
    assert_eq!(setup.cache.region(REGION).unwrap().stats().store_failures(), 2);
    clear_away(&db);
    load(&mut setup.conn, 4);
    setup.cache.flush().unwrap();
    assert_eq!(setup.events.words(), ["miss Absent", "stored"]);
    assert_eq!(in_files(&db, 4).unwrap(), "person 04");
}

#[test]
fn a_listener_may_panic_and_wait_for_the_writer_on_its_own_thread() {
    let (_gate, db) = (Gate::open_and_alone(), Database::<Sqlite>::new());
    let held = Arc::new(Mutex::new(None::<Cache>));
    let theirs = Arc::clone(&held);
    let mut setup = Setup::with(&db, |builder| {
        builder.listener(move |event| {
            if let Event::WriteFailed { .. } = event {
                assert_eq!(thread::current().name(), Some(WRITER));
                let cache = theirs.lock().unwrap().clone().unwrap();
                cache.flush().unwrap();
                assert_eq!(cache.region(REGION).unwrap().stats().stores(), 1);
                panic!("told by the writer");
            }
        })
    });
    *held.lock().unwrap() = Some(setup.cache.clone());
    obstruct(&db);
    load(&mut setup.conn, 1);
    setup.cache.flush().unwrap();
    clear_away(&db);
    load(&mut setup.conn, 2);
    setup.cache.flush().unwrap();
    assert_eq!(in_files(&db, 2).unwrap(), "person 02");
    *held.lock().unwrap() = None;
}

#[test]
fn the_last_handle_waits_and_leaves_no_thread() {
    let (gate, db) = (Gate::open_and_alone(), Database::<Sqlite>::new());
    let Setup { cache, mut conn, .. } = Setup::new(&db);
    let region = cache.region(REGION).unwrap();
    gate.be_slow();
    (1..=3).for_each(|id| drop(load(&mut conn, id)));
    drop(cache);
    drop(region);
    gate.wait_for_writes(1);
    drop(conn); // has the last one
    assert_eq!(buckets(&db), 3);
    no_writer_is_left();
}

#[test]
fn the_writer_may_have_the_last_handle() {
    let (gate, db) = (Gate::open_and_alone(), Database::<Sqlite>::new());
    let last = Arc::new(Mutex::new(None::<Cache>));
    let theirs = Arc::clone(&last);
    let builder = regions(&db.directory().join("cache")).listener(move |event| {
        if let Event::WriteFailed { .. } = event {
            drop(theirs.lock().unwrap().take());
        }
    });
    let cache = builder.build().unwrap();
    let mut conn = db.connect();
    cache.attach(&mut conn);
    *last.lock().unwrap() = Some(cache);
    obstruct(&db);
    let _closed = gate.close();
    load(&mut conn, 1);
    gate.wait_for_writes(1);
    load(&mut conn, 2);
    drop(conn);
    gate.open();
    no_writer_is_left();
    assert!(last.lock().unwrap().is_none());
    assert_eq!(gate.writes(), 2, "what was handed over it does");
}

/// A row that panics when another thread drops it.
#[derive(Queryable, Cacheable)]
struct Touchy {
    _id: i32,
    _name: String,
}

impl Drop for Touchy {
    fn drop(&mut self) {
        assert_ne!(thread::current().name(), Some(WRITER));
    }
}

#[test]
fn rows_that_panic_when_the_writer_drops_them_are_no_end_to_it() {
    let (gate, db) = (Gate::open_and_alone(), Database::<Sqlite>::new());
    let cache = cramped(&db);
    let mut conn = db.connect();
    cache.attach(&mut conn);
    let closed = gate.close();
    let query = person::table.find(1).cached(REGION);
    drop(query.load_shared::<Touchy>(&mut conn).unwrap());
    load(&mut conn, 2); // memory holds one
    drop(closed);
    cache.flush().unwrap();
    load(&mut conn, 3);
    cache.flush().unwrap();
    assert_eq!(in_files(&db, 3).unwrap(), "person 03");
}
