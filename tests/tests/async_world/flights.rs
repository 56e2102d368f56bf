//! One query serves all callers that wait for it, threads and tasks alike. Also the effects of a dropped future.

use std::future::{Future, poll_fn};
use std::sync::mpsc;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Mysql, Person, Postgres, Sqlite, Statements, person};

use crate::world::World;

/// Polls a future at most this many times, and then drops it. Returns `None` if it was not done by then.
pub async fn cut<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut left = polls;
    poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Waits until `so` returns `true`, without blocking the thread. Panics after two minutes.
pub async fn until(what: &str, mut so: impl FnMut() -> bool) {
    let waiting = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), waiting)
        .await
        .unwrap_or_else(|_| panic!("never {what}"));
}

fn everyone() -> Cached<diesel::dsl::Order<person::table, person::id>> {
    person::table.order(person::id).cached("default")
}

/// Locks the table in PostgreSQL. Queries wait until the returned connection releases the lock.
fn locked(db: &Database<Postgres>) -> PgConnection {
    let mut conn = db.connect();
    conn.batch_execute("BEGIN; LOCK TABLE person").unwrap();
    conn
}

fn waits(world: &World) -> u64 {
    world.cache.region("default").unwrap().stats().coalesced_waits()
}

#[tokio::test]
async fn a_task_waits_for_a_thread() {
    let db = Database::<Postgres>::new();
    let world = World::new(&db);
    let (mut conn, ours) = world.connect(&db).await;
    let theirs = Statements::new();
    let mut blocking = db.connect();
    world.cache.attach_with(&mut blocking, theirs.clone());
    let mut lock = locked(&db);
    let leader = thread::spawn(move || diesel::RunQueryDsl::load::<Person>(everyone(), &mut blocking).unwrap());
    let mut sent = 0;
    until("asked by the thread", || {
        sent += theirs.selects();
        sent == 1
    })
    .await;
    let waiter = tokio::spawn(async move { everyone().load::<Person>(&mut conn).await.unwrap() });
    until("waited for by the task", || waits(&world) == 1).await;
    lock.batch_execute("COMMIT").unwrap();
    assert_eq!(waiter.await.unwrap(), leader.join().unwrap());
    assert_eq!(ours.selects(), 0);
}

#[tokio::test]
async fn a_thread_waits_for_a_task() {
    let db = Database::<Postgres>::new();
    let world = World::new(&db);
    let (mut conn, ours) = world.connect(&db).await;
    let theirs = Statements::new();
    let mut blocking = db.connect();
    world.cache.attach_with(&mut blocking, theirs.clone());
    let mut lock = locked(&db);
    let leader = tokio::spawn(async move { everyone().load::<Person>(&mut conn).await.unwrap() });
    let mut sent = 0;
    until("asked by the task", || {
        sent += ours.selects();
        sent == 1
    })
    .await;
    let waiter = thread::spawn(move || diesel::RunQueryDsl::load::<Person>(everyone(), &mut blocking).unwrap());
    until("waited for by the thread", || waits(&world) == 1).await;
    lock.batch_execute("COMMIT").unwrap();
    assert_eq!(leader.await.unwrap(), waiter.join().unwrap());
    assert_eq!(theirs.selects(), 0);
}

/// A leader that is dropped while its query runs: a thread and a task that wait for it go on, each for itself.
#[tokio::test]
async fn a_cancelled_leader_hands_over() {
    let db = Database::<Postgres>::new();
    let world = World::with(&db, |builder| {
        builder.region(Region::memory("patient").lock_timeout(Duration::from_secs(3600)))
    });
    let load = || person::table.order(person::id).cached("patient");
    let (mut one, sent) = world.connect(&db).await;
    let (mut other, _) = world.connect(&db).await;
    let mut blocking = db.connect();
    world.cache.attach(&mut blocking);
    let mut lock = locked(&db);
    let leader = tokio::spawn(async move { load().load::<Person>(&mut one).await });
    let mut asked = 0;
    until("asked", || {
        asked += sent.selects();
        asked == 1
    })
    .await;
    let task = tokio::spawn(async move { load().load::<Person>(&mut other).await.unwrap() });
    let thread = thread::spawn(move || diesel::RunQueryDsl::load::<Person>(load(), &mut blocking).unwrap());
    until("waited for", || {
        world.cache.region("patient").unwrap().stats().coalesced_waits() == 2
    })
    .await;
    leader.abort();
    assert!(leader.await.unwrap_err().is_cancelled());
    lock.batch_execute("COMMIT").unwrap();
    assert_eq!(task.await.unwrap().len(), 50);
    assert_eq!(thread.join().unwrap().len(), 50);
}

macro_rules! on {
    ($name:ident, $backend:ty, $goes_on:literal) => {
        mod $name {
            use super::*;

            /// Dropped at each of its await points, a load leaves no flight in this process and no lock for others.
            #[tokio::test(flavor = "multi_thread")]
            async fn a_load_can_be_dropped_anywhere() {
                let db = Database::<$backend>::new();
                let patient = |builder: diesel_cache::CacheBuilder| {
                    builder.region(diesel_cache::Region::disk("patient").lock_timeout(Duration::from_secs(3600)))
                };
                let world = World::with(&db, patient);
                let others = World::with(&db, patient);
                let load = || person::table.order(person::id).cached("patient");
                let (mut theirs, _) = others.connect(&db).await;
                let (mut ours, _) = world.connect(&db).await;
                let mut polls = 1;
                loop {
                    let (mut conn, _) = world.connect(&db).await;
                    let done = cut(load().load::<Person>(&mut conn), polls).await.is_some();
                    // First another process, then this one.
                    let look = async {
                        assert_eq!(load().load::<Person>(&mut theirs).await.unwrap().len(), 50);
                        assert_eq!(load().load::<Person>(&mut ours).await.unwrap().len(), 50);
                    };
                    tokio::time::timeout(Duration::from_secs(120), look)
                        .await
                        .expect("a lock was left");
                    load().invalidate(&mut ours).await.unwrap();
                    match done {
                        // Files and database were faster than this thread, which is seldom: once more.
                        true if polls == 1 => {}
                        true => break,
                        false => polls += 1,
                    }
                }
            }

            /// Dropped at each of its await points, a write leaves its table in doubt until its connection is used
            /// again. Whatever became of it, nothing old is shown.
            #[tokio::test(flavor = "multi_thread")]
            async fn a_write_can_be_dropped_anywhere() {
                let db = Database::<$backend>::new();
                let world = World::new(&db);
                let (mut reader, _) = world.connect(&db).await;
                let mut truth = db.connect();
                let name = || person::table.find(1).select(person::name);
                for polls in 0.. {
                    let (mut conn, _) = world.connect(&db).await;
                    let set = diesel::update(person::table.find(1)).set(person::name.eq(format!("poll {polls}")));
                    let done = cut(set.execute(&mut conn), polls).await.is_some();
                    name()
                        .cached("default")
                        .first::<String>(&mut reader)
                        .await
                        .unwrap();
                    // Errors are the driver's: it may have lost its place.
                    let _ = diesel::sql_query("SELECT 1").execute(&mut conn).await;
                    let _ = diesel::sql_query("SELECT 1").execute(&mut conn).await;
                    world.told();
                    let shown = name()
                        .cached("default")
                        .first::<String>(&mut reader)
                        .await
                        .unwrap();
                    let again = name()
                        .cached("default")
                        .first::<String>(&mut reader)
                        .await
                        .unwrap();
                    let settled = ["hit", "stored"].contains(world.told().last().unwrap());
                    assert!(settled || !$goes_on, "the doubt is over");
                    let is = diesel::RunQueryDsl::first::<String>(name(), &mut truth).unwrap();
                    assert_eq!((&shown, &again), (&is, &is), "after {polls} polls");
                    if done {
                        break;
                    }
                }
            }

            /// The same, and the connection is dropped as well: the doubt is over when the server does not know it any
            /// more.
            #[tokio::test(flavor = "multi_thread")]
            async fn a_connection_can_be_dropped_anywhere() {
                let db = Database::<$backend>::new();
                let world = World::with(&db, |builder| builder.doubt_grace(Duration::from_secs(3600)));
                let (mut reader, _) = world.connect(&db).await;
                let mut truth = db.connect();
                let name = || person::table.find(1).select(person::name);
                for polls in 0..6 {
                    let (mut conn, _) = world.connect(&db).await;
                    world.cache.identify_async(&mut conn).await.unwrap();
                    let set = diesel::update(person::table.find(1)).set(person::name.eq(format!("poll {polls}")));
                    cut(set.execute(&mut conn), polls).await;
                    drop(conn);
                    let settling = async {
                        loop {
                            world.told();
                            let shown = name()
                                .cached("default")
                                .first::<String>(&mut reader)
                                .await
                                .unwrap();
                            if world.told().contains(&"hit") {
                                break shown;
                            }
                            tokio::time::sleep(Duration::from_millis(20)).await;
                        }
                    };
                    let shown = tokio::time::timeout(Duration::from_secs(120), settling).await;
                    let is = diesel::RunQueryDsl::first::<String>(name(), &mut truth).unwrap();
                    assert_eq!(shown.expect("the doubt is not over"), is, "after {polls} polls");
                }
            }
        }
    };
}

// MySQL's driver takes the answer to a statement that was given up for that to the next one: nothing is settled by
// that.
on!(sqlite, Sqlite, true);
on!(postgres, Postgres, true);
on!(mysql, Mysql, false);

/// The channel is for the one thread that is blocked on purpose.
#[tokio::test]
async fn sessions_end_with_their_future() {
    let db = Database::<Postgres>::new();
    let world = World::new(&db);
    let (mut conn, sent) = world.connect(&db).await;
    let (told, _keep) = mpsc::channel();
    let cache = world.cache.clone();
    let task = tokio::spawn(async move {
        let count = cache
            .session_async(&mut conn, async |conn| {
                let first = person::table.cached("local").load_shared::<Person>(conn).await?;
                let second = person::table.cached("local").load_shared::<Person>(conn).await?;
                told.send(()).unwrap();
                QueryResult::Ok(std::sync::Arc::ptr_eq(&first, &second))
            })
            .await;
        // A session that is given up ends as well.
        cut(
            cache.session_async(&mut conn, async |conn| {
                let _ = person::table.cached("local").load::<Person>(conn).await;
                std::future::pending::<()>().await;
            }),
            1,
        )
        .await;
        let outside = person::table.cached("local").lookup::<Person>(&mut conn).await.unwrap();
        (count, outside.is_none())
    });
    let (same, gone) = task.await.unwrap();
    assert!(same.unwrap() && gone);
    assert!(sent.selects() <= 2);
}
