//! `install`: every connection that the process opens is attached. The installation is process-wide, so each test has
//! its own process.

/// An UPDATE that renames the first person.
macro_rules! rename {
    ($name:expr) => {
        diesel::update(person::table.find(1)).set(person::name.eq($name))
    };
}

mod by_url;
mod dialects;
mod homes;
mod unattached;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, deadpool};
use diesel_cache_tests::{
    AsyncBackend, Backend, Database, Mysql, Person, Postgres, Sqlite, Statements, alone, everyone, people, person,
    regions,
};

/// Counts the statements about people.
fn asked(statements: &Statements) -> usize {
    statements
        .take()
        .iter()
        .filter(|sql| sql.contains("FROM") && sql.contains("person"))
        .count()
}

macro_rules! load_async {
    ($conn:ident, $region:literal) => {
        diesel_async::RunQueryDsl::load::<Person>(everyone($region), &mut $conn)
            .await
            .unwrap()
    };
}

macro_rules! on {
    ($backend:ident) => {{
        let db = Database::<$backend>::new();
        let cache = regions(&db.directory().join("cache")).build().unwrap();

        cache.install().unwrap();
        assert_eq!(
            everyone("default").load::<Person>(&mut db.connect()).unwrap(),
            people(50)
        );

        // The later installation replaces the earlier one. Every connection gets an instrumentation of its own.
        let statements = Statements::new();
        let made = Arc::new(AtomicUsize::new(0));
        let (each, count) = (statements.clone(), Arc::clone(&made));
        cache
            .install_with(move || {
                count.fetch_add(1, Ordering::SeqCst);
                each.clone()
            })
            .unwrap();
        let mut conn = db.connect();
        assert_eq!(made.load(Ordering::SeqCst), 1);
        statements.take();
        assert_eq!(everyone("default").load::<Person>(&mut conn).unwrap(), people(50));
        assert_eq!(asked(&statements), 0, "the entry is there");
        assert_eq!(everyone("hot").load::<Person>(&mut conn).unwrap(), people(50));
        assert_eq!(asked(&statements), 1, "and what is asked is heard");

        let pool = Pool::builder()
            .max_size(2)
            .build(ConnectionManager::<<$backend as Backend>::Conn>::new(db.url()))
            .unwrap();
        let mut two = [pool.get().unwrap(), pool.get().unwrap()];
        statements.take();
        for conn in &mut two {
            assert_eq!(everyone("hot").load::<Person>(conn).unwrap(), people(50));
        }
        assert_eq!(asked(&statements), 0);
        assert_eq!(made.load(Ordering::SeqCst), 3);

        // Asynchronous connections use the same default instrumentation, whether they are single or from a pool.
        statements.take();
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let mut conn = db.connect_async().await;
            assert_eq!(made.load(Ordering::SeqCst), 4);
            assert_eq!(load_async!(conn, "hot"), people(50));
            assert_eq!(asked(&statements), 0, "the entry is there");
            let rename = diesel::update(person::table.find(1)).set(person::name.eq("Ada"));
            assert_eq!(diesel_async::RunQueryDsl::execute(rename, &mut conn).await, Ok(1));
            statements.take();
            let changed = load_async!(conn, "hot");
            assert_eq!(asked(&statements), 1, "its writes are seen, and what it asks is heard");
            assert_eq!(changed[0].name, "Ada");
            let manager = AsyncDieselConnectionManager::<<$backend as AsyncBackend>::AsyncConn>::new(db.url());
            let pool = deadpool::Pool::builder(manager).max_size(1).build().unwrap();
            let mut conn = pool.get().await.unwrap();
            statements.take();
            assert_eq!(load_async!(conn, "hot"), changed);
            assert_eq!(asked(&statements), 0);
            assert_eq!(made.load(Ordering::SeqCst), 5);
        });
        let changed = everyone("hot").load::<Person>(&mut conn).unwrap();
        assert_eq!(changed[0].name, "Ada", "blocking connections hear of it");

        // A namespace can be installed as well.
        cache.namespace("tenant").install().unwrap();
        let mut conn = db.connect();
        let region = cache.namespace("tenant").region("default").unwrap();
        assert_eq!(everyone(&region).load::<Person>(&mut conn).unwrap(), changed);
    }};
}

#[test]
fn every_new_connection_is_attached() {
    alone!();
    let db = Database::<Sqlite>::new();
    let mut before = db.connect();
    let cache = regions(&db.directory().join("cache")).build().unwrap();
    cache.install().unwrap();
    let not_attached = everyone("default").load::<Person>(&mut before).unwrap_err();
    assert!(
        not_attached.to_string().contains("not attached"),
        "it was opened too early"
    );

    on!(Sqlite);
    on!(Postgres);
    on!(Mysql);
}
