//! Counts everything that happens in a region, and reports most of it to the listeners. Waits, the times of queries,
//! and evictions from memory are counted and not reported. No other file counts or reports what happens in a region.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::counters::Counters;
use super::miss::Miss;
use super::statements::{CountedStatements, Counts, LastInvalidation};
use crate::cache_core::CacheCore;
use crate::entry::Entry;
use crate::event::{BypassReason, Event, Invalidation, RefusalReason, Tier};
use crate::key::{CacheKey, Statement};
use crate::sql::TableName;
use crate::telemetry::{Count, Level, Meters};

/// Counts what happens in a region, and reports most of it.
#[derive(Debug)]
pub(crate) struct Recorder {
    cache: Arc<CacheCore>,
    region: Arc<str>,
    pub(crate) counters: Counters,
    pub(crate) statements: CountedStatements,
    meters: Meters,
}

impl Recorder {
    pub(super) fn new(cache: Arc<CacheCore>, region: Arc<str>) -> Self {
        Self {
            statements: CountedStatements::new(cache.max_statements),
            cache,
            meters: Meters::new(&region),
            region,
            counters: Counters::default(),
        }
    }

    pub(super) fn region(&self) -> &Arc<str> {
        &self.region
    }

    pub(super) fn cache(&self) -> &CacheCore {
        &self.cache
    }

    /// Records that an entry has answered a load at the first look into memory. `of` is `None` for a value.
    #[inline]
    pub(super) fn quick_hit(&self, of: Option<&Statement>, entry: &Entry, tier: Tier) {
        if let Some(statement) = of {
            self.statements.hit(entry, statement);
        }
        self.count_hit(entry, tier, false);
    }

    /// Records the beginning of a load that the first look into memory has not answered.
    pub(super) fn began(&self, of: Option<&Statement>) {
        if let Some(statement) = of {
            self.statements.count(statement, Counts::called);
        }
    }

    pub(super) fn hit(&self, of: Option<&Statement>, entry: &Entry, tier: Tier) {
        self.count_late_hit(of, entry, tier);
        self.count_hit(entry, tier, false);
    }

    pub(super) fn stale_hit(&self, of: Option<&Statement>, entry: &Entry, tier: Tier) {
        self.count_of(of, Count::StaleHit, 1);
        self.count_late_hit(of, entry, tier);
        self.count_hit(entry, tier, true);
    }

    fn count_late_hit(&self, of: Option<&Statement>, entry: &Entry, tier: Tier) {
        if let Some(statement) = of {
            self.statements.count(statement, |counts| {
                counts.add(Count::Hit(tier), 1);
                counts.add(Count::SavedTime, entry.header.cost.micros());
            });
        }
    }

    #[inline]
    fn count_hit(&self, entry: &Entry, tier: Tier, stale: bool) {
        self.count(Count::Hit(tier), 1);
        self.counters.add(Count::SavedTime, entry.header.cost.micros());
        self.cache.listeners.notify_at(Level::Frequent, || Event::Hit {
            region: self.shared_name(),
            key: entry.header.key,
            tier,
            stale,
        });
    }

    /// Records a miss. `table` is the table whose write has invalidated the entry, if it is known.
    pub(super) fn miss(&self, of: Option<&Statement>, key: CacheKey, miss: Miss, table: Option<TableName>) {
        let Miss { reason, cause, .. } = miss;
        self.count(Count::Miss(reason), 1);
        if let Some(cause) = cause {
            self.count(Count::Invalidated(cause), 1);
        }
        if let Some(statement) = of {
            self.statements.count(statement, |counts| {
                counts.add(Count::Miss(reason), 1);
                if let Some(cause) = cause {
                    counts.invalidated(LastInvalidation { cause, table });
                }
            });
        }
        self.cache.listeners.notify(|| Event::Miss {
            region: self.shared_name(),
            key,
            reason,
            cause,
        });
    }

    pub(crate) fn bypass(&self, of: Option<&Statement>, reason: BypassReason) {
        self.count_of(of, Count::Bypass(reason), 1);
        self.cache.listeners.notify(|| Event::Bypass {
            region: self.shared_name(),
            reason,
        });
    }

    /// Records that a caller waits for the rows of another.
    pub(super) fn waited(&self, of: Option<&Statement>) {
        self.count_of(of, Count::Wait, 1);
    }

    /// Records that a caller has queried the database, and how long the answer took.
    pub(super) fn queried(&self, of: Option<&Statement>, took: Duration) {
        if let Some(statement) = of {
            self.statements.count(statement, |counts| counts.queried(took));
        }
        self.counters.add_time(Count::QueryTime, took);
        self.meters.queried(took);
    }

    /// Records that a query's rows have become an entry, which will be stored.
    pub(super) fn kept(&self, of: Option<&Statement>, entry: &Entry) {
        if let Some(statement) = of {
            self.statements
                .count(statement, |counts| counts.stored(entry.len() as u64));
        }
    }

    pub(super) fn stored(&self, entry: &Entry) {
        self.count(Count::Store, 1);
        self.cache.listeners.notify(|| Event::Stored {
            region: self.shared_name(),
            key: entry.header.key,
            bytes: entry.len(),
        });
    }

    pub(crate) fn refused(&self, of: Option<&Statement>, key: CacheKey, reason: RefusalReason) {
        self.count_of(of, Count::Refusal(reason), 1);
        self.cache.listeners.notify(|| Event::Refused {
            region: self.shared_name(),
            key,
            reason,
        });
    }

    pub(super) fn evicted(&self, entries: u64, bytes: u64) {
        if entries > 0 {
            self.count(Count::Eviction, entries);
            self.cache.listeners.notify(|| Event::Evicted {
                region: self.shared_name(),
                entries,
                bytes,
            });
        }
    }

    /// Records that entries were evicted from memory. This happens so often that it is counted but not reported.
    pub(super) fn evicted_from_memory(&self, entries: u64) {
        if entries > 0 {
            self.count(Count::Eviction, entries);
        }
    }

    pub(super) fn read_failed(&self, key: CacheKey, error: &io::Error) {
        self.count(Count::ReadFailure, 1);
        self.cache.listeners.notify_at(Level::Failure, || Event::ReadFailed {
            region: self.shared_name(),
            key,
            error: error.to_string().into(),
        });
    }

    pub(super) fn write_failed(&self, key: Option<CacheKey>, error: &str) {
        self.count(Count::WriteFailure, 1);
        self.cache.listeners.notify_at(Level::Failure, || Event::WriteFailed {
            region: self.shared_name(),
            key,
            error: error.into(),
        });
    }

    pub(crate) fn invalidated(&self, what: Invalidation) {
        self.count(Count::Invalidation, 1);
        self.cache.listeners.notify(|| Event::Invalidated { what });
    }

    /// Reports what a tier holds, if `metrics` is enabled.
    pub(super) fn usage(&self, tier: Tier, usage: impl FnOnce() -> (u64, u64)) {
        if !Meters::IDLE {
            let (entries, bytes) = usage();
            self.meters.holds(tier, entries, bytes);
        }
    }

    /// Counts something for the region, and for a statement if there is one.
    fn count_of(&self, of: Option<&Statement>, count: Count, number: u64) {
        if let Some(statement) = of {
            self.statements.count(statement, |counts| counts.add(count, number));
        }
        self.count(count, number);
    }

    #[inline]
    fn count(&self, count: Count, number: u64) {
        self.counters.add(count, number);
        self.meters.count(count, number);
    }

    fn shared_name(&self) -> Arc<str> {
        Arc::clone(&self.region)
    }
}
