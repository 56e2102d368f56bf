//! Statistics of a region.

pub(super) mod table;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use crate::engine::RegionCore;
use crate::event::{BypassReason, InvalidationCause, MissReason, RefusalReason, Tier};
use crate::telemetry::Count;

/// Counts of what a region has done in this process since its cache was built, over all namespaces, and of what it
/// holds now; from [`Region::stats`](crate::Region::stats).
///
/// Each count is exact. If other threads count at the same time, the counts may not add up. Taking them waits for
/// entries that are yet to be written to files, for a second at most. Prints as a small table, without lines that would
/// be empty:
///
/// ```text
/// default: 91.9 % hits
///   hits             1204  memory 1180, disk 24, stale 2
///   misses            106  absent 50, invalidated 56
///   invalidated by     56  row 38, unknown rows 18
///   bypasses            3  transaction 3
///   shared waits        4
///   stores            104  not stored: invalidated 2
///   evictions          12
///   entries           812  1.2 MiB
///   in database     1.4 s  saved 12.3 s
/// ```
///
/// ```
/// use diesel_cache::{Cache, Region};
///
/// let cache = Cache::builder().region(Region::memory("hot")).build()?;
/// let stats = cache.region("hot")?.stats();
/// assert_eq!((stats.hits(), stats.misses()), (0, 0));
/// println!("{stats}");
/// # Ok::<(), diesel_cache::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionStats {
    region: String,
    hits: [u64; TIERS.len()],
    stale_hits: u64,
    misses: [u64; MISSES.len()],
    causes: [u64; CAUSES.len()],
    bypasses: [u64; BYPASSES.len()],
    refusals: [u64; REFUSALS.len()],
    waits: u64,
    stores: u64,
    read_failures: u64,
    store_failures: u64,
    evictions: u64,
    invalidations: u64,
    memory: TierUsage,
    /// Which tier processes share, and what it holds.
    shared: Option<(Tier, TierUsage)>,
    asking: Duration,
    saved: Duration,
}

/// The longest that statistics wait for entries that are yet to be written to files. They must stay available when a
/// disk hangs.
const PATIENCE: Duration = Duration::from_secs(1);

/// Returns the time until which statistics wait. On the thread of a runtime, which must not be blocked, they do not
/// wait.
pub(crate) fn patience() -> Option<Instant> {
    #[cfg(feature = "async")]
    if tokio::runtime::Handle::try_current().is_ok() {
        return Some(Instant::now());
    }
    Instant::now().checked_add(PATIENCE)
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct TierUsage {
    entries: u64,
    bytes: u64,
}

impl TierUsage {
    fn of((entries, bytes): (u64, u64)) -> Self {
        Self { entries, bytes }
    }
}

pub(super) const TIERS: [Tier; 4] = [Tier::Memory, Tier::Disk, Tier::Redis, Tier::Session];

pub(super) const MISSES: [MissReason; 8] = [
    MissReason::Absent,
    MissReason::Expired,
    MissReason::Idle,
    MissReason::Outdated,
    MissReason::Invalidated,
    MissReason::Layout,
    MissReason::Corrupt,
    MissReason::Refresh,
];

pub(super) const CAUSES: [InvalidationCause; 10] = [
    InvalidationCause::Key,
    InvalidationCause::Row,
    InvalidationCause::Insert,
    InvalidationCause::UnknownRows,
    InvalidationCause::Cascade,
    InvalidationCause::Table,
    InvalidationCause::Region,
    InvalidationCause::Everything,
    InvalidationCause::Dependencies,
    InvalidationCause::Epoch,
];

pub(super) const BYPASSES: [BypassReason; 9] = [
    BypassReason::NullRegion,
    BypassReason::NoSession,
    BypassReason::Transaction,
    BypassReason::BeingWritten,
    BypassReason::Disabled,
    BypassReason::SideEffects,
    BypassReason::SessionState,
    BypassReason::RowLocks,
    BypassReason::NoLease,
];

pub(super) const REFUSALS: [RefusalReason; 5] = [
    RefusalReason::Invalidated,
    RefusalReason::TooLarge,
    RefusalReason::Transaction,
    RefusalReason::OtherContext,
    RefusalReason::ReplicaLag,
];

impl RegionStats {
    pub(crate) fn of(core: &RegionCore, deadline: Option<Instant>) -> Self {
        if let Some(backing) = &core.backing {
            backing.wait(deadline);
        }
        let counted = &core.record.counters;
        Self {
            region: core.name().to_string(),
            hits: TIERS.map(|tier| counted.get(Count::Hit(tier))),
            stale_hits: counted.get(Count::StaleHit),
            misses: MISSES.map(|reason| counted.get(Count::Miss(reason))),
            causes: CAUSES.map(|cause| counted.get(Count::Invalidated(cause))),
            bypasses: BYPASSES.map(|reason| counted.get(Count::Bypass(reason))),
            refusals: REFUSALS.map(|reason| counted.get(Count::Refusal(reason))),
            waits: counted.get(Count::Wait),
            stores: counted.get(Count::Store),
            read_failures: counted.get(Count::ReadFailure),
            store_failures: counted.get(Count::WriteFailure),
            evictions: counted.get(Count::Eviction),
            invalidations: counted.get(Count::Invalidation),
            memory: TierUsage::of(core.front.usage()),
            shared: core
                .backing
                .as_ref()
                .map(|backing| (backing.tier().tier(), TierUsage::of(backing.tier().usage()))),
            asking: counted.time(Count::QueryTime),
            saved: counted.time(Count::SavedTime),
        }
    }

    /// Returns the region's name.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Returns the number of loads that the cache answered, including those with stale rows.
    pub fn hits(&self) -> u64 {
        self.hits.iter().sum()
    }

    /// Returns the number of hits in one tier.
    pub fn hits_in(&self, tier: Tier) -> u64 {
        of(&TIERS, &self.hits, tier)
    }

    /// Returns the number of hits on stale entries.
    pub fn stale_hits(&self) -> u64 {
        self.stale_hits
    }

    /// Returns the number of loads that found nothing usable.
    pub fn misses(&self) -> u64 {
        self.misses.iter().sum()
    }

    /// Returns the number of misses for one reason.
    pub fn misses_by(&self, reason: MissReason) -> u64 {
        of(&MISSES, &self.misses, reason)
    }

    /// Returns the number of misses whose entry had been invalidated by this cause. All causes together are the misses
    /// that have [`MissReason::Invalidated`].
    ///
    /// Entries that are never loaded again are not counted, so this shows how many misses writes have caused.
    pub fn invalidated_by(&self, cause: InvalidationCause) -> u64 {
        of(&CAUSES, &self.causes, cause)
    }

    /// Returns the number of loads that did not use the cache.
    pub fn bypasses(&self) -> u64 {
        self.bypasses.iter().sum()
    }

    /// Returns the number of bypasses for one reason.
    pub fn bypasses_by(&self, reason: BypassReason) -> u64 {
        of(&BYPASSES, &self.bypasses, reason)
    }

    /// Returns the number of results that were returned and not stored.
    pub fn refusals(&self) -> u64 {
        self.refusals.iter().sum()
    }

    /// Returns the number of refusals for one reason.
    pub fn refusals_by(&self, reason: RefusalReason) -> u64 {
        of(&REFUSALS, &self.refusals, reason)
    }

    /// Returns how often a caller waited for another's rows, within the process.
    pub fn coalesced_waits(&self) -> u64 {
        self.waits
    }

    /// Returns the number of results that were stored.
    pub fn stores(&self) -> u64 {
        self.stores
    }

    /// Returns the number of results that could not be stored, and of entries that could not be removed.
    pub fn store_failures(&self) -> u64 {
        self.store_failures
    }

    /// Returns the number of entries that could not be read from files or from Redis.
    pub fn read_failures(&self) -> u64 {
        self.read_failures
    }

    /// Returns the number of entries that were removed to make room for others, in memory and on disk.
    pub fn evictions(&self) -> u64 {
        self.evictions
    }

    /// Returns the number of invalidations by hand: of the region, and of its queries and values.
    pub fn invalidations(&self) -> u64 {
        self.invalidations
    }

    /// Returns the number of entries held: in files for a disk region, as counted by all processes together; in
    /// Redis, as counted by the last [sweep](crate::Region::sweep) of this process; otherwise in memory.
    pub fn entries(&self) -> u64 {
        self.held().entries
    }

    /// Returns the bytes that these [`entries`](Self::entries) take, weighed as for
    /// [`max_capacity`](crate::RegionBuilder::max_capacity).
    pub fn bytes(&self) -> u64 {
        self.held().bytes
    }

    /// Returns the number of entries held in one tier. A disk or Redis region also has entries in the memory of this
    /// process. Sessions are not counted.
    pub fn entries_in(&self, tier: Tier) -> u64 {
        self.held_in(tier).entries
    }

    /// Returns the bytes held in one tier.
    pub fn bytes_in(&self, tier: Tier) -> u64 {
        self.held_in(tier).bytes
    }

    /// Returns the time that callers have spent querying the database, or creating values.
    pub fn time_in_database(&self) -> Duration {
        self.asking
    }

    /// Returns the time that hits have saved: for each hit, the time that it had taken to query or create its entry.
    pub fn time_saved(&self) -> Duration {
        self.saved
    }

    /// Returns the share of hits among hits and misses, from 0.0 to 1.0; 0.0 if there were neither.
    pub fn hit_ratio(&self) -> f64 {
        match self.hits() + self.misses() {
            0 => 0.0,
            all => self.hits() as f64 / all as f64,
        }
    }

    fn held(&self) -> TierUsage {
        self.shared.map_or(self.memory, |(_, usage)| usage)
    }

    fn held_in(&self, tier: Tier) -> TierUsage {
        match tier {
            Tier::Memory => self.memory,
            _ => match self.shared {
                Some((shared, usage)) if shared == tier => usage,
                _ => TierUsage::default(),
            },
        }
    }
}

fn of<T: PartialEq>(kinds: &[T], counts: &[u64], kind: T) -> u64 {
    let found = kinds.iter().zip(counts).find(|(of, _)| **of == kind);
    found.map_or(0, |(_, count)| *count)
}
