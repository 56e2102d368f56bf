//! Caches in memory as a competent user would write them by hand.
//!
//! The general caches take the query's text and binds (`debug_query`) as the key, so that they serve any query, as
//! `.cached(…)` does. The others are written for one query, and take its two binds as the key.

use std::sync::Arc;

use cached::macros::cached;
use diesel::SqliteConnection;
use diesel_cache_bench::{Ask, Invoice, Person, Row};

type Shared<R> = Arc<Vec<R>>;

/// One cache of each kind.
pub(crate) struct Peers<R> {
    /// The rows by text.
    pub(crate) moka: moka::sync::Cache<String, Shared<R>>,
    /// The rows in postcard by text.
    pub(crate) moka_bytes: moka::sync::Cache<String, Arc<[u8]>>,
    /// The rows by binds.
    pub(crate) moka_by_binds: moka::sync::Cache<(i32, i32), Shared<R>>,
    /// The rows by binds.
    pub(crate) quick: quick_cache::sync::Cache<(i32, i32), Shared<R>>,
    /// The rows in postcard by binds.
    pub(crate) quick_bytes: quick_cache::sync::Cache<(i32, i32), Arc<[u8]>>,
}

impl<R: Row + Ask<SqliteConnection>> Peers<R> {
    /// Creates caches with room for `capacity` results.
    pub(crate) fn new(capacity: usize) -> Self {
        let many = capacity as u64 * 2;
        Self {
            moka: moka::sync::Cache::new(many),
            moka_bytes: moka::sync::Cache::new(many),
            moka_by_binds: moka::sync::Cache::new(many),
            quick: quick_cache::sync::Cache::new(capacity * 2),
            quick_bytes: quick_cache::sync::Cache::new(capacity * 2),
        }
    }

    /// Inserts a result into all caches.
    pub(crate) fn insert(&self, conn: &mut SqliteConnection, variant: i32, rows: i32) {
        let result = R::ask(conn, variant, rows);
        let (binds, text) = ((variant, rows), R::text(variant, rows));
        let bytes: Arc<[u8]> = encode(&result).into();
        let result = Arc::new(result);
        self.moka.insert(text.clone(), Arc::clone(&result));
        self.moka_bytes.insert(text, Arc::clone(&bytes));
        self.moka_by_binds.insert(binds, Arc::clone(&result));
        self.quick.insert(binds, result);
        self.quick_bytes.insert(binds, bytes);
    }

    pub(crate) fn moka(&self, variant: i32, rows: i32) -> Shared<R> {
        self.moka.get(&R::text(variant, rows)).unwrap()
    }

    pub(crate) fn moka_bytes(&self, variant: i32, rows: i32) -> Vec<R> {
        decode(&self.moka_bytes.get(&R::text(variant, rows)).unwrap())
    }

    pub(crate) fn quick_bytes(&self, variant: i32, rows: i32) -> Vec<R> {
        decode(&self.quick_bytes.get(&(variant, rows)).unwrap())
    }
}

/// Encodes rows as all peers do that store bytes.
pub(crate) fn encode<R: Row>(rows: &[R]) -> Vec<u8> {
    postcard::to_allocvec(rows).unwrap()
}

/// Decodes rows again.
pub(crate) fn decode<R: Row>(bytes: &[u8]) -> Vec<R> {
    postcard::from_bytes(bytes).unwrap()
}

/// The macro of the `cached` crate, which needs a function for each model.
pub(crate) trait Memoized: Sized {
    fn memoized(conn: &mut SqliteConnection, variant: i32, rows: i32) -> Vec<Self>;
}

impl Memoized for Person {
    fn memoized(conn: &mut SqliteConnection, variant: i32, rows: i32) -> Vec<Self> {
        people(conn, variant, rows)
    }
}

impl Memoized for Invoice {
    fn memoized(conn: &mut SqliteConnection, variant: i32, rows: i32) -> Vec<Self> {
        invoices(conn, variant, rows)
    }
}

#[cached(max_size = 1000, key = "(i32, i32)", convert = "{ (variant, rows) }")]
fn people(conn: &mut SqliteConnection, variant: i32, rows: i32) -> Vec<Person> {
    Person::ask(conn, variant, rows)
}

#[cached(max_size = 1000, key = "(i32, i32)", convert = "{ (variant, rows) }")]
fn invoices(conn: &mut SqliteConnection, variant: i32, rows: i32) -> Vec<Invoice> {
    Invoice::ask(conn, variant, rows)
}
