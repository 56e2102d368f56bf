//! `.cached("region")`, and the queries that have it.

use std::convert::identity;

use diesel::Table;
use diesel::query_builder::{AsQuery, BoxedSelectStatement, Query, SelectStatement};
use diesel::query_dsl::positional_order_dsl::PositionalOrderDsl;
use diesel::query_source::Alias;
use diesel::sql_types::Untyped;

use super::options::Cached;
use crate::region::RegionRef;

/// Adds [`cached`](Self::cached) to queries; in the [prelude](crate::prelude).
pub trait CachedDsl: Sized {
    /// Returns the query's rows from a region if it has them. Otherwise the load queries the database and stores the
    /// rows in the region.
    ///
    /// It can stand anywhere in the chain: `filter`, `order`, `select`, joins, `into_boxed`, `union`, … can follow it,
    /// and so can `bind` and `sql` of a raw query. Pass the region's name, or a `&Region`. A raw query must be exactly
    /// one SELECT that does not write. Otherwise the load returns an error, before anything is sent.
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
    /// `for_update()` or another locking clause. A cached query cannot be a part of another query either: the
    /// right-hand side of a `union`, or a subselect in `eq_any(…)`, `exists(…)` or `single_value()`. Put `.cached(…)`
    /// on the whole query.
    ///
    /// # With `#[derive(HasQuery)]`
    ///
    /// As `base_query`, Diesel accepts only its own select statements, so call `.cached` after `query()`:
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # use diesel_cache::{Cache, Region};
    /// use diesel_cache::prelude::*;
    ///
    /// #[derive(HasQuery, Cacheable)]
    /// #[diesel(base_query = person::table.order(person::name))]
    /// # #[diesel(table_name = person)]
    /// struct Person {
    ///     id: i32,
    ///     name: String,
    /// }
    ///
    /// # let cache = Cache::builder().region(Region::memory("default")).build()?;
    /// # let mut conn = SqliteConnection::establish(":memory:")?;
    /// # cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn)?;
    /// let people = Person::query().cached("default").load(&mut conn)?;
    /// # assert!(people.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # With `#[auto_type]`
    ///
    /// The attribute looks for the types of methods in `diesel::dsl`. Give it the module [`dsl`](crate::dsl), which
    /// also has the types of cached queries:
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # use diesel_cache::prelude::*;
    /// #[diesel::dsl::auto_type(dsl_path = "diesel_cache::dsl")]
    /// fn names() -> _ {
    ///     person::table.select(person::name).cached("default")
    /// }
    /// ```
    fn cached<K>(self, region: impl Into<RegionRef>) -> Cached<<Self as CacheableQuery<K>>::Query>
    where
        Self: CacheableQuery<K>,
    {
        Cached::new(self.into_query(), region.into(), Self::RAW)
    }
}

impl<T> CachedDsl for T {}

/// A query that can be cached: a SELECT that takes no locks.
///
/// `K` only distinguishes the [kinds](kind) of queries, because Diesel has no single public trait for all of them.
/// Leave it to inference.
///
/// # A query type of your own
///
/// Implement this trait for a type that implements Diesel's [`Query`], with a type of your own for `K`. The type must
/// always render a SELECT without locks. Values that vary must be binds, as Diesel's
/// [`QueryId`](diesel::query_builder::QueryId) requires anyway. The load checks the rendered SQL: it returns an
/// [`Error`](crate::Error) for a text that changes the database or takes locks. This is the `Paginated` of Diesel's
/// guides:
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// use diesel::prelude::*;
/// use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
/// use diesel::sql_types::BigInt;
/// use diesel::sqlite::Sqlite;
/// use diesel_cache::CacheableQuery;
/// use diesel_cache::prelude::*;
/// # use diesel_cache::{Cache, Region};
/// # diesel::table! { person (id) { id -> Integer, name -> Text } }
///
/// /// A page of a query's rows, each with the total number of rows.
/// #[derive(Clone, Copy, Debug, QueryId)]
/// struct Paginated<T> {
///     query: T,
///     per_page: i64,
///     offset: i64,
/// }
///
/// impl<T: Query> Query for Paginated<T> {
///     type SqlType = (T::SqlType, BigInt);
/// }
///
/// impl<T> RunQueryDsl<SqliteConnection> for Paginated<T> {}
///
/// impl<T: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Paginated<T> {
///     fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
///         out.push_sql("SELECT *, COUNT(*) OVER () FROM (");
///         self.query.walk_ast(out.reborrow())?;
///         out.push_sql(") AS page LIMIT ");
///         out.push_bind_param::<BigInt, _>(&self.per_page)?;
///         out.push_sql(" OFFSET ");
///         out.push_bind_param::<BigInt, _>(&self.offset)
///     }
/// }
///
/// /// The kind of such queries.
/// enum Page {}
///
/// impl<T> CacheableQuery<Page> for Paginated<T> {
///     type Query = Self;
///
///     fn into_query(self) -> Self {
///         self
///     }
/// }
///
/// # let cache = Cache::builder().region(Region::memory("default")).build()?;
/// # let mut conn = SqliteConnection::establish(":memory:")?;
/// # cache.attach(&mut conn);
/// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn)?;
/// # diesel::sql_query("INSERT INTO person VALUES (1, 'ada'), (2, 'bob'), (3, 'eve')").execute(&mut conn)?;
/// let page = Paginated {
///     query: person::table.select(person::name).order(person::id),
///     per_page: 2,
///     offset: 1,
/// };
/// let rows: Vec<(String, i64)> = page.cached("default").load(&mut conn)?;
/// assert_eq!(rows, [("bob".into(), 3), ("eve".into(), 3)]);
/// # assert_eq!(page.cached("default").load::<(String, i64)>(&mut conn)?, rows);
/// # assert_eq!(cache.region("default")?.stats().hits(), 1);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be cached",
    label = "not known to be a SELECT without locks",
    note = "only SELECTs can be cached: INSERT, UPDATE and DELETE … RETURNING change the database, so they have to reach it",
    note = "a query with a locking clause (`for_update()`, `for_share()`, …) takes its locks from the database: load it without `.cached(…)`",
    note = "a query type of your own, such as a `Paginated<T>`, can be cached once it implements `CacheableQuery<K>`, with a type of your own for `K`: the trait's documentation has an example",
    note = "`sql::<T>(…)` is an expression, not a query: use `diesel::sql_query(…)`, or `diesel::select(…)` around it"
)]
pub trait CacheableQuery<K> {
    /// The query: `Self`, or for a table, the SELECT from it.
    type Query;

    /// Whether this is raw SQL, whose statements are known only after parsing.
    #[doc(hidden)]
    const RAW: bool = false;

    /// Converts into the query.
    fn into_query(self) -> Self::Query;
}

/// The kinds of queries that can be cached.
pub mod kind {
    /// A table, also with PostgreSQL's `ONLY` or `TABLESAMPLE`.
    #[derive(Debug)]
    pub enum Table {}
    /// An alias of a table.
    #[derive(Debug)]
    pub enum Alias {}
    /// A select statement: joins, `select(exists(…))`, `belonging_to`, whatever `filter` and its siblings return, boxed
    /// or not.
    #[derive(Debug)]
    pub enum Select {}
    /// A set operation: `union`, `intersect`, `except`.
    #[derive(Debug)]
    pub enum Combination {}
    /// A raw text: `sql_query`.
    #[derive(Debug)]
    pub enum Raw {}
}

macro_rules! cacheable_query {
    ($kind:ident, [$($generics:tt)*] $query:ty $(where $bound:ty: $trait:path)?, $into:ty, $convert:path $(, $raw:literal)?) => {
        impl<$($generics)*> CacheableQuery<kind::$kind> for $query
        $(where $bound: $trait)?
        {
            type Query = $into;

            $(const RAW: bool = $raw;)?

            fn into_query(self) -> Self::Query {
                $convert(self)
            }
        }
    };
}

cacheable_query!(Table, [T] T where T: Table, T::Query, AsQuery::as_query);
cacheable_query!(Alias, [S] Alias<S> where Self: AsQuery, <Self as AsQuery>::Query, AsQuery::as_query);

// The ninth parameter, left at its default, is "no locking clause".
cacheable_query!(Select, [F, S, D, W, O, LOf, G, H] SelectStatement<F, S, D, W, O, LOf, G, H>, Self, identity);
// A locked query cannot be boxed.
cacheable_query!(Select, ['a, ST, QS, DB, GB] BoxedSelectStatement<'a, ST, QS, DB, GB>, Self, identity);
// Diesel's set operations have no public name, but nothing else can be ordered by position.
cacheable_query!(Combination, [Q] Q where Q: PositionalOrderDsl<u32>, Self, identity);
// Neither have all raw queries, but nothing else is untyped.
cacheable_query!(Raw, [Q] Q where Q: Query<SqlType = Untyped>, Self, identity, true);
