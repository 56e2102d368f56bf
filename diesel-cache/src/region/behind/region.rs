//! What a region does with the queue.

use std::sync::Arc;
use std::time::Instant;

use super::jobs::{Job, Place};
use crate::context::Context;
use crate::entry::Entry;
use crate::key::CacheKey;
use crate::region::RegionState;
use crate::region::flight::Lead;
use crate::store::KeyLock;

impl RegionState {
    /// Stores in the files later, and lets the lead go; gives it back if that has to be done [at once](RegionState::store_far): without a
    /// lock, others would ask before they could find the entry.
    pub(in crate::region) fn store_behind(
        self: &Arc<Self>,
        context: &Arc<Context>,
        entry: &Arc<Entry>,
        mut lead: Option<Lead>,
    ) -> Result<(), Option<Lead>> {
        let Some(behind) = &self.behind else { return Err(lead) };
        let Some(mut lead) = lead.take_if(|lead| lead.lock.is_some()) else {
            return Err(lead);
        };
        if !behind.admits(entry) {
            return Err(Some(lead));
        }
        // Told before the writer can tell that it has failed.
        self.stored(context, entry);
        behind.hand_over(Job {
            state: Arc::clone(self),
            context: Arc::clone(context),
            entry: Arc::clone(entry),
            lock: lead.lock.take(),
            since: Instant::now(),
        });
        Ok(())
    }

    /// Writes an entry that was [handed over](Self::store_behind).
    pub(in crate::region) fn write_late(&self, context: &Context, entry: &Entry) {
        // What has become stale since is not worth a file.
        if context.generations.is_valid(&entry.header.stamp) && self.write(context, entry) {
            let used_at = entry.usage.used_at();
            // Who used it found no file to note that in.
            if self.keeps_notes() && used_at > entry.header.stored_at {
                self.note(&entry.header.key, used_at);
            }
        }
    }

    pub(in crate::region) fn unwritten(&self, key: CacheKey) -> Option<Arc<Entry>> {
        self.behind.as_ref()?.get(self.place(key))
    }

    /// The lock of an entry that was to be written, and is not good enough for the new leader of its key.
    pub(in crate::region) fn inherit(&self, context: &Context, key: CacheKey) -> Option<KeyLock> {
        let (behind, place) = (self.behind.as_ref()?, self.place(key));
        let entry = behind.find(place)?;
        if !context.generations.is_valid(&entry.header.stamp) {
            return behind.take_lock(place);
        }
        // Too old for this caller, and of use to others: seldom, in the moment between the two.
        let job = behind.take(place)?;
        self.write(context, &job.entry);
        job.lock
    }

    /// The files' entry of a key is about to be replaced or removed: none comes later.
    pub(in crate::region) fn give_up_unwritten(&self, key: CacheKey) {
        if let Some(behind) = &self.behind {
            behind.give_up(self.place(key));
        }
    }

    /// Waits until all that was stored is in the files, or the deadline; `None` never comes.
    pub(in crate::region) fn settle(&self, deadline: Option<Instant>) {
        if let Some(behind) = &self.behind {
            behind.wait(deadline);
        }
    }

    /// This region's key, among those of all regions in this process.
    pub(in crate::region) fn place(&self, key: CacheKey) -> Place {
        (std::ptr::from_ref(self).addr(), key)
    }
}
