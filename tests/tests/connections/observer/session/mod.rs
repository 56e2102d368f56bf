//! Statements that change a connection's session. A cached load returns what the database would return in that session,
//! and equal sessions share entries.

mod others;
mod pairs;
mod postgres;
mod transactions;
mod unannounced;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use diesel_cache::{Cacheable, CachedDsl};
use diesel_cache_tests::{Backend, Database, Mysql, Postgres, PostgresDatabase, Setup, Sqlite};

#[derive(QueryableByName, Cacheable, Clone, PartialEq, Debug)]
struct Row {
    #[diesel(sql_type = Nullable<Text>)]
    v: Option<String>,
}

/// The statements that the tests send, on each database.
trait Asks: Backend<Conn: Connection> {
    fn load_cached(conn: &mut Self::Conn, sql: &str) -> QueryResult<Vec<Row>>;
    fn load_uncached(conn: &mut Self::Conn, sql: &str) -> QueryResult<Vec<Row>>;
    fn send(conn: &mut Self::Conn, sql: &str) -> QueryResult<()>;
    fn send_bound(conn: &mut Self::Conn, sql: &str, value: &str) -> QueryResult<()>;
}

macro_rules! asks {
    ($($backend:ty),*) => {$(
        impl Asks for $backend {
            fn load_cached(conn: &mut Self::Conn, sql: &str) -> QueryResult<Vec<Row>> {
                diesel::sql_query(sql).cached("default").load(conn)
            }
            fn load_uncached(conn: &mut Self::Conn, sql: &str) -> QueryResult<Vec<Row>> {
                diesel::sql_query(sql).load(conn)
            }
            fn send(conn: &mut Self::Conn, sql: &str) -> QueryResult<()> {
                conn.batch_execute(sql)
            }
            fn send_bound(conn: &mut Self::Conn, sql: &str, value: &str) -> QueryResult<()> {
                diesel::sql_query(sql).bind::<Text, _>(value).execute(conn).map(drop)
            }
        }
    )*};
}
asks! { Sqlite, Postgres, PostgresDatabase, Mysql }

/// Sends statements one by one. Those that begin with `!` must fail.
fn tell<B: Asks>(setup: &mut Setup<B>, statements: &[&str]) {
    for sql in statements {
        match sql.strip_prefix('!') {
            Some(sql) => assert!(B::send(&mut setup.conn, sql).is_err(), "{sql}"),
            None => B::send(&mut setup.conn, sql).unwrap_or_else(|error| panic!("{sql}: {error}")),
        }
    }
}

fn is_right<B: Asks>(setup: &mut Setup<B>, query: &str, told: &[&str]) {
    let wrong = wrong(setup, query, told);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Loads a query twice. Returns a complaint for each load that differs, in its rows or its error, from the same query
/// without a cache.
fn wrong<B: Asks>(setup: &mut Setup<B>, query: &str, told: &[&str]) -> Vec<String> {
    let mut wrong = Vec::new();
    for _ in 0..2 {
        let cached = B::load_cached(&mut setup.conn, query).map_err(|error| error.to_string());
        let truth = B::load_uncached(&mut setup.conn, query).map_err(|error| error.to_string());
        if cached != truth {
            wrong.push(format!("{query} after {told:?}: {cached:?} for {truth:?}"));
        }
    }
    wrong
}

/// Asserts that a connection that fills the cache and then runs `statements` loads what its session would return, and
/// that the same holds for other connections, which run the same statements or none.
fn answers_for_itself<B: Asks>(db: &Database<B>, query: &str, statements: &[&str]) {
    let query = &format!(
        "{query} /* {} */",
        statements.join(" ").replace("/*", "").replace("*/", "")
    );
    let (mut told, mut plain) = (Setup::new(db), Setup::new(db));
    B::load_uncached(&mut plain.conn, query).unwrap_or_else(|error| panic!("{query}: {error}"));
    is_right(&mut plain, query, &[]);
    is_right(&mut told, query, &[]);
    tell(&mut told, statements);
    is_right(&mut told, query, statements);
    is_right(&mut plain, query, &[]);
    // This connection runs the statements before it has prepared anything.
    let mut told = Setup::new(db);
    tell(&mut told, statements);
    is_right(&mut told, query, statements);
    is_right(&mut Setup::new(db), query, &[]);
}

/// Asserts that a connection that has run `statements` hits the entry of a connection that has run none.
fn shares<B: Asks>(db: &Database<B>, query: &str, statements: &[&str]) {
    let query = &format!("{query} /* shared: {} */", statements.join(" "));
    let (mut told, mut plain) = (Setup::new(db), Setup::new(db));
    is_right(&mut plain, query, &[]);
    tell(&mut told, statements);
    told.statements.take();
    B::load_cached(&mut told.conn, query).unwrap();
    assert_eq!(told.statements.take(), [""; 0], "{query} after {statements:?}");
}

/// Returns the statements that two cached loads send.
fn asked_twice<B: Asks>(setup: &mut Setup<B>, query: &str) -> Vec<String> {
    setup.statements.take();
    for _ in 0..2 {
        B::load_cached(&mut setup.conn, query).unwrap();
    }
    setup.statements.take()
}
