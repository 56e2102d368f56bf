//! Entries in this process's memory, bounded by the weight of their encoded rows.

use std::cell::Cell;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use quick_cache::sync::Cache;
use quick_cache::{Lifecycle, OptionsBuilder, Weighter};

use crate::entry::Entry;
use crate::key::MemoryKey;

/// The cost of an entry besides its rows, in bytes: key, header, stamp, allocations, and the cache's own bookkeeping.
const OVERHEAD: u64 = 512;

/// The number of shards. An entry must fit into one shard, so larger entries are not admitted.
const SHARDS: usize = 8;

pub(crate) struct MemoryStore {
    /// The entries by [`MemoryKey::position`]. If two keys have the same position, which is very unlikely, the later
    /// entry replaces the earlier.
    entries: Cache<u64, Arc<Entry>, Bytes, BuildHasherDefault<PositionHasher>, Leaving>,
    /// How often an entry was looked up.
    #[cfg(test)]
    pub(crate) looks: std::sync::atomic::AtomicU64,
}

impl MemoryStore {
    /// Creates a store for `capacity` bytes of encoded rows and their overhead.
    pub(crate) fn new(capacity: u64) -> Self {
        // Small capacities get one shard: eight shards of 1 KiB would hold nothing of 2 KiB.
        let shards = if capacity < 1 << 20 { 1 } else { SHARDS };
        let items = usize::try_from(capacity / 1024)
            .unwrap_or(usize::MAX)
            .clamp(16, 1 << 20);
        let hasher = BuildHasherDefault::default();
        let entries = match OptionsBuilder::new()
            .shards(shards)
            .estimated_items_capacity(items)
            .weight_capacity(capacity)
            .build()
        {
            Ok(options) => Cache::with_options(options, Bytes, hasher, Leaving),
            Err(_) => Cache::with(items, capacity, Bytes, hasher, Leaving),
        };
        Self {
            entries,
            #[cfg(test)]
            looks: Default::default(),
        }
    }

    #[inline]
    pub(crate) fn get(&self, key: &MemoryKey) -> Option<Arc<Entry>> {
        #[cfg(test)]
        self.looks.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.entries
            .get(&key.position())
            .filter(|entry| entry.memory_key == *key)
    }

    /// Stores an entry. Returns how many others were evicted for it.
    pub(crate) fn put(&self, entry: Arc<Entry>) -> u64 {
        let position = entry.memory_key.position();
        let mut left = Left::for_newcomer(position);
        self.entries.insert_with_lifecycle(position, entry, &mut left);
        left.number
    }

    pub(crate) fn remove(&self, key: &MemoryKey) {
        self.entries.remove(&key.position());
    }

    pub(crate) fn clear(&self) {
        self.entries.clear();
    }

    /// Removes the entries that are not wanted. Returns how many there were.
    pub(crate) fn retain(&self, wanted: impl Fn(&Entry) -> bool) -> u64 {
        let removed = Cell::new(0);
        self.entries.retain(|_, entry| {
            let kept = wanted(entry);
            removed.set(removed.get() + u64::from(!kept));
            kept
        });
        removed.get()
    }

    /// Returns the number of entries, and their weight in bytes.
    pub(crate) fn usage(&self) -> (u64, u64) {
        (self.entries.len() as u64, self.entries.weight())
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("entries", &self.entries.len())
            .field("weight", &self.entries.weight())
            .finish_non_exhaustive()
    }
}

/// Weighs an entry by its encoded rows.
#[derive(Clone)]
struct Bytes;

impl Weighter<u64, Arc<Entry>> for Bytes {
    fn weight(&self, _: &u64, entry: &Arc<Entry>) -> u64 {
        OVERHEAD + (entry.len() + entry.memory_key.heap()) as u64
    }
}

/// Counts the entries that are evicted to make room for another.
#[derive(Clone)]
struct Leaving;

/// The entries that one insertion evicted.
#[derive(Default)]
struct Left {
    /// The position of the new entry. An entry that is too heavy is evicted at once, and is not counted.
    newcomer: Option<u64>,
    number: u64,
    /// Entries that are kept until the shard is unlocked, because freeing rows takes time. Usually there are one or
    /// two; more are freed under the lock.
    entries: [Option<Arc<Entry>>; 2],
}

impl Left {
    fn for_newcomer(position: u64) -> Self {
        Self {
            newcomer: Some(position),
            ..Self::default()
        }
    }
}

impl Lifecycle<u64, Arc<Entry>> for Leaving {
    type RequestState = Left;

    fn on_evict(&self, left: &mut Left, position: u64, entry: Arc<Entry>) {
        left.number += u64::from(left.newcomer != Some(position));
        if let Some(free) = left.entries.iter_mut().find(|free| free.is_none()) {
            *free = Some(entry);
        }
    }
}

/// Returns a position unchanged, because it is already a hash.
#[derive(Default)]
struct PositionHasher(u64);

impl Hasher for PositionHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, position: u64) {
        self.0 = position;
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
}
