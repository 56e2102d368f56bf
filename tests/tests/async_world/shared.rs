//! Cached loads through `&AsyncPgConnection`, which diesel-async pipelines.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use diesel::connection::{InstrumentationEvent, SimpleConnection};
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use diesel_cache::prelude::*;
use diesel_cache::{BypassReason, Error, RefusalReason};
use diesel_cache_tests::{
    Address, AsyncBackend, Database, Person, Postgres, PostgresDatabase, address, connect_async, people, person,
};

use crate::flights::cut;
use crate::proxy::Proxy;
use crate::world::World;

fn everyone() -> Cached<diesel::dsl::Order<person::table, person::id>> {
    person::table.order(person::id).cached("default")
}

/// Loads what a page of a service needs, with five queries at once.
async fn page(conn: &AsyncPgConnection) -> QueryResult<(Vec<Person>, i64, Person, Option<Address>, i64)> {
    tokio::try_join!(
        everyone().load_on(conn),
        person::table.count().cached("default").get_result_on(conn),
        person::table.find(7).cached("default").first_on(conn),
        async {
            let first = address::table.order(address::id).cached("default").first_on(conn);
            first.await.optional()
        },
        address::table.count().cached("default").get_result_on(conn),
    )
}

#[tokio::test]
async fn only_what_is_missing_is_sent_in_one_pipeline() {
    let db = Database::<Postgres>::new();
    let world = World::new(&db);
    let (mut writer, _) = world.connect(&db).await;
    let (proxy, url) = Proxy::before(db.url()).await;
    let mut conn = connect_async::<Postgres>(&url).await;
    world.cache.attach(&mut conn);
    // Afterwards all statements are prepared.
    let rows = page(&conn).await.unwrap();
    assert_eq!((rows.0.len(), rows.1, rows.2.id, rows.4), (50, 50, 7, 50));
    proxy.hold_until(1);
    page(&conn).await.unwrap();
    assert_eq!(proxy.queries(), 0, "five hits");

    let move_out = diesel::update(address::table).set(address::street.eq("elsewhere"));
    move_out.execute(&mut writer).await.unwrap();
    world.told();
    // If the second query waited for the first one's rows, nothing would ever come.
    proxy.hold_until(2);
    let rows = tokio::time::timeout(Duration::from_secs(120), page(&conn)).await;
    assert_eq!(rows.expect("not pipelined").unwrap().3.unwrap().street, "elsewhere");
    assert_eq!(proxy.queries(), 2);
    let mut told = world.told();
    told.sort_unstable();
    assert_eq!(told, ["hit", "hit", "hit", "miss", "miss", "stored", "stored"]);
}

#[tokio::test]
async fn entries_are_those_of_exclusive_loads() {
    let db = Database::<Postgres>::new();
    let world = World::new(&db);
    let (mut conn, sent) = world.connect(&db).await;
    sent.take();
    assert_eq!(everyone().load_on::<Person>(&conn).await.unwrap(), people(50));
    assert_eq!(everyone().load::<Person>(&mut conn).await.unwrap(), people(50));
    assert_eq!(everyone().get_results_on::<Person>(&conn).await.unwrap(), people(50));
    assert_eq!(world.told(), ["miss", "stored", "hit", "hit"]);
    let shared: Arc<[Person]> = everyone().load_shared_on(&conn).await.unwrap();
    let again = everyone().load_shared::<Person>(&mut conn).await.unwrap();
    assert!(Arc::ptr_eq(&shared, &again));
    let one = || person::table.find(3).cached("default");
    assert!(one().lookup_on::<Person>(&conn).await.unwrap().is_none());
    assert_eq!(one().get_result::<Person>(&mut conn).await.unwrap().id, 3);
    assert!(one().lookup_on::<Person>(&conn).await.unwrap().unwrap().is_fresh());
    assert_eq!(one().get_result_on::<Person>(&conn).await.unwrap().id, 3);
    let nobody = || person::table.find(99).cached("default").first_on::<Person>(&conn);
    for _ in 0..2 {
        assert!(matches!(nobody().await, Err(diesel::NotFound)));
    }
    let sent = sent.take();
    assert_eq!(sent.len(), 3, "what asks the observer is no statement: {sent:?}");
}

#[tokio::test]
async fn a_connection_must_be_attached() {
    let is_refused = |result: QueryResult<Vec<Person>>| {
        let Err(diesel::result::Error::QueryBuilderError(error)) = result else {
            panic!("{result:?}");
        };
        assert!(matches!(error.downcast_ref(), Some(Error::NotAttached)), "{error}");
    };
    let db = Database::<Postgres>::new();
    let world = World::new(&db);
    let mut conn = db.connect_async().await;
    is_refused(everyone().load_on(&conn).await);

    // An instrumentation that sends a statement on a connection that is attached does not speak for its own.
    let mut attached = db.connect();
    world.cache.attach(&mut attached);
    let log = Mutex::new(attached);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { .. } = event {
            log.lock().unwrap().batch_execute("SELECT 1").unwrap();
        }
    });
    is_refused(everyone().load_on(&conn).await);
    assert!(world.told().is_empty());
}

#[tokio::test]
async fn nothing_is_cached_in_a_transaction() {
    let db = Database::<Postgres>::new();
    let world = World::new(&db);
    let (mut conn, _) = world.connect(&db).await;
    everyone().load_on::<Person>(&conn).await.unwrap();
    world.told();
    let name = || person::table.find(1).select(person::name).cached("default");
    let mut seen = Vec::new();
    conn.transaction::<(), diesel::result::Error, _>(async |conn| {
        let rename = diesel::update(person::table.find(1)).set(person::name.eq("inside"));
        rename.execute(conn).await?;
        let (one, rows) = tokio::try_join!(name().first_on::<String>(conn), everyone().load_on::<Person>(conn))?;
        let again = everyone().in_transaction().load_on::<Person>(conn).await?;
        seen = vec![one, rows[0].name.clone(), again[0].name.clone()];
        Err(diesel::result::Error::RollbackTransaction)
    })
    .await
    .unwrap_err();
    assert_eq!(seen, ["inside"; 3]);
    assert!(!world.told().contains(&"stored"));
    let stats = world.cache.region("default").unwrap().stats();
    assert_eq!(stats.bypasses_by(BypassReason::Transaction), 3);
    assert_eq!(name().first_on::<String>(&conn).await.unwrap(), "person 01");
    assert_eq!(everyone().load_on::<Person>(&conn).await.unwrap(), people(50));
    assert_eq!(world.told(), ["miss", "stored", "hit"]);
    assert_eq!(stats.refusals_by(RefusalReason::Transaction), 0);
}

/// A write and loads in one pipeline: afterwards everybody sees the write.
#[tokio::test]
async fn a_write_of_the_same_pipeline_invalidates() {
    let db = Database::<Postgres>::new();
    let world = World::new(&db);
    let (mut reader, _) = world.connect(&db).await;
    let (conn, _) = world.connect(&db).await;
    let name = || person::table.find(1).select(person::name).cached("default");
    for round in 0..30 {
        let new = format!("round {round}");
        let rename = diesel::update(person::table.find(1)).set(person::name.eq(&new));
        let beside = name().first_on::<String>(&conn);
        let mut shared = &conn;
        let rename = rename.execute(&mut shared);
        match round % 2 {
            0 => drop(tokio::try_join!(rename, beside).unwrap()),
            _ => drop(tokio::try_join!(beside, rename).unwrap()),
        }
        assert_eq!(name().first_on::<String>(&conn).await.unwrap(), new);
        assert_eq!(name().first::<String>(&mut reader).await.unwrap(), new);
    }
    assert!(world.told().contains(&"hit"));
}

#[tokio::test]
async fn one_of_two_equal_loads_in_a_join_is_sent() {
    let db = Database::<Postgres>::new();
    let world = World::with(&db, |builder| {
        builder.region(Region::disk("patient").lock_timeout(Duration::from_secs(3600)))
    });
    let (conn, sent) = world.connect(&db).await;
    let load = || {
        person::table
            .order(person::id)
            .cached("patient")
            .load_on::<Person>(&conn)
    };
    let joined = async { tokio::try_join!(load(), load(), load()).unwrap() };
    let (one, two, three) = tokio::time::timeout(Duration::from_secs(120), joined)
        .await
        .expect("they wait for each other");
    assert_eq!((one, two, three), (people(50), people(50), people(50)));
    assert_eq!(sent.selects(), 1);
}

#[tokio::test]
async fn a_session_ends() {
    let db = Database::<Postgres>::new();
    let world = World::new(&db);
    let (mut conn, sent) = world.connect(&db).await;
    sent.take();
    async fn load(conn: &AsyncPgConnection) -> Arc<[Person]> {
        person::table.cached("local").load_shared_on(conn).await.unwrap()
    }
    let inside = world
        .cache
        .session_async(&mut conn, async |conn: &mut AsyncPgConnection| {
            let conn = &*conn;
            Arc::ptr_eq(&load(conn).await, &load(conn).await)
        });
    assert!(inside.await);
    assert_eq!(sent.selects(), 1);
    load(&conn).await;
    assert_eq!(sent.selects(), 1);
}

/// Rows that an INSERT has returned may not be committed yet: the load asks about the locks.
#[tokio::test]
async fn a_write_in_doubt_is_asked_about() {
    type Conn = <PostgresDatabase as AsyncBackend>::AsyncConn;

    let db = Database::<PostgresDatabase>::new();
    let world = World::with(&db, |builder| builder.doubt_grace(Duration::from_secs(3600)));
    let (mut writer, _) = world.connect(&db).await;
    let (reader, _): (Conn, _) = world.connect(&db).await;
    let count = || person::table.count().cached("default").get_result_on::<i64>(&reader);
    assert_eq!(count().await.unwrap(), 50);
    for id in 51..=53 {
        let name = String::from("new");
        let insert = diesel::insert_into(person::table).values(Person { id, name });
        insert.get_result::<Person>(&mut writer).await.unwrap();
        world.told();
        assert_eq!(
            (count().await.unwrap(), count().await.unwrap()),
            (i64::from(id), i64::from(id))
        );
        assert_eq!(world.told(), ["miss", "bypass", "stored", "hit"]);
    }
}

/// Dropped at each of its await points, a pipeline of loads leaves no flight in this process and no lock for others.
#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_can_be_dropped_anywhere() {
    let db = Database::<Postgres>::new();
    let patient = |builder: diesel_cache::CacheBuilder| {
        builder.region(Region::disk("patient").lock_timeout(Duration::from_secs(3600)))
    };
    let (world, others) = (World::with(&db, patient), World::with(&db, patient));
    let all = || person::table.order(person::id).cached("patient");
    let one = || person::table.find(1).cached("patient");
    let (mut theirs, _) = others.connect(&db).await;
    let (conn, _) = world.connect(&db).await;
    let load = || async { tokio::try_join!(all().load_on::<Person>(&conn), one().first_on::<Person>(&conn)) };
    let mut polls = 1;
    loop {
        let done = cut(load(), polls).await.is_some();
        let look = async {
            assert_eq!(all().load::<Person>(&mut theirs).await.unwrap(), people(50));
            assert_eq!(one().first::<Person>(&mut theirs).await.unwrap().id, 1);
            let (rows, row) = load().await.unwrap();
            assert_eq!((rows.len(), row.id), (50, 1));
        };
        tokio::time::timeout(Duration::from_secs(120), look)
            .await
            .expect("a lock was left");
        all().invalidate(&mut theirs).await.unwrap();
        one().limit(1).invalidate(&mut theirs).await.unwrap();
        match done {
            // Files and database were faster than this thread, which is seldom: once more.
            true if polls == 1 => {}
            true => break,
            false => polls += 1,
        }
    }
}
