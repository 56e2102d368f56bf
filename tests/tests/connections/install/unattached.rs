//! `watch_unattached`: reports and lists connections that write while no cache is attached to them.

use diesel::connection::{InstrumentationEvent, SimpleConnection};
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use diesel::sql_types::Integer;
use diesel_cache::{Cache, Event, UnattachedWriter};
use diesel_cache_tests::{
    AsyncBackend, Backend, Database, Events, Mysql, Person, Postgres, Sqlite, alone, everyone, person, regions,
};

/// Returns a cache that watches unattached connections.
fn watching<B: Backend>(db: &Database<B>, events: &Events) -> Cache {
    let cache = regions(&db.directory().join("cache"))
        .listener(events.listener())
        .function_writes("touch_people", ["person"])
        .build()
        .unwrap();
    cache.watch_unattached().unwrap();
    cache
}

/// Returns the URL and the tables of each report since the last call.
fn reports(events: &Events) -> Vec<(String, Option<Vec<String>>)> {
    let report = |event: &Event| match event {
        Event::UnattachedWrite { url, tables, .. } => Some((url.to_string(), tables.clone())),
        _ => None,
    };
    events.take().iter().filter_map(report).collect()
}

/// Returns the URL and the tables of each connection that the cache lists.
fn listed(cache: &Cache) -> Vec<(String, Option<Vec<String>>)> {
    let entry = |writer: &UnattachedWriter| {
        let tables = writer
            .tables()
            .map(|tables| tables.into_iter().map(str::to_owned).collect());
        (writer.url().to_owned(), tables)
    };
    cache.unattached_writers().iter().map(entry).collect()
}

/// Returns the part of the URL of a test's database that may be shown.
fn shown(url: &str) -> String {
    url.split('?').next().unwrap().to_owned()
}

macro_rules! on {
    ($($module:ident: $backend:ident),*) => {$(
        mod $module {
            use super::*;
            type Conn = <$backend as Backend>::Conn;
            type AsyncConn = <$backend as AsyncBackend>::AsyncConn;

            #[test]
            fn a_connection_that_was_forgotten() {
                alone!();
                let db = Database::<$backend>::new();
                let events = Events::new();
                let cache = watching(&db, &events);
                let mut attached = db.connect();
                cache.attach(&mut attached);
                diesel::RunQueryDsl::execute(rename!("Ada"), &mut attached).unwrap();
                let mut forgotten = db.connect();
                person::table.count().get_result::<i64>(&mut forgotten).unwrap();
                assert!(reports(&events).is_empty() && listed(&cache).is_empty(), "an attached writer, and a reader");

                let expected = [(shown(db.url()), Some(vec!["person".to_owned()]))];
                for name in ["Bob", "Eve"] {
                    diesel::RunQueryDsl::execute(rename!(name), &mut forgotten).unwrap();
                    assert_eq!(listed(&cache), expected);
                }
                assert_eq!(reports(&events), expected, "once for each connection");
                drop(forgotten);
                assert!(listed(&cache).is_empty());

                let pool = Pool::builder().max_size(1).build(ConnectionManager::<Conn>::new(db.url())).unwrap();
                diesel::RunQueryDsl::execute(rename!("Zoe"), &mut pool.get().unwrap()).unwrap();
                assert_eq!(listed(&cache), expected, "in a pool");
                drop(pool);
                reports(&events);
                tokio::runtime::Runtime::new().unwrap().block_on(async {
                    let mut attached = db.connect_async().await;
                    cache.attach(&mut attached);
                    diesel_async::RunQueryDsl::execute(rename!("Ada"), &mut attached).await.unwrap();
                    let mut forgotten: AsyncConn = db.connect_async().await;
                    let count = person::table.count();
                    diesel_async::RunQueryDsl::get_result::<i64>(count, &mut forgotten).await.unwrap();
                    assert!(reports(&events).is_empty(), "asynchronous, an attached writer and a reader");
                    diesel_async::RunQueryDsl::execute(rename!("Bob"), &mut forgotten).await.unwrap();
                    assert_eq!(reports(&events), expected);
                    assert_eq!(listed(&cache), expected);
                    drop(forgotten);
                    assert!(listed(&cache).is_empty());
                });
            }

            #[test]
            fn attaching_ends_the_watch() {
                alone!();
                let (one, two) = (Database::<$backend>::new(), Database::<$backend>::new());
                let events = Events::new();
                let cache = watching(&one, &events);
                let (mut conn, mut other) = (one.connect(), two.connect());
                diesel::RunQueryDsl::execute(rename!("Ada"), &mut conn).unwrap();
                assert_eq!((reports(&events).len(), listed(&cache).len()), (1, 1));
                cache.attach(&mut conn);
                cache.attach(&mut other);
                assert!(listed(&cache).is_empty());
                let name = |conn: &mut Conn| {
                    diesel::RunQueryDsl::load::<Person>(everyone("default"), conn).unwrap()[0].name.clone()
                };
                assert_eq!(name(&mut conn), "Ada");
                assert_eq!(name(&mut other), "person 01", "the URL is part of the key");
                diesel::RunQueryDsl::execute(rename!("Bob"), &mut conn).unwrap();
                assert_eq!(name(&mut conn), "Bob", "and writes are observed");
                let mut again = one.connect();
                cache.attach(&mut again);
                assert_eq!(name(&mut again), "Bob");
                assert_eq!(cache.region("default").unwrap().stats().hits(), 1, "connections with one URL share entries");
                assert!(reports(&events).is_empty() && listed(&cache).is_empty());
                tokio::runtime::Runtime::new().unwrap().block_on(async {
                    let mut conn = one.connect_async().await;
                    diesel_async::RunQueryDsl::execute(rename!("Eve"), &mut conn).await.unwrap();
                    assert_eq!(listed(&cache).len(), 1);
                    cache.attach(&mut conn);
                    assert!(listed(&cache).is_empty());
                    for expected in [1, 2] {
                        let loaded = diesel_async::RunQueryDsl::load::<Person>(everyone("hot"), &mut conn).await;
                        assert_eq!(loaded.unwrap()[0].name, "Eve");
                        let stats = cache.region("hot").unwrap().stats();
                        assert_eq!(stats.hits() + stats.misses(), expected);
                    }
                });
            }

            #[test]
            fn what_counts_as_a_write() {
                alone!();
                let db = Database::<$backend>::new();
                let events = Events::new();
                let cache = watching(&db, &events);
                let person = [Some(vec!["person".to_owned()])];
                let sends = |send: &dyn Fn(&mut Conn)| {
                    let mut conn = db.connect();
                    send(&mut conn);
                    let reports = reports(&events);
                    assert_eq!(listed(&cache), reports);
                    reports.into_iter().map(|(_, tables)| tables).collect::<Vec<_>>()
                };
                assert_eq!(sends(&|_| {}), []);
                let reads = |conn: &mut Conn| {
                    conn.transaction(|conn| person::table.count().get_result::<i64>(conn)).unwrap();
                };
                assert_eq!(sends(&reads), []);
                let rolled_back = |conn: &mut Conn| {
                    let undone = conn.transaction(|conn| {
                        diesel::RunQueryDsl::execute(rename!("Ada"), conn)?;
                        Err::<(), _>(diesel::result::Error::RollbackTransaction)
                    });
                    assert!(undone.is_err());
                };
                assert_eq!(sends(&rolled_back), person);
                let raw = |conn: &mut Conn| {
                    let _ = conn.batch_execute("DELETE FROM person WHERE id = 7");
                };
                assert_eq!(sends(&raw), person);
                let unknown = |conn: &mut Conn| {
                    let _ = conn.batch_execute("CALL something()");
                };
                assert_eq!(sends(&unknown), [None]);
                // A function of which the cache knows; the database need not.
                let calls = |conn: &mut Conn| {
                    let _ = diesel::select(touch_people(1)).get_result::<i32>(conn);
                };
                assert_eq!(sends(&calls), person);
            }

            #[test]
            fn what_takes_its_place_ends_it() {
                alone!();
                let (db, other_db) = (Database::<$backend>::new(), Database::<$backend>::new());
                let (events, others) = (Events::new(), Events::new());
                let cache = watching(&db, &events);
                let [mut one, mut two] = [db.connect(), db.connect()];
                diesel::RunQueryDsl::execute(rename!("Ada"), &mut one).unwrap();
                assert_eq!((reports(&events).len(), listed(&cache).len()), (1, 1));
                // The program's own instrumentation hides the connection.
                two.set_instrumentation(|_: InstrumentationEvent<'_>| {});
                diesel::RunQueryDsl::execute(rename!("Bob"), &mut two).unwrap();
                assert_eq!((reports(&events).len(), listed(&cache).len()), (0, 1));
                // Another cache watches for connections that are opened from then on.
                let other = watching(&other_db, &others);
                let mut three = db.connect();
                diesel::RunQueryDsl::execute(rename!("Eve"), &mut three).unwrap();
                assert_eq!((reports(&events).len(), listed(&cache).len()), (0, 1));
                assert_eq!((reports(&others).len(), listed(&other).len()), (1, 1));
                // Attached to any cache, a connection is not forgotten.
                other.attach(&mut one);
                assert!(listed(&cache).is_empty());
                // With an installation there is nothing to watch for.
                cache.install().unwrap();
                diesel::RunQueryDsl::execute(rename!("Zoe"), &mut db.connect()).unwrap();
                assert!(reports(&events).is_empty() && reports(&others).is_empty());
            }
        }
    )*};
}

on! { sqlite: Sqlite, postgres: Postgres, mysql: Mysql }

diesel::define_sql_function! {
    /// The function writes `person`; the cache knows it by a declaration.
    fn touch_people(id: Integer) -> Integer;
}

/// A connection that was opened elsewhere has no URL, and its set-up is no write.
#[test]
fn a_connection_without_a_url() {
    alone!();
    let (postgres, mysql) = (Database::<Postgres>::new(), Database::<Mysql>::new());
    let events = Events::new();
    let cache = watching(&postgres, &events);
    let expected = [(String::new(), Some(vec!["person".to_owned()]))];
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let (client, connection) = tokio_postgres::connect(postgres.url(), tokio_postgres::NoTls)
            .await
            .unwrap();
        let conn = diesel_async::AsyncPgConnection::try_from_client_and_connection(client, connection).await;
        let mut conn = conn.unwrap();
        assert!(reports(&events).is_empty());
        diesel_async::RunQueryDsl::execute(rename!("Ada"), &mut conn)
            .await
            .unwrap();
        assert_eq!(reports(&events), expected);
        drop(conn);

        let conn = mysql_async::Conn::from_url(mysql.url()).await.unwrap();
        let mut conn = diesel_async::AsyncMysqlConnection::try_from(conn).await.unwrap();
        assert!(reports(&events).is_empty());
        diesel_async::RunQueryDsl::execute(rename!("Eve"), &mut conn)
            .await
            .unwrap();
        assert_eq!(reports(&events), expected);
        assert_eq!(listed(&cache), expected);
    });
}

/// However many connections write, the list has a limit; each of them is reported.
#[test]
fn the_list_is_bounded() {
    alone!();
    let db = Database::<Sqlite>::new();
    let events = Events::new();
    let cache = watching(&db, &events);
    let write = || {
        let mut conn = SqliteConnection::establish(":memory:").unwrap();
        conn.batch_execute("CREATE TABLE t (id INTEGER)").unwrap();
        conn
    };
    let mut conns: Vec<_> = (0..1100).map(|_| write()).collect();
    assert_eq!((reports(&events).len(), listed(&cache).len()), (1100, 1024));
    conns.truncate(1000);
    conns.push(write());
    assert_eq!(
        (reports(&events).len(), listed(&cache).len()),
        (1, 1001),
        "room that was given back"
    );
    drop(conns);
    assert!(listed(&cache).is_empty());
}

/// A URL with a password is shown without it.
#[test]
fn the_password_is_not_shown() {
    alone!();
    let db = Database::<Postgres>::new();
    let events = Events::new();
    let cache = watching(&db, &events);
    let (scheme, rest) = db.url().split_once("://").unwrap();
    let (user, server) = rest.split_once('@').unwrap();
    let (user, password) = user.split_once(':').unwrap_or((user, "s3cretw0rd"));
    let mut conn = PgConnection::establish(&format!("{scheme}://{user}:{password}@{server}")).unwrap();
    RunQueryDsl::execute(rename!("Ada"), &mut conn).unwrap();
    let expected = format!("{scheme}://{user}@{}", server.split('?').next().unwrap());
    assert_eq!(listed(&cache)[0].0, expected);
    let told = format!("{:?} {:?}", events.take(), cache.unattached_writers());
    assert!(
        !told.contains(&format!(":{password}@")) && !told.contains("s3cretw0rd"),
        "{told}"
    );
}
