//! A cached query and its options.

use std::time::Duration;

use crate::footprint::ExtraTables;
use crate::key::ExtraKey;
use crate::region::RegionRef;
use crate::sql;

/// A query whose rows come from a region if possible; created by [`cached`](crate::CachedDsl::cached).
///
/// Load it with Diesel's own [`RunQueryDsl`](diesel::RunQueryDsl): `load`, `first`, `get_result`, `get_results`,
/// `load_iter`. Every loading mode reads all rows before it returns the first one, so only complete results are stored.
/// In a transaction a load queries the database, unless [`in_transaction`](Self::in_transaction) allows hits.
///
/// A cached query is `Copy` if the inner query is. Diesel's queries are `Copy` unless they are boxed or contain values
/// such as a `String`.
#[derive(Clone, Copy, Debug)]
#[must_use = "queries are only executed when calling `load`, `get_result` or similar"]
pub struct Cached<Q> {
    pub(crate) query: Q,
    pub(super) options: QueryOptions,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct QueryOptions {
    pub(super) region: RegionRef,
    pub(super) raw: bool,
    pub(super) key: ExtraKey,
    pub(super) time_to_live: Option<Duration>,
    pub(super) ignore_expiration: bool,
    pub(super) only_if_cached: bool,
    pub(super) refresh: bool,
    pub(super) skip_empty: bool,
    pub(super) in_transaction: bool,
    pub(super) depends_on: ExtraTables,
}

impl<Q> Cached<Q> {
    pub(super) fn new(query: Q, region: RegionRef, raw: bool) -> Self {
        let options = QueryOptions {
            region,
            raw,
            key: ExtraKey::NONE,
            time_to_live: None,
            ignore_expiration: false,
            only_if_cached: false,
            refresh: false,
            skip_empty: false,
            in_transaction: false,
            depends_on: ExtraTables::NONE,
        };
        Self { query, options }
    }

    /// Sets how long the rows may be served, instead of the region's time to live.
    ///
    /// The load accepts no older entry, whatever time to live that entry was stored with. The entry that it stores
    /// expires after this time. The duration is rounded down to milliseconds. With a time to live of zero, nothing is
    /// ever served from the cache. Defaults to the region's.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # use diesel_cache::{Cache, MissReason, Region, prelude::*};
    /// # use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    /// # use std::time::{Duration, UNIX_EPOCH};
    /// # static NOW: AtomicU64 = AtomicU64::new(1_800_000_000);
    /// # let clock = || UNIX_EPOCH + Duration::from_secs(NOW.load(Relaxed));
    /// # let wait = |seconds| NOW.fetch_add(seconds, Relaxed);
    /// # let cache = Cache::builder().clock(clock).region(Region::memory("default")).build()?;
    /// # let mut conn = SqliteConnection::establish(":memory:")?;
    /// # cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn)?;
    /// # diesel::sql_query("INSERT INTO person VALUES (1, 'Ada')").execute(&mut conn)?;
    /// let people = || person::table.cached("default").time_to_live(Duration::from_secs(60));
    /// let stats = || cache.region("default").map(|region| region.stats());
    ///
    /// people().load::<(i32, String)>(&mut conn)?;
    /// wait(59);
    /// people().load::<(i32, String)>(&mut conn)?;
    /// assert_eq!(stats()?.hits(), 1);
    /// wait(1);
    /// people().load::<(i32, String)>(&mut conn)?;
    /// assert_eq!(stats()?.misses_by(MissReason::Expired), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn time_to_live(mut self, duration: Duration) -> Self {
        self.options.time_to_live = Some(duration);
        self
    }

    /// Adds a name to the key: the same query under another name has another entry.
    ///
    /// Defaults to no name, which differs from `""`.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # use diesel_cache::{Cache, Region, prelude::*};
    /// # let cache = Cache::builder().region(Region::memory("default")).build()?;
    /// # let mut conn = SqliteConnection::establish(":memory:")?;
    /// # cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn)?;
    /// # diesel::sql_query("INSERT INTO person VALUES (1, 'Ada')").execute(&mut conn)?;
    /// // Each job has an entry of its own, and does not invalidate the others.
    /// let people = |job: &str| person::table.cached("default").key(job);
    ///
    /// people("import").load::<(i32, String)>(&mut conn)?;
    /// assert!(people("report").lookup::<(i32, String)>(&mut conn)?.is_none());
    /// people("report").load::<(i32, String)>(&mut conn)?;
    /// people("import").invalidate(&mut conn)?;
    /// assert!(people("report").lookup::<(i32, String)>(&mut conn)?.is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.options.key = ExtraKey::new(&key.into());
        self
    }

    /// Accepts rows that have outlived their time to live.
    ///
    /// Rows that were invalidated are never accepted.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # use diesel_cache::{Cache, MissReason, Region, prelude::*};
    /// # use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    /// # use std::time::{Duration, UNIX_EPOCH};
    /// # static NOW: AtomicU64 = AtomicU64::new(1_800_000_000);
    /// # let clock = || UNIX_EPOCH + Duration::from_secs(NOW.load(Relaxed));
    /// # let wait = |seconds| NOW.fetch_add(seconds, Relaxed);
    /// # let cache = Cache::builder().clock(clock).region(Region::memory("default").time_to_live(Duration::from_secs(60))).build()?;
    /// # let mut conn = SqliteConnection::establish(":memory:")?;
    /// # cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn)?;
    /// # diesel::sql_query("INSERT INTO person VALUES (1, 'Ada')").execute(&mut conn)?;
    /// // The region's time to live is a minute.
    /// person::table.cached("default").load::<(i32, String)>(&mut conn)?;
    /// wait(3600);
    /// let people: Vec<(i32, String)> = person::table.cached("default").ignore_expiration().load(&mut conn)?;
    /// assert_eq!(people, [(1, "Ada".into())]);
    /// assert_eq!(cache.region("default")?.stats().hits(), 1);
    ///
    /// person::table.cached("default").load::<(i32, String)>(&mut conn)?;
    /// assert_eq!(cache.region("default")?.stats().misses_by(MissReason::Expired), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn ignore_expiration(mut self) -> Self {
        self.options.ignore_expiration = true;
        self
    }

    /// Never queries the database: if the cache has no rows, the load returns [`NotFound`](diesel::NotFound).
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # use diesel_cache::{Cache, Region, prelude::*};
    /// # let cache = Cache::builder().region(Region::memory("default")).build()?;
    /// # let mut conn = SqliteConnection::establish(":memory:")?;
    /// # cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn)?;
    /// # diesel::sql_query("INSERT INTO person VALUES (1, 'Ada')").execute(&mut conn)?;
    /// let people = || person::table.cached("default");
    ///
    /// let rows = people().only_if_cached().load::<(i32, String)>(&mut conn);
    /// assert_eq!(rows, Err(diesel::NotFound));
    /// people().load::<(i32, String)>(&mut conn)?;
    /// let rows = people().only_if_cached().load::<(i32, String)>(&mut conn);
    /// assert_eq!(rows, Ok(vec![(1, "Ada".into())]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn only_if_cached(mut self) -> Self {
        self.options.only_if_cached = true;
        self
    }

    /// Queries the database, and replaces the entry.
    ///
    /// This invalidates all rows of this query that were read earlier, in every process and on every connection,
    /// whatever the state of its session.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # use diesel_cache::{Cache, Region, prelude::*};
    /// # let cache = Cache::builder().region(Region::memory("default")).build()?;
    /// # let mut conn = SqliteConnection::establish(":memory:")?;
    /// # cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn)?;
    /// # diesel::sql_query("INSERT INTO person VALUES (1, 'Ada')").execute(&mut conn)?;
    /// use std::sync::Arc;
    ///
    /// let people = || person::table.cached("default");
    ///
    /// let before: Arc<[(i32, String)]> = people().load_shared(&mut conn)?;
    /// let after = people().refresh().load_shared(&mut conn)?;
    /// assert!(!Arc::ptr_eq(&before, &after)); // the database was queried
    /// assert!(Arc::ptr_eq(&after, &people().load_shared(&mut conn)?)); // and the entry was replaced
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn refresh(mut self) -> Self {
        self.options.refresh = true;
        self
    }

    /// Does not store a result without rows.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # use diesel_cache::{Cache, Region, prelude::*};
    /// # let cache = Cache::builder().region(Region::memory("default")).build()?;
    /// # let mut conn = SqliteConnection::establish(":memory:")?;
    /// # cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn)?;
    /// # diesel::sql_query("INSERT INTO person VALUES (1, 'Ada')").execute(&mut conn)?;
    /// let nobody = || person::table.filter(person::name.eq("Eve")).cached("default");
    ///
    /// nobody().skip_empty().load::<(i32, String)>(&mut conn)?;
    /// assert!(nobody().lookup::<(i32, String)>(&mut conn)?.is_none());
    /// nobody().load::<(i32, String)>(&mut conn)?;
    /// assert!(nobody().lookup::<(i32, String)>(&mut conn)?.is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn skip_empty(mut self) -> Self {
        self.options.skip_empty = true;
        self
    }

    /// Adds tables that the rows depend on: a write to one of them invalidates the entry.
    ///
    /// Use it for tables that the SQL does not show, for example because a function reads them. The cache knows the
    /// tables that the query names, and [`CacheBuilder::view`](crate::CacheBuilder::view) declares the tables of a view
    /// once for all queries. Names are written as in SQL.
    ///
    /// Each distinct list of tables is stored for the life of the process. If a program generates more than one
    /// mebibyte of lists, further queries depend on all tables instead.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # use diesel_cache::{Cache, MissReason, Region, prelude::*};
    /// # let cache = Cache::builder().region(Region::memory("default")).build()?;
    /// # let mut conn = SqliteConnection::establish(":memory:")?;
    /// # cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn)?;
    /// # diesel::sql_query("INSERT INTO person VALUES (1, 'Ada')").execute(&mut conn)?;
    /// # diesel::sql_query("CREATE TABLE address (city TEXT)").execute(&mut conn)?;
    /// let people = || person::table.cached("default").depends_on(["address"]);
    ///
    /// people().load::<(i32, String)>(&mut conn)?;
    /// diesel::sql_query("INSERT INTO address VALUES ('London')").execute(&mut conn)?;
    /// people().load::<(i32, String)>(&mut conn)?;
    /// assert_eq!(cache.region("default")?.stats().misses_by(MissReason::Invalidated), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn depends_on<I>(mut self, tables: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let names = tables.into_iter().map(|table| sql::canonical(table.as_ref()));
        self.options.depends_on = self.options.depends_on.and(names);
        self
    }

    /// Allows hits inside a transaction.
    ///
    /// By default a load inside a transaction queries the database. With this option it may return cached rows, unless
    /// the transaction has written one of the query's tables. These may be rows that others have committed after the
    /// transaction began, whatever its isolation level.
    ///
    /// A load inside a transaction never stores rows, because the rows that a transaction sees may be older than the
    /// committed ones, or may never be committed.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # use diesel_cache::{Cache, BypassReason, Region, prelude::*};
    /// # let cache = Cache::builder().region(Region::memory("default")).build()?;
    /// # let mut conn = SqliteConnection::establish(":memory:")?;
    /// # cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn)?;
    /// # diesel::sql_query("INSERT INTO person VALUES (1, 'Ada')").execute(&mut conn)?;
    /// let people = || person::table.cached("default");
    ///
    /// people().load::<(i32, String)>(&mut conn)?;
    /// conn.transaction(|conn| {
    ///     people().load::<(i32, String)>(conn)?; // queries the database
    ///     people().in_transaction().load::<(i32, String)>(conn)
    /// })?;
    /// let stats = cache.region("default")?.stats();
    /// assert_eq!(stats.bypasses_by(BypassReason::Transaction), 1);
    /// assert_eq!(stats.hits(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn in_transaction(mut self) -> Self {
        self.options.in_transaction = true;
        self
    }

    /// Replaces the query, and keeps the options.
    pub(crate) fn map<R>(self, change: impl FnOnce(Q) -> R) -> Cached<R> {
        Cached {
            query: change(self.query),
            options: self.options,
        }
    }
}
