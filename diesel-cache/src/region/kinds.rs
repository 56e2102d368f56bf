//! The kinds of regions, each with a function that begins one.

use super::builder::RegionBuilder;
use super::handle::Region;
use crate::config::{RegionConfig, RegionKind};

impl Region {
    /// Begins a region whose entries lie in files, shared by every process that uses the same directory, with
    /// memory in front.
    pub fn disk(name: impl Into<String>) -> RegionBuilder {
        RegionBuilder::new(name.into(), RegionConfig::new(RegionKind::Disk))
    }

    /// Begins a region whose entries lie in Redis or Valkey, with memory in front.
    ///
    /// The entries are shared by the processes that use the same [directory](crate::CacheBuilder::directory), which is
    /// required: its generations say which entries are valid. **They are not shared between machines**, not even through
    /// one server: caches with other directories do not see each other's entries. A server that is down, slow, full or
    /// read-only means misses and [events](crate::Event), never an error or a wait beyond the
    /// [timeouts](RegionBuilder::redis_timeout). [Redis](crate::guide::redis) has the details. Needs the feature `redis`.
    ///
    /// ```no_run
    /// use diesel_cache::{Cache, Region};
    ///
    /// let cache = Cache::builder()
    ///     .directory("data/cache")
    ///     .region(Region::redis("default").redis_url("redis://cache.internal:6379/0"))
    ///     .build()?;
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    #[cfg(feature = "redis")]
    pub fn redis(name: impl Into<String>) -> RegionBuilder {
        RegionBuilder::new(name.into(), RegionConfig::new(RegionKind::Redis))
    }

    /// Begins a region whose entries live in this process's memory, and are gone with it.
    pub fn memory(name: impl Into<String>) -> RegionBuilder {
        RegionBuilder::new(name.into(), RegionConfig::new(RegionKind::Memory))
    }

    /// Begins a region whose entries live as long as one [session](crate::Cache::session) of one connection.
    ///
    /// Outside a session such a region keeps nothing, and loads go to the database.
    pub fn session(name: impl Into<String>) -> RegionBuilder {
        RegionBuilder::new(name.into(), RegionConfig::new(RegionKind::Session))
    }

    /// Begins a region that keeps nothing: every load goes to the database.
    ///
    /// It takes the place of another kind where caching is to be switched off.
    pub fn null(name: impl Into<String>) -> RegionBuilder {
        RegionBuilder::new(name.into(), RegionConfig::new(RegionKind::Null))
    }
}
