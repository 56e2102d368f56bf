//! A region's settings, before it exists.

use std::time::Duration;

use crate::Error;

/// How a region keeps its entries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Disk,
    Memory,
    Session,
    Null,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) time_to_live: Option<Duration>,
    /// Bytes of encoded rows held in memory; zero for none.
    pub(crate) memory_capacity: u64,
    /// The longest that a caller waits for another's query.
    pub(crate) lock_timeout: Duration,
}

/// What else lies in the cache's directory, with or without an extension; some file systems know no case.
const RESERVED: [&str; 4] = ["flights", "generations", "usage", "writers"];

/// Bytes held in memory by a region that was not told otherwise.
const DEFAULT_MEMORY: u64 = 32 << 20;

/// How long a caller waits for another's query that was not told otherwise.
const DEFAULT_LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// A region to be; made by [`Region::disk`](crate::Region::disk) and its siblings, for
/// [`CacheBuilder::region`](crate::CacheBuilder::region).
#[derive(Clone, Debug)]
#[must_use = "a region exists once it is given to `Cache::builder().region(…)`"]
pub struct RegionBuilder {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) settings: Settings,
}

impl RegionBuilder {
    pub(crate) fn new(name: String, kind: Kind) -> Self {
        Self {
            name,
            kind,
            settings: Settings {
                time_to_live: None,
                memory_capacity: DEFAULT_MEMORY,
                lock_timeout: DEFAULT_LOCK_TIMEOUT,
            },
        }
    }

    /// How long an entry may serve after its rows were stored.
    ///
    /// Kept to the millisecond. It is recorded in the entry when it is stored: a change applies to entries stored from
    /// then on. A [query's own](crate::Cached::time_to_live) takes its place. Defaults to no limit: entries serve until
    /// they are invalidated.
    pub fn time_to_live(mut self, duration: Duration) -> Self {
        self.settings.time_to_live = Some(duration);
        self
    }

    /// The most a memory region holds, in bytes, weighed by its encoded rows and 256 bytes an entry.
    ///
    /// When it is full, entries that were not used lately go. An entry larger than the capacity, or with 1 MiB and more,
    /// than an eighth of it, is not kept. Defaults to 32 MiB. The files of a disk region are not bounded yet.
    pub fn max_capacity(mut self, bytes: u64) -> Self {
        if self.kind == Kind::Memory {
            self.settings.memory_capacity = bytes;
        }
        self
    }

    /// The most of a disk region that this process keeps in memory in front of the files, in bytes, weighed like
    /// [`max_capacity`](Self::max_capacity).
    ///
    /// Zero keeps nothing in memory: every hit reads files. Defaults to 32 MiB.
    pub fn memory_capacity(mut self, bytes: u64) -> Self {
        if self.kind == Kind::Disk {
            self.settings.memory_capacity = bytes;
        }
        self
    }

    /// The longest that a load waits for another that is asking the database for the same rows; then it asks itself.
    ///
    /// Of all the loads that miss one key at one time, in all processes on the directory, one asks; the others wait for
    /// its rows. If it fails, they ask for themselves. Zero never waits. Defaults to 5 seconds.
    pub fn lock_timeout(mut self, duration: Duration) -> Self {
        self.settings.lock_timeout = duration;
        self
    }

    /// A region's name is a directory's name: letters that every file system takes, and no path.
    pub(crate) fn check_name(&self) -> Result<(), Error> {
        let first = self.name.bytes().next();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        if self.name.len() <= 100
            && first.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && self.name.bytes().all(allowed)
            && !self
                .name
                .split('.')
                .next()
                .is_some_and(|stem| RESERVED.iter().any(|taken| taken.eq_ignore_ascii_case(stem)))
        {
            Ok(())
        } else {
            Err(Error::InvalidRegionName {
                name: self.name.clone(),
            })
        }
    }
}
