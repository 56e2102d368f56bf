//! Asynchronous connections to a replica. The replica is simulated by another database, which is behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use diesel::prelude::*;
use diesel::result::ConnectionError;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use diesel_cache::prelude::*;
use diesel_cache::{Error, RefusalReason};
use diesel_cache_tests::{Database, Mysql, Person, Postgres, Sqlite, connect_async, person};
use futures_util::TryStreamExt;

use crate::world::World;

const LAG: Duration = Duration::from_secs(10);
const RENAME: &str = "UPDATE person SET name = 'Ada' WHERE id = 1";

/// A cache whose replicas' lags are measured by the clock that it returns, in seconds.
macro_rules! world {
    ($db:expr) => {{
        let time = Arc::new(AtomicU64::new(0));
        let now = Arc::clone(&time);
        let clock = move || Duration::from_secs(AtomicU64::load(&now, Ordering::SeqCst));
        (World::with($db, |builder| builder.monotonic_clock(clock)), time)
    }};
}

fn everyone() -> Cached<diesel::dsl::Order<person::table, person::id>> {
    person::table.order(person::id).cached("default")
}

macro_rules! on {
    ($name:ident, $backend:ty) => {
        mod $name {
            use super::*;

            /// Whatever loads: rows as they are, shared, as a stream, from a pool, or for a value.
            #[tokio::test]
            async fn rows_that_may_be_too_old_are_returned_and_not_stored() {
                let dbs = [Database::<$backend>::new(), Database::<$backend>::new()];
                let (world, time) = world!(&dbs[0]);
                let (mut primary, _) = world.connect(&dbs[0]).await;
                let mut replica = dbs[1].connect_async().await;
                world.cache.attach_replica(&mut replica, LAG);
                time.fetch_add(LAG.as_secs(), Ordering::SeqCst);
                primary.batch_execute(RENAME).await.unwrap();

                let mut seen = Vec::new();
                let all: Vec<Person> = everyone().load(&mut replica).await.unwrap();
                seen.push(all[0].name.clone());
                let all: Arc<[Person]> = everyone().load_shared(&mut replica).await.unwrap();
                seen.push(all[0].name.clone());
                let stream = everyone().load_stream::<Person>(&mut replica).await.unwrap();
                seen.push(stream.try_collect::<Vec<_>>().await.unwrap()[0].name.clone());
                let (cache, url) = (world.cache.clone(), dbs[1].url().to_owned());
                let pool = world.cache.lazy_pool(move || {
                    let (cache, url) = (cache.clone(), url.clone());
                    async move {
                        let mut conn = connect_async::<$backend>(&url).await;
                        cache.attach_replica(&mut conn, LAG);
                        Ok::<_, ConnectionError>(conn)
                    }
                });
                for _ in 0..2 {
                    let all = everyone().load_from::<Person>(&pool).await.unwrap();
                    seen.push(all[0].name.clone());
                }
                let values = world.cache.region("default").unwrap().depends_on(["person"]);
                let query = || person::table.find(1).select(person::name);
                let value = values.get_or_create_async("key", async || query().first::<String>(&mut replica).await);
                seen.push(value.await.unwrap());
                assert_eq!(seen, ["person 01"; 6]);
                let stats = world.cache.region("default").unwrap().stats();
                assert_eq!(stats.refusals_by(RefusalReason::ReplicaLag), 6);
                assert_eq!(stats.stores(), 0);

                let all: Vec<Person> = everyone().load(&mut primary).await.unwrap();
                assert_eq!(all[0].name, "Ada");
                let explained = everyone().explain_from(&pool).await.unwrap();
                assert!(
                    explained.to_string().contains("\nnext    hit in memory"),
                    "{explained}"
                );
                assert!(everyone().invalidate_from(&pool).await.unwrap());
                let explained = everyone().explain_from(&pool).await.unwrap();
                assert!(
                    explained.to_string().contains("\nnext    miss (absent)"),
                    "{explained}"
                );
                let explained = everyone().explain(&mut replica).await.unwrap();
                assert_eq!(explained.refusal(), Some(RefusalReason::ReplicaLag));
                assert!(!everyone().invalidate_from(&pool).await.unwrap());
                everyone().load::<Person>(&mut primary).await.unwrap();
                let all: Vec<Person> = everyone().load_from(&pool).await.unwrap();
                assert_eq!(all[0].name, "Ada");
            }

            #[tokio::test]
            async fn rows_are_stored_when_nothing_was_written() {
                let dbs = [Database::<$backend>::new(), Database::<$backend>::new()];
                let (world, time) = world!(&dbs[0]);
                let (mut primary, sent) = world.connect(&dbs[0]).await;
                let mut replica = dbs[1].connect_async().await;
                world.cache.attach_replica(&mut replica, LAG);
                everyone().load::<Person>(&mut replica).await.unwrap();
                assert_eq!(world.told(), ["miss", "refused"]);
                time.fetch_add(LAG.as_secs(), Ordering::SeqCst);
                everyone().load::<Person>(&mut replica).await.unwrap();
                assert_eq!(world.told(), ["miss", "stored"]);
                sent.take();
                everyone().load::<Person>(&mut primary).await.unwrap();
                assert_eq!(sent.selects(), 0);
            }

            #[tokio::test]
            async fn a_replica_is_not_introspected() {
                let db = Database::<$backend>::new();
                let (world, _) = world!(&db);
                let mut replica = db.connect_async().await;
                world.cache.attach_replica(&mut replica, LAG);
                let refused = world.cache.introspect_async(&mut replica).await.unwrap_err();
                let diesel::result::Error::QueryBuilderError(error) = refused else {
                    panic!("{refused:?}")
                };
                assert!(matches!(error.downcast_ref(), Some(Error::IntrospectsReplica)));
            }
        }
    };
}

on!(sqlite, Sqlite);
on!(postgres, Postgres);
on!(mysql, Mysql);

/// Through a shared reference, too: the load learns from the observer that the connection leads to a replica.
#[tokio::test]
async fn a_load_in_a_pipeline_stores_no_rows_that_may_be_too_old() {
    let dbs = [Database::<Postgres>::new(), Database::<Postgres>::new()];
    let (world, time) = world!(&dbs[0]);
    let (mut primary, _) = world.connect(&dbs[0]).await;
    let mut replica = dbs[1].connect_async().await;
    world.cache.attach_replica(&mut replica, LAG);
    time.fetch_add(LAG.as_secs(), Ordering::SeqCst);
    primary.batch_execute(RENAME).await.unwrap();

    let all: Vec<Person> = everyone().load_on(&replica).await.unwrap();
    assert_eq!(all[0].name, "person 01");
    assert_eq!(world.told(), ["miss", "refused"]);
    let all: Vec<Person> = everyone().load_on(&primary).await.unwrap();
    assert_eq!(all[0].name, "Ada");
    let all: Vec<Person> = everyone().load_on(&replica).await.unwrap();
    assert_eq!(all[0].name, "Ada");
}
