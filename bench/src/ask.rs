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
    /// How the report calls it.
    const NAME: &'static str;
}

impl Row for Person {
    const NAME: &'static str = "person";
}

impl Row for Invoice {
    const NAME: &'static str = "invoice";
}

/// `SELECT … WHERE id BETWEEN -variant AND rows`, which is the same rows for every variant, under another key.
///
/// Each method that takes a region is what a user would write at that place.
pub trait Ask<Conn>: Row {
    /// Without a cache.
    fn ask(conn: &mut Conn, variant: i32, rows: i32) -> Vec<Self>;
    /// A query of static type.
    fn load(conn: &mut Conn, region: &'static str, variant: i32, rows: i32) -> Vec<Self>;
    /// A query of static type, to rows that are shared.
    fn load_shared(conn: &mut Conn, region: &'static str, variant: i32, rows: i32) -> Arc<[Self]>;
    /// A boxed query, whose text has to be rendered.
    fn load_boxed(conn: &mut Conn, region: &'static str, variant: i32, rows: i32) -> Vec<Self>;
    /// A boxed query, to rows that are shared.
    fn load_shared_boxed(conn: &mut Conn, region: &'static str, variant: i32, rows: i32) -> Arc<[Self]>;
    /// Asks the database and replaces the entry.
    fn refresh(conn: &mut Conn, region: &'static str, variant: i32, rows: i32) -> Vec<Self>;
    /// Makes the one entry stale.
    fn invalidate(conn: &mut Conn, region: &'static str, variant: i32, rows: i32);
    /// Returns `true` if a load would be a hit.
    fn is_cached(conn: &mut Conn, region: &'static str, variant: i32, rows: i32) -> bool;
    /// SQL and binds as text: what those take for a key who write a cache by hand.
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
