//! An enum of connections (`#[derive(MultiConnection)]`): the key is that of the connection inside.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::sqlite::Sqlite;
use diesel_cache::{CacheKey, KeyBackend};

use super::schema::{item, key, pg, sqlite};

#[derive(diesel::MultiConnection)]
enum AnyConnection {
    Sqlite(SqliteConnection),
    Pg(PgConnection),
    Mysql(MysqlConnection),
}

/// Computes the key as a cached load on this connection does.
fn key_on<Conn, Q>(_: &mut Conn, query: &Q) -> CacheKey
where
    Conn: Connection<Backend: KeyBackend>,
    Q: QueryFragment<Conn::Backend> + QueryId,
{
    key::<Conn::Backend, Q>(query)
}

impl AnyConnection {
    /// Returns the key of a query on the connection inside. The query is written once, because it has no backend before
    /// it is loaded.
    fn key_of_cheap_items(&mut self, limit: f64) -> CacheKey {
        let query = item::table.filter(item::price.lt(limit)).select((item::id, item::name));
        match self {
            Self::Sqlite(conn) => key_on(conn, &query),
            Self::Pg(conn) => key_on(conn, &query),
            Self::Mysql(conn) => key_on(conn, &query),
        }
    }
}

#[test]
fn the_connection_inside_makes_the_key() {
    let mut conn = AnyConnection::establish(":memory:").unwrap();
    assert!(matches!(conn, AnyConnection::Sqlite(_)));
    let query = item::table.filter(item::price.lt(2.5)).select((item::id, item::name));
    assert_eq!(conn.key_of_cheap_items(2.5), sqlite(&query));
    assert_ne!(conn.key_of_cheap_items(2.5), pg(&query));
    assert_ne!(conn.key_of_cheap_items(2.5), conn.key_of_cheap_items(2.0));
}

/// One generic function per query shape, for those who prefer it to one expression: only its bounds name the backend.
#[test]
fn a_generic_function_serves_every_variant() {
    fn find<DB>(id: i32) -> CacheKey
    where
        DB: KeyBackend,
        diesel::dsl::Find<item::table, i32>: QueryFragment<DB> + QueryId,
    {
        key::<DB, _>(&item::table.find(id))
    }
    assert_eq!(find::<Sqlite>(1), sqlite(&item::table.find(1)));
    assert_eq!(find::<Pg>(1), pg(&item::table.find(1)));
}
