//! A cached query and its options.

use std::time::Duration;

use crate::footprint::ExtraTables;
use crate::key::ExtraKey;
use crate::region::RegionRef;
use crate::sql;

/// A query that is answered from a region; made by [`cached`](crate::CachedDsl::cached).
///
/// Loaded by Diesel's own [`RunQueryDsl`](diesel::RunQueryDsl): `load`, `first`, `get_result`, `get_results`,
/// `load_iter`. All rows are read before the first one is returned, in every loading mode, so that what is stored is
/// always a whole result. In a transaction the database is asked, unless
/// [`in_transaction`](Self::in_transaction) allows hits.
///
/// It is `Copy` if the query is, as Diesel's are that neither are boxed nor hold values such as a `String`.
#[derive(Clone, Copy, Debug)]
#[must_use = "queries are only executed when calling `load`, `get_result` or similar"]
pub struct Cached<Q> {
    pub(super) query: Q,
    pub(super) options: Options,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Options {
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
        let options = Options {
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

    /// How long the rows may serve, in place of the region's time to live.
    ///
    /// The load accepts no entry that is older, whatever time to live that entry was stored with, and what it stores
    /// expires after this time. Kept to the millisecond. With a time to live of zero, nothing is ever served from the
    /// cache. Defaults to the region's.
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

    /// A name that becomes part of the key: the same query under another name has another entry.
    ///
    /// Defaults to none, which is not the same as `""`.
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
    /// // Each job has an entry of its own, and invalidates no other's.
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

    /// Accepts rows that have outlived their time to live. Rows that were invalidated are never accepted.
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

    /// Never asks the database: where the cache has no rows, the load is `Err(`[`NotFound`](diesel::NotFound)`)`.
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

    /// Asks the database, and replaces the entry.
    ///
    /// Whatever was read earlier is stale from then on, in every process and on every connection, whatever it was told.
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
    /// assert!(!Arc::ptr_eq(&before, &after)); // the database was asked
    /// assert!(Arc::ptr_eq(&after, &people().load_shared(&mut conn)?)); // and the entry replaced
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

    /// Adds tables that the rows depend on: an invalidation of one makes the entry stale.
    ///
    /// For what SQL does not show, such as a function that reads a table. The query's own tables are known, and a view's
    /// can be declared once for the cache. Names are written as in SQL. Every list is kept for as long as the process lives; a program that
    /// makes up more of them than fit a mebibyte depends on all tables instead.
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
    /// By default a load inside a transaction asks the database. Nothing is ever stored there, because what a
    /// transaction sees may be older than what is committed, or never be committed. With this, rows committed by others after the
    /// transaction began may be returned, whatever its isolation level.
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
    ///     people().load::<(i32, String)>(conn)?; // asks the database
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

    /// Replaces the query, keeps the options.
    pub(super) fn map<R>(self, change: impl FnOnce(Q) -> R) -> Cached<R> {
        Cached {
            query: change(self.query),
            options: self.options,
        }
    }
}
