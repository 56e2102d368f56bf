//! Regions: named parts of a cache, each with a kind, a time to live and bounds of its own.

mod added;
mod behind;
mod builder;
mod counters;
pub(crate) mod creating;
mod engine;
mod fill;
mod flight;
mod freshness;
mod reference;
mod request;
mod slots;
mod state;
mod stats;
#[cfg(feature = "async")]
mod tasks;
mod telling;
mod upkeep;
mod values;
mod wait;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use std::fmt;
use std::sync::Arc;

pub(crate) use added::Added;
pub(crate) use behind::Keeper;
pub use builder::RegionBuilder;
pub(crate) use counters::Count;
pub(crate) use engine::Step;
#[cfg(feature = "async")]
pub(crate) use fill::Ticket;
pub(crate) use reference::Identity;
pub use reference::{RegionName, RegionRef};
pub(crate) use request::{Ask, Demand, Near, Request, Seen, Standing, Terms};
use slots::OwnSlots;
pub(crate) use slots::{QueryFacts, Slots};
pub(crate) use state::RegionState;
pub use stats::RegionStats;
pub(crate) use stats::{overview, patience};
#[cfg(feature = "async")]
pub(crate) use tasks::Tasks;
pub use upkeep::{Sweep, Verification};
#[cfg(feature = "async")]
pub use values::PreparedAsync;
pub use values::{Prepared, Values};
pub(crate) use wait::{Blocking, Wait, now};

use crate::config::{RegionConfig, RegionKind};
use crate::context::{Context, Namespace};
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
    /// The first to go: it waits for what is being written.
    _keeper: Arc<Keeper>,
    pub(crate) context: Arc<Context>,
    pub(crate) namespace: Namespace,
    pub(crate) state: Arc<RegionState>,
    own: OwnSlots,
    /// Of the cache, in this namespace.
    identity: Identity,
}

impl Region {
    pub(crate) fn new(
        keeper: Arc<Keeper>,
        context: Arc<Context>,
        namespace: Namespace,
        state: Arc<RegionState>,
        identity: Identity,
    ) -> Self {
        let own = OwnSlots::new(&namespace, state.name());
        Self {
            _keeper: keeper,
            context,
            namespace,
            state,
            own,
            identity,
        }
    }

    /// Begins a region whose entries lie in files, shared by every process that uses the same directory, with
    /// memory in front.
    pub fn disk(name: impl Into<String>) -> RegionBuilder {
        RegionBuilder::new(name.into(), RegionConfig::new(RegionKind::Disk))
    }

    /// Begins a region whose entries live in this process's memory, and are gone with it.
    pub fn memory(name: impl Into<String>) -> RegionBuilder {
        RegionBuilder::new(name.into(), RegionConfig::new(RegionKind::Memory))
    }

    /// Begins a region whose entries live as long as one [session](crate::Cache::session) of one connection.
    ///
    /// Outside a session such a region keeps nothing, and loads go to the database.
    pub fn session(name: impl Into<String>) -> RegionBuilder {
        RegionBuilder::new(name.into(), RegionConfig::new(RegionKind::Session))
    }

    /// Begins a region that keeps nothing: every load goes to the database.
    ///
    /// It takes the place of another kind where caching is to be switched off.
    pub fn null(name: impl Into<String>) -> RegionBuilder {
        RegionBuilder::new(name.into(), RegionConfig::new(RegionKind::Null))
    }

    /// The region's name.
    pub fn name(&self) -> &str {
        self.state.name()
    }

    /// Makes every entry of the region stale, hard: from the return of this call on, in every process that uses the
    /// same directory, no load returns rows that were read from the database before it.
    ///
    /// Loads that are asking the database at this moment keep their rows for themselves. Entries of other
    /// namespaces are not touched. The files are replaced by later loads; [`clear`](Self::clear) removes them.
    pub fn invalidate(&self) {
        self.context.generations.bump(&[self.own.region]);
        let region = Arc::clone(self.state.shared_name());
        self.state.invalidated(&self.context, Invalidation::Region(region));
    }

    /// Makes every entry of the region stale, softly: from the return of this call on, in every process that uses the same
    /// directory, the first load of each query asks the database, and until it has an answer the others are answered with the rows
    /// of before.
    ///
    /// It spares the database a rush where yesterday's rows are better than waiting. It outlives restarts. Rows that a write makes invalid
    /// are not served, softly or otherwise; nor are those that have outlived their time to live and what
    /// [`stale_while_revalidate`](RegionBuilder::stale_while_revalidate) allows. Entries of other namespaces are not touched.
    pub fn invalidate_soft(&self) {
        self.context.generations.bump(&[self.own.soft]);
        let region = Arc::clone(self.state.shared_name());
        self.state.invalidated(&self.context, Invalidation::Softly(region));
    }

    /// What the region has done in this process since the cache was built, and what it holds.
    pub fn stats(&self) -> RegionStats {
        RegionStats::of(&self.state, patience())
    }

    /// Removes every entry of the region, of all namespaces, from memory and from disk.
    ///
    /// Like [`invalidate`](Self::invalidate), and the space is free at once. Entries in the memory of other
    /// processes are stale, and go when space is needed.
    pub fn clear(&self) {
        self.invalidate();
        self.state.clear(&self.context);
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Region")
            .field("name", &self.name())
            .field("kind", &self.state.kind())
            .field("namespace", &self.namespace)
            .finish_non_exhaustive()
    }
}
