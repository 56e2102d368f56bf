//! Tables with keys of several kinds, and a cache.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_cache::Cacheable;
use diesel_cache_tests::{Backend, Database, Setup};

diesel::table! {
    node (id) {
        id -> BigInt,
        parent_id -> Nullable<BigInt>,
        label -> Text,
    }
}

diesel::table! {
    seat (hall, number) {
        hall -> Integer,
        number -> Integer,
        guest -> Nullable<Text>,
    }
}

/// A row that refers to another of its table, or to none.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Identifiable, Associations, Cacheable)]
#[diesel(table_name = node, belongs_to(Node, foreign_key = parent_id))]
pub(crate) struct Node {
    pub(crate) id: i64,
    pub(crate) parent_id: Option<i64>,
    pub(crate) label: String,
}

/// A row with a key of two columns.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Cacheable)]
#[diesel(table_name = seat)]
pub(crate) struct Seat {
    pub(crate) hall: i32,
    pub(crate) number: i32,
    pub(crate) guest: Option<String>,
}

/// Creates these tables, in addition to those of every test database.
fn create<B: Backend<Conn: SimpleConnection>>(db: &Database<B>) {
    db.connect()
        .batch_execute(
            "CREATE TABLE node (id BIGINT PRIMARY KEY, parent_id BIGINT, label VARCHAR(100) NOT NULL); \
             INSERT INTO node VALUES (1, NULL, 'root'), (2, 1, 'left'), (3, 1, 'right'), (4, 3, 'leaf'), (5, NULL, 'alone'); \
             CREATE TABLE seat (hall INTEGER, number INTEGER, guest VARCHAR(100), PRIMARY KEY (hall, number)); \
             INSERT INTO seat VALUES (1, 1, 'a'), (1, 2, NULL), (2, 1, 'c'), (2, 2, 'd');",
        )
        .unwrap();
}

/// Returns a database with these tables, and a cache.
pub(crate) fn setup<B: Backend<Conn: SimpleConnection>>() -> (Database<B>, Setup<B>) {
    let db = Database::<B>::new();
    create(&db);
    let setup = Setup::new(&db);
    (db, setup)
}
