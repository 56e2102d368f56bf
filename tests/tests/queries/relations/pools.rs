//! Loads of many keys from a pool take a connection only if something is missing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel::prelude::*;
use diesel_cache::LoadFromError;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Backend, Database, Person, Setup, Statements, connect, person};

use super::B;

type Conn = <B as Backend>::Conn;

#[test]
fn a_connection_is_taken_only_if_something_is_missing() {
    let db = Database::<B>::new();
    let Setup { cache, .. } = Setup::new(&db);
    let (taken, is_down) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let (url, attached, counts, down) = (
        db.url().to_owned(),
        cache.clone(),
        Arc::clone(&taken),
        Arc::clone(&is_down),
    );
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
    assert_eq!(
        find(&[2, 3, 99]).load_in_order_from::<Person>(&pool).unwrap()[1]
            .as_ref()
            .map(|row| row.id),
        Some(3)
    );
    assert_eq!(taken.load(SeqCst), 2);

    is_down.store(true, SeqCst);
    assert_eq!(
        find(&[1, 2, 3, 99]).load_shared_from::<Person>(&pool).unwrap()[3].len(),
        0
    );
    let error = find(&[1, 4]).load_by_key_from::<Person>(&pool).unwrap_err();
    assert!(matches!(error, LoadFromError::Connection(_)));
    is_down.store(false, SeqCst);
    assert_eq!(
        find(&[1, 4]).consistent().load_by_key_from::<Person>(&pool).unwrap()[&4].id,
        4
    );
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
    let pool = &pool;
    // It owns `give`: if it panics, the pool's load ends without a connection, and the batch with it.
    thread::scope(move |scope| {
        scope.spawn(move || assert_eq!(find(&[1, 2]).load_by_key_from::<Person>(pool).unwrap().len(), 2));
        is_waiting.recv().unwrap();
        scope.spawn(move || {
            let found = find(&[2, 3]).load_by_key::<Person>(&mut conn).unwrap();
            done.send((found.len(), conn)).unwrap();
        });
        let (found, conn) = is_done
            .recv_timeout(Duration::from_secs(120))
            .expect("they wait for each other");
        assert_eq!(found, 2);
        give.send(conn).unwrap();
    });
}

/// Reports that its connection was dropped.
struct Dropped(mpsc::Sender<()>, Statements);

impl Instrumentation for Dropped {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        self.1.on_connection_event(event);
    }
}

impl Drop for Dropped {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

/// The leader of a key has to wait until the batch has given its connection back, and the batch waits for the leader.
#[test]
fn a_batch_from_a_pool_waits_for_others_without_a_connection() {
    let db = Database::<B>::new();
    // If the batch kept its connection, it would ask for the key itself after this time.
    let Setup { cache, .. } = Setup::with(&db, |builder| {
        builder.region(Region::memory("patient").lock_timeout(Duration::from_secs(10)))
    });
    let (waits, is_waiting) = mpsc::channel();
    let (dropped, is_dropped) = mpsc::channel();
    let (is_dropped, statements) = (Mutex::new(is_dropped), Statements::new());
    let (url, attached, sent) = (db.url().to_owned(), cache.clone(), statements.clone());
    let pool = cache.lazy_pool(move || {
        let mut conn = connect::<B>(&url);
        if thread::current().name() == Some("leader") {
            waits.send(()).unwrap();
            is_dropped.lock().unwrap().recv().unwrap();
            attached.attach(&mut conn);
        } else {
            attached.attach_with(&mut conn, Dropped(dropped.clone(), sent.clone()));
        }
        Ok::<_, ConnectionError>(conn)
    });
    let find = |ids: &[i32]| person::table.cached("patient").find_many(ids.to_vec());
    // The first load tells the cache the context of the pool's connections. It drops one, too.
    find(&[9]).load_by_key_from::<Person>(&pool).unwrap();
    let leader = |ids: &'static [i32]| {
        let (pool, find) = (&pool, &find);
        move || find(ids).load_by_key_from::<Person>(pool).unwrap().len()
    };
    thread::scope(|scope| {
        let first = thread::Builder::new().name("leader".into());
        let first = first.spawn_scoped(scope, leader(&[10])).unwrap();
        is_waiting.recv().unwrap();
        assert_eq!(first.join().unwrap(), 1);

        let second = thread::Builder::new().name("leader".into());
        let second = second.spawn_scoped(scope, leader(&[1])).unwrap();
        is_waiting.recv().unwrap();
        statements.take();
        assert_eq!(find(&[1, 2]).load_by_key_from::<Person>(&pool).unwrap().len(), 2);
        assert_eq!(
            (second.join().unwrap(), statements.selects()),
            (1, 1),
            "the batch has asked for 2 alone"
        );
    });
}
