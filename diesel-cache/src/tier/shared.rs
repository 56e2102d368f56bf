//! The interface between the engine and a tier that processes share.

use std::fmt;
use std::io;
use std::path::Path;

use crate::clock::Millis;
use crate::event::Tier;
use crate::key::CacheKey;

/// The largest number of leading bytes of an entry that [`IsUseless`] receives.
pub const HEAD: u64 = 8192;

/// Returns `true` if an entry can never be served again, judging by its first [`HEAD`] bytes (or all of it) and the
/// time of its last use.
pub type IsUseless<'a> = &'a dyn Fn(&[u8], Millis) -> bool;

/// Keeps encoded entries for several processes.
///
/// Entries are opaque bytes here. A tier must return the bytes that were last put under a key, or nothing: bytes that
/// it cannot vouch for count as absent. It need not keep anything. The engine checks every entry again, so a tier that
/// returns an old entry costs a query, never a wrong row.
///
/// Every method may block, and the engine calls them only where that is allowed. An error is reported in an event. It
/// counts as a miss, or as an entry that was not stored.
pub trait SharedTier: fmt::Debug + Send + Sync {
    /// The name of the tier in events and statistics.
    fn tier(&self) -> Tier;

    /// Returns the bytes under a key.
    ///
    /// # Errors
    ///
    /// If there may be an entry that cannot be read.
    fn get(&self, key: &CacheKey) -> io::Result<Option<Vec<u8>>>;

    /// Stores bytes under a key, replacing an earlier entry. May also remove entries that `is_useless` accepts.
    ///
    /// # Errors
    ///
    /// If the entry cannot be stored; an earlier one may be gone then.
    fn put(&self, key: &CacheKey, bytes: &[u8], now: Millis, is_useless: IsUseless<'_>) -> io::Result<Evicted>;

    /// Removes the entry under a key.
    ///
    /// # Errors
    /// If the entry may still be there.
    fn remove(&self, key: &CacheKey) -> io::Result<()>;

    /// Removes every entry.
    ///
    /// # Errors
    /// If entries may still be there.
    fn clear(&self) -> io::Result<()>;

    /// Locks a key against other processes, and other caches of this process, if that is possible at once.
    fn lock(&self, key: &CacheKey) -> LockAttempt;

    /// Returns a number that changes whenever any process stores something; `None` if that is unknown.
    ///
    /// A caller that holds the lock of a key and finds the number unchanged need not look for the key again.
    fn stores(&self) -> Option<u64>;

    /// Returns when the entry under a key was last used or stored; `None` if there is none.
    fn used_at(&self, key: &CacheKey) -> Option<Millis>;

    /// Marks the entry under a key as used. A mark that is lost does no harm.
    fn touch(&self, key: &CacheKey, now: Millis);

    /// Returns the most bytes that the tier may hold, if it is bounded.
    fn capacity(&self) -> Option<u64>;

    /// Returns how many entries the tier holds for all processes, and how many bytes they take.
    fn usage(&self) -> (u64, u64);

    /// Removes entries that `is_useless` accepts and files that belong to no entry, and recounts the rest.
    ///
    /// # Errors
    ///
    /// If the tier cannot be read. Files that cannot be removed are skipped.
    fn sweep(&self, is_useless: IsUseless<'_>) -> io::Result<Swept>;

    /// Reads every entry in full, and removes damaged ones.
    ///
    /// # Errors
    ///
    /// If the tier cannot be read, or a damaged entry cannot be removed.
    fn verify(&self) -> io::Result<Verified>;

    /// Returns the place that errors of [`sweep`](Self::sweep) and [`verify`](Self::verify) name.
    fn location(&self) -> &Path;
}

/// A key's lock, held until it is dropped. It belongs to the cache, not to a thread.
pub type KeyLock = Box<dyn fmt::Debug + Send + Sync>;

/// The outcome of an attempt to [lock](SharedTier::lock) a key.
#[derive(Debug)]
pub enum LockAttempt {
    /// The lock, held until it is dropped.
    Locked(KeyLock),
    /// Another process, or another cache of this process, holds the lock.
    Busy,
    /// This tier has no locks here.
    Unavailable,
}

/// Entries that were evicted to make room for one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evicted {
    /// The number of entries.
    pub entries: u64,
    /// The bytes that they took.
    pub bytes: u64,
}

/// The result of a [sweep](SharedTier::sweep).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Entries that were useless or damaged, and are gone.
    pub removed: u64,
    /// Files that belonged to no entry, and are gone.
    pub orphans: u64,
    /// Index files that were cut to the lines that still count.
    pub compacted: u64,
    /// Entries that were removed to make room.
    pub evicted: u64,
    /// Entries that are left.
    pub entries: u64,
    /// The bytes that they take.
    pub bytes: u64,
}

/// The result of a [verification](SharedTier::verify).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Entries that are whole.
    pub entries: u64,
    /// Their bytes, as they were put.
    pub bytes: u64,
    /// Entries that were damaged, and are gone.
    pub removed: u64,
}
