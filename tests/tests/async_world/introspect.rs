//! `introspect_async` finds what `introspect` finds, and leaves the cache alone if it is dropped.

use diesel::connection::{InstrumentationEvent, SimpleConnection as _};
use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection as _};
use diesel_cache::prelude::*;
use diesel_cache::{CatalogBackend, Introspection};
use diesel_cache_tests::{Database, Mysql, Person, PostgresDatabase, Sqlite, person};

use crate::flights::cut;
use crate::world::World;

const SCHEMA: &str = "CREATE TABLE visit (id INTEGER NOT NULL PRIMARY KEY, person_id INTEGER NOT NULL UNIQUE, \
        FOREIGN KEY (person_id) REFERENCES person (id) ON DELETE CASCADE); \
    CREATE VIEW streets AS SELECT street FROM address; CREATE VIEW names AS SELECT name FROM person";

// A future of SQLite's that is dropped waits for its thread, which tokio allows on its multi-thread runtime alone.

/// Compiles only if the future is `Send` for every connection.
async fn spawn<Conn>(cache: Cache, mut conn: Conn) -> QueryResult<Introspection>
where
    Conn: AsyncConnection<Backend: CatalogBackend> + 'static,
{
    let introspection = tokio::spawn(async move { cache.introspect_async(&mut conn).await });
    introspection.await.unwrap()
}

macro_rules! on {
    ($($module:ident: $backend:ident),*) => {$(
        mod $module {
            use super::*;

            type Db = Database<$backend>;

            /// Returns `true` if the cache answers a load of this row.
            macro_rules! is_hit {
                ($id:expr, $conn:ident, $statements:ident) => {{
                    $statements.take();
                    let query = person::table.find($id);
                    let cached: Vec<Person> = query.cached("default").load(&mut $conn).await.unwrap();
                    let hit = $statements.selects() == 0;
                    let rows: Vec<Person> = query.load(&mut $conn).await.unwrap();
                    assert_eq!(cached, rows);
                    hit
                }};
            }

            /// Returns `true` if the cache still answers a load of row 1 after a write to another row.
            macro_rules! has_rows {
                ($conn:ident, $statements:ident) => {{
                    is_hit!(1, $conn, $statements);
                    let rename = diesel::update(person::table.find(2)).set(person::name.eq("new"));
                    rename.execute(&mut $conn).await.unwrap();
                    is_hit!(1, $conn, $statements)
                }};
            }

            #[tokio::test]
            async fn it_finds_what_a_blocking_connection_finds() {
                let db = Db::new();
                let world = World::new(&db);
                db.connect().batch_execute(SCHEMA).unwrap();
                let expected = world.cache.introspect(&mut db.connect()).unwrap();
                assert_eq!((expected.cascades(), expected.views()), (2, 2));
                let (mut attached, _) = world.connect(&db).await;
                let mut unattached = db.connect_async().await;
                for conn in [&mut attached, &mut unattached] {
                    let found = world.cache.introspect_async(conn).await.unwrap();
                    assert_eq!(format!("{found:?}"), format!("{expected:?}"));
                }
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn its_future_is_send() {
                let db = Db::new();
                let world = World::new(&db);
                let found = spawn(world.cache.clone(), db.connect_async().await).await.unwrap();
                assert_eq!(found.cascades(), 1);
            }

            #[tokio::test]
            async fn nothing_is_learnt_about_rows_in_a_transaction() {
                let db = Db::new();
                let world = World::new(&db);
                let (mut conn, statements) = world.connect(&db).await;
                let (mut unattached, cache) = (db.connect_async().await, &world.cache);
                for conn in [&mut conn, &mut unattached] {
                    conn.transaction(async |conn| cache.introspect_async(conn).await).await.unwrap();
                }
                assert!(!has_rows!(conn, statements));
                let (mut raw, _) = world.connect(&db).await;
                raw.batch_execute("BEGIN").await.unwrap();
                cache.introspect_async(&mut raw).await.unwrap();
                raw.batch_execute("ROLLBACK").await.unwrap();
                assert!(!has_rows!(conn, statements));
                cache.introspect_async(&mut conn).await.unwrap();
                assert!(has_rows!(conn, statements));
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn a_begin_whose_future_was_dropped_may_have_begun() {
                let db = Db::new();
                let world = World::new(&db);
                let (mut conn, statements) = world.connect(&db).await;
                let (mut raw, _) = world.connect(&db).await;
                cut(raw.batch_execute("BEGIN"), 1).await;
                _ = world.cache.introspect_async(&mut raw).await;
                _ = raw.batch_execute("ROLLBACK").await;
                assert!(!has_rows!(conn, statements));
            }

            /// What another connection defines while the catalog is read counts as defined afterwards.
            #[tokio::test]
            async fn what_is_defined_meanwhile_is_not_believed() {
                let db = Db::new();
                let world = World::new(&db);
                let (mut conn, statements) = world.connect(&db).await;
                let mut other = db.connect();
                world.cache.attach(&mut other);
                let mut reader = db.connect_async().await;
                let mut ddl = Some("ALTER TABLE person ADD COLUMN age INTEGER");
                world.cache.attach_with(&mut reader, move |event: InstrumentationEvent<'_>| {
                    if let InstrumentationEvent::StartQuery { .. } = event && let Some(ddl) = ddl.take() {
                        other.batch_execute(ddl).unwrap();
                    }
                });
                world.cache.introspect_async(&mut reader).await.unwrap();
                assert!(!has_rows!(conn, statements));
                world.cache.introspect_async(&mut reader).await.unwrap();
                assert!(has_rows!(conn, statements));
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn the_cache_keeps_what_it_knew_if_the_future_is_dropped() {
                let db = Db::new();
                let world = World::new(&db);
                let (mut conn, statements) = world.connect(&db).await;
                let found = world.cache.introspect_async(&mut conn).await.unwrap();
                assert_eq!(found.cascades(), 1);
                assert!(world.told().contains(&"introspected"));
                db.connect().batch_execute(SCHEMA).unwrap();
                let mut drops = 0;
                loop {
                    let (mut reader, _) = world.connect(&db).await;
                    let found = cut(world.cache.introspect_async(&mut reader), drops + 1).await;
                    assert_eq!(world.told().contains(&"introspected"), found.is_some(), "dropped {drops} times");
                    match found {
                        Some(found) if drops > 0 => break assert_eq!(found.unwrap().cascades(), 2),
                        // SQLite's thread may answer everything within one poll.
                        Some(_) => {}
                        None => {
                            drops += 1;
                            assert!(has_rows!(conn, statements), "dropped {drops} times");
                        }
                    }
                }
            }

            /// On MySQL, the connection has an answer too many, and is good for nothing.
            #[tokio::test(flavor = "multi_thread")]
            async fn a_connection_whose_statement_was_dropped_is_read_rightly_or_not_at_all() {
                let db = Db::new();
                let world = World::new(&db);
                let (mut attached, _) = world.connect(&db).await;
                let expected = world.cache.introspect_async(&mut attached).await.unwrap();
                let mut errors = Vec::new();
                for polls in 1..12 {
                    for mut conn in [world.connect(&db).await.0, db.connect_async().await] {
                        if let Some(found) = cut(world.cache.introspect_async(&mut conn), polls).await {
                            assert_eq!(format!("{:?}", found.unwrap()), format!("{expected:?}"));
                        }
                        match world.cache.introspect_async(&mut conn).await {
                            Ok(found) => assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{polls} polls"),
                            Err(error) => errors.push(error.to_string()),
                        }
                    }
                }
                if stringify!($backend) == "Mysql" {
                    let known = |error: &String| error.contains("the connection answers another statement");
                    assert!(errors.iter().any(known), "{errors:?}");
                } else {
                    assert!(errors.is_empty(), "{errors:?}");
                }
            }
        }
    )*};
}

on! { sqlite: Sqlite, postgres: PostgresDatabase, mysql: Mysql }

#[tokio::test]
async fn an_error_leaves_what_was_known() {
    let db = Database::<PostgresDatabase>::new();
    let world = World::new(&db);
    world
        .cache
        .introspect_async(&mut db.connect_async().await)
        .await
        .unwrap();
    assert!(world.told().contains(&"introspected"));
    let (mut conn, _) = world.connect(&db).await;
    conn.batch_execute("BEGIN").await.unwrap();
    conn.batch_execute("SELECT nothing").await.unwrap_err();
    let error = world.cache.introspect_async(&mut conn).await.unwrap_err();
    assert!(error.to_string().contains("current transaction is aborted"), "{error}");
    assert!(!world.told().contains(&"introspected"));
}
