//! What happens in a region is counted, and told to the listeners; both here, and nowhere else.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::RegionState;
use super::counters::Count;
use crate::context::Context;
use crate::entry::Entry;
use crate::event::{BypassReason, Event, Invalidation, MissReason, RefusalReason, Tier};
use crate::key::CacheKey;
use crate::observability::Loudness;

impl RegionState {
    #[inline]
    pub(super) fn hit(&self, context: &Context, entry: &Entry, tier: Tier) {
        self.count_hit(context, entry, tier, false);
    }

    pub(super) fn stale_hit(&self, context: &Context, entry: &Entry, tier: Tier) {
        self.count(Count::StaleHit, 1);
        self.count_hit(context, entry, tier, true);
    }

    #[inline]
    fn count_hit(&self, context: &Context, entry: &Entry, tier: Tier, stale: bool) {
        self.count(Count::Hit(tier), 1);
        self.counters.add(Count::Saved, entry.header.cost.micros());
        context.listeners.tell_as(Loudness::Usual, || Event::Hit {
            region: self.region(),
            key: entry.header.key,
            tier,
            stale,
        });
    }

    pub(super) fn miss(&self, context: &Context, key: CacheKey, reason: MissReason) {
        self.count(Count::Miss(reason), 1);
        context.listeners.tell(|| Event::Miss {
            region: self.region(),
            key,
            reason,
        });
    }

    pub(super) fn bypass(&self, context: &Context, reason: BypassReason) {
        self.count(Count::Bypass(reason), 1);
        context.listeners.tell(|| Event::Bypass {
            region: self.region(),
            reason,
        });
    }

    /// A caller waits for another's rows.
    pub(super) fn waited(&self) {
        self.count(Count::Wait, 1);
    }

    /// A caller has asked, and was answered in this time.
    pub(super) fn asked(&self, took: Duration) {
        self.counters.add_time(Count::Asking, took);
        self.meters.asked(took);
    }

    pub(super) fn stored(&self, context: &Context, entry: &Entry) {
        self.count(Count::Store, 1);
        self.measure();
        context.listeners.tell(|| Event::Stored {
            region: self.region(),
            key: entry.header.key,
            bytes: entry.len(),
        });
    }

    pub(super) fn refused(&self, context: &Context, key: CacheKey, reason: RefusalReason) {
        self.count(Count::Refusal(reason), 1);
        context.listeners.tell(|| Event::Refused {
            region: self.region(),
            key,
            reason,
        });
    }

    pub(super) fn evicted(&self, context: &Context, entries: u64, bytes: u64) {
        if entries > 0 {
            self.count(Count::Eviction, entries);
            self.measure();
            context.listeners.tell(|| Event::Evicted {
                region: self.region(),
                entries,
                bytes,
            });
        }
    }

    pub(super) fn read_failed(&self, context: &Context, key: CacheKey, error: &io::Error) {
        self.count(Count::ReadFailure, 1);
        context.listeners.tell_as(Loudness::Failure, || Event::ReadFailed {
            region: self.region(),
            key,
            error: error.to_string().into(),
        });
    }

    pub(super) fn write_failed(&self, context: &Context, key: Option<CacheKey>, error: &str) {
        self.count(Count::WriteFailure, 1);
        context.listeners.tell_as(Loudness::Failure, || Event::WriteFailed {
            region: self.region(),
            key,
            error: error.into(),
        });
    }

    pub(super) fn invalidated(&self, context: &Context, what: Invalidation) {
        self.count(Count::Invalidation, 1);
        context.listeners.tell(|| Event::Invalidated { what });
    }

    /// Entries had to leave memory for others: so often that they are counted, and not told one by one.
    pub(super) fn evicted_near(&self, entries: u64) {
        if entries > 0 {
            self.count(Count::Eviction, entries);
        }
    }

    #[inline]
    fn count(&self, count: Count, number: u64) {
        self.counters.add(count, number);
        self.meters.count(count, number);
    }

    fn region(&self) -> Arc<str> {
        Arc::clone(self.shared_name())
    }
}
