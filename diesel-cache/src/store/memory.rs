//! Entries in this process's memory, bounded by the weight of their encoded rows.

use std::cell::Cell;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use quick_cache::sync::Cache;
use quick_cache::{Lifecycle, OptionsBuilder, Weighter};

use crate::entry::Entry;
use crate::key::CacheKey;

/// What an entry costs beside its rows: key, header, stamp, allocations, the cache's own books; in bytes.
const OVERHEAD: u64 = 256;

/// Entries up to this share of the capacity are admitted; a shard must be able to hold one.
const SHARDS: usize = 8;

pub(crate) struct MemoryStore {
    entries: Cache<CacheKey, Arc<Entry>, Bytes, BuildHasherDefault<KeyHasher>, Leaving>,
}

impl MemoryStore {
    /// A store for `capacity` bytes of encoded rows and their overhead.
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
        Self { entries }
    }

    pub(crate) fn get(&self, key: &CacheKey) -> Option<Arc<Entry>> {
        self.entries.get(key)
    }

    /// Stores an entry; how many others had to leave for it?
    pub(crate) fn put(&self, entry: Arc<Entry>) -> u64 {
        let mut left = Left::for_entry(&entry);
        self.entries.insert_with_lifecycle(entry.header.key, entry, &mut left);
        left.number
    }

    pub(crate) fn remove(&self, key: &CacheKey) -> Option<Arc<Entry>> {
        self.entries.remove(key).map(|(_, entry)| entry)
    }

    pub(crate) fn clear(&self) {
        self.entries.clear();
    }

    /// Removes the entries that are not wanted; how many were there?
    pub(crate) fn retain(&self, wanted: impl Fn(&Entry) -> bool) -> u64 {
        let removed = Cell::new(0);
        self.entries.retain(|_, entry| {
            let kept = wanted(entry);
            removed.set(removed.get() + u64::from(!kept));
            kept
        });
        removed.get()
    }

    /// Entries, and their weight in bytes.
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

impl Weighter<CacheKey, Arc<Entry>> for Bytes {
    fn weight(&self, _: &CacheKey, entry: &Arc<Entry>) -> u64 {
        OVERHEAD + entry.len() as u64
    }
}

/// Counts the entries that leave for another.
#[derive(Clone)]
struct Leaving;

/// What one insertion drove out.
#[derive(Default)]
struct Left {
    /// The entry that came. Too heavy a one leaves at once, and has driven out nobody.
    newcomer: Option<CacheKey>,
    number: u64,
    /// Kept until the shard is unlocked: to free rows takes time. One or two are usual; more are freed under the lock.
    entries: [Option<Arc<Entry>>; 2],
}

impl Left {
    fn for_entry(entry: &Entry) -> Self {
        Self {
            newcomer: Some(entry.header.key),
            ..Self::default()
        }
    }
}

impl Lifecycle<CacheKey, Arc<Entry>> for Leaving {
    type RequestState = Left;

    fn on_evict(&self, left: &mut Left, key: CacheKey, entry: Arc<Entry>) {
        left.number += u64::from(left.newcomer != Some(key));
        if let Some(place) = left.entries.iter_mut().find(|place| place.is_none()) {
            *place = Some(entry);
        }
    }
}

/// Passes a key's own bits on: they are a SHA-256 already.
#[derive(Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, bits: u64) {
        self.0 = bits;
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = self.0.rotate_left(5) ^ u64::from_le_bytes(word);
        }
    }
}
