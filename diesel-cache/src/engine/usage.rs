//! When entries were last used, in memory and in the shared tier.

use std::time::Duration;

use crate::clock::Millis;
use crate::config::RegionConfig;
use crate::entry::Entry;
use crate::tier::SharedTier;

/// The longest interval at which uses of an entry are recorded in the shared tier.
const NOTE_INTERVAL: Duration = Duration::from_secs(60);

/// How a region tracks the uses of its entries.
#[derive(Clone, Copy, Debug)]
pub(super) struct UseTracking {
    /// The interval at which uses are recorded in the shared tier, in milliseconds; `None` for a region without one.
    note_interval: Option<u64>,
}

impl UseTracking {
    /// Returns `None` for a region in which the last use of an entry has no effect.
    pub(super) fn new(settings: &RegionConfig, shared: Option<&dyn SharedTier>) -> Option<Self> {
        let is_bounded = shared.is_some_and(|tier| tier.capacity().is_some());
        let matters = settings.time_to_idle.is_some() || is_bounded;
        // So other processes consider an entry idle at most an eighth of the time to idle too early.
        let interval = settings
            .time_to_idle
            .map_or(NOTE_INTERVAL, |idle| NOTE_INTERVAL.min(idle / 8));
        let interval = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX).max(1);
        matters.then(|| Self {
            note_interval: shared.map(|_| interval),
        })
    }

    /// Marks the entry as used, in memory. Returns `false`, and marks nothing, if it is time to record a use in the
    /// shared tier.
    #[inline]
    pub(super) fn mark(self, entry: &Entry, now: Millis) -> bool {
        if self
            .note_interval
            .is_some_and(|interval| entry.usage.is_note_due(now, interval))
        {
            return false;
        }
        entry.usage.mark(now);
        true
    }

    /// Marks the entry as used, in memory. If it is time to record a use in the shared tier, returns `true` to the one
    /// caller that has to do so.
    pub(super) fn mark_or_claim_note(self, entry: &Entry, now: Millis) -> bool {
        entry.usage.mark(now);
        self.note_interval
            .is_some_and(|interval| entry.usage.claim_note(now, interval))
    }
}
