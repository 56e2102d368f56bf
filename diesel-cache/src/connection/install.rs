//! Attaching a cache to all connections that this process opens.

use std::sync::{Arc, PoisonError, RwLock};

use diesel::connection::{Instrumentation, set_default_instrumentation};

use crate::Cache;
use crate::Error;
use crate::observe::{CacheInstrumentation, Chooser};

type Make = dyn Fn() -> CacheInstrumentation + Send + Sync;

/// The instrumentation for new connections. Diesel takes a bare `fn`, which finds its data here.
static INSTALLED: RwLock<Option<Arc<Make>>> = RwLock::new(None);

impl Cache {
    /// Attaches the cache to every connection that this process opens from now on, including those of pools.
    ///
    /// It replaces Diesel's default instrumentation, and an earlier `install`. Connections that are open stay as they
    /// are.
    ///
    /// # Several databases
    ///
    /// The URL of a connection is part of its keys, so an entry of one database is never served for another: server,
    /// port, database, user and options such as `search_path`, including what libpq takes from its environment
    /// (`PGHOST`, `PGOPTIONS`, service files, …). The password is not part of the key, nor are options that do not
    /// change the rows: application names, timeouts, TLS. SQLite's files are identified by their path, with symbolic
    /// links resolved; a database in memory belongs to its connection. Blocking and asynchronous connections with one
    /// URL share entries, in all processes.
    ///
    /// - A connection that is handed to diesel-async ready-made has no URL (`try_from_client_and_connection`, for TLS).
    ///   Such connections share entries with each other, and with [attached](Self::attach) connections that were not
    ///   opened under `install`. If they lead to several databases, attach each to a [`namespace`](Self::namespace) of
    ///   its own.
    /// - Two URLs that spell one database differently (`localhost` and `127.0.0.1`) do not share entries.
    /// - A write invalidates by namespace and table name, not by database. A write to `person` in one database also
    ///   invalidates entries of `person` in the others, unless these have other namespaces:
    ///   [`install_by`](Self::install_by).
    /// - A file that is deleted and created again under the same path counts as the same database.
    ///
    /// # Errors
    ///
    /// None today; Diesel reserves the right to refuse.
    pub fn install(&self) -> Result<(), Error> {
        let cache = self.clone();
        install(move || CacheInstrumentation::attached(cache.clone(), None))
    }

    /// Does the same as [`install`](Self::install), and forwards every event of a connection to the instrumentation
    /// that `make` returns for it.
    ///
    /// # Errors
    ///
    /// None today; Diesel reserves the right to refuse.
    pub fn install_with<F, I>(&self, make: F) -> Result<(), Error>
    where
        F: Fn() -> I + Send + Sync + 'static,
        I: Instrumentation,
    {
        let cache = self.clone();
        install(move || CacheInstrumentation::attached(cache.clone(), Some(Box::new(make()))))
    }

    /// Attaches the cache to the connections that this process opens from now on, each in the namespace that `choose`
    /// returns for its URL.
    ///
    /// `None` leaves a connection alone: its writes invalidate nothing, and a cached load on it is
    /// [`Error::NotAttached`]. Otherwise it is attached as with [`install`](Self::install), to this cache in the
    /// namespace of that name. The URL is part of the keys as well.
    ///
    /// ```standalone_crate
    /// # use diesel::prelude::*;
    /// # use diesel_cache::prelude::*;
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let place = tempfile::tempdir()?;
    /// # let at = |name: &str| place.path().join(name).display().to_string();
    /// # let (shop, blog, archive) = (at("shop.db"), at("blog.db"), at("archive.db"));
    /// # for url in [&shop, &blog, &archive] {
    /// #     let mut conn = SqliteConnection::establish(url)?;
    /// #     diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn)?;
    /// # }
    /// let cache = Cache::builder().region(Region::memory("default")).build()?;
    /// cache.install_by(|url| match url.rsplit('/').next()? {
    ///     "archive.db" => None, // not cached
    ///     database => Some(database.to_owned()),
    /// })?;
    ///
    /// let count = || person::table.count().cached("default");
    /// let mut conns = [SqliteConnection::establish(&shop)?, SqliteConnection::establish(&blog)?];
    /// for conn in &mut conns {
    ///     assert_eq!(count().get_result::<i64>(conn)?, 0);
    /// }
    /// // A write in one database leaves the other's entries alone.
    /// diesel::insert_into(person::table).values(person::name.eq("Ada")).execute(&mut conns[0])?;
    /// assert_eq!(count().get_result::<i64>(&mut conns[1])?, 0);
    /// assert_eq!(cache.region("default")?.stats().hits(), 1);
    ///
    /// assert!(count().get_result::<i64>(&mut SqliteConnection::establish(&archive)?).is_err());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # What `choose` receives
    ///
    /// - The URL as it was given to `establish`, with the password. The cache neither stores nor reports it.
    /// - The empty string for a connection that has no URL: one that was opened elsewhere and handed to diesel-async
    ///   ready-made.
    /// - It runs on the thread that opens the connection, before the connection exists, and without a lock of the
    ///   cache. Several threads may call it at once. It may open connections itself; it is called for these as well.
    /// - It is also called for attempts that fail. A `MultiConnection` tries one backend after the other.
    ///
    /// Choose by what the URL says, so that all processes choose the same namespace. Two connections to one database in
    /// different namespaces do not see each other's writes.
    ///
    /// # If `choose` panics
    ///
    /// The connection is opened nevertheless, and [`Event::NamespaceFailed`](crate::Event::NamespaceFailed) reports it.
    /// Since its namespace is unknown, a cached load on it is [`Error::NotAttached`], and its writes invalidate in
    /// every namespace that `choose` has returned in this process, and in this handle's. They do not reach namespaces
    /// that only other processes use. [`attach`](Self::attach) corrects the namespace.
    ///
    /// # Order
    ///
    /// It replaces Diesel's default instrumentation, and an earlier `install` of any kind; a later one replaces it.
    /// Connections that are open, or being opened, stay as they are. For its connection, a later
    /// [`attach`](Self::attach) to any cache or namespace overrides the choice, and the URL remains part of the keys.
    ///
    /// # Errors
    ///
    /// None today; Diesel reserves the right to refuse.
    pub fn install_by<F, N>(&self, choose: F) -> Result<(), Error>
    where
        F: Fn(&str) -> Option<N> + Send + Sync + 'static,
        N: Into<String>,
    {
        let choose = move |url: &str| choose(url).map(Into::into);
        let chooser = Arc::new(Chooser::new(self.clone(), Box::new(choose)));
        install(move || CacheInstrumentation::opening(Arc::clone(&chooser)))
    }
}

/// Makes this the instrumentation of all connections that are opened from now on.
pub(super) fn install(make: impl Fn() -> CacheInstrumentation + Send + Sync + 'static) -> Result<(), Error> {
    let mut installed = INSTALLED.write().unwrap_or_else(PoisonError::into_inner);
    let earlier = installed.replace(Arc::new(make));
    // The previous one is dropped outside of the lock, because it may hold the last handle of a cache, and the user's
    // code.
    drop(installed);
    drop(earlier);
    set_default_instrumentation(for_new_connection).map_err(|_| Error::Install)
}

fn for_new_connection() -> Option<Box<dyn Instrumentation>> {
    let make = INSTALLED.read().unwrap_or_else(PoisonError::into_inner).clone()?;
    // Call it outside the lock, because it may call the user's code.
    Some(Box::new(make()))
}
