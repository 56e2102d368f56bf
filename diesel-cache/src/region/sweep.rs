//! Sweeping and verifying a region.

use std::fmt;
use std::io;

use super::handle::Region;
use crate::Error;
use crate::event::Tier;
use crate::tier::SharedTier;

/// The result of a [sweep](Region::sweep). Prints as one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sweep {
    /// Entries that were removed because they were expired, invalidated or damaged.
    pub removed: u64,
    /// Entries that were removed to make room.
    pub evicted: u64,
    /// Files that were removed because they belonged to no entry, such as those of writers that were killed.
    pub orphans: u64,
    /// Index files that were cut to the lines that still count.
    pub compacted: u64,
    /// Entries that are left: in files for a disk region, in Redis for a Redis region, in memory for a memory region.
    pub entries: u64,
    /// The bytes of these entries: in files, in whole blocks; in memory, as weighed there.
    pub bytes: u64,
}

impl fmt::Display for Sweep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            removed,
            evicted,
            orphans,
            compacted,
            entries,
            bytes,
        } = self;
        write!(
            f,
            "removed {removed} entries and {orphans} orphans, evicted {evicted}, compacted {compacted}; \
             {entries} entries left, {bytes} bytes"
        )
    }
}

/// The result of a [verification](Region::verify). Prints as one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verification {
    /// Entries that are whole.
    pub entries: u64,
    /// The bytes of these entries, without the overhead of files.
    pub bytes: u64,
    /// Entries that were damaged, and have been removed.
    pub removed: u64,
}

impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            entries,
            bytes,
            removed,
        } = self;
        write!(
            f,
            "{entries} entries are whole, {bytes} bytes; {removed} damaged ones removed"
        )
    }
}

impl Region {
    /// Removes entries that can never be served again, and files that belong to no entry, in all namespaces. Such
    /// entries have expired (and are past every stale window) or were invalidated. Keeps the region under its bound,
    /// and recounts its entries.
    ///
    /// A sweep is seldom needed, because every store into files does a small part of it. It may run while any number of
    /// processes read and write, and may be killed at any moment. Only files older than ten minutes count as abandoned.
    /// It reads the header of every entry, which may take seconds for 100,000 entries. For a Redis region it also scans
    /// all keys of the server, including those of other programs.
    ///
    /// ```
    /// use diesel_cache::{Cache, Region};
    ///
    /// let cache = Cache::builder().region(Region::memory("hot")).build()?;
    /// let sweep = cache.region("hot")?.sweep()?;
    /// assert_eq!((sweep.removed, sweep.entries), (0, 0));
    /// println!("{sweep}");
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Directory`] if the region's directory cannot be read, and [`Error::Server`] if its server cannot be
    /// used. Single files that cannot be removed are skipped.
    pub fn sweep(&self) -> Result<Sweep, Error> {
        let core = &self.scope.core;
        let in_memory = core.sweep_memory();
        let Some(backing) = &core.backing else {
            return Ok(Sweep {
                removed: in_memory.removed,
                entries: in_memory.entries,
                bytes: in_memory.bytes,
                ..Sweep::default()
            });
        };
        let swept = backing.sweep().map_err(|source| failed(backing.tier(), source))?;
        Ok(Sweep {
            removed: swept.removed,
            evicted: swept.evicted,
            orphans: swept.orphans,
            compacted: swept.compacted,
            entries: swept.entries,
            bytes: swept.bytes,
        })
    }

    /// Reads every entry of the region from files or from Redis, and removes damaged ones, in all namespaces.
    ///
    /// Correctness does not require it, because a damaged entry is never returned. Entries in memory need no
    /// verification, so the result for a region that has no others is zero.
    ///
    /// # Errors
    ///
    /// [`Error::Directory`] if the region's directory cannot be read, and [`Error::Server`] if its server cannot be
    /// used.
    pub fn verify(&self) -> Result<Verification, Error> {
        let Some(backing) = &self.scope.core.backing else {
            return Ok(Verification::default());
        };
        let found = backing.verify().map_err(|source| failed(backing.tier(), source))?;
        Ok(Verification {
            entries: found.entries,
            bytes: found.bytes,
            removed: found.removed,
        })
    }
}

fn failed(tier: &dyn SharedTier, source: io::Error) -> Error {
    let location = tier.location();
    match tier.tier() {
        Tier::Redis => Error::Server {
            address: location.display().to_string(),
            source,
        },
        _ => Error::Directory {
            path: location.to_owned(),
            source,
        },
    }
}
