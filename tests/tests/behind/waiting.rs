//! An entry that is not written yet.

use diesel_cache_tests::{Database, Setup, Sqlite, Statements};

use super::gate::Gate;
use super::world::{REGION, buckets, cramped, in_files, invalidate, load, rename, rename_unseen};

#[test]
fn its_caller_does_not_wait_for_its_file() {
    let (gate, db) = (Gate::open_and_alone(), Database::<Sqlite>::new());
    let mut setup = Setup::new(&db);
    let _closed = gate.close();
    for id in 1..=3 {
        load(&mut setup.conn, id);
    }
    assert_eq!(setup.events.words().concat(), "miss Absentstored".repeat(3));
    assert_eq!(buckets(&db), 0);
    assert_eq!(in_files(&db, 1), None);
    gate.open();
    setup.cache.flush().unwrap();
    assert_eq!(buckets(&db), 3);
    assert_eq!(in_files(&db, 1).unwrap(), "person 01");
}

#[test]
fn what_memory_has_evicted_is_found() {
    let (gate, db) = (Gate::open_and_alone(), Database::<Sqlite>::new());
    let (cache, statements) = (cramped(&db), Statements::new());
    let mut conn = db.connect();
    cache.attach_with(&mut conn, statements.clone());
    let _closed = gate.close();
    (1..=20).for_each(|id| drop(load(&mut conn, id)));
    assert_eq!(statements.selects(), 20);
    for id in 1..=20 {
        assert_eq!(load(&mut conn, id), format!("person {id:02}"));
    }
    assert_eq!(statements.selects(), 0);
    gate.open();
    assert!(cache.region(REGION).unwrap().stats().evictions() > 15);
}

#[test]
fn an_invalidated_one_is_neither_served_nor_written() {
    let (gate, db) = (Gate::open_and_alone(), Database::<Sqlite>::new());
    let mut setup = Setup::new(&db);
    let _closed = gate.close();
    load(&mut setup.conn, 1);
    gate.wait_for_writes(1);
    load(&mut setup.conn, 2);
    rename_unseen(&db, 2, "Ada");
    assert_eq!(load(&mut setup.conn, 2), "person 02");
    assert!(invalidate(&mut setup.conn, 2));
    assert!(!invalidate(&mut setup.conn, 2));
    assert_eq!(load(&mut setup.conn, 2), "Ada");
    assert!(invalidate(&mut setup.conn, 2));
    gate.open();
    setup.cache.flush().unwrap();
    assert_eq!((buckets(&db), gate.writes()), (1, 1), "the first alone");
}

#[test]
fn one_that_is_being_written_is_removed_all_the_same() {
    let (gate, db) = (Gate::open_and_alone(), Database::<Sqlite>::new());
    let mut setup = Setup::new(&db);
    gate.be_slow();
    load(&mut setup.conn, 1);
    gate.wait_for_writes(1);
    assert!(invalidate(&mut setup.conn, 1));
    assert_eq!(buckets(&db), 0);
    setup.cache.flush().unwrap();
    assert_eq!(buckets(&db), 0);
}

#[test]
fn a_stale_one_is_not_written() {
    let (gate, db) = (Gate::open_and_alone(), Database::<Sqlite>::new());
    let mut setup = Setup::new(&db);
    let _closed = gate.close();
    load(&mut setup.conn, 1);
    gate.wait_for_writes(1);
    load(&mut setup.conn, 2);
    rename(&mut setup.conn, 2, "Ada");
    gate.open();
    setup.cache.flush().unwrap();
    assert_eq!((buckets(&db), gate.writes()), (1, 1));
}

#[test]
fn who_removes_everything_leaves_nothing() {
    let (gate, db) = (Gate::open_and_alone(), Database::<Sqlite>::new());
    let setup = Setup::new(&db);
    // Entries of another namespace are still valid, and go too.
    let cache = setup.cache.namespace("other");
    let mut conn = db.connect();
    cache.attach(&mut conn);
    gate.be_slow();
    (1..=3).for_each(|id| drop(load(&mut conn, id)));
    gate.wait_for_writes(1);
    setup.cache.region(REGION).unwrap().clear();
    assert_eq!(buckets(&db), 0);
    cache.flush().unwrap();
    assert_eq!(buckets(&db), 0);
}

#[test]
fn who_counts_files_waits_for_them() {
    let (gate, db) = (Gate::open_and_alone(), Database::<Sqlite>::new());
    let mut setup = Setup::new(&db);
    let region = setup.cache.region(REGION).unwrap();
    let mut id = 0;
    let mut more = || {
        (0..3).for_each(|_| {
            id += 1;
            load(&mut setup.conn, id);
        });
        id as u64
    };
    gate.be_slow();
    assert_eq!(more(), region.stats().entries());
    assert_eq!(more(), region.verify().unwrap().entries);
    assert_eq!(more(), region.sweep().unwrap().entries);
    let loaded = more();
    setup.cache.flush().unwrap();
    assert_eq!(loaded, buckets(&db) as u64);
}

#[test]
fn a_miss_looks_into_the_files_once() {
    let (gate, db) = (Gate::open_and_alone(), Database::<Sqlite>::new());
    let mut setup = Setup::new(&db);
    load(&mut setup.conn, 1);
    assert_eq!(gate.reads(), 1, "nobody else has stored anything since");
}
