//! The builder of a region.

use std::time::Duration;

use crate::Error;
use crate::config::RegionConfig;

/// Names that a region must not have, with or without an extension, because the cache's directory contains other files
/// of these names. The comparison ignores case, because some file systems do.
const RESERVED: [&str; 4] = ["flights", "generations", "usage", "writers"];

/// Builds a region; from [`Region::disk`](crate::Region::disk), `Region::redis`, [`memory`](crate::Region::memory),
/// [`session`](crate::Region::session) or [`null`](crate::Region::null), for
/// [`CacheBuilder::region`](crate::CacheBuilder::region).
#[derive(Clone, Debug)]
#[must_use = "a region exists once it is given to `Cache::builder().region(…)`"]
pub struct RegionBuilder {
    pub(crate) name: String,
    pub(crate) settings: RegionConfig,
}

impl RegionBuilder {
    pub(crate) fn new(name: String, settings: RegionConfig) -> Self {
        Self { name, settings }
    }

    /// Sets how long an entry may be served after its rows were stored.
    ///
    /// The precision is a millisecond. The time is recorded in the entry when it is stored, so a change of this setting
    /// applies only to entries that are stored later. A query can have a time to live [of its
    /// own](crate::Cached::time_to_live). Defaults to no limit: entries are served until they are invalidated.
    ///
    /// ```
    /// # use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    /// # use std::time::{Duration, UNIX_EPOCH};
    /// # use diesel_cache::{Cache, Region};
    /// # static NOW: AtomicU64 = AtomicU64::new(1_800_000_000);
    /// # let clock = || UNIX_EPOCH + Duration::from_secs(NOW.load(Relaxed));
    /// # let wait = |seconds| NOW.fetch_add(seconds, Relaxed);
    /// let region = Region::memory("hot").time_to_live(Duration::from_secs(60));
    /// let cache = Cache::builder().clock(clock).region(region).build()?;
    /// let hot = cache.region("hot")?;
    ///
    /// hot.set("rate", &1.07);
    /// wait(59);
    /// assert_eq!(hot.get("rate"), Some(1.07));
    /// wait(1);
    /// assert_eq!(hot.get::<f64>("rate"), None);
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    pub fn time_to_live(mut self, duration: Duration) -> Self {
        self.settings.time_to_live = Some(duration);
        self
    }

    /// Sets how long an entry may be served after it was last used.
    ///
    /// Every hit counts as a use, in any process. To let other processes know, a use is recorded in the shared tier
    /// once an eighth of this time, or a minute if that is less, has passed since the last record. The setting of the
    /// reading process counts. If the region also has a time to live, the entry expires when the first of the two ends.
    /// Defaults to no limit.
    ///
    /// ```
    /// # use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    /// # use std::time::{Duration, UNIX_EPOCH};
    /// # use diesel_cache::{Cache, Region};
    /// # static NOW: AtomicU64 = AtomicU64::new(1_800_000_000);
    /// # let clock = || UNIX_EPOCH + Duration::from_secs(NOW.load(Relaxed));
    /// # let wait = |seconds| NOW.fetch_add(seconds, Relaxed);
    /// let region = Region::memory("hot").time_to_idle(Duration::from_secs(600));
    /// let cache = Cache::builder().clock(clock).region(region).build()?;
    /// let hot = cache.region("hot")?;
    ///
    /// hot.set("rate", &1.07);
    /// wait(500);
    /// assert_eq!(hot.get("rate"), Some(1.07)); // a use: ten more minutes from now
    /// wait(500);
    /// assert_eq!(hot.get("rate"), Some(1.07));
    /// wait(600);
    /// assert_eq!(hot.get::<f64>("rate"), None);
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    pub fn time_to_idle(mut self, duration: Duration) -> Self {
        self.settings.time_to_idle = Some(duration);
        self
    }

    /// Shortens each entry's time to live by a random share of up to `share` of it, so that entries stored together do
    /// not expire together.
    ///
    /// With 0.1, an hour becomes 54 to 60 minutes. Values outside of 0.0 to 1.0 are clamped. Defaults to 0.0.
    ///
    /// ```
    /// # use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    /// # use std::time::{Duration, UNIX_EPOCH};
    /// # use diesel_cache::{Cache, Region};
    /// # static NOW: AtomicU64 = AtomicU64::new(1_800_000_000);
    /// # let clock = || UNIX_EPOCH + Duration::from_secs(NOW.load(Relaxed));
    /// # let wait = |seconds| NOW.fetch_add(seconds, Relaxed);
    /// let region = Region::memory("hot").time_to_live(Duration::from_secs(3600)).jitter(0.1);
    /// let cache = Cache::builder().clock(clock).region(region).build()?;
    /// let hot = cache.region("hot")?;
    ///
    /// hot.set("rate", &1.07);
    /// wait(54 * 60 - 1);
    /// assert_eq!(hot.get("rate"), Some(1.07)); // it ends within the next six minutes
    /// wait(6 * 60 + 1);
    /// assert_eq!(hot.get::<f64>("rate"), None);
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    pub fn jitter(mut self, share: f64) -> Self {
        self.settings.jitter = Some(if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) });
        self
    }

    /// Sets how long after its time to live (or to idle) an entry may still be served while one caller queries the
    /// database for new rows.
    ///
    /// The first caller that finds such an entry queries, and waits for the answer. Until then all other callers, in
    /// all processes that share the entry, receive the stale rows at once. Rows that a write or a hard invalidation has
    /// made invalid are never served. Defaults to zero.
    ///
    /// ```
    /// # use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    /// # use std::time::{Duration, UNIX_EPOCH};
    /// # use diesel_cache::{Cache, Region};
    /// # static NOW: AtomicU64 = AtomicU64::new(1_800_000_000);
    /// # let clock = || UNIX_EPOCH + Duration::from_secs(NOW.load(Relaxed));
    /// # let wait = |seconds| NOW.fetch_add(seconds, Relaxed);
    /// let region = Region::memory("hot")
    ///     .time_to_live(Duration::from_secs(60))
    ///     .stale_while_revalidate(Duration::from_secs(30));
    /// let cache = Cache::builder().clock(clock).region(region).build()?;
    /// let hot = cache.region("hot")?;
    ///
    /// hot.set("rate", &1.07);
    /// wait(61);
    /// let rate = hot.get_or_create("rate", || {
    ///     // One caller creates the new value. Others get the old one at once meanwhile.
    ///     assert_eq!(hot.get("rate"), Some(1.07));
    ///     Ok::<_, diesel_cache::Error>(1.08)
    /// })?;
    /// assert_eq!((rate, hot.get("rate")), (1.08, Some(1.08)));
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    pub fn stale_while_revalidate(mut self, duration: Duration) -> Self {
        self.settings.stale_while_revalidate = Some(duration);
        self
    }

    /// Sets how long after its time to live (or to idle) an entry may still be served if the database answers with an
    /// error.
    ///
    /// Such a load is reported as a stale [`Hit`](crate::Event::Hit). Rows that a write or a hard invalidation has made
    /// invalid are never served. Defaults to zero: the load returns the error.
    ///
    /// ```
    /// # use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    /// # use std::time::{Duration, UNIX_EPOCH};
    /// # use diesel_cache::{Cache, Region};
    /// # static NOW: AtomicU64 = AtomicU64::new(1_800_000_000);
    /// # let clock = || UNIX_EPOCH + Duration::from_secs(NOW.load(Relaxed));
    /// # let wait = |seconds| NOW.fetch_add(seconds, Relaxed);
    /// let region = Region::memory("hot")
    ///     .time_to_live(Duration::from_secs(60))
    ///     .stale_if_error(Duration::from_secs(3600));
    /// let cache = Cache::builder().clock(clock).region(region).build()?;
    /// let hot = cache.region("hot")?;
    /// let fail = || Err::<f64, Box<dyn std::error::Error>>("no connection".into());
    ///
    /// hot.set("rate", &1.07);
    /// wait(61);
    /// assert_eq!(hot.get_or_create("rate", fail)?, 1.07);
    /// assert_eq!(hot.stats().stale_hits(), 1);
    /// wait(3600);
    /// assert!(hot.get_or_create("rate", fail).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stale_if_error(mut self, duration: Duration) -> Self {
        self.settings.stale_if_error = Some(duration);
        self
    }

    /// Sets how much a region may hold, in bytes.
    ///
    /// - **Memory regions** count the encoded rows, and 512 bytes for each entry. Defaults to 32 MiB.
    /// - **Disk regions** count the files of all processes, each rounded up to blocks of 4 KiB. Defaults to no bound.
    ///   The memory in front has a [bound of its own](Self::memory_capacity).
    /// - **Redis regions** do not have this setting: set the server's `maxmemory`.
    ///
    /// When a region is full, it evicts entries that were not used lately. An entry that is larger than the bound is
    /// not kept; in memory, if the bound is 1 MiB or more, one that is larger than an eighth of it.
    ///
    /// ```
    /// use diesel_cache::{Cache, Region};
    ///
    /// let cache = Cache::builder().region(Region::memory("hot").max_capacity(64 << 10)).build()?;
    /// let hot = cache.region("hot")?;
    /// for id in 0..1000 {
    ///     hot.set(format!("person {id}"), &"Ada".to_owned());
    /// }
    /// let stats = hot.stats();
    /// assert!(stats.bytes() <= 64 << 10);
    /// assert!(stats.evictions() > 0);
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    pub fn max_capacity(mut self, bytes: u64) -> Self {
        self.settings.max_capacity = Some(bytes);
        self
    }

    /// Sets how large the encoded rows of one entry may be, in bytes. Larger results are returned and not stored.
    ///
    /// Defaults to no bound except that of the region.
    ///
    /// ```
    /// use diesel_cache::{Cache, RefusalReason, Region};
    ///
    /// let cache = Cache::builder().region(Region::memory("hot").max_entry_size(1 << 20)).build()?;
    /// let hot = cache.region("hot")?;
    /// let page = "x".repeat(2 << 20);
    /// let created = hot.get_or_create("page", || Ok::<_, diesel_cache::Error>(page.clone()))?;
    /// assert_eq!(created, page);
    /// assert_eq!(hot.get::<String>("page"), None);
    /// assert_eq!(hot.stats().refusals_by(RefusalReason::TooLarge), 1);
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    pub fn max_entry_size(mut self, bytes: u64) -> Self {
        self.settings.max_entry_size = Some(bytes);
        self
    }

    /// Sets how much of a disk or Redis region this process keeps in memory in front of it, in bytes. Counts the
    /// encoded rows, and 512 bytes for each entry.
    ///
    /// Loads that miss a key do not wait for the entry's file (or for Redis), which is written [a moment
    /// later](crate::Cache::flush). With zero, nothing is kept in memory: every hit reads the file, and a load returns
    /// only when its entry is written. Defaults to 32 MiB.
    ///
    /// ```
    /// use diesel_cache::{Cache, Region, Tier};
    /// # let directory = tempfile::tempdir()?;
    ///
    /// let cache = Cache::builder()
    ///     .directory(directory.path())
    ///     .region(Region::disk("reports").memory_capacity(0))
    ///     .build()?;
    /// let reports = cache.region("reports")?;
    /// reports.set("2026-11", &1815);
    /// assert_eq!(reports.get("2026-11"), Some(1815));
    /// assert_eq!(reports.stats().hits_in(Tier::Disk), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn memory_capacity(mut self, bytes: u64) -> Self {
        self.settings.memory_capacity = Some(bytes);
        self
    }

    /// Sets how long a load waits for another load that is querying the database for the same rows. After that it
    /// queries for itself.
    ///
    /// Of all loads that miss a key at the same time, in all processes that share the region's entries, one queries.
    /// The others wait for its rows. If its query fails, they query for themselves. With zero, no load waits. Defaults
    /// to 5 seconds.
    ///
    /// ```
    /// use diesel_cache::{Cache, Error, Region};
    /// use std::time::Duration;
    ///
    /// let cache = Cache::builder().region(Region::memory("hot").lock_timeout(Duration::ZERO)).build()?;
    /// let hot = cache.region("hot")?;
    /// hot.get_or_create("rate", || {
    ///     // Another thread that misses the key at this moment creates a value of its own. With the default it would
    ///     // wait for this one.
    ///     let theirs = std::thread::scope(|scope| {
    ///         scope.spawn(|| hot.get_or_create("rate", || Ok::<_, Error>(1.08))).join()
    ///     });
    ///     assert_eq!(theirs.unwrap()?, 1.08);
    ///     Ok::<_, Error>(1.07)
    /// })?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn lock_timeout(mut self, duration: Duration) -> Self {
        self.settings.lock_timeout = Some(duration);
        self
    }

    /// Checks that the name can be the name of a directory: characters that every file system accepts, and no path.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Region, RegionKind};

    #[test]
    fn settings_reach_the_region() {
        let minute = Duration::from_secs(60);
        let mut config = RegionConfig::new(RegionKind::Disk);
        config.time_to_live = Some(minute);
        config.time_to_idle = Some(2 * minute);
        config.jitter = Some(0.25);
        config.stale_while_revalidate = Some(3 * minute);
        config.stale_if_error = Some(4 * minute);
        config.max_capacity = Some(5);
        config.memory_capacity = Some(6);
        config.max_entry_size = Some(7);
        config.lock_timeout = Some(8 * minute);
        let by_hand = Region::disk("x")
            .time_to_live(minute)
            .time_to_idle(2 * minute)
            .jitter(0.25)
            .stale_while_revalidate(3 * minute)
            .stale_if_error(4 * minute)
            .max_capacity(5)
            .memory_capacity(6)
            .max_entry_size(7)
            .lock_timeout(8 * minute);
        assert_eq!(
            format!("{:?}", RegionBuilder::new("x".into(), config)),
            format!("{by_hand:?}")
        );
        for (kind, by_hand) in [
            (RegionKind::Disk, Region::disk("x")),
            (RegionKind::Memory, Region::memory("x")),
            (RegionKind::Session, Region::session("x")),
            (RegionKind::Null, Region::null("x")),
        ] {
            let configured = RegionBuilder::new("x".into(), RegionConfig::new(kind));
            assert_eq!(format!("{configured:?}"), format!("{by_hand:?}"));
        }
    }
}
