//! A cache on a test's database, and a connection attached to it.

use std::fmt;
use std::path::Path;

use diesel::dsl::Order;
use diesel::prelude::*;
use diesel_cache::{Cache, CacheBuilder, Cached, CachedDsl, Region, RegionRef};

use crate::database::{Backend, Database, Sqlite};
use crate::events::Events;
use crate::schema::person;
use crate::statements::Statements;

/// A cache and a connection attached to it, with the statements of the one and the events of the other.
///
/// Two setups on one database share its cache directory, as two processes would.
pub struct Setup<B: Backend> {
    /// A cache with one region of each kind; see [`regions`].
    pub cache: Cache,
    /// A connection attached to the cache.
    pub conn: B::Conn,
    /// The statements of the connection.
    pub statements: Statements,
    /// The events of the cache.
    pub events: Events,
}

impl<B: Backend> Setup<B> {
    /// Creates a cache in the database's directory, and a connection.
    pub fn new(db: &Database<B>) -> Self {
        Self::with(db, |builder| builder)
    }

    /// Like [`new`](Self::new), with changes to the builder: more regions, another clock, …
    pub fn with(db: &Database<B>, change: impl FnOnce(CacheBuilder) -> CacheBuilder) -> Self {
        let events = Events::new();
        let builder = regions_with::<B>(&db.directory().join("cache")).listener(events.listener());
        let cache = change(builder).build().unwrap();
        let mut conn = db.connect();
        let statements = Statements::new();
        cache.attach_with(&mut conn, statements.clone());
        Self {
            cache,
            conn,
            statements,
            events,
        }
    }
}

impl<B: Backend> fmt::Debug for Setup<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup")
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}

/// Returns a builder with one region of each kind: `default` on disk, `files` on disk without memory, `hot`, `local`
/// and `off`.
pub fn regions(directory: &Path) -> CacheBuilder {
    regions_with::<Sqlite>(directory)
}

/// Like [`regions`], with the backend's kind of shared region instead of disk.
fn regions_with<B: Backend>(directory: &Path) -> CacheBuilder {
    Cache::builder()
        .directory(directory)
        .region(B::shared_region("default"))
        .region(B::shared_region("files").memory_capacity(0))
        .region(Region::memory("hot"))
        .region(Region::session("local"))
        .region(Region::null("off"))
}

/// Returns a cached query for every person, by id.
pub fn everyone(region: impl Into<RegionRef>) -> Cached<Order<person::table, person::id>> {
    person::table.order(person::id).cached(region)
}
