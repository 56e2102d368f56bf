//! No worker thread of a runtime is blocked by files, by file locks, or by waiting for other callers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::{Duration, SystemTime};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_cache::prelude::*;
use diesel_cache::{Clock, Event, Region};
use diesel_cache_tests::{Database, Person, Postgres, Sqlite, person};

use crate::flights::until;
use crate::ticker::Ticker;
use crate::world::World;

const LOADS: i32 = 10_000;

/// A clock that counts its calls by thread. The cache calls it on the thread that has read an entry, to judge whether
/// the entry may be served.
#[derive(Debug, Default)]
struct Witness(Mutex<HashMap<ThreadId, i32>>);

impl Clock for Witness {
    fn now(&self) -> SystemTime {
        *self.0.lock().unwrap().entry(thread::current().id()).or_default() += 1;
        SystemTime::now()
    }
}

#[tokio::test(flavor = "current_thread")]
async fn disk_hits_are_read_elsewhere() {
    let db = Database::<Sqlite>::new();
    let witness = Arc::<Witness>::default();
    let clock = Arc::clone(&witness);
    let world = World::with(&db, |builder| builder.clock(Shared(clock)));
    let (mut conn, sent) = world.connect(&db).await;
    let query = || person::table.find(1).cached("files");
    query().first::<Person>(&mut conn).await.unwrap();
    sent.take();
    witness.0.lock().unwrap().clear();
    let ticker = Ticker::start();
    for _ in 0..LOADS {
        query().first::<Person>(&mut conn).await.unwrap();
    }
    ticker.stop();
    assert_eq!(sent.selects(), 0);
    let asked = witness.0.lock().unwrap();
    assert_eq!(
        asked.get(&thread::current().id()),
        None,
        "the task has read files itself"
    );
    assert!(asked.values().sum::<i32>() >= LOADS);
    assert!(ticker.ticks() > 0);
    println!("longest gap beside {LOADS} disk hits: {:?}", ticker.gap());
}

#[derive(Debug)]
struct Shared(Arc<Witness>);

impl Clock for Shared {
    fn now(&self) -> SystemTime {
        self.0.now()
    }
}

/// A hit in memory is done at the first poll: nobody else has a turn.
#[tokio::test(flavor = "current_thread")]
async fn memory_hits_stay_on_the_task() {
    let db = Database::<Sqlite>::new();
    let world = World::new(&db);
    let (mut conn, _) = world.connect(&db).await;
    let query = || person::table.find(1).cached("default");
    query().first::<Person>(&mut conn).await.unwrap();
    let ticker = Ticker::start();
    tokio::task::yield_now().await;
    let before = ticker.ticks();
    for _ in 0..100 {
        query().first::<Person>(&mut conn).await.unwrap();
    }
    assert_eq!(ticker.ticks(), before);
    ticker.stop();
}

/// Tokio grants a task so many steps in a turn, 128 today; hits count among them.
#[tokio::test(flavor = "current_thread")]
async fn memory_hits_one_after_the_other_give_way() {
    let db = Database::<Sqlite>::new();
    let world = World::new(&db);
    let (mut conn, _) = world.connect(&db).await;
    let query = || person::table.find(1).cached("default");
    query().first::<Person>(&mut conn).await.unwrap();
    let ticker = Ticker::start();
    tokio::task::yield_now().await;
    let before = ticker.ticks();
    for _ in 0..LOADS {
        query().first::<Person>(&mut conn).await.unwrap();
    }
    assert!(ticker.ticks() > before + 10, "{}", ticker.ticks());
    ticker.stop();
}

/// Entries are written by other threads than the runtime's only one.
#[tokio::test(flavor = "current_thread")]
async fn misses_store_elsewhere() {
    let db = Database::<Sqlite>::new();
    let threads = Arc::<Mutex<Vec<ThreadId>>>::default();
    let seen = Arc::clone(&threads);
    let world = World::with(&db, |builder| {
        builder.listener(move |event| {
            if let Event::Stored { .. } = event {
                seen.lock().unwrap().push(thread::current().id());
            }
        })
    });
    let (mut conn, _) = world.connect(&db).await;
    let ticker = Ticker::start();
    for id in 0..LOADS / 10 {
        let found = person::table
            .find(id)
            .cached("files")
            .load::<Person>(&mut conn)
            .await
            .unwrap();
        assert_eq!(found.len(), usize::from((1..=50).contains(&id)));
    }
    ticker.stop();
    let threads = threads.lock().unwrap();
    assert_eq!(threads.len(), LOADS as usize / 10);
    assert!(!threads.contains(&thread::current().id()));
    println!("longest gap beside {} misses: {:?}", threads.len(), ticker.gap());
}

/// Two caches on one directory exclude each other as two processes do. Here the holder of the lock and those who wait
/// for it share one thread: if one of them blocked it, nobody would ever go on.
#[tokio::test(flavor = "current_thread")]
async fn waits_for_locks_and_leaders_give_way() {
    let db = Database::<Postgres>::new();
    let patient = |builder: diesel_cache::CacheBuilder| {
        builder.region(Region::disk("patient").lock_timeout(Duration::from_secs(3600)))
    };
    let (world, others) = (World::with(&db, patient), World::with(&db, patient));
    let load = || person::table.order(person::id).cached("patient");
    let (mut leader, sent) = world.connect(&db).await;
    let mut lock = db.connect();
    diesel::connection::SimpleConnection::batch_execute(&mut lock, "BEGIN; LOCK TABLE person").unwrap();
    let leader = tokio::spawn(async move { load().load::<Person>(&mut leader).await.unwrap().len() });
    let mut asked = 0;
    until("asked", || {
        asked += sent.selects();
        asked == 1
    })
    .await;
    let mut waiters = Vec::new();
    for place in 0..20 {
        let it = if place % 2 == 0 { &world } else { &others };
        let (mut conn, sent) = it.connect(&db).await;
        waiters.push((
            tokio::spawn(async move { load().load::<Person>(&mut conn).await.unwrap().len() }),
            sent,
        ));
    }
    let ticker = Ticker::start();
    until("waited for", || {
        let waits = |world: &World| world.cache.region("patient").unwrap().stats().coalesced_waits();
        waits(&world) == 10 && waits(&others) == 9
    })
    .await;
    until("given way", || ticker.ticks() > 1_000).await;
    diesel::connection::SimpleConnection::batch_execute(&mut lock, "COMMIT").unwrap();
    assert_eq!(leader.await.unwrap(), 50);
    let mut selects = 0;
    for (waiter, sent) in waiters {
        assert_eq!(waiter.await.unwrap(), 50);
        selects += sent.selects();
    }
    ticker.stop();
    assert_eq!(selects, 0, "one query for all");
    println!("longest gap beside 20 waits: {:?}", ticker.gap());
}

/// Where there is no runtime, a load blocks its thread: there is nobody else.
#[test]
fn outside_of_a_runtime_it_waits_itself() {
    use std::pin::pin;
    use std::task::{Context, Poll, Wake, Waker};

    struct Unpark(thread::Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    fn wait_for<F: Future>(future: F) -> F::Output {
        let mut future = pin!(future);
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        loop {
            match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(output) => return output,
                Poll::Pending => thread::park(),
            }
        }
    }

    let db = Database::<Sqlite>::new();
    let world = World::new(&db);
    // With a thread of its own, which diesel-async makes where it finds none.
    let mut conn = SyncConnectionWrapper::<SqliteConnection>::new(db.connect());
    world.cache.attach(&mut conn);
    let query = || person::table.find(1).cached("files");
    for _ in 0..2 {
        wait_for(query().first::<Person>(&mut conn)).unwrap();
    }
    assert!(wait_for(query().limit(1).invalidate(&mut conn)).unwrap());
    assert_eq!(world.told(), ["miss", "stored", "hit"]);
}
