//! `install_by`: the URL of each connection determines its namespace, or that it is not observed.

use std::sync::{Arc, Mutex};

use diesel::connection::set_default_instrumentation;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use diesel::result::Error::QueryBuilderError;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, deadpool};
use diesel_cache::{Cache, Error, Event, LoadFromDsl};
use diesel_cache_tests::{
    AsyncBackend, Backend, Database, Events, Mysql, Person, Postgres, Sqlite, alone, connect, everyone, person, regions,
};

/// The namespaces that a test's closure returns for URLs of databases. It returns `None` for any other URL.
#[derive(Clone, Default)]
struct Places(Arc<Mutex<Vec<(String, &'static str)>>>);

impl Places {
    fn of<const N: usize>(places: [(&str, &'static str); N]) -> Self {
        let places = places.map(|(url, name)| (url.to_owned(), name));
        Self(Arc::new(Mutex::new(places.to_vec())))
    }

    /// Returns the namespace for a URL. Panics if that is `"panic"`.
    fn choose(&self, url: &str) -> Option<&'static str> {
        let places = self.0.lock().unwrap().clone();
        let (_, name) = places.iter().find(|(place, _)| place == url)?;
        assert_ne!(*name, "panic", "a bug in the user's closure");
        Some(name)
    }

    fn install(&self, cache: &Cache) {
        let places = self.clone();
        cache.install_by(move |url| places.choose(url)).unwrap();
    }
}

fn cache<B: Backend>(db: &Database<B>, events: &Events) -> Cache {
    regions(&db.directory().join("cache"))
        .listener(events.listener())
        .build()
        .unwrap()
}

fn is_not_attached<T: std::fmt::Debug>(result: QueryResult<T>) -> bool {
    let Err(QueryBuilderError(error)) = result else {
        return false;
    };
    matches!(error.downcast_ref(), Some(Error::NotAttached))
}

/// Returns the URLs for which the closure has failed since the last call.
fn failed_urls(events: &Events) -> Vec<String> {
    let failed = |event: &Event| match event {
        Event::NamespaceFailed { url, .. } => Some(url.to_string()),
        _ => None,
    };
    events.take().iter().filter_map(failed).collect()
}

/// Loads everyone from the `default` region of a namespace; an error on a connection of another namespace.
macro_rules! load {
    ($cache:expr, $name:expr, $conn:expr) => {{
        let region = $cache.namespace($name).region("default").unwrap();
        diesel::RunQueryDsl::load::<Person>(everyone(&region), $conn).unwrap()
    }};
}

macro_rules! load_async {
    ($cache:expr, $name:expr, $conn:expr) => {{
        let region = $cache.namespace($name).region("default").unwrap();
        diesel_async::RunQueryDsl::load::<Person>(everyone(&region), $conn)
            .await
            .unwrap()
    }};
}

macro_rules! on {
    ($($module:ident: $backend:ident),*) => {$(
        mod $module {
            use super::*;
            type Conn = <$backend as Backend>::Conn;
            type AsyncConn = <$backend as AsyncBackend>::AsyncConn;

            #[test]
            fn each_database_has_a_namespace() {
                alone!();
                let (one, two) = (Database::<$backend>::new(), Database::<$backend>::new());
                let cache = cache(&one, &Events::new());
                Places::of([(one.url(), "one"), (two.url(), "two")]).install(&cache);
                let hits = || cache.region("default").unwrap().stats().hits();
                let (mut first, mut second) = (one.connect(), two.connect());
                load!(cache, "one", &mut first);
                load!(cache, "two", &mut second);
                assert_eq!(hits(), 0);

                diesel::RunQueryDsl::execute(rename!("Ada"), &mut first).unwrap();
                assert_eq!(load!(cache, "two", &mut second)[0].name, "person 01");
                assert_eq!(hits(), 1, "a write in one database leaves the other's entries alone");
                assert_eq!(load!(cache, "one", &mut first)[0].name, "Ada");
                assert_eq!(hits(), 1);

                // All connections with one URL share entries, from pools and on tasks.
                let pool = Pool::builder().max_size(1).build(ConnectionManager::<Conn>::new(one.url())).unwrap();
                assert_eq!(load!(cache, "one", &mut pool.get().unwrap())[0].name, "Ada");
                assert_eq!(hits(), 2);
                let pool = cache.namespace("one").lazy_pool(pool);
                for _ in 0..2 {
                    assert_eq!(everyone("default").load_from::<Person>(&pool).unwrap()[0].name, "Ada");
                }
                assert_eq!(hits(), 4, "the pool's connections are in the namespace of the pool");
                tokio::runtime::Runtime::new().unwrap().block_on(async {
                    let manager = AsyncDieselConnectionManager::<AsyncConn>::new(two.url());
                    let pool = deadpool::Pool::builder(manager).max_size(1).build().unwrap();
                    for conn in [&mut two.connect_async().await, &mut *pool.get().await.unwrap()] {
                        let before = hits();
                        assert_eq!(load_async!(cache, "two", &mut *conn)[0].name, "person 01");
                        assert_eq!(hits(), before + 1);
                    }
                    let mut conn = two.connect_async().await;
                    diesel_async::RunQueryDsl::execute(rename!("Eve"), &mut conn).await.unwrap();
                });
                assert_eq!(load!(cache, "two", &mut second)[0].name, "Eve", "a task's writes are seen");
                let before = hits();
                assert_eq!(load!(cache, "one", &mut first)[0].name, "Ada");
                assert_eq!(hits(), before + 1);
            }

            #[test]
            fn none_leaves_a_connection_alone() {
                alone!();
                let (one, two) = (Database::<$backend>::new(), Database::<$backend>::new());
                let events = Events::new();
                let cache = cache(&one, &events);
                Places::of([(one.url(), "one")]).install(&cache);
                let (mut attached, mut alone) = (one.connect(), two.connect());
                load!(cache, "one", &mut attached);
                assert!(is_not_attached(diesel::RunQueryDsl::load::<Person>(everyone("default"), &mut alone)));
                assert!(is_not_attached(cache.identify(&mut alone)));
                diesel::RunQueryDsl::execute(rename!("Ada"), &mut alone).unwrap();
                let hits = || cache.region("default").unwrap().stats().hits();
                load!(cache, "one", &mut attached);
                assert_eq!(hits(), 1, "its writes are not observed");
                let runtime = tokio::runtime::Runtime::new().unwrap();
                runtime.block_on(async {
                    let mut alone = two.connect_async().await;
                    let loaded = diesel_async::RunQueryDsl::load::<Person>(everyone("default"), &mut alone).await;
                    assert!(is_not_attached(loaded));
                    // Attached by hand, it knows where it leads, as a connection of the installation does.
                    cache.namespace("two").attach(&mut alone);
                    assert_eq!(load_async!(cache, "two", &mut alone)[0].name, "Ada");
                });
                assert_eq!(hits(), 1);
                cache.namespace("two").attach(&mut alone);
                assert_eq!(load!(cache, "two", &mut alone)[0].name, "Ada");
                assert_eq!(hits(), 2);
                Places::of([(two.url(), "two")]).install(&cache);
                assert_eq!(load!(cache, "two", &mut two.connect())[0].name, "Ada");
                assert_eq!(hits(), 3);
                let mut elsewhere = one.connect();
                cache.namespace("two").attach(&mut elsewhere);
                assert_eq!(load!(cache, "two", &mut elsewhere)[0].name, "person 01");
                assert_eq!(hits(), 3, "and its rows are never those of another database");
                assert!(failed_urls(&events).is_empty());
            }

            #[test]
            fn a_closure_that_panics() {
                alone!();
                let db = Database::<$backend>::new();
                let events = Events::new();
                let cache = cache(&db, &events);
                let places = Places::of([(db.url(), "one")]);
                places.install(&cache);
                let mut one = db.connect();
                places.0.lock().unwrap()[0].1 = "two";
                let mut two = db.connect();
                let mut default = db.connect();
                cache.attach(&mut default);
                places.0.lock().unwrap()[0].1 = "panic";
                let mut unplaced = db.connect();
                let failed = failed_urls(&events);
                assert_eq!(failed.len(), 1);
                assert!(!failed[0].is_empty() && !failed[0].contains('?'), "{failed:?}");

                let mut all_see = |name: &str| {
                    assert_eq!(load!(cache, "one", &mut one)[0].name, name);
                    assert_eq!(load!(cache, "two", &mut two)[0].name, name);
                    assert_eq!(load!(cache, "", &mut default)[0].name, name);
                };
                all_see("person 01");
                cache.identify(&mut unplaced).unwrap();
                assert!(is_not_attached(diesel::RunQueryDsl::load::<Person>(everyone("default"), &mut unplaced)));
                diesel::RunQueryDsl::execute(rename!("Ada"), &mut unplaced).unwrap();
                all_see("Ada");
                unplaced
                    .transaction(|conn| {
                        diesel::RunQueryDsl::execute(rename!("Bob"), conn)?;
                        QueryResult::Ok(())
                    })
                    .unwrap();
                all_see("Bob");
                tokio::runtime::Runtime::new().unwrap().block_on(async {
                    let mut conn = db.connect_async().await;
                    diesel_async::RunQueryDsl::execute(rename!("Eve"), &mut conn).await.unwrap();
                });
                all_see("Eve");
                // To attach it corrects the namespace. What it has written before still concerns all of them.
                unplaced
                    .transaction(|conn| {
                        diesel::RunQueryDsl::execute(rename!("Zoe"), conn)?;
                        cache.namespace("two").attach(conn);
                        QueryResult::Ok(())
                    })
                    .unwrap();
                all_see("Zoe");
                assert_eq!(load!(cache, "two", &mut unplaced)[0].name, "Zoe");
                let hits = || cache.region("default").unwrap().stats().hits();
                let before = hits();
                diesel::RunQueryDsl::execute(rename!("Max"), &mut unplaced).unwrap();
                assert_eq!(load!(cache, "one", &mut one)[0].name, "Zoe", "from now on it writes in its namespace alone");
                assert_eq!(hits(), before + 1);
                assert_eq!(load!(cache, "two", &mut two)[0].name, "Max");
            }

            #[test]
            fn a_later_installation_replaces_it() {
                alone!();
                let db = Database::<$backend>::new();
                let first = cache(&db, &Events::new());
                let second = regions(&db.directory().join("other")).build().unwrap();
                Places::of([(db.url(), "one")]).install(&first);
                let mut early = db.connect();
                Places::of([(db.url(), "two")]).install(&second);
                let mut late = db.connect();
                first.install().unwrap();
                let mut last = db.connect();
                load!(first, "one", &mut early);
                load!(second, "two", &mut late);
                load!(first, "", &mut last);
                // Opened under one cache and attached to another, it is the other's.
                second.namespace("two").attach(&mut early);
                load!(second, "two", &mut early);
                assert_eq!(second.region("default").unwrap().stats().hits(), 1);
                Places::of([(db.url(), "one")]).install(&first);
                load!(first, "one", &mut db.connect());
                assert_eq!(first.region("default").unwrap().stats().hits(), 1, "the entry of the first connection");
                set_default_instrumentation(|| None).unwrap();
                assert!(is_not_attached(diesel::RunQueryDsl::load::<Person>(everyone("default"), &mut db.connect())));
            }

            #[test]
            fn threads_that_open_connections() {
                alone!();
                let db = Database::<$backend>::new();
                let cache = cache(&db, &Events::new());
                let (url, count) = (db.url().to_owned(), Arc::new(Mutex::new(0)));
                let counter = Arc::clone(&count);
                cache
                    .install_by(move |opened| {
                        let number = {
                            let mut count = counter.lock().unwrap();
                            *count += 1;
                            *count
                        };
                        // It may open connections and use them.
                        if number == 1 {
                            connect::<$backend>(opened);
                        }
                        (opened == url).then_some(format!("tenant {}", number % 4))
                    })
                    .unwrap();
                std::thread::scope(|scope| {
                    for _ in 0..8 {
                        scope.spawn(|| {
                            let mut conn = db.connect();
                            let fits = |name: &str| {
                                let region = cache.namespace(name).region("default").unwrap();
                                everyone(region)
                            };
                            let loaded = (0..4)
                                .filter(|number| {
                                    let query = fits(&format!("tenant {number}"));
                                    diesel::RunQueryDsl::load::<Person>(query, &mut conn).is_ok()
                                })
                                .count();
                            assert_eq!(loaded, 1, "a connection has one namespace");
                        });
                    }
                });
                assert_eq!(*count.lock().unwrap(), 9);
            }
        }
    )*};
}

on! { sqlite: Sqlite, postgres: Postgres, mysql: Mysql }

/// A connection that was opened elsewhere has no URL.
#[test]
fn a_connection_without_a_url() {
    alone!();
    let (postgres, mysql) = (Database::<Postgres>::new(), Database::<Mysql>::new());
    let cache = cache(&postgres, &Events::new());
    cache.install_by(|url| url.is_empty().then_some("elsewhere")).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let (client, connection) = tokio_postgres::connect(postgres.url(), tokio_postgres::NoTls)
            .await
            .unwrap();
        let conn = diesel_async::AsyncPgConnection::try_from_client_and_connection(client, connection).await;
        let mut conn = conn.unwrap();
        assert_eq!(load_async!(cache, "elsewhere", &mut conn)[0].name, "person 01");
        diesel_async::RunQueryDsl::execute(rename!("Ada"), &mut conn)
            .await
            .unwrap();
        assert_eq!(load_async!(cache, "elsewhere", &mut conn)[0].name, "Ada");

        let conn = mysql_async::Conn::from_url(mysql.url()).await.unwrap();
        let mut conn = diesel_async::AsyncMysqlConnection::try_from(conn).await.unwrap();
        diesel_async::RunQueryDsl::execute(rename!("Eve"), &mut conn)
            .await
            .unwrap();
        let region = cache.namespace("elsewhere").region("hot").unwrap();
        let loaded = diesel_async::RunQueryDsl::load::<Person>(everyone(&region), &mut conn).await;
        assert_eq!(loaded.unwrap()[0].name, "Eve");
    });
}

/// The closure sees the password, and nothing else does.
#[test]
fn the_password_is_for_the_closure_alone() {
    alone!();
    let db = Database::<Postgres>::new();
    let events = Events::new();
    let cache = cache(&db, &events);
    let (scheme, rest) = db.url().split_once("://").unwrap();
    let (user, server) = rest.split_once('@').unwrap();
    let user = user.split(':').next().unwrap();
    let secret = format!("{scheme}://{user}:s3cretw0rd@{server}");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sees = Arc::clone(&seen);
    cache
        .install_by(move |url| {
            sees.lock().unwrap().push(url.to_owned());
            assert!(sees.lock().unwrap().len() != 2, "a bug");
            Some("one")
        })
        .unwrap();
    for _ in 0..2 {
        // Whether the server accepts the password does not matter.
        if let Ok(mut conn) = PgConnection::establish(&secret) {
            let _ = RunQueryDsl::load::<Person>(everyone("default"), &mut conn);
        }
    }
    assert_eq!(*seen.lock().unwrap(), [secret.clone(), secret]);
    cache.flush().unwrap();
    assert!(!super::homes::holds(&db.directory().join("cache"), b"s3cretw0rd"));
    let told = format!("{:?} {cache:?}", events.take());
    assert!(
        told.contains("NamespaceFailed") && !told.contains("s3cretw0rd"),
        "{told}"
    );
}

#[derive(diesel::MultiConnection)]
enum AnyConnection {
    Postgres(PgConnection),
    Mysql(MysqlConnection),
    Sqlite(SqliteConnection),
}

/// It tries one backend after the other, and the choice for each attempt is that attempt's alone.
#[test]
fn a_multi_connection() {
    alone!();
    let db = Database::<Sqlite>::new();
    let cache = cache(&db, &Events::new());
    Places::of([(db.url(), "one")]).install(&cache);
    let mut reader = db.connect();
    load!(cache, "one", &mut reader);
    let mut any = AnyConnection::establish(db.url()).unwrap();
    RunQueryDsl::execute(rename!("Ada"), &mut any).unwrap();
    assert_eq!(load!(cache, "one", &mut reader)[0].name, "Ada");
}
