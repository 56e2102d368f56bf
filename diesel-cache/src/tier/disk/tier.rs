//! The files of a region, as a tier.

use std::io;
use std::path::{Path, PathBuf};

use super::key_locks::KeyLocks;
use super::store::{DiskOptions, DiskStore};
use crate::clock::Millis;
use crate::event::Tier;
use crate::key::CacheKey;
use crate::tier::shared::{Evicted, IsUseless, LockAttempt, SharedTier, Swept, Verified};

/// A [store](DiskStore) of entries in files, with [locks](KeyLocks) on their keys.
#[derive(Debug)]
pub(crate) struct DiskTier {
    store: DiskStore,
    locks: KeyLocks,
}

impl DiskTier {
    /// Opens or creates the files of a region in the directory of its cache.
    ///
    /// # Errors
    /// Returns the path of the region's files, and why they cannot be used.
    pub(crate) fn open(
        directory: &Path,
        region: &str,
        max_capacity: Option<u64>,
    ) -> Result<Self, (PathBuf, io::Error)> {
        let path = directory.join(region);
        let options = DiskOptions {
            max_capacity,
            usage_file: directory.join("usage").join(region),
        };
        let open = || {
            let store = DiskStore::open(path.clone(), options)?;
            let locks = KeyLocks::open(&directory.join("flights").join(region))?;
            Ok(Self { store, locks })
        };
        open().map_err(|error| (path.clone(), error))
    }
}

impl SharedTier for DiskTier {
    fn tier(&self) -> Tier {
        Tier::Disk
    }

    fn get(&self, key: &CacheKey) -> io::Result<Option<Vec<u8>>> {
        self.store.get(key)
    }

    fn put(&self, key: &CacheKey, bytes: &[u8], now: Millis, is_useless: IsUseless<'_>) -> io::Result<Evicted> {
        self.store.put(key, bytes, now, is_useless)
    }

    fn remove(&self, key: &CacheKey) -> io::Result<()> {
        self.store.remove(key).map(drop)
    }

    fn clear(&self) -> io::Result<()> {
        self.store.clear()
    }

    fn lock(&self, key: &CacheKey) -> LockAttempt {
        self.locks.attempt(key)
    }

    fn stores(&self) -> Option<u64> {
        self.store.stores()
    }

    fn used_at(&self, key: &CacheKey) -> Option<Millis> {
        self.store.used_at(key)
    }

    fn touch(&self, key: &CacheKey, now: Millis) {
        self.store.touch(key, now);
    }

    fn capacity(&self) -> Option<u64> {
        self.store.max_capacity
    }

    fn usage(&self) -> (u64, u64) {
        self.store.held()
    }

    fn sweep(&self, is_useless: IsUseless<'_>) -> io::Result<Swept> {
        let swept = self.store.sweep(is_useless)?;
        Ok(Swept {
            removed: swept.removed,
            orphans: swept.orphans + swept.temporary,
            compacted: swept.compacted,
            evicted: swept.evicted,
            entries: swept.entries,
            bytes: swept.bytes,
        })
    }

    fn verify(&self) -> io::Result<Verified> {
        self.store.verify()
    }

    fn location(&self) -> &Path {
        self.store.directory()
    }
}
