//! Processes that end while entries are not written yet. All entries are written, in whatever way the process ends.

use std::process::Command;

use diesel_cache_tests::{Database, Sqlite};

use super::world::in_files;

/// Runs a program that loads one person through the cache, on a slow disk, and ends.
#[track_caller]
fn ends(how: &str) {
    let db = Database::<Sqlite>::new();
    run(how, &db);
    assert_eq!(in_files(&db, 1).as_deref(), Some("person 01"), "{how}");
}

#[track_caller]
fn run(how: &str, db: &Database<Sqlite>) {
    let status = Command::new(env!("CARGO_BIN_EXE_ends"))
        .arg(how)
        .arg(db.url())
        .arg(db.directory().join("cache"))
        .status()
        .unwrap();
    assert!(status.success(), "{how}: {status}");
}

#[test]
fn main_returns() {
    ends("return");
}

#[test]
fn main_returns_with_the_cache_in_a_static() {
    ends("static");
}

#[test]
fn main_returns_with_the_cache_installed() {
    let db = Database::<Sqlite>::new();
    run("installed", &db);
    // Under `install` the database's path is part of the key, so another process with `install` looks for the entry.
    run("finds", &db);
}

#[test]
fn main_returns_while_another_thread_has_stored() {
    ends("thread");
}

#[test]
fn the_process_exits() {
    ends("exit");
}

#[test]
fn a_thread_exits_that_has_nothing_to_do_with_it() {
    ends("elsewhere");
}

#[test]
fn a_disk_that_hangs_keeps_no_process_from_ending() {
    let db = Database::<Sqlite>::new();
    let mut ends = Command::new(env!("CARGO_BIN_EXE_ends"));
    let status = ends
        .arg("hangs")
        .arg(db.url())
        .arg(db.directory().join("cache"))
        .status();
    assert!(status.unwrap().success());
    assert_eq!(in_files(&db, 1), None);
}
