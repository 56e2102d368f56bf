//! A shared tier for unit tests. It keeps entries in memory, and can be made to fail.

use std::collections::HashMap;
use std::io;
use std::ops::Deref;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard};

use super::{Evicted, IsUseless, LockAttempt, SharedTier, Swept, Verified};
use crate::clock::Millis;
use crate::event::Tier;
use crate::key::CacheKey;

/// A tier that several caches of this process share. Tests can make it fail, lock its keys as another process would,
/// and disable its locks.
#[derive(Clone, Debug, Default)]
pub(crate) struct TestTier(Arc<State>);

#[derive(Debug, Default)]
pub(crate) struct State {
    entries: Mutex<HashMap<CacheKey, Vec<u8>>>,
    locked: Mutex<Vec<CacheKey>>,
    stores: AtomicU64,
    /// Whether it discards what is put.
    pub(crate) keeps_nothing: AtomicBool,
    pub(crate) fails: AtomicBool,
    pub(crate) has_no_locks: AtomicBool,
}

impl Deref for TestTier {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

impl TestTier {
    /// Locks a key, as another process would.
    pub(crate) fn lock_of_another_process(&self, key: &CacheKey) -> TestLock {
        self.locked.lock().unwrap().push(*key);
        TestLock(Arc::clone(&self.0), *key)
    }

    pub(crate) fn is_locked(&self, key: &CacheKey) -> bool {
        self.locked.lock().unwrap().contains(key)
    }

    fn attempt(&self) -> io::Result<()> {
        match self.fails.load(SeqCst) {
            true => Err(io::Error::other("on command")),
            false => Ok(()),
        }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<CacheKey, Vec<u8>>> {
        self.entries.lock().unwrap()
    }
}

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub(crate) struct TestLock(Arc<State>, CacheKey);

impl Drop for TestLock {
    fn drop(&mut self) {
        self.0.locked.lock().unwrap().retain(|key| *key != self.1);
    }
}

impl SharedTier for TestTier {
    fn tier(&self) -> Tier {
        Tier::Disk
    }

    fn get(&self, key: &CacheKey) -> io::Result<Option<Vec<u8>>> {
        self.attempt()?;
        Ok(self.entries().get(key).cloned())
    }

    fn put(&self, key: &CacheKey, bytes: &[u8], _: Millis, _: IsUseless<'_>) -> io::Result<Evicted> {
        self.attempt()?;
        self.stores.fetch_add(1, SeqCst);
        if !self.keeps_nothing.load(SeqCst) {
            self.entries().insert(*key, bytes.to_vec());
        }
        Ok(Evicted::default())
    }

    fn remove(&self, key: &CacheKey) -> io::Result<()> {
        self.attempt()?;
        self.entries().remove(key);
        Ok(())
    }

    fn clear(&self) -> io::Result<()> {
        self.attempt()?;
        self.entries().clear();
        Ok(())
    }

    fn lock(&self, key: &CacheKey) -> LockAttempt {
        if self.has_no_locks.load(SeqCst) {
            return LockAttempt::Unavailable;
        }
        let mut locked = self.locked.lock().unwrap();
        if locked.contains(key) {
            return LockAttempt::Busy;
        }
        locked.push(*key);
        LockAttempt::Locked(Box::new(TestLock(Arc::clone(&self.0), *key)))
    }

    fn stores(&self) -> Option<u64> {
        Some(self.0.stores.load(SeqCst))
    }

    fn used_at(&self, _: &CacheKey) -> Option<Millis> {
        None
    }

    fn touch(&self, _: &CacheKey, _: Millis) {}

    fn capacity(&self) -> Option<u64> {
        None
    }

    fn usage(&self) -> (u64, u64) {
        let entries = self.entries();
        (
            entries.len() as u64,
            entries.values().map(|bytes| bytes.len() as u64).sum(),
        )
    }

    fn sweep(&self, is_useless: IsUseless<'_>) -> io::Result<Swept> {
        self.attempt()?;
        let mut entries = self.entries();
        let before = entries.len();
        entries.retain(|_, bytes| !is_useless(bytes, Millis(0)));
        Ok(Swept {
            removed: (before - entries.len()) as u64,
            entries: entries.len() as u64,
            ..Swept::default()
        })
    }

    fn verify(&self) -> io::Result<Verified> {
        self.attempt()?;
        Ok(Verified::default())
    }

    fn location(&self) -> &Path {
        Path::new("test tier")
    }
}
