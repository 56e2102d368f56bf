//! A cache on a test's database, and a connection attached to it.

use std::fmt;
use std::path::Path;

use diesel::dsl::Order;
use diesel::prelude::*;
use diesel_cache::{Cache, CacheBuilder, Cached, CachedDsl, Region, RegionRef};

use crate::database::{Backend, Database};
use crate::events::Events;
use crate::schema::person;
use crate::statements::Statements;

/// A cache, an attached connection, and everything that was sent and told.
///
/// Two of them on one database share its cache directory, as two processes would.
pub struct Setup<B: Backend> {
    /// With one region of each kind; see [`regions`].
    pub cache: Cache,
    /// Attached to the cache.
    pub conn: B::Conn,
    /// What the connection sends.
    pub statements: Statements,
    /// What the cache tells.
    pub events: Events,
}

impl<B: Backend> Setup<B> {
    /// On the database's directory.
    pub fn new(db: &Database<B>) -> Self {
        Self::with(db, |builder| builder)
    }

    /// With more regions, another clock, …
    pub fn with(db: &Database<B>, change: impl FnOnce(CacheBuilder) -> CacheBuilder) -> Self {
        let events = Events::new();
        let builder = regions(&db.directory().join("cache")).listener(events.listener());
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

/// One region of each kind: `default` on disk, `files` on disk without memory, `hot`, `local` and `off`.
pub fn regions(directory: &Path) -> CacheBuilder {
    Cache::builder()
        .directory(directory)
        .region(Region::disk("default"))
        .region(Region::disk("files").memory_capacity(0))
        .region(Region::memory("hot"))
        .region(Region::session("local"))
        .region(Region::null("off"))
}

/// Every person, by id.
pub fn everyone(region: impl Into<RegionRef>) -> Cached<Order<person::table, person::id>> {
    person::table.order(person::id).cached(region)
}
