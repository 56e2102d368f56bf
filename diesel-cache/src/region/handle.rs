//! The handle of a region.

use std::fmt;
use std::sync::Arc;

use super::identity::HandleIdentity;
use super::name::RegionName;
use super::statements::Statements;
use super::stats::{RegionStats, patience};
use crate::engine::Scope;
use crate::event::Invalidation;

/// A region of a cache.
///
/// [`Region::disk`] and its siblings return a builder for [`CacheBuilder::region`](crate::CacheBuilder::region).
/// [`Cache::region`](crate::Cache::region) returns a handle to a region that exists. A handle is cheap to clone, and
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
/// hot.invalidate(); // every entry of the region is invalid from now on, in every process
/// # Ok::<(), diesel_cache::Error>(())
/// ```
#[derive(Clone)]
pub struct Region {
    pub(crate) scope: Scope,
    /// The name, in the form in which queries have it.
    pub(super) query_name: RegionName,
    /// Identifies the cache in this namespace.
    pub(super) identity: HandleIdentity,
}

impl Region {
    pub(crate) fn new(scope: Scope, identity: HandleIdentity) -> Self {
        Self {
            query_name: RegionName::of_region(scope.core.name()),
            scope,
            identity,
        }
    }

    #[cfg(test)]
    pub(crate) fn for_tests(scope: Scope) -> Self {
        let identity = HandleIdentity::new(HandleIdentity::next_cache(), &scope.namespace);
        Self::new(scope, identity)
    }

    /// Returns `true` if this is the region's name.
    #[inline]
    pub(crate) fn is_named(&self, name: RegionName) -> bool {
        self.query_name == name
    }

    /// Returns the region's name.
    pub fn name(&self) -> &str {
        self.scope.core.name()
    }

    /// Invalidates every entry of the region. Once this call has returned, no load in any process that uses the same
    /// directory or cluster returns rows that were read from the database before the call.
    ///
    /// Loads that are querying the database at this moment do not store their rows. Entries of other namespaces stay
    /// valid. Later loads replace the files; [`clear`](Self::clear) removes them.
    pub fn invalidate(&self) {
        let core = &self.scope.core;
        core.cache.generations.bump(&[self.scope.slots.region]);
        core.record.invalidated(Invalidation::Region(Arc::clone(core.name())));
    }

    /// Makes every entry of the region stale, but lets stale entries be served until they are refreshed. Once this call
    /// has returned, in every process that uses the same directory or cluster, the first load of each query queries the
    /// database. Until it has an answer, other loads receive the previous rows.
    ///
    /// Use it where old rows are better than a rush on the database. The effect survives restarts. Rows that a write
    /// has made invalid are not served, and neither are rows that are past their time to live and what
    /// [`stale_while_revalidate`](crate::RegionBuilder::stale_while_revalidate) allows. Entries of other namespaces
    /// stay as they are.
    pub fn invalidate_soft(&self) {
        let core = &self.scope.core;
        core.cache.generations.bump(&[self.scope.slots.soft]);
        core.record.invalidated(Invalidation::Softly(Arc::clone(core.name())));
    }

    /// Returns what the region has done in this process since the cache was built, and what it holds now.
    pub fn stats(&self) -> RegionStats {
        RegionStats::of(&self.scope.core, patience())
    }

    /// Returns what the loads of each statement have done in this region; see
    /// [`Cache::statements`](crate::Cache::statements).
    pub fn statements(&self) -> Statements {
        Statements::of([&*self.scope.core])
    }

    /// Removes every entry of the region, of all namespaces, from memory, and from disk or Redis.
    ///
    /// This also [invalidates](Self::invalidate) the region, in this handle's namespace. The space is free at once.
    /// Entries in the memory of other processes are no longer valid, and are evicted when space is needed.
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
