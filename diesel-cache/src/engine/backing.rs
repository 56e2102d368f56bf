//! The shared tier behind a region's memory, and the entries on their way to it.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use super::expiry::is_dead;
use super::flight::Lead;
use super::record::Recorder;
use super::write_behind::{Job, Queue, Sink};
use crate::cache_core::CacheCore;
use crate::clock::Millis;
use crate::config::RegionConfig;
use crate::entry::{Entry, Header};
use crate::key::CacheKey;
use crate::tier::{HEAD, KeyLock, LockAttempt, SharedTier, Swept, Verified};

/// A shared tier, and the queue of entries that are yet to be written to it. Failures are recorded, and never returned
/// to callers.
#[derive(Debug)]
pub(crate) struct Backing {
    tier: Box<dyn SharedTier>,
    /// `None` for a region without memory in front.
    queue: Option<Arc<Queue>>,
    settings: RegionConfig,
    record: Arc<Recorder>,
}

impl Backing {
    pub(super) fn new(
        tier: Box<dyn SharedTier>,
        queue: Option<Arc<Queue>>,
        settings: &RegionConfig,
        record: &Arc<Recorder>,
    ) -> Self {
        Self {
            tier,
            queue,
            settings: settings.clone(),
            record: Arc::clone(record),
        }
    }

    pub(crate) fn tier(&self) -> &dyn SharedTier {
        &*self.tier
    }

    /// Returns the encoded entry under a key and, where the region has a time to idle, its last use.
    ///
    /// # Errors
    ///
    /// Those of [`SharedTier::get`].
    pub(super) fn read(&self, key: &CacheKey) -> io::Result<Option<(Vec<u8>, Option<Millis>)>> {
        let bytes = self.tier.get(key)?;
        Ok(bytes.map(|bytes| {
            let used_at = self.settings.time_to_idle.and_then(|_| self.tier.used_at(key));
            (bytes, used_at)
        }))
    }

    /// Returns the entry under a key if it is queued, and not yet written.
    pub(super) fn unwritten(self: &Arc<Self>, key: CacheKey) -> Option<Arc<Entry>> {
        self.queue.as_ref()?.get(self.queue_key(key))
    }

    /// Returns a number that changes whenever any process stores something in the tier; `None` if that is unknown.
    pub(super) fn stores(&self) -> Option<u64> {
        self.tier.stores()
    }

    /// Writes an entry before it returns.
    pub(super) fn store(self: &Arc<Self>, entry: &Entry) {
        self.give_up_unwritten(entry.header.key);
        if self.put(entry) {
            self.record.stored(entry);
        }
    }

    /// Queues an entry with the lead's lock, which is released once the entry is written or given up. Returns the lead
    /// if there is no lock, or no room in the queue. The caller then has to [store](Self::store) the entry itself:
    /// without the lock, other processes would query before they could find the entry.
    pub(super) fn store_behind(
        self: &Arc<Self>,
        entry: &Arc<Entry>,
        mut lead: Option<Lead>,
    ) -> Result<(), Option<Lead>> {
        let Some(queue) = &self.queue else { return Err(lead) };
        let Some(mut lead) = lead.take_if(|lead| lead.lock.is_some()) else {
            return Err(lead);
        };
        if !queue.admits(entry) {
            return Err(Some(lead));
        }
        // Recorded first, because the writer may record soon that it could not write the entry.
        self.record.stored(entry);
        let sink: Arc<dyn Sink> = Arc::clone(self) as _;
        queue.push(Job {
            sink,
            entry: Arc::clone(entry),
            lock: lead.lock.take(),
            since: Instant::now(),
        });
        Ok(())
    }

    /// Writes an entry to the tier. Returns `true` if it was written.
    fn put(&self, entry: &Entry) -> bool {
        let (key, now) = (&entry.header.key, entry.header.stored_at);
        match self.tier.put(key, &entry.to_bytes(), now, &|head, used_at| {
            self.is_useless(head, used_at)
        }) {
            Ok(evicted) => {
                self.record.evicted(evicted.entries, evicted.bytes);
                self.record_usage();
                true
            }
            Err(error) => {
                self.record.write_failed(Some(*key), &error.to_string());
                false
            }
        }
    }

    /// Returns `true` if the entry is larger than everything that the tier may hold.
    pub(super) fn outweighs(&self, entry: &Entry) -> bool {
        self.tier
            .capacity()
            .is_some_and(|capacity| entry.len() as u64 > capacity)
    }

    pub(super) fn remove(self: &Arc<Self>, key: &CacheKey) {
        self.give_up_unwritten(*key);
        if let Err(error) = self.tier.remove(key) {
            self.record.write_failed(Some(*key), &error.to_string());
        }
        self.record_usage();
    }

    pub(super) fn clear(self: &Arc<Self>) {
        if let Some(queue) = &self.queue {
            let sink: Arc<dyn Sink> = Arc::clone(self) as _;
            queue.give_up_all(&sink);
        }
        if let Err(error) = self.tier.clear() {
            self.record.write_failed(None, &error.to_string());
        }
        self.record_usage();
    }

    /// Takes the lock of the lead's key. Returns `false` if another process holds it. Without locks, the lead goes on
    /// without one.
    pub(super) fn lock(self: &Arc<Self>, lead: &mut Lead, key: CacheKey) -> bool {
        if lead.lock.is_some() {
            return true;
        }
        let attempt = match self.inherit_lock(key) {
            Some(lock) => LockAttempt::Locked(lock),
            None => self.tier.lock(&key),
        };
        match attempt {
            LockAttempt::Locked(lock) => {
                lead.lock = Some(lock);
                true
            }
            LockAttempt::Busy => false,
            LockAttempt::Unavailable => true,
        }
    }

    /// Takes the lock of a queued entry that is not good enough for the new leader of its key.
    fn inherit_lock(self: &Arc<Self>, key: CacheKey) -> Option<KeyLock> {
        let (queue, queue_key) = (self.queue.as_ref()?, self.queue_key(key));
        let entry = queue.find(queue_key)?;
        if !self.cache().generations.is_valid(&entry.header.stamp) {
            return queue.take_lock(queue_key);
        }
        // The entry is too old for this caller, but useful to others, so it is written now. This is rare: the entry
        // must have been queued between this caller's search and its turn.
        let job = queue.take(queue_key)?;
        self.put(&job.entry);
        job.lock
    }

    /// Records a use of the entry under a key in the tier.
    pub(super) fn note(&self, key: &CacheKey, now: Millis) {
        self.tier.touch(key, now);
    }

    /// Waits until everything queued is written, or until the deadline; a deadline of `None` never passes.
    pub(crate) fn wait(&self, deadline: Option<Instant>) {
        if let Some(queue) = &self.queue {
            queue.wait(deadline);
        }
    }

    /// See [`SharedTier::sweep`].
    pub(crate) fn sweep(&self) -> io::Result<Swept> {
        self.wait(None);
        let swept = self.tier.sweep(&|head, used_at| self.is_useless(head, used_at))?;
        self.record.evicted(swept.evicted, 0);
        if swept.evicted > 0 {
            self.record_usage();
        }
        Ok(swept)
    }

    /// See [`SharedTier::verify`].
    pub(crate) fn verify(&self) -> io::Result<Verified> {
        self.wait(None);
        self.tier.verify()
    }

    /// Returns `true` if the first bytes and the last use of an entry show that it can never be served again.
    fn is_useless(&self, head: &[u8], used_at: Millis) -> bool {
        match Header::decode(head) {
            Some((header, _)) => is_dead(self.cache(), &self.settings, &header, used_at),
            // The entry is of another version, unless its header is longer than the bytes that were read.
            None => (head.len() as u64) < HEAD,
        }
    }

    /// Makes sure that the queue does not write an entry under this key later. Call it before replacing or removing the
    /// entry in the tier.
    fn give_up_unwritten(self: &Arc<Self>, key: CacheKey) {
        if let Some(queue) = &self.queue {
            queue.give_up(self.queue_key(key));
        }
    }

    fn queue_key(self: &Arc<Self>, key: CacheKey) -> super::write_behind::QueueKey {
        (Arc::as_ptr(self).addr(), key)
    }

    fn cache(&self) -> &CacheCore {
        self.record.cache()
    }

    fn record_usage(&self) {
        self.record.usage(self.tier.tier(), || self.tier.usage());
    }
}

impl Sink for Backing {
    fn write(&self, entry: &Entry) {
        // An entry that was invalidated in the queue is not written.
        if self.cache().generations.is_valid(&entry.header.stamp) && self.put(entry) {
            let used_at = entry.usage.used_at();
            // Callers that used the entry while it was queued could not record the use in the tier.
            let is_tracked = self.settings.time_to_idle.is_some() || self.tier.capacity().is_some();
            if is_tracked && used_at > entry.header.stored_at {
                self.note(&entry.header.key, used_at);
            }
        }
    }
}
