//! Statistics by statement, of loads in tasks.

use diesel::prelude::*;
use diesel::result::ConnectionError;
use diesel_async::RunQueryDsl;
use diesel_cache::StatementStats;
use diesel_cache::prelude::*;
use diesel_cache_tests::{AsyncBackend, Database, Mysql, Person, Postgres, Sqlite, connect_async, person};

use crate::world::World;

/// Returns the calls, hits, misses, bypasses and queries of the region's only statement.
fn counted(cache: &Cache, region: &str) -> [u64; 5] {
    let statements = cache.region(region).unwrap().statements();
    let all: Vec<&StatementStats> = statements.iter().collect();
    let [one] = all[..] else { panic!("{statements}") };
    assert!(
        one.sql().contains(" = ?)") && one.tables() == Some(vec!["person"]),
        "{one}"
    );
    [one.calls(), one.hits(), one.misses(), one.bypasses(), one.queries()]
}

macro_rules! on {
    ($name:ident, $backend:ty) => {
        mod $name {
            use super::*;

            #[tokio::test]
            async fn loads_of_tasks_count_for_their_statements() {
                let db = Database::<$backend>::new();
                let world = World::new(&db);
                let (mut conn, _) = world.connect(&db).await;
                for region in ["hot", "default", "files", "off"] {
                    for id in [1, 2, 1] {
                        let one = person::table.find(id).cached(region);
                        assert_eq!(one.load::<Person>(&mut conn).await.unwrap()[0].id, id);
                    }
                    drop(person::table.find(1).cached(region).load::<Person>(&mut conn)); // never polled
                }
                for region in ["hot", "default", "files"] {
                    assert_eq!(counted(&world.cache, region), [3, 1, 2, 0, 2], "{region}");
                }
                assert_eq!(counted(&world.cache, "off"), [3, 0, 0, 3, 3]);
            }

            #[tokio::test]
            async fn loads_from_a_pool_count_for_their_statements() {
                let db = Database::<$backend>::new();
                let world = World::new(&db);
                let (cache, url) = (world.cache.clone(), db.url().to_owned());
                let pool = world.cache.lazy_pool(move || {
                    let (cache, url) = (cache.clone(), url.clone());
                    async move {
                        let mut conn = connect_async::<$backend>(&url).await;
                        cache.attach(&mut conn);
                        Ok::<<$backend as AsyncBackend>::AsyncConn, ConnectionError>(conn)
                    }
                });
                for id in [1, 2, 2, 1, 1] {
                    let find = person::table.find(id).cached("hot");
                    assert_eq!(find.first_from::<Person>(&pool).await.unwrap().id, id);
                }
                assert_eq!(counted(&world.cache, "hot"), [5, 3, 2, 0, 2]);
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn tasks_lose_no_count() {
                let db = Database::<$backend>::new();
                let world = World::new(&db);
                let tasks: Vec<_> = futures_util::future::join_all((0..8).map(|_| db.connect_async()))
                    .await
                    .into_iter()
                    .map(|mut conn| {
                        world.cache.attach(&mut conn);
                        tokio::spawn(async move {
                            for round in 0..50 {
                                let one = person::table.find(1 + round % 3).cached("hot");
                                one.load::<Person>(&mut conn).await.unwrap();
                            }
                        })
                    })
                    .collect();
                for task in tasks {
                    task.await.unwrap();
                }
                let [calls, hits, misses, bypasses, _] = counted(&world.cache, "hot");
                let stats = world.cache.region("hot").unwrap().stats();
                assert_eq!((calls, bypasses), (400, 0));
                assert_eq!((hits, misses), (stats.hits(), stats.misses()));
            }
        }
    };
}

on!(sqlite, Sqlite);
on!(postgres, Postgres);
on!(mysql, Mysql);
