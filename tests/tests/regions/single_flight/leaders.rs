//! Leaders that fail, waiters that need newer rows, and waits that time out.

use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Backend, Database, Person, Together, everyone, people, person};

use super::{Db, THREADS};

fn cache(directory: &Path, region: diesel_cache::RegionBuilder) -> Cache {
    Cache::builder().directory(directory).region(region).build().unwrap()
}

fn disk() -> diesel_cache::RegionBuilder {
    Db::shared_region("default").lock_timeout(Duration::from_secs(60))
}

#[test]
fn a_leader_that_fails_lets_each_waiter_ask_for_itself() {
    let db = Database::<Db>::new();
    let cache = cache(&db.directory().join("cache"), disk());
    let mut leader = db.connect();
    let (asking, asked) = mpsc::channel();
    let (fail, failing) = mpsc::channel::<()>();
    cache.attach_with(
        &mut leader,
        Hook(Box::new(move |sql| {
            if sql.starts_with("SELECT") {
                asking.send(()).unwrap();
                failing.recv().unwrap();
                panic!("the leader dies in the middle of its query");
            }
        })),
    );
    let leader = thread::spawn(move || everyone("default").load::<Person>(&mut leader));
    asked.recv().unwrap();
    // All of them are on their way to the database at once, or none gets there.
    let together = Together::new(THREADS);
    let waiters: Vec<_> = (0..THREADS)
        .map(|_| {
            let mut conn = db.connect();
            cache.attach_with(&mut conn, together.clone());
            thread::spawn(move || everyone("default").load::<Person>(&mut conn))
        })
        .collect();
    while cache.region("default").unwrap().stats().coalesced_waits() < THREADS as u64 {
        thread::yield_now();
    }
    fail.send(()).unwrap();
    assert!(leader.join().is_err());
    for waiter in waiters {
        assert_eq!(waiter.join().unwrap().unwrap(), people(50));
    }
}

#[test]
fn a_waiter_does_not_take_rows_that_are_older_than_itself() {
    let db = Database::<Db>::new();
    let cache = cache(&db.directory().join("cache"), disk());
    let mut leader = db.connect();
    let (read, was_read) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    cache.attach_with(
        &mut leader,
        Finished(Box::new(move || {
            // The leader has its rows, and has not stored them.
            read.send(()).unwrap();
            let _ = may_go_on.recv();
        })),
    );
    let leader = thread::spawn(move || {
        person::table
            .find(1)
            .cached("default")
            .load::<Person>(&mut leader)
            .unwrap()
            .remove(0)
            .name
    });
    was_read.recv().unwrap();
    let mut writer = db.connect();
    cache.attach(&mut writer);
    diesel::update(person::table.find(1))
        .set(person::name.eq("Ada"))
        .execute(&mut writer)
        .unwrap();
    // From here on nobody may see the old name.
    let mut waiter = db.connect();
    cache.attach(&mut waiter);
    let waiter = thread::spawn(move || {
        person::table
            .find(1)
            .cached("default")
            .load::<Person>(&mut waiter)
            .unwrap()
            .remove(0)
            .name
    });
    go_on.send(()).unwrap();
    assert_eq!(waiter.join().unwrap(), "Ada");
    assert_eq!(
        leader.join().unwrap(),
        "person 01",
        "the leader had begun before the write"
    );
    let mut later = db.connect();
    cache.attach(&mut later);
    assert_eq!(
        person::table
            .find(1)
            .cached("default")
            .first::<Person>(&mut later)
            .unwrap()
            .name,
        "Ada"
    );
}

#[test]
fn a_wait_is_bounded_and_other_keys_do_not_wait() {
    let db = Database::<Db>::new();
    let cache = cache(
        &db.directory().join("cache"),
        Db::shared_region("default").lock_timeout(Duration::from_millis(20)),
    );
    let mut leader = db.connect();
    let (asking, asked) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    cache.attach_with(
        &mut leader,
        Hook(Box::new(move |sql| {
            if sql.starts_with("SELECT") {
                asking.send(()).unwrap();
                may_go_on.recv().unwrap();
            }
        })),
    );
    let leader = thread::spawn(move || everyone("default").load::<Person>(&mut leader).unwrap());
    asked.recv().unwrap();
    // The leader does not go on before these two are done: neither waits for it for ever.
    let mut conn = db.connect();
    cache.attach(&mut conn);
    assert_eq!(
        person::table
            .find(2)
            .cached("default")
            .first::<Person>(&mut conn)
            .unwrap()
            .id,
        2
    );
    assert_eq!(everyone("default").load::<Person>(&mut conn).unwrap(), people(50));
    go_on.send(()).unwrap();
    assert_eq!(leader.join().unwrap(), people(50));
}

/// Runs at the start of each statement.
struct Hook(Box<dyn FnMut(String) + Send>);

impl Instrumentation for Hook {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            (self.0)(query.to_string());
        }
    }
}

/// Runs at the end of each statement.
struct Finished(Box<dyn FnMut() + Send>);

impl Instrumentation for Finished {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::FinishQuery { .. } = event {
            (self.0)();
        }
    }
}
