//! A region's settings, before it exists.

use std::time::Duration;

use super::{Kind, RegionName, Settings};
use crate::Error;

/// What else lies in the cache's directory, with or without an extension; some file systems know no case.
const RESERVED: [&str; 4] = ["flights", "generations", "usage", "writers"];

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
            settings: Settings::default(),
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

    /// How long an entry may serve after it was last used.
    ///
    /// Every hit counts as a use, in any process; a hit in memory is written down, for others to see, when an eighth of this time
    /// has passed since the last note. It is judged by the reader's setting, and works beside a time to live: whichever ends
    /// first. Defaults to no limit.
    pub fn time_to_idle(mut self, duration: Duration) -> Self {
        self.settings.time_to_idle = Some(duration);
        self
    }

    /// Shortens each entry's time to live by a random share of up to `share` of it, so that entries stored together do not
    /// expire together.
    ///
    /// With 0.1, an hour becomes 54 to 60 minutes. Values outside 0.0 to 1.0 are brought to the nearer end. Defaults to 0.0.
    pub fn jitter(mut self, share: f64) -> Self {
        self.settings.jitter = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        self
    }

    /// How long past its time to live (or to idle) an entry may still serve while one caller asks the database for new rows.
    ///
    /// The first caller to find such an entry asks, and waits for its answer; until it has one, all others, in all processes, get the
    /// stale rows at once. Rows that a write, or a hard invalidation, made invalid are never served. Defaults to zero.
    pub fn stale_while_revalidate(mut self, duration: Duration) -> Self {
        self.settings.stale_while_revalidate = duration;
        self
    }

    /// How long past its time to live (or to idle) an entry may still serve if the database answers with an error.
    ///
    /// Told as a stale [`Hit`](crate::Event::Hit). Rows that a write, or a hard invalidation, made invalid are never served. Defaults to
    /// zero: the error is returned.
    pub fn stale_if_error(mut self, duration: Duration) -> Self {
        self.settings.stale_if_error = duration;
        self
    }

    /// The most that a region holds, in bytes.
    ///
    /// A memory region is weighed by its encoded rows and 512 bytes an entry, and defaults to 32 MiB. A disk region is weighed by its
    /// files, of all processes together, each rounded up to whole blocks of 4 KiB, and defaults to no bound; what it keeps in memory
    /// has a [bound of its own](Self::memory_capacity). When a region is full, entries go that were not used lately. An entry larger
    /// than the bound (in memory, from 1 MiB on, than an eighth of it) is not kept.
    pub fn max_capacity(mut self, bytes: u64) -> Self {
        match self.kind {
            Kind::Disk => self.settings.disk_capacity = Some(bytes),
            _ => self.settings.memory_capacity = bytes,
        }
        self
    }

    /// The most that the encoded rows of one entry may take, in bytes; larger results are returned and not stored.
    ///
    /// Defaults to no bound but the region's.
    pub fn max_entry_size(mut self, bytes: u64) -> Self {
        self.settings.max_entry_size = bytes;
        self
    }

    /// The most of a disk region that this process keeps in memory in front of the files, in bytes of encoded rows and 512 bytes an
    /// entry.
    ///
    /// Loads that miss a key do not wait for its file, which is written [a moment later](crate::Cache::flush). Zero keeps nothing in memory: every
    /// hit reads files, and what a load stores is in its file when the load returns. Defaults to 32 MiB.
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
            RegionName::keep(&self.name);
            Ok(())
        } else {
            Err(Error::InvalidRegionName {
                name: self.name.clone(),
            })
        }
    }
}
