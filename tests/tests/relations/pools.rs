//! Loads of many keys from a pool take a connection only if something is missing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache::LoadFromError;
use diesel_cache_tests::{Backend, Database, Person, Setup, connect, person};

use super::B;

type Conn = <B as Backend>::Conn;

#[test]
fn a_connection_is_taken_only_if_something_is_missing() {
    let db = Database::<B>::new();
    let Setup { cache, .. } = Setup::new(&db);
    let (taken, is_down) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let (url, attached, counts, down) = (db.url().to_owned(), cache.clone(), Arc::clone(&taken), Arc::clone(&is_down));
    let pool = cache.lazy_pool(move || -> Result<Conn, ConnectionError> {
        if down.load(SeqCst) {
            return Err(ConnectionError::BadConnection("down".into()));
        }
        counts.fetch_add(1, SeqCst);
        let mut conn = connect::<B>(&url);
        attached.attach(&mut conn);
        Ok(conn)
    });
    let find = |ids: &[i32]| person::table.cached("default").find_many(ids.to_vec());
    let none = find(&[]).load_by_key_from::<Person>(&pool).map(|rows| rows.len());
    assert_eq!((none.ok(), taken.load(SeqCst)), (Some(0), 0));
    assert_eq!(find(&[1, 2]).load_by_key_from::<Person>(&pool).unwrap().len(), 2);
    assert_eq!(find(&[2, 3, 99]).load_in_order_from::<Person>(&pool).unwrap()[1].as_ref().map(|row| row.id), Some(3));
    assert_eq!(taken.load(SeqCst), 2);

    is_down.store(true, SeqCst);
    assert_eq!(find(&[1, 2, 3, 99]).load_shared_from::<Person>(&pool).unwrap()[3].len(), 0);
    let error = find(&[1, 4]).load_by_key_from::<Person>(&pool).unwrap_err();
    assert!(matches!(error, LoadFromError::Connection(_)));
    is_down.store(false, SeqCst);
    assert_eq!(find(&[1, 4]).consistent().load_by_key_from::<Person>(&pool).unwrap()[&4].id, 4);
    assert_eq!(taken.load(SeqCst), 3);
    assert_eq!(cache.region("default").unwrap().stats().stores(), 5);
}

/// A load from a pool leads a key, and waits for the pool's only connection. A batch that has that connection does not
/// wait for it.
#[test]
fn a_batch_with_a_connection_does_not_wait_for_a_leader_without() {
    let db = Database::<B>::new();
    let Setup { cache, mut conn, .. } = Setup::with(&db, |builder| {
        builder.region(Region::memory("patient").lock_timeout(Duration::from_secs(24 * 3600)))
    });
    let (waits, is_waiting) = mpsc::channel();
    let (give, given) = mpsc::channel::<Conn>();
    let given = Mutex::new(given);
    let pool = cache.lazy_pool(move || {
        waits.send(()).unwrap();
        given.lock().unwrap().recv()
    });
    // The pool's first connection tells the cache its context.
    let find = |ids: &[i32]| person::table.cached("patient").find_many(ids.to_vec());
    let mut first = db.connect();
    cache.attach(&mut first);
    give.send(first).unwrap();
    find(&[9]).load_by_key_from::<Person>(&pool).unwrap();
    is_waiting.recv().unwrap();

    let (done, is_done) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(|| assert_eq!(find(&[1, 2]).load_by_key_from::<Person>(&pool).unwrap().len(), 2));
        is_waiting.recv().unwrap();
        scope.spawn(move || {
            let found = find(&[2, 3]).load_by_key::<Person>(&mut conn).unwrap();
            done.send((found.len(), conn)).unwrap();
        });
        let (found, conn) = is_done.recv_timeout(Duration::from_secs(120)).expect("they wait for each other");
        assert_eq!(found, 2);
        give.send(conn).unwrap();
    });
}
