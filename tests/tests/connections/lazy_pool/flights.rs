//! Of all loads that miss one key, one takes a connection. No two loads wait for each other.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use diesel::prelude::*;
use diesel::result::ConnectionError;
use diesel_cache::{RegionBuilder, prelude::*};
use diesel_cache_tests::{Database, Gate, Person, Setup, everyone, people};

use super::{Db, Supply, pool_of_one};

const THREADS: usize = 4;

fn patient() -> RegionBuilder {
    Region::disk("patient").lock_timeout(Duration::from_secs(3600))
}

fn waits(cache: &Cache) -> u64 {
    cache.region("patient").unwrap().stats().coalesced_waits()
}

#[test]
fn one_takes_a_connection_and_the_others_hold_none() {
    let db = Database::<Db>::new();
    let setup = Setup::with(&db, |builder| builder.region(patient()));
    let supply = Supply::default();
    let (gate, is_reached, opener) = Gate::closed();
    let gate = std::sync::Mutex::new(Some(gate));
    let pool = {
        let (supply, cache, url) = (supply.clone(), setup.cache.clone(), db.url().to_owned());
        setup.cache.lazy_pool(move || {
            let mut conn = supply.connect(&url)?;
            // The first connection shows the context; the second is stopped.
            match supply.taken.load(Ordering::SeqCst) {
                2 => cache.attach_with(&mut conn, gate.lock().unwrap().take().unwrap()),
                _ => cache.attach(&mut conn),
            }
            Ok::<_, ConnectionError>(conn)
        })
    };
    everyone("hot").load_from::<Person>(&pool).unwrap();
    thread::scope(|scope| {
        let load = || everyone("patient").load_from::<Person>(&pool).unwrap();
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(load)).collect();
        is_reached.recv().unwrap();
        while waits(&setup.cache) < THREADS as u64 - 1 {
            thread::yield_now();
        }
        drop(opener);
        for thread in threads {
            assert_eq!(thread.join().unwrap(), people(50));
        }
    });
    assert_eq!(supply.taken(), 2);
}

#[test]
fn a_leader_without_a_connection_lets_the_others_try() {
    let db = Database::<Db>::new();
    let setup = Setup::with(&db, |builder| builder.region(patient()));
    let supply = Supply::default();
    let (asking, asked) = mpsc::channel();
    let (fail, failing) = mpsc::channel::<()>();
    let failing = std::sync::Mutex::new(failing);
    let pool = {
        let (supply, cache, url) = (supply.clone(), setup.cache.clone(), db.url().to_owned());
        setup.cache.lazy_pool(move || {
            if supply.taken.load(Ordering::SeqCst) == 1 {
                supply.taken.fetch_add(1, Ordering::SeqCst);
                asking.send(()).unwrap();
                failing.lock().unwrap().recv().unwrap();
                return Err(ConnectionError::BadConnection("exhausted".into()));
            }
            let mut conn = supply.connect(&url)?;
            cache.attach(&mut conn);
            Ok(conn)
        })
    };
    everyone("hot").load_from::<Person>(&pool).unwrap();
    thread::scope(|scope| {
        let load = || everyone("patient").load_from::<Person>(&pool);
        let leader = scope.spawn(load);
        asked.recv().unwrap();
        let others: Vec<_> = (0..THREADS).map(|_| scope.spawn(load)).collect();
        while waits(&setup.cache) < THREADS as u64 {
            thread::yield_now();
        }
        fail.send(()).unwrap();
        assert!(leader.join().unwrap().is_err());
        for other in others {
            assert_eq!(other.join().unwrap().unwrap(), people(50));
        }
    });
    assert_eq!(supply.taken(), 2 + THREADS, "each for itself, at once");
    setup.events.take();
    assert_eq!(everyone("patient").load_from::<Person>(&pool).unwrap(), people(50));
    assert_eq!(setup.events.words(), ["hit Memory"]);
}

/// The leader waits for the connection that another caller holds. That caller loads the same key, and must not wait for
/// the leader in turn.
#[test]
fn a_caller_with_a_connection_does_not_wait_for_a_leader_that_wants_it() {
    let db = Database::<Db>::new();
    let setup = Setup::with(&db, |builder| builder.region(patient()));
    let (pool, _) = pool_of_one(&db, &setup.cache, Duration::from_secs(3600));
    everyone("hot").load_from::<Person>(&pool).unwrap();
    let mut held = pool.get().unwrap();
    let (asking, asked) = mpsc::channel();
    let inner = Arc::new(pool.get_ref().clone());
    let waiting = {
        let inner = Arc::clone(&inner);
        setup.cache.lazy_pool(move || {
            asking.send(()).unwrap();
            inner.get()
        })
    };
    drop(held);
    everyone("hot").load_from::<Person>(&pool).unwrap();
    everyone("hot").load_from::<Person>(&waiting).unwrap(); // it learns
    asked.recv().unwrap();
    held = pool.get().unwrap();
    thread::scope(|scope| {
        let leader = scope.spawn(|| everyone("patient").load_from::<Person>(&waiting).unwrap());
        asked.recv().unwrap();
        assert_eq!(everyone("patient").load::<Person>(&mut held).unwrap(), people(50));
        assert_eq!(waits(&setup.cache), 0);
        drop(held);
        assert_eq!(leader.join().unwrap(), people(50));
    });
}
