//! A key whose entry has not been written yet, and is not good enough for the next leader. That leader does not wait
//! for the write, and other processes wait for the leader.

use std::time::Duration;

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Person, Setup, Sqlite, person};

use super::gate::Gate;
use super::world::{REGION, in_files, load, patient, rename, rename_unseen, wait};

#[test]
fn a_new_leader_does_not_wait_for_the_writer() {
    let (gate, db) = (Gate::open_and_alone(), Database::<Sqlite>::new());
    let mut setup = Setup::new(&db);
    let _closed = gate.close();
    load(&mut setup.conn, 1); // is being written
    gate.wait_for_writes(1);
    load(&mut setup.conn, 2); // is to be written
    for id in 1..=2 {
        rename(&mut setup.conn, id, "Ada");
        assert_eq!(load(&mut setup.conn, id), "Ada");
    }
    load(&mut setup.conn, 1);
    gate.open();
    setup.cache.flush().unwrap();
    for id in 1..=2 {
        assert_eq!(in_files(&db, id).unwrap(), "Ada");
    }
}

#[test]
fn the_end_of_an_older_write_does_not_let_other_processes_ask() {
    let (gate, db) = (Gate::open_and_alone(), Database::<Sqlite>::new());
    let mut setup = Setup::new(&db);
    let _closed = gate.close();
    load(&mut setup.conn, 1);
    gate.wait_for_writes(1);
    rename(&mut setup.conn, 1, "Ada");
    load(&mut setup.conn, 1);
    gate.let_one_pass(); // the old entry is written, and the new one is being written
    let waiting = wait(&gate, &db, &patient(db.directory().join("cache")));
    gate.open();
    assert_eq!(waiting.join().unwrap(), ("Ada".into(), 0));
}

#[test]
fn one_that_is_too_old_for_the_caller_alone_is_not_lost() {
    let (gate, db) = (Gate::open_and_alone(), Database::<Sqlite>::new());
    let mut setup = Setup::new(&db);
    let _closed = gate.close();
    load(&mut setup.conn, 1);
    gate.wait_for_writes(1);
    load(&mut setup.conn, 2);
    rename_unseen(&db, 2, "Ada");
    // Nobody takes rows that are older than nothing at all.
    let query = person::table.find(2).cached(REGION).time_to_live(Duration::ZERO);
    assert_eq!(query.load::<Person>(&mut setup.conn).unwrap()[0].name, "Ada");
    assert_eq!(in_files(&db, 2).unwrap(), "person 02");
    gate.open();
}
