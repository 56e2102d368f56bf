//! `.cached("region")`, and what it can be called on.

use diesel::query_builder::{AsQuery, BoxedSelectStatement, Query, SelectStatement};
use diesel::query_dsl::positional_order_dsl::PositionalOrderDsl;
use diesel::sql_types::Untyped;

use super::{Cached, RegionRef};

/// Adds [`cached`](Self::cached) to queries; in the [prelude](crate::prelude).
pub trait CachedDsl: AsQuery + Sized {
    /// Answers the query from a region when it can, and stores the rows there when it cannot.
    ///
    /// It may stand anywhere in the chain: `filter`, `order`, `select`, joins, `into_boxed`, … go on working behind it.
    /// The region is named, or given as `&Region`. For raw SQL the text has to be exactly one SELECT; another is an
    /// error from the load, before anything is sent.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # use diesel_cache::{Cache, Region};
    /// use diesel_cache::prelude::*;
    ///
    /// # let cache = Cache::builder().region(Region::memory("default")).build()?;
    /// # let mut conn = SqliteConnection::establish(":memory:")?;
    /// # cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn)?;
    /// let names: Vec<String> = person::table
    ///     .filter(person::id.gt(1))
    ///     .cached("default")
    ///     .select(person::name)
    ///     .load(&mut conn)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// It does not compile on INSERT, UPDATE or DELETE … RETURNING, which change the database, nor on a query with
    /// `for_update()` or another locking clause.
    fn cached<K>(self, region: impl Into<RegionRef>) -> Cached<Self::Query>
    where
        Self::Query: CacheableQuery<K>,
    {
        Cached::new(self.as_query(), region.into(), <Self::Query as CacheableQuery<K>>::RAW)
    }
}

impl<T: AsQuery> CachedDsl for T {}

/// A query whose rows can come from a cache: a SELECT that takes no locks.
///
/// `K` only tells the [kinds](kind) of queries apart, so that each can be recognised by what Diesel makes public of
/// it; leave it to inference.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be cached",
    label = "not a SELECT without locks",
    note = "only SELECTs can be cached: INSERT, UPDATE and DELETE … RETURNING change the database, so they have to reach it",
    note = "a query with a locking clause (`for_update()`, `for_share()`, …) takes its locks from the database: load it without `.cached(…)`",
    note = "`sql::<T>(…)` is an expression, not a query: use `diesel::sql_query(…)`, or `diesel::select(…)` around it"
)]
pub trait CacheableQuery<K> {
    /// Is it a text whose statements are only known once it has been parsed?
    #[doc(hidden)]
    const RAW: bool = false;
}

/// The kinds of queries that can be cached.
pub mod kind {
    /// A select statement: a table, joins, aliases, `select(exists(…))`, `belonging_to`, boxed or not.
    #[derive(Debug)]
    pub enum Select {}
    /// A set operation: `union`, `intersect`, `except`.
    #[derive(Debug)]
    pub enum Combination {}
    /// A raw text: `sql_query`.
    #[derive(Debug)]
    pub enum Raw {}
}

// The ninth parameter, left at its default, is "no locking clause".
impl<F, S, D, W, O, LOf, G, H> CacheableQuery<kind::Select> for SelectStatement<F, S, D, W, O, LOf, G, H> {}

// A locked query cannot be boxed.
impl<ST, QS, DB, GB> CacheableQuery<kind::Select> for BoxedSelectStatement<'_, ST, QS, DB, GB> {}

// Diesel's set operations have no public name, and are all that can be ordered by position.
impl<Q: PositionalOrderDsl<u32>> CacheableQuery<kind::Combination> for Q {}

impl<Q: Query<SqlType = Untyped>> CacheableQuery<kind::Raw> for Q {
    const RAW: bool = true;
}
