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

impl RegionState {
    #[inline]
    pub(super) fn hit(&self, context: &Context, entry: &Entry, tier: Tier) {
        self.count_hit(context, entry, tier, false);
    }

    pub(super) fn stale_hit(&self, context: &Context, entry: &Entry, tier: Tier) {
        self.counters.add(Count::StaleHit, 1);
        self.count_hit(context, entry, tier, true);
    }

    #[inline]
    fn count_hit(&self, context: &Context, entry: &Entry, tier: Tier, stale: bool) {
        self.counters.add(Count::Hit(tier), 1);
        self.counters.add(Count::Saved, entry.header.cost.micros());
        context.listeners.tell(|| Event::Hit {
            region: self.region(),
            key: entry.header.key,
            tier,
            stale,
        });
    }

    pub(super) fn miss(&self, context: &Context, key: CacheKey, reason: MissReason) {
        self.counters.add(Count::Miss(reason), 1);
        context.listeners.tell(|| Event::Miss {
            region: self.region(),
            key,
            reason,
        });
    }

    pub(super) fn bypass(&self, context: &Context, reason: BypassReason) {
        self.counters.add(Count::Bypass(reason), 1);
        context.listeners.tell(|| Event::Bypass {
            region: self.region(),
            reason,
        });
    }

    /// A caller waits for another's rows.
    pub(super) fn waited(&self) {
        self.counters.add(Count::Wait, 1);
    }

    /// A caller has asked, and was answered in this time.
    pub(super) fn asked(&self, took: Duration) {
        self.counters.add_time(Count::Asking, took);
    }

    pub(super) fn stored(&self, context: &Context, entry: &Entry) {
        self.counters.add(Count::Store, 1);
        context.listeners.tell(|| Event::Stored {
            region: self.region(),
            key: entry.header.key,
            bytes: entry.len(),
        });
    }

    pub(super) fn refused(&self, context: &Context, key: CacheKey, reason: RefusalReason) {
        self.counters.add(Count::Refusal(reason), 1);
        context.listeners.tell(|| Event::Refused {
            region: self.region(),
            key,
            reason,
        });
    }

    pub(super) fn evicted(&self, context: &Context, entries: u64, bytes: u64) {
        if entries > 0 {
            self.counters.add(Count::Eviction, entries);
            context.listeners.tell(|| Event::Evicted {
                region: self.region(),
                entries,
                bytes,
            });
        }
    }

    pub(super) fn read_failed(&self, context: &Context, key: CacheKey, error: &io::Error) {
        self.counters.add(Count::ReadFailure, 1);
        context.listeners.tell(|| Event::ReadFailed {
            region: self.region(),
            key,
            error: error.to_string().into(),
        });
    }

    pub(super) fn write_failed(&self, context: &Context, key: Option<CacheKey>, error: &str) {
        self.counters.add(Count::WriteFailure, 1);
        context.listeners.tell(|| Event::WriteFailed {
            region: self.region(),
            key,
            error: error.into(),
        });
    }

    pub(super) fn invalidated(&self, context: &Context, what: Invalidation) {
        self.counters.add(Count::Invalidation, 1);
        context.listeners.tell(|| Event::Invalidated { what });
    }

    fn region(&self) -> Arc<str> {
        Arc::clone(self.shared_name())
    }
}
