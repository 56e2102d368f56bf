//! Code that has to compile: blocking and asynchronous loads in one scope, in tasks, in transactions, with borrowed
//! binds, and from pools.

use std::sync::Arc;

use diesel::prelude::*;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, bb8, deadpool, mobc};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Mysql, Person, Postgres, Sqlite, person};

use crate::world::World;

fn id_of(error: diesel::result::Error) -> String {
    error.to_string()
}

macro_rules! on {
    ($name:ident, $backend:ty) => {
        mod $name {
            use super::*;

            type Conn = <$backend as diesel_cache_tests::AsyncBackend>::AsyncConn;

            #[tokio::test(flavor = "multi_thread")]
            async fn everything_in_one_scope() {
                let db = Database::<$backend>::new();
                let world = World::new(&db);
                let (mut conn, _) = world.connect(&db).await;
                let all: Vec<Person> = person::table
                    .order(person::id)
                    .cached("default")
                    .load(&mut conn)
                    .await
                    .unwrap();
                let first: Person = person::table
                    .order(person::id)
                    .cached("default")
                    .first(&mut conn)
                    .await
                    .unwrap();
                let one: Person = person::table
                    .find(7)
                    .cached("default")
                    .get_result(&mut conn)
                    .await
                    .unwrap();
                let some = person::table
                    .limit(3)
                    .cached("default")
                    .get_results::<Person>(&mut conn)
                    .await
                    .unwrap();
                let none = person::table
                    .find(-1)
                    .cached("default")
                    .first::<Person>(&mut conn)
                    .await
                    .optional()
                    .unwrap();
                assert_eq!(
                    (all.len(), first.id, one.id, some.len(), none),
                    (50, 1, 7, 3, None)
                );
                let shared: Arc<[Person]> = person::table.cached("hot").load_shared(&mut conn).await.unwrap();
                let again = person::table
                    .cached("hot")
                    .load_shared::<Person>(&mut conn)
                    .await
                    .unwrap();
                assert!(Arc::ptr_eq(&shared, &again));
                let held = person::table
                    .cached("hot")
                    .lookup::<Person>(&mut conn)
                    .await
                    .unwrap()
                    .unwrap();
                assert!(Arc::ptr_eq(&shared, &held.rows()) && held.is_fresh());
                assert!(
                    person::table
                        .cached("hot")
                        .explain(&mut conn)
                        .await
                        .unwrap()
                        .sql()
                        .contains("person")
                );
                assert!(person::table.cached("hot").invalidate(&mut conn).await.unwrap());
                assert!(!person::table.cached("hot").invalidate(&mut conn).await.unwrap());
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn beside_a_blocking_connection() {
                let db = Database::<$backend>::new();
                let world = World::new(&db);
                let (mut conn, _) = world.connect(&db).await;
                let mut blocking = db.connect();
                world.cache.attach(&mut blocking);
                // Diesel's own `load` is shadowed by the import of diesel-async's; it is there by its path.
                let theirs: Vec<Person> =
                    diesel::RunQueryDsl::load(person::table.cached("hot"), &mut blocking).unwrap();
                let ours: Vec<Person> = person::table.cached("hot").load(&mut conn).await.unwrap();
                assert_eq!(theirs, ours);
                let theirs = person::table
                    .cached("hot")
                    .load_shared::<Person>(&mut blocking)
                    .unwrap();
                let ours = person::table
                    .cached("hot")
                    .load_shared::<Person>(&mut conn)
                    .await
                    .unwrap();
                assert!(Arc::ptr_eq(&theirs, &ours));
                assert!(
                    person::table
                        .cached("hot")
                        .lookup::<Person>(&mut blocking)
                        .unwrap()
                        .is_some()
                );
                assert!(person::table.cached("hot").invalidate(&mut blocking).unwrap());
                assert!(
                    person::table
                        .cached("hot")
                        .lookup::<Person>(&mut conn)
                        .await
                        .unwrap()
                        .is_none()
                );
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn in_a_task() {
                let db = Database::<$backend>::new();
                let world = World::new(&db);
                let (mut conn, _) = world.connect(&db).await;
                let task = tokio::spawn(async move {
                    let name = String::from("person 0");
                    let count = person::table
                        .filter(person::name.like(format!("{name}%")))
                        .filter(person::name.ne(&name))
                        .cached("default")
                        .load::<Person>(&mut conn)
                        .await?
                        .len();
                    let shared = person::table
                        .filter(person::name.ne(name.as_str()))
                        .cached("default")
                        .load_shared::<Person>(&mut conn)
                        .await?;
                    person::table
                        .filter(person::name.ne(&name))
                        .cached("hot")
                        .lookup::<Person>(&mut conn)
                        .await?;
                    person::table
                        .filter(person::name.ne(&name))
                        .cached("hot")
                        .invalidate(&mut conn)
                        .await?;
                    QueryResult::Ok((count, shared.len()))
                });
                assert_eq!(task.await.unwrap().unwrap(), (9, 50));
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn in_a_transaction() {
                let db = Database::<$backend>::new();
                let world = World::new(&db);
                let (mut conn, _) = world.connect(&db).await;
                let names = [String::from("person 01"), String::from("person 02")];
                let task = tokio::spawn(async move {
                    let names = &names;
                    conn.transaction(async |conn| {
                        let found: Vec<Person> = person::table
                            .filter(person::name.eq(&names[0]))
                            .cached("default")
                            .load(conn)
                            .await?;
                        let one: Person = person::table
                            .filter(person::name.eq(&names[1]))
                            .cached("hot")
                            .first(conn)
                            .await?;
                        let shared = person::table
                            .filter(person::name.eq(&names[1]))
                            .cached("hot")
                            .load_shared::<Person>(conn)
                            .await?;
                        conn.transaction(async |conn| {
                            person::table
                                .find(3)
                                .cached("hot")
                                .in_transaction()
                                .first::<Person>(conn)
                                .await
                        })
                        .await?;
                        person::table.cached("hot").lookup::<Person>(conn).await?;
                        QueryResult::Ok((found.len(), one.id, shared.len()))
                    })
                    .await
                });
                assert_eq!(task.await.unwrap().unwrap(), (1, 2, 1));
                assert_eq!(world.told().iter().filter(|it| **it == "stored").count(), 0);
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn with_boxed_and_raw_queries() {
                let db = Database::<$backend>::new();
                let world = World::new(&db);
                let (mut conn, _) = world.connect(&db).await;
                let name = String::from("person 03");
                let mut query = person::table.into_boxed();
                query = query.filter(person::name.eq(&name));
                let found: Vec<Person> = query.cached("default").load(&mut conn).await.unwrap();
                assert_eq!(found.len(), 1);
                let raw: Vec<Person> = diesel::sql_query("SELECT id, name FROM person")
                    .cached("default")
                    .load(&mut conn)
                    .await
                    .unwrap();
                assert_eq!(raw.len(), 50);
                let error = diesel::sql_query("DELETE FROM person")
                    .cached("default")
                    .load::<Person>(&mut conn)
                    .await;
                assert!(id_of(error.unwrap_err()).contains("SELECT"));
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn from_pools() {
                let db = Database::<$backend>::new();
                let world = World::new(&db);
                let manager = || AsyncDieselConnectionManager::<Conn>::new(db.url());
                let load = || person::table.order(person::id).cached("default");
                {
                    let pool = deadpool::Pool::builder(manager()).max_size(2).build().unwrap();
                    let mut conn = pool.get().await.unwrap();
                    world.cache.attach(&mut conn);
                    assert_eq!(load().load::<Person>(&mut conn).await.unwrap().len(), 50);
                    drop(conn);
                    let mut conn = pool.get().await.unwrap();
                    assert_eq!(load().load_shared::<Person>(&mut conn).await.unwrap().len(), 50);
                    let in_transaction = conn
                        .transaction(async |conn| load().load::<Person>(conn).await)
                        .await;
                    assert_eq!(in_transaction.unwrap().len(), 50);
                }
                {
                    let pool = bb8::Pool::builder().max_size(1).build(manager()).await.unwrap();
                    let mut conn = pool.get().await.unwrap();
                    world.cache.attach(&mut conn);
                    assert_eq!(load().load::<Person>(&mut conn).await.unwrap().len(), 50);
                    assert!(load().lookup::<Person>(&mut conn).await.unwrap().is_some());
                }
                {
                    let pool = mobc::Pool::new(manager());
                    let mut conn = pool.get().await.unwrap();
                    world.cache.attach(&mut conn);
                    assert_eq!(load().load::<Person>(&mut conn).await.unwrap().len(), 50);
                    assert!(load().invalidate(&mut conn).await.unwrap());
                }
                assert_eq!(world.told(), ["miss", "stored", "hit", "bypass", "hit", "hit"]);
            }
        }
    };
}

on!(sqlite, Sqlite);
on!(postgres, Postgres);
on!(mysql, Mysql);

/// A load that is generic over the connection, with the bounds that diesel-async demands.
async fn generic<Conn>(conn: &mut Conn) -> QueryResult<Vec<Person>>
where
    Conn: AsyncConnection<Backend = diesel::pg::Pg>,
{
    person::table.order(person::id).cached("default").load(conn).await
}

#[tokio::test]
async fn through_a_generic_function() {
    let db = Database::<Postgres>::new();
    let world = World::new(&db);
    let (mut conn, _) = world.connect(&db).await;
    assert_eq!(generic::<AsyncPgConnection>(&mut conn).await.unwrap().len(), 50);
}

#[tokio::test]
async fn by_stream() {
    use futures_util::TryStreamExt;

    let db = Database::<Postgres>::new();
    let world = World::new(&db);
    let (mut conn, statements) = world.connect(&db).await;
    for _ in 0..2 {
        let rows = person::table
            .order(person::id)
            .cached("default")
            .load_stream::<Person>(&mut conn)
            .await
            .unwrap();
        assert_eq!(rows.try_collect::<Vec<Person>>().await.unwrap().len(), 50);
    }
    assert_eq!(statements.selects(), 1);
}
