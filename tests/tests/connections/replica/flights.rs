//! A caller that waits for another caller's query never receives rows that may be too old for it.

use std::thread;
use std::time::Duration;

use diesel::prelude::*;
use diesel_cache::{RegionBuilder, Replica, prelude::*};
use diesel_cache_tests::{Gate, person};

use super::super::{INSERT, LAG, Pair, RENAME};
use super::Db;

fn patient() -> RegionBuilder {
    Region::disk("patient").lock_timeout(Duration::from_secs(3600))
}

fn waits(cache: &Cache) -> u64 {
    cache.region("patient").unwrap().stats().coalesced_waits()
}

macro_rules! find {
    ($id:expr, $conn:expr) => {
        person::table
            .find($id)
            .select(person::name)
            .cached("patient")
            .first::<String>($conn)
            .optional()
            .unwrap()
    };
}

/// The replica's caller does not even lead: the other queries beside it.
#[test]
fn a_caller_on_the_primary_does_not_wait_for_rows_that_cannot_be_stored() {
    let mut pair = Pair::<Db>::with(|builder| builder.region(patient()));
    pair.write(RENAME);
    let (gate, is_reached, opener) = Gate::closed();
    let cache = pair.setup.cache.clone();
    cache.attach_replica(&mut pair.replica, Replica::behind(LAG).instrumentation(gate));
    let (replica, primary) = (&mut pair.replica, &mut pair.setup.conn);
    thread::scope(|scope| {
        let old = scope.spawn(|| find!(1, replica));
        is_reached.recv().unwrap();
        assert_eq!(find!(1, primary).unwrap(), "Ada");
        drop(opener);
        assert_eq!(old.join().unwrap().unwrap(), "person 01");
    });
    assert_eq!(waits(&cache), 0);
    assert_eq!(find!(1, primary).unwrap(), "Ada");
}

/// Callers that had begun to wait before the leader knew what it reads.
#[test]
fn a_waiter_on_the_primary_is_not_served_with_rows_that_are_refused() {
    let mut pair = Pair::<Db>::fresh(|builder| builder.region(patient()));
    let cache = pair.setup.cache.clone();
    cache.introspect(&mut pair.setup.conn).unwrap();
    find!(1, &mut pair.setup.conn);
    // A snapshot from after the first use of the shape.
    pair.time.pass(LAG);
    find!(3, &mut pair.replica);
    pair.time.pass(LAG);
    // It depends on the result whether new rows matter.
    pair.write(INSERT);
    let (gate, is_reached, opener) = Gate::closed();
    cache.attach_replica(&mut pair.replica, Replica::behind(LAG).instrumentation(gate));
    let (replica, primary) = (&mut pair.replica, &mut pair.setup.conn);
    thread::scope(|scope| {
        let old = scope.spawn(|| find!(60, replica));
        is_reached.recv().unwrap();
        let new = scope.spawn(|| find!(60, primary));
        while waits(&cache) == 0 {
            assert!(!new.is_finished(), "it has not waited");
            thread::yield_now();
        }
        drop(opener);
        assert_eq!(old.join().unwrap(), None);
        assert_eq!(new.join().unwrap().unwrap(), "person 02");
    });
    assert_eq!(pair.refusals(), 0, "in another region");
}

#[test]
fn a_waiter_on_the_primary_is_served_with_rows_that_are_stored() {
    let mut pair = Pair::<Db>::with(|builder| builder.region(patient()));
    let cache = pair.setup.cache.clone();
    let (gate, is_reached, opener) = Gate::closed();
    cache.attach_replica(&mut pair.replica, Replica::behind(LAG).instrumentation(gate));
    pair.setup.statements.take();
    let (replica, primary) = (&mut pair.replica, &mut pair.setup.conn);
    thread::scope(|scope| {
        let leader = scope.spawn(|| find!(1, replica));
        is_reached.recv().unwrap();
        let waiter = scope.spawn(|| find!(1, primary));
        while waits(&cache) == 0 {
            assert!(!waiter.is_finished(), "it has not waited");
            thread::yield_now();
        }
        drop(opener);
        assert_eq!(leader.join().unwrap(), waiter.join().unwrap());
    });
    assert_eq!(pair.setup.statements.selects(), 0);
}

#[test]
fn a_waiter_on_a_replica_is_served_by_the_primary() {
    let mut pair = Pair::<Db>::with(|builder| builder.region(patient()));
    pair.write(RENAME);
    let cache = pair.setup.cache.clone();
    let (gate, is_reached, opener) = Gate::closed();
    cache.attach_with(&mut pair.setup.conn, gate);
    pair.asked.take();
    let (replica, primary) = (&mut pair.replica, &mut pair.setup.conn);
    thread::scope(|scope| {
        let leader = scope.spawn(|| find!(1, primary));
        is_reached.recv().unwrap();
        let waiter = scope.spawn(|| find!(1, replica));
        while waits(&cache) == 0 {
            assert!(!waiter.is_finished(), "it has not waited");
            thread::yield_now();
        }
        drop(opener);
        assert_eq!(leader.join().unwrap().unwrap(), "Ada");
        assert_eq!(waiter.join().unwrap().unwrap(), "Ada");
    });
    assert_eq!(pair.asked.selects(), 0);
}
