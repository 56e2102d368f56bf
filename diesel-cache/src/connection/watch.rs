//! Reporting connections that write while they are attached to no cache.

use super::install::install;
use crate::Cache;
use crate::Error;
use crate::observe::{self, CacheInstrumentation, UnattachedWriter};

impl Cache {
    /// Watches for connections that this process opens from now on, and that write while they are attached to no cache.
    ///
    /// If you [`attach`](Self::attach) connections by hand, a connection that you forget invalidates nothing, and no
    /// error shows it. This reports it: the first write of each such connection is an
    /// [`Event::UnattachedWrite`](crate::Event::UnattachedWrite), and
    /// [`unattached_writers`](Self::unattached_writers) lists the connections that are still open. Nothing else changes
    /// for them. A connection that you attach is no longer watched, so that it costs nothing; and as it was opened
    /// under this instrumentation, its URL is part of its keys, as with [`install`](Self::install).
    ///
    /// ```standalone_crate
    /// # use diesel::prelude::*;
    /// # use diesel_cache::{Event, prelude::*};
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let place = tempfile::tempdir()?;
    /// # let url = place.path().join("app.db").display().to_string();
    /// let cache = Cache::builder()
    ///     .region(Region::memory("default"))
    ///     .listener(|event| {
    ///         if let Event::UnattachedWrite { url, tables, .. } = event {
    ///             eprintln!("not attached: {url} writes {tables:?}");
    ///         }
    ///     })
    ///     .build()?;
    /// cache.watch_unattached()?;
    ///
    /// let mut attached = SqliteConnection::establish(&url)?;
    /// cache.attach(&mut attached);
    /// diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut attached)?;
    /// assert!(cache.unattached_writers().is_empty());
    ///
    /// let mut forgotten = SqliteConnection::establish(&url)?;
    /// diesel::insert_into(person::table).values(person::name.eq("Ada")).execute(&mut forgotten)?;
    /// let writers = cache.unattached_writers();
    /// assert_eq!(writers[0].url(), url);
    /// assert_eq!(writers[0].tables(), Some(vec!["person"]));
    ///
    /// cache.attach(&mut forgotten); // or drop it
    /// assert!(cache.unattached_writers().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # What counts
    ///
    /// - Any statement whose text shows a write, or that the cache does not understand, also in a transaction that is
    ///   rolled back, also to tables that no cached query reads. Migrations count. What Diesel sends to set up a
    ///   connection does not count, nor do settings.
    /// - Calls of functions that write, if the cache knows of them: by [`introspect`](Self::introspect) or
    ///   [`function_writes`](crate::CacheBuilder::function_writes).
    ///
    /// # What it does not see
    ///
    /// - Connections that were opened before.
    /// - Connections to which the program gives its own instrumentation by `set_instrumentation`. It replaces the
    ///   watch, and a cache that was attached.
    /// - Writes that are not Diesel's: other clients, other programs, and what is sent on the client of a connection
    ///   before diesel-async gets it.
    /// - Which code has opened the connection. The URL, the tables, and the thread on which the listener is called give
    ///   a hint; a breakpoint or a backtrace in the listener shows the place of the first write.
    ///
    /// # Order
    ///
    /// It replaces Diesel's default instrumentation, and an earlier [`install`](Self::install) of any kind; a later one
    /// replaces it. With `install`, there is nothing to watch for.
    ///
    /// # Errors
    ///
    /// None today; Diesel reserves the right to refuse.
    pub fn watch_unattached(&self) -> Result<(), Error> {
        let cache = self.clone();
        install(move || CacheInstrumentation::watched(cache.clone()))
    }

    /// Returns the open connections that have written while they were attached to no cache, in the order of their first
    /// writes.
    ///
    /// It lists connections that were opened while this cache [watched](Self::watch_unattached), for any of its
    /// namespaces. A connection leaves the list when it is closed, or when a cache is attached to it. The process lists
    /// 1,024 connections at most; those beyond are reported as events only.
    pub fn unattached_writers(&self) -> Vec<UnattachedWriter> {
        observe::unattached_writers(self.id())
    }
}
