//! The queries, on each backend and for each model.

use std::sync::Arc;

use diesel::prelude::*;
use diesel::{MysqlConnection, PgConnection};
use diesel_cache::Cacheable;
use diesel_cache::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Invoice, Person, invoice, person};

/// A model of the benchmark.
pub trait Row: Cacheable + Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// Its name in the report.
    const NAME: &'static str;
}

impl Row for Person {
    const NAME: &'static str = "person";
}

impl Row for Invoice {
    const NAME: &'static str = "invoice";
}

/// `SELECT … WHERE id BETWEEN -variant AND rows`, which returns the same rows for every variant, but has a different
/// key.
///
/// Each method that takes a region contains what a user would write in its place.
pub trait Ask<Conn>: Row {
    /// Runs the query without a cache.
    fn ask(conn: &mut Conn, variant: i32, rows: i32) -> Vec<Self>;
    /// Loads a query of static type.
    fn load(conn: &mut Conn, region: &'static str, variant: i32, rows: i32) -> Vec<Self>;
    /// Loads a query of static type, as shared rows.
    fn load_shared(conn: &mut Conn, region: &'static str, variant: i32, rows: i32) -> Arc<[Self]>;
    /// Loads a boxed query, whose text has to be rendered.
    fn load_boxed(conn: &mut Conn, region: &'static str, variant: i32, rows: i32) -> Vec<Self>;
    /// Loads a boxed query, as shared rows.
    fn load_shared_boxed(conn: &mut Conn, region: &'static str, variant: i32, rows: i32) -> Arc<[Self]>;
    /// Queries the database, and replaces the entry.
    fn refresh(conn: &mut Conn, region: &'static str, variant: i32, rows: i32) -> Vec<Self>;
    /// Invalidates the query's entry.
    fn invalidate(conn: &mut Conn, region: &'static str, variant: i32, rows: i32);
    /// Returns `true` if a load would be a hit.
    fn is_cached(conn: &mut Conn, region: &'static str, variant: i32, rows: i32) -> bool;
    /// Returns SQL and binds as text: the key of caches that are written by hand.
    fn text(variant: i32, rows: i32) -> String;
}

macro_rules! ask {
    ($($row:ident in $table:ident on $conn:ty;)*) => {$(
        impl Ask<$conn> for $row {
            fn ask(conn: &mut $conn, variant: i32, rows: i32) -> Vec<Self> {
                $table::table.filter($table::id.between(-variant, rows)).select($row::as_select()).load(conn).unwrap()
            }

            fn load(conn: &mut $conn, region: &'static str, variant: i32, rows: i32) -> Vec<Self> {
                $table::table.filter($table::id.between(-variant, rows)).select($row::as_select()).cached(region).load(conn).unwrap()
            }

            fn load_shared(conn: &mut $conn, region: &'static str, variant: i32, rows: i32) -> Arc<[Self]> {
                $table::table.filter($table::id.between(-variant, rows)).select($row::as_select()).cached(region).load_shared(conn).unwrap()
            }

            fn load_boxed(conn: &mut $conn, region: &'static str, variant: i32, rows: i32) -> Vec<Self> {
                let query = $table::table.filter($table::id.between(-variant, rows)).select($row::as_select()).into_boxed();
                query.cached(region).load(conn).unwrap()
            }

            fn load_shared_boxed(conn: &mut $conn, region: &'static str, variant: i32, rows: i32) -> Arc<[Self]> {
                let query = $table::table.filter($table::id.between(-variant, rows)).select($row::as_select()).into_boxed();
                query.cached(region).load_shared(conn).unwrap()
            }

            fn refresh(conn: &mut $conn, region: &'static str, variant: i32, rows: i32) -> Vec<Self> {
                $table::table.filter($table::id.between(-variant, rows)).select($row::as_select()).cached(region).refresh().load(conn).unwrap()
            }

            fn invalidate(conn: &mut $conn, region: &'static str, variant: i32, rows: i32) {
                $table::table.filter($table::id.between(-variant, rows)).select($row::as_select()).cached(region).invalidate(conn).unwrap();
            }

            fn is_cached(conn: &mut $conn, region: &'static str, variant: i32, rows: i32) -> bool {
                let query = $table::table.filter($table::id.between(-variant, rows)).select($row::as_select()).cached(region);
                query.lookup::<Self>(conn).unwrap().is_some()
            }

            fn text(variant: i32, rows: i32) -> String {
                let query = $table::table.filter($table::id.between(-variant, rows)).select($row::as_select());
                diesel::debug_query::<<$conn as Connection>::Backend, _>(&query).to_string()
            }
        }
    )*};
}

ask! {
    Person in person on SqliteConnection;
    Person in person on PgConnection;
    Person in person on MysqlConnection;
    Invoice in invoice on SqliteConnection;
    Invoice in invoice on PgConnection;
    Invoice in invoice on MysqlConnection;
}
