//! Loads that take their connection from a pool, on a miss only.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use diesel::prelude::*;
use diesel::result::ConnectionError;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use diesel_cache::prelude::*;
use diesel_cache::{AsyncConnectionSource, Error, LoadFromError, RefusalReason};
use diesel_cache_tests::{AsyncBackend, Database, Mysql, Person, Postgres, Sqlite, connect_async, people, person};
use tokio::sync::{Notify, Semaphore};

use crate::flights::{cut, until};
use crate::world::World;

fn everyone() -> Cached<diesel::dsl::Order<person::table, person::id>> {
    person::table.order(person::id).cached("default")
}

fn manager<C: AsyncConnection + 'static>(
    url: &str,
    cache: &Cache,
    setup: &'static str,
) -> AsyncDieselConnectionManager<C> {
    let cache = cache.clone();
    let mut config = ManagerConfig::default();
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(move |url| {
        let cache = cache.clone();
        Box::pin(async move {
            let mut conn = C::establish(url).await?;
            cache.attach(&mut conn);
            match setup {
                "" => {}
                setup => conn
                    .batch_execute(setup)
                    .await
                    .map_err(ConnectionError::CouldntSetupConfiguration)?,
            }
            Ok(conn)
        })
    });
    AsyncDieselConnectionManager::new_with_config(url, config)
}

/// Opens connections, counts them, and can simulate a database that is down.
#[derive(Clone, Default)]
struct Supply {
    taken: Arc<AtomicUsize>,
    is_down: Arc<AtomicBool>,
    is_attached: Arc<AtomicBool>,
}

/// Asserts that a pool whose only connection is in use still answers hits, and returns the pool's error for a miss.
macro_rules! answers_while_exhausted {
    ($pool:expr, $world:expr) => {{
        let pool = $pool;
        assert!(!pool.knows_context());
        assert_eq!(everyone().load_from::<Person>(&pool).await.unwrap(), people(50));
        let held = pool.get().await.unwrap();
        $world.told();
        assert_eq!(everyone().load_from::<Person>(&pool).await.unwrap(), people(50));
        assert_eq!($world.told(), ["hit"]);
        let miss = person::table.find(1).cached("default").first_from::<Person>(&pool);
        // Without a runtime, deadpool waits for a connection as long as its caller lets it.
        let missed = tokio::time::timeout(Duration::from_secs(4), miss).await;
        assert!(matches!(missed, Err(_) | Ok(Err(LoadFromError::Connection(_)))));
        assert_eq!($world.told(), ["miss"]);
        drop(held);
        let found = person::table
            .find(1)
            .cached("default")
            .first_from::<Person>(&pool)
            .await;
        assert_eq!(found.unwrap().id, 1);
        assert_eq!($world.told(), ["miss", "stored"]);
    }};
}

macro_rules! on {
    ($name:ident, $backend:ty) => {
        mod $name {
            use super::*;

            type Conn = <$backend as AsyncBackend>::AsyncConn;

            fn supplied(
                db: &Database<$backend>,
                world: &World,
            ) -> (
                LazyPool<impl AsyncConnectionSource<Connection = Conn, Error = ConnectionError>>,
                Supply,
            ) {
                let supply = Supply::default();
                supply.is_attached.store(true, Ordering::SeqCst);
                let (ours, cache, url) = (supply.clone(), world.cache.clone(), db.url().to_owned());
                let pool = world.cache.lazy_pool(move || {
                    let (ours, cache, url) = (ours.clone(), cache.clone(), url.clone());
                    async move {
                        ours.taken.fetch_add(1, Ordering::SeqCst);
                        if AtomicBool::load(&ours.is_down, Ordering::SeqCst) {
                            return Err(ConnectionError::BadConnection("the database is down".into()));
                        }
                        let mut conn = connect_async::<$backend>(&url).await;
                        if AtomicBool::load(&ours.is_attached, Ordering::SeqCst) {
                            cache.attach(&mut conn);
                        }
                        Ok(conn)
                    }
                });
                (pool, supply)
            }

            #[tokio::test]
            async fn a_hit_needs_no_connection() {
                let db = Database::<$backend>::new();
                let world = World::new(&db);
                let (pool, supply) = supplied(&db, &world);
                let one = || person::table.find(7).cached("default");
                assert_eq!(everyone().load_from::<Person>(&pool).await.unwrap(), people(50));
                assert_eq!(one().first_from::<Person>(&pool).await.unwrap().id, 7);
                assert_eq!(AtomicUsize::load(&supply.taken, Ordering::SeqCst), 2);
                supply.is_down.store(true, Ordering::SeqCst);
                world.told();
                assert_eq!(everyone().load_from::<Person>(&pool).await.unwrap(), people(50));
                assert_eq!(
                    everyone().get_results_from::<Person>(&pool).await.unwrap(),
                    people(50)
                );
                assert_eq!(one().first_from::<Person>(&pool).await.unwrap().id, 7);
                let first: Arc<[Person]> = everyone().load_shared_from(&pool).await.unwrap();
                let second = everyone().load_shared_from(&pool).await.unwrap();
                assert!(Arc::ptr_eq(&first, &second));
                assert_eq!(world.told(), ["hit"; 5], "one load counts once");
                assert!(
                    everyone()
                        .lookup_from::<Person>(&pool)
                        .await
                        .unwrap()
                        .unwrap()
                        .is_fresh()
                );
                let nothing = one().key("other").lookup_from::<Person>(&pool).await;
                assert!(nothing.unwrap().is_none());
                assert_eq!(AtomicUsize::load(&supply.taken, Ordering::SeqCst), 2);
                let missed = one().key("other").get_result_from::<Person>(&pool).await;
                assert!(matches!(
                    missed,
                    Err(LoadFromError::Connection(ConnectionError::BadConnection(_)))
                ));
                supply.is_down.store(false, Ordering::SeqCst);
                assert_eq!(
                    one()
                        .key("other")
                        .get_result_from::<Person>(&pool)
                        .await
                        .unwrap()
                        .id,
                    7
                );
                let nobody = person::table
                    .find(0)
                    .cached("default")
                    .first_from::<Person>(&pool)
                    .await;
                assert_eq!(nobody.optional().unwrap(), None);
            }

            #[tokio::test]
            async fn a_hit_sees_every_commit() {
                let db = Database::<$backend>::new();
                let world = World::new(&db);
                let (pool, _) = supplied(&db, &world);
                let (mut writer, _) = world.connect(&db).await;
                let name = || person::table.find(1).select(person::name).cached("default");
                assert_eq!(name().first_from::<String>(&pool).await.unwrap(), "person 01");
                for new in ["Ada", "Grace"] {
                    let rename = diesel::update(person::table.find(1)).set(person::name.eq(new));
                    rename.execute(&mut writer).await.unwrap();
                    assert_eq!(name().first_from::<String>(&pool).await.unwrap(), new);
                    // A load begins at its first poll.
                    let load = name().first_from::<String>(&pool);
                    let restore = diesel::update(person::table.find(1)).set(person::name.eq("restored"));
                    restore.execute(&mut writer).await.unwrap();
                    assert_eq!(load.await.unwrap(), "restored");
                    let rename = diesel::update(person::table.find(1)).set(person::name.eq(new));
                    rename.execute(&mut writer).await.unwrap();
                    assert_eq!(name().first_from::<String>(&pool).await.unwrap(), new);
                    world.told();
                    assert_eq!(name().first_from::<String>(&pool).await.unwrap(), new);
                    assert_eq!(world.told(), ["hit"]);
                }
            }

            #[tokio::test]
            async fn a_connection_that_has_departed_stores_nothing() {
                let db = Database::<$backend>::new();
                let world = World::new(&db);
                let url = db.url().to_owned();
                let (cache, count) = (world.cache.clone(), Arc::new(AtomicUsize::new(0)));
                let pool = world.cache.lazy_pool(move || {
                    let (url, cache, number) = (url.clone(), cache.clone(), count.fetch_add(1, Ordering::SeqCst));
                    async move {
                        let mut conn = connect_async::<$backend>(&url).await;
                        cache.attach(&mut conn);
                        match number {
                            1 => {
                                let shadow = "CREATE TEMPORARY TABLE person (id INTEGER, name VARCHAR(100)); \
                                     INSERT INTO person VALUES (1, 'Eve')";
                                conn.batch_execute(shadow).await.unwrap();
                            }
                            2 => conn.batch_execute("BEGIN").await.unwrap(),
                            _ => {}
                        }
                        QueryResult::Ok(conn)
                    }
                });
                assert_eq!(everyone().load_from::<Person>(&pool).await.unwrap(), people(50));
                let one = || person::table.find(1).cached("default");
                world.told();
                assert_eq!(one().first_from::<Person>(&pool).await.unwrap().name, "Eve");
                for _ in 0..2 {
                    assert_eq!(one().first_from::<Person>(&pool).await.unwrap().name, "person 01");
                }
                let told = world.told();
                assert_eq!(told, ["miss", "refused", "miss", "refused", "miss", "stored"]);
                let stats = world.cache.region("default").unwrap().stats();
                assert_eq!(stats.refusals_by(RefusalReason::OtherContext), 1);
                assert_eq!(stats.refusals_by(RefusalReason::Transaction), 1);
            }

            #[tokio::test]
            async fn a_connection_that_is_not_attached_is_an_error() {
                let db = Database::<$backend>::new();
                let world = World::new(&db);
                let (pool, supply) = supplied(&db, &world);
                for known in [false, true] {
                    supply.is_attached.store(false, Ordering::SeqCst);
                    assert_eq!(pool.knows_context(), known);
                    let error = everyone().load_from::<Person>(&pool).await.unwrap_err();
                    let LoadFromError::Query(diesel::result::Error::QueryBuilderError(error)) = error else {
                        panic!("{error}");
                    };
                    assert!(matches!(error.downcast_ref(), Some(Error::NotAttached)));
                    supply.is_attached.store(true, Ordering::SeqCst);
                    assert_eq!(everyone().load_from::<Person>(&pool).await.unwrap(), people(50));
                    world.cache.invalidate_all();
                }
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn the_pools_answer_while_they_are_exhausted() {
                use diesel_async::pooled_connection::{bb8, deadpool, mobc};

                let setup = <$backend as diesel_cache_tests::Backend>::SETUP;
                let soon = Duration::from_secs(2); // enough to open a connection
                let db = Database::<$backend>::new();
                let world = World::new(&db);
                let deadpool = deadpool::Pool::builder(manager::<Conn>(db.url(), &world.cache, setup))
                    .max_size(1)
                    .build()
                    .unwrap();
                answers_while_exhausted!(world.cache.lazy_pool(deadpool), world);
                world.cache.region("default").unwrap().clear();
                let bb8 = bb8::Pool::builder()
                    .max_size(1)
                    .connection_timeout(soon)
                    .build(manager::<Conn>(db.url(), &world.cache, setup))
                    .await
                    .unwrap();
                answers_while_exhausted!(world.cache.lazy_pool(bb8), world);
                world.cache.region("default").unwrap().clear();
                let mobc = mobc::Pool::builder()
                    .max_open(1)
                    .get_timeout(Some(soon))
                    .build(manager::<Conn>(db.url(), &world.cache, setup));
                answers_while_exhausted!(world.cache.lazy_pool(mobc), world);
            }

            /// Of all that miss one key, one takes a connection. When it is dropped while it waits for one, another
            /// takes its place.
            #[tokio::test(flavor = "multi_thread")]
            async fn one_task_takes_a_connection() {
                let db = Database::<$backend>::new();
                let world = World::with(&db, |builder| {
                    builder.region(Region::disk("patient").lock_timeout(Duration::from_secs(3600)))
                });
                let (taken, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(1)));
                let asked = Arc::new(Notify::new());
                let pool = {
                    let (taken, gate, asked) = (Arc::clone(&taken), Arc::clone(&gate), Arc::clone(&asked));
                    let (cache, url) = (world.cache.clone(), db.url().to_owned());
                    Arc::new(world.cache.lazy_pool(move || {
                        let (gate, asked, url, cache) =
                            (Arc::clone(&gate), Arc::clone(&asked), url.clone(), cache.clone());
                        taken.fetch_add(1, Ordering::SeqCst);
                        async move {
                            asked.notify_one();
                            gate.acquire().await.unwrap().forget();
                            let mut conn = connect_async::<$backend>(&url).await;
                            cache.attach(&mut conn);
                            QueryResult::Ok(conn)
                        }
                    }))
                };
                everyone().load_from::<Person>(&pool).await.unwrap();
                asked.notified().await;
                let load = || {
                    let pool = Arc::clone(&pool);
                    tokio::spawn(async move {
                        let patient = person::table.order(person::id).cached("patient");
                        patient.load_from::<Person>(&pool).await.unwrap()
                    })
                };
                let waits = || world.cache.region("patient").unwrap().stats().coalesced_waits();
                let leader = load();
                asked.notified().await;
                let others: Vec<_> = (0..3).map(|_| load()).collect();
                until("waited for", || waits() == 3).await;
                assert_eq!(
                    AtomicUsize::load(&taken, Ordering::SeqCst),
                    2,
                    "those who wait hold no connection"
                );
                leader.abort();
                assert!(leader.await.unwrap_err().is_cancelled());
                gate.add_permits(3);
                for other in others {
                    assert_eq!(other.await.unwrap(), people(50));
                }
                assert_eq!(
                    AtomicUsize::load(&taken, Ordering::SeqCst),
                    3,
                    "one takes its place"
                );
            }

            /// Dropped at each of its await points, a load leaves no flight in this process and no lock for others.
            #[tokio::test(flavor = "multi_thread")]
            async fn a_load_can_be_dropped_anywhere() {
                let db = Database::<$backend>::new();
                let patient = |builder: diesel_cache::CacheBuilder| {
                    builder.region(Region::disk("patient").lock_timeout(Duration::from_secs(3600)))
                };
                let (world, others) = (World::with(&db, patient), World::with(&db, patient));
                let load = || person::table.order(person::id).cached("patient");
                let (mut theirs, _) = others.connect(&db).await;
                let (pool, _) = supplied(&db, &world);
                everyone().load_from::<Person>(&pool).await.unwrap();
                let mut polls = 1;
                loop {
                    let done = cut(load().load_from::<Person>(&pool), polls).await.is_some();
                    let look = async {
                        assert_eq!(load().load::<Person>(&mut theirs).await.unwrap().len(), 50);
                        assert_eq!(load().load_from::<Person>(&pool).await.unwrap().len(), 50);
                    };
                    tokio::time::timeout(Duration::from_secs(120), look)
                        .await
                        .expect("a lock was left");
                    load().invalidate(&mut theirs).await.unwrap();
                    match done {
                        // Files and database were faster than this thread, which is seldom: once more.
                        true if polls == 1 => {}
                        true => break,
                        false => polls += 1,
                    }
                }
            }
        }
    };
}

on!(sqlite, Sqlite);
on!(postgres, Postgres);
on!(mysql, Mysql);
