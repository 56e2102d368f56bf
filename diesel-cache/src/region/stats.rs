//! What a region has done, in figures.

mod table;

use std::time::{Duration, Instant};

pub(crate) use table::overview;

use crate::engine::RegionCore;
use crate::event::{BypassReason, MissReason, RefusalReason, Tier};
use crate::telemetry::Count;

/// What a region has done in this process since its cache was built, over all namespaces, and what it holds now; from
/// [`Region::stats`](crate::Region::stats).
///
/// Counts of one moment, each exact; taken while others count, they may not add up to the last one. They wait for
/// entries that are on their way to the files, for a second at most. Prints as a small table, without the lines that
/// have nothing to say:
///
/// ```text
/// default: 91.9 % hits
///   hits           1204  memory 1180, disk 24, stale 2
///   misses          106  absent 80, expired 26
///   bypasses          3  transaction 3
///   shared waits      4
///   stores          104  not stored: invalidated 2
///   evictions        12
///   entries         812  1.2 MiB
///   in database   1.4 s  saved 12.3 s
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
    bypasses: [u64; BYPASSES.len()],
    refusals: [u64; REFUSALS.len()],
    waits: u64,
    stores: u64,
    read_failures: u64,
    store_failures: u64,
    evictions: u64,
    invalidations: u64,
    memory: TierUsage,
    disk: Option<TierUsage>,
    asking: Duration,
    saved: Duration,
}

/// The longest that figures wait for entries on their way to the files: a disk that hangs is what a user may want to
/// see.
const PATIENCE: Duration = Duration::from_secs(1);

/// Until when figures wait: not at all where a task would, whose thread is not to be blocked.
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

const TIERS: [Tier; 3] = [Tier::Memory, Tier::Disk, Tier::Session];

const MISSES: [MissReason; 8] = [
    MissReason::Absent,
    MissReason::Expired,
    MissReason::Idle,
    MissReason::Outdated,
    MissReason::Invalidated,
    MissReason::Layout,
    MissReason::Corrupt,
    MissReason::Refresh,
];

const BYPASSES: [BypassReason; 8] = [
    BypassReason::NullRegion,
    BypassReason::NoSession,
    BypassReason::Transaction,
    BypassReason::BeingWritten,
    BypassReason::Disabled,
    BypassReason::SideEffects,
    BypassReason::SessionState,
    BypassReason::RowLocks,
];

const REFUSALS: [RefusalReason; 3] = [
    RefusalReason::Invalidated,
    RefusalReason::TooLarge,
    RefusalReason::Transaction,
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
            bypasses: BYPASSES.map(|reason| counted.get(Count::Bypass(reason))),
            refusals: REFUSALS.map(|reason| counted.get(Count::Refusal(reason))),
            waits: counted.get(Count::Wait),
            stores: counted.get(Count::Store),
            read_failures: counted.get(Count::ReadFailure),
            store_failures: counted.get(Count::WriteFailure),
            evictions: counted.get(Count::Eviction),
            invalidations: counted.get(Count::Invalidation),
            memory: TierUsage::of(core.front.usage()),
            disk: core
                .backing
                .as_ref()
                .map(|backing| TierUsage::of(backing.tier().usage())),
            asking: counted.time(Count::QueryTime),
            saved: counted.time(Count::SavedTime),
        }
    }

    /// The region's name.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Loads that the cache answered, stale ones included.
    pub fn hits(&self) -> u64 {
        self.hits.iter().sum()
    }

    /// Of these, those answered from one tier.
    pub fn hits_in(&self, tier: Tier) -> u64 {
        of(&TIERS, &self.hits, tier)
    }

    /// Of all hits, those whose rows had outlived their time.
    pub fn stale_hits(&self) -> u64 {
        self.stale_hits
    }

    /// Loads that found nothing usable.
    pub fn misses(&self) -> u64 {
        self.misses.iter().sum()
    }

    /// Of these, those for one reason.
    pub fn misses_by(&self, reason: MissReason) -> u64 {
        of(&MISSES, &self.misses, reason)
    }

    /// Loads that left the cache alone.
    pub fn bypasses(&self) -> u64 {
        self.bypasses.iter().sum()
    }

    /// Of these, those for one reason.
    pub fn bypasses_by(&self, reason: BypassReason) -> u64 {
        of(&BYPASSES, &self.bypasses, reason)
    }

    /// Results that were returned and not stored.
    pub fn refusals(&self) -> u64 {
        self.refusals.iter().sum()
    }

    /// Of these, those for one reason.
    pub fn refusals_by(&self, reason: RefusalReason) -> u64 {
        of(&REFUSALS, &self.refusals, reason)
    }

    /// Waits of one caller for another's rows, within the process.
    pub fn coalesced_waits(&self) -> u64 {
        self.waits
    }

    /// Results that were stored.
    pub fn stores(&self) -> u64 {
        self.stores
    }

    /// Results that could not be stored, and entries that could not be removed.
    pub fn store_failures(&self) -> u64 {
        self.store_failures
    }

    /// Entries whose files could not be read.
    pub fn read_failures(&self) -> u64 {
        self.read_failures
    }

    /// Entries that had to leave for others, in memory and on disk.
    pub fn evictions(&self) -> u64 {
        self.evictions
    }

    /// Invalidations by hand: of the region, and of its queries and values.
    pub fn invalidations(&self) -> u64 {
        self.invalidations
    }

    /// Entries held: in files for a disk region, as counted by all processes together; otherwise in memory.
    pub fn entries(&self) -> u64 {
        self.held().entries
    }

    /// Bytes held, where [`entries`](Self::entries) are; weighed as for
    /// [`max_capacity`](crate::RegionBuilder::max_capacity).
    pub fn bytes(&self) -> u64 {
        self.held().bytes
    }

    /// Entries held in one tier: of a disk region, those that this process has in memory as well. Sessions are not
    /// counted.
    pub fn entries_in(&self, tier: Tier) -> u64 {
        self.held_in(tier).entries
    }

    /// Bytes held in one tier.
    pub fn bytes_in(&self, tier: Tier) -> u64 {
        self.held_in(tier).bytes
    }

    /// Time that callers have spent asking: the database, or what creates values.
    pub fn time_in_database(&self) -> Duration {
        self.asking
    }

    /// Time that asking had taken for each entry, once for each hit of it.
    pub fn time_saved(&self) -> Duration {
        self.saved
    }

    /// Hits among hits and misses, from 0.0 to 1.0; 0.0 where there were neither.
    pub fn hit_ratio(&self) -> f64 {
        match self.hits() + self.misses() {
            0 => 0.0,
            all => self.hits() as f64 / all as f64,
        }
    }

    fn held(&self) -> TierUsage {
        self.disk.unwrap_or(self.memory)
    }

    fn held_in(&self, tier: Tier) -> TierUsage {
        match tier {
            Tier::Memory => self.memory,
            Tier::Disk => self.disk.unwrap_or_default(),
            Tier::Session => TierUsage::default(),
        }
    }
}

fn of<T: PartialEq>(kinds: &[T], counts: &[u64], kind: T) -> u64 {
    let found = kinds.iter().zip(counts).find(|(of, _)| **of == kind);
    found.map_or(0, |(_, count)| *count)
}
