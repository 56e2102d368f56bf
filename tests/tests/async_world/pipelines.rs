//! Pipelines: PostgreSQL's connection runs several statements at a time, and returns rows before they are committed.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Address, Database, Person, Postgres, PostgresDatabase, Sqlite, address, person};
use futures_util::future::join;

use crate::world::World;

fn people() -> Cached<diesel::dsl::Order<person::table, person::id>> {
    person::table.order(person::id).cached("default")
}

#[tokio::test]
async fn the_tables_of_all_statements_of_a_pipeline_are_invalid_at_its_end() {
    let db = Database::<Postgres>::new();
    let world = World::new(&db);
    let (mut reader, _) = world.connect(&db).await;
    let (conn, _) = world.connect(&db).await;
    let addresses = || address::table.order(address::id).cached("default");
    for round in 0..20 {
        people().load::<Person>(&mut reader).await.unwrap();
        addresses().load::<Address>(&mut reader).await.unwrap();
        let rename = diesel::update(person::table.find(1)).set(person::name.eq(format!("round {round}")));
        let (mut one, mut other) = (&conn, &conn);
        let rename = rename.execute(&mut one);
        let street = format!("street {round}");
        let move_out = diesel::update(address::table.find(1))
            .set(address::street.eq(&street))
            .execute(&mut other);
        let (renamed, moved) = match round % 2 {
            0 => join(rename, move_out).await,
            _ => {
                let (moved, renamed) = join(move_out, rename).await;
                (renamed, moved)
            }
        };
        assert_eq!((renamed.unwrap(), moved.unwrap()), (1, 1));
        let people = people().load::<Person>(&mut reader).await.unwrap();
        let addresses = addresses().load::<Address>(&mut reader).await.unwrap();
        assert_eq!(
            (&people[0].name, &addresses[0].street),
            (&format!("round {round}"), &street)
        );
    }
    assert!(world.told().contains(&"stored"));
}

/// A pooled connection is asked for a sign of life before it is lent again, which settles what was written on it.
#[tokio::test]
async fn a_pool_settles_returning_writes() {
    use diesel_async::pooled_connection::{AsyncDieselConnectionManager, deadpool::Pool};

    let db = Database::<Postgres>::new();
    let world = World::new(&db);
    let (mut reader, _) = world.connect(&db).await;
    let pool = Pool::builder(AsyncDieselConnectionManager::<diesel_async::AsyncPgConnection>::new(
        db.url(),
    ))
    .max_size(1)
    .build()
    .unwrap();
    world.cache.attach(&mut pool.get().await.unwrap());
    let new = Person {
        id: 51,
        name: "new".into(),
    };
    let insert = diesel::insert_into(person::table).values(&new);
    insert
        .get_result::<Person>(&mut pool.get().await.unwrap())
        .await
        .unwrap();
    drop(pool.get().await.unwrap());
    for _ in 0..2 {
        assert_eq!(people().load::<Person>(&mut reader).await.unwrap().len(), 51);
    }
    assert_eq!(world.told(), ["miss", "stored", "hit"]);
}

/// Nothing stands any more when a row has come: SQLite's connection reads them all, and resets the statement, before it
/// says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_returning_write_on_sqlite_is_over_at_its_end() {
    let db = Database::<Sqlite>::new();
    let world = World::new(&db);
    let (mut reader, _) = world.connect(&db).await;
    let (mut writer, _) = world.connect(&db).await;
    let mut other = db.connect();
    for id in 51..=55 {
        people().load::<Person>(&mut reader).await.unwrap();
        world.told();
        let insert = diesel::sql_query(format!(
            "INSERT INTO person VALUES ({id}, 'new'), ({}, 'new') RETURNING id, name",
            id + 100
        ));
        let made: Person = insert.get_result(&mut writer).await.unwrap();
        let count: i64 = diesel::RunQueryDsl::get_result(person::table.count(), &mut other).unwrap();
        assert_eq!((made.id, count), (id, 50 + 2 * i64::from(id - 50)), "others see it");
        for _ in 0..2 {
            assert_eq!(people().load::<Person>(&mut reader).await.unwrap().len() as i64, count);
        }
        assert_eq!(world.told(), ["miss", "stored", "hit"]);
    }
}

/// `AsyncConnectionWrapper` is attached as a blocking connection. What it returns comes as early as it comes to the one
/// inside.
#[test]
fn a_returning_write_through_the_blocking_wrapper_is_asked_about() {
    use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;

    let db = Database::<PostgresDatabase>::new();
    let world = World::new(&db);
    let mut reader = db.connect();
    world.cache.attach(&mut reader);
    let mut count = || {
        diesel::RunQueryDsl::load::<Person>(people(), &mut reader)
            .unwrap()
            .len()
    };
    let mut writer = AsyncConnectionWrapper::<diesel_async::AsyncPgConnection>::establish(db.url()).unwrap();
    world.cache.attach::<_, diesel_cache::world::Blocking>(&mut writer); // it is both
    assert_eq!(count(), 50);
    world.told();
    let new = Person {
        id: 51,
        name: "new".into(),
    };
    let insert = diesel::insert_into(person::table).values(&new);
    diesel::RunQueryDsl::get_result::<Person>(insert, &mut writer).unwrap();
    // The reader asks whether it is over.
    assert_eq!((count(), count()), (51, 51));
    assert_eq!(world.told(), ["miss", "bypass", "stored", "hit"]);
}
