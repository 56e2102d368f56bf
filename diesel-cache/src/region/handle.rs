//! The handle of a region.

use std::fmt;
use std::sync::Arc;

use super::identity::Identity;
use super::statements::Statements;
use super::stats::{RegionStats, patience};
use crate::engine::Scope;
use crate::event::Invalidation;

/// A region of a cache.
///
/// [`Region::disk`] and its siblings begin a region for [`CacheBuilder::region`](crate::CacheBuilder::region);
/// [`Cache::region`](crate::Cache::region) gives a handle to one that exists. A handle is cheap to clone, and
/// [`cached`](crate::CachedDsl::cached) accepts one in place of a name.
///
/// ```
/// use diesel_cache::{Cache, Region};
/// use std::time::Duration;
///
/// let cache = Cache::builder()
///     .region(Region::memory("hot").max_capacity(64 << 20).time_to_live(Duration::from_secs(60)))
///     .build()?;
/// let hot = cache.region("hot")?;
/// hot.invalidate(); // every entry of the region is stale from now on, in every process
/// # Ok::<(), diesel_cache::Error>(())
/// ```
#[derive(Clone)]
pub struct Region {
    pub(crate) scope: Scope,
    /// Identifies the cache in this namespace.
    pub(super) identity: Identity,
}

impl Region {
    pub(crate) fn new(scope: Scope, identity: Identity) -> Self {
        Self { scope, identity }
    }

    #[cfg(test)]
    pub(crate) fn for_tests(scope: Scope) -> Self {
        let identity = Identity::new(Identity::next_cache(), &scope.namespace);
        Self { scope, identity }
    }

    /// The region's name.
    pub fn name(&self) -> &str {
        self.scope.core.name()
    }

    /// Makes every entry of the region stale, hard: from the return of this call on, in every process that uses the
    /// same directory, no load returns rows that were read from the database before it.
    ///
    /// Loads that are asking the database at this moment keep their rows for themselves. Entries of other
    /// namespaces are not touched. The files are replaced by later loads; [`clear`](Self::clear) removes them.
    pub fn invalidate(&self) {
        let core = &self.scope.core;
        core.context.generations.bump(&[self.scope.slots.region]);
        core.record.invalidated(Invalidation::Region(Arc::clone(core.name())));
    }

    /// Makes every entry of the region stale, softly: from the return of this call on, in every process that uses the
    /// same directory, the first load of each query asks the database, and until it has an answer the others are
    /// answered with the old rows.
    ///
    /// It spares the database a rush where yesterday's rows are better than waiting. It outlives restarts. Rows that a
    /// write makes invalid are not served, softly or otherwise; nor are those that have outlived their time to live and
    /// what [`stale_while_revalidate`](crate::RegionBuilder::stale_while_revalidate) allows. Entries of other namespaces are
    /// not touched.
    pub fn invalidate_soft(&self) {
        let core = &self.scope.core;
        core.context.generations.bump(&[self.scope.slots.soft]);
        core.record.invalidated(Invalidation::Softly(Arc::clone(core.name())));
    }

    /// What the region has done in this process since the cache was built, and what it holds.
    pub fn stats(&self) -> RegionStats {
        RegionStats::of(&self.scope.core, patience())
    }

    /// Returns what the loads of each statement have done in this region; see [`Cache::statements`](crate::Cache::statements).
    pub fn statements(&self) -> Statements {
        Statements::of([&*self.scope.core])
    }

    /// Removes every entry of the region, of all namespaces, from memory, and from disk or Redis.
    ///
    /// Like [`invalidate`](Self::invalidate), and the space is free at once. Entries in the memory of other
    /// processes are stale, and go when space is needed.
    pub fn clear(&self) {
        self.invalidate();
        self.scope.core.clear();
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Region")
            .field("name", &self.name())
            .field("kind", &self.scope.core.kind())
            .field("namespace", &self.scope.namespace)
            .finish_non_exhaustive()
    }
}
