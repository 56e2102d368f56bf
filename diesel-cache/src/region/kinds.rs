//! The kinds of regions. Each has a function that returns a builder.

use super::builder::RegionBuilder;
use super::handle::Region;
use crate::config::{RegionConfig, RegionKind};

impl Region {
    /// Builds a region whose entries are in files, with memory in front. All processes that use the same
    /// [directory](crate::CacheBuilder::directory) share the entries.
    pub fn disk(name: impl Into<String>) -> RegionBuilder {
        RegionBuilder::new(name.into(), RegionConfig::new(RegionKind::Disk))
    }

    /// Builds a region whose entries are in Redis or Valkey, with memory in front.
    ///
    /// All processes that use the same [directory](crate::CacheBuilder::directory) or [cluster](crate::guide::machines)
    /// share the entries. One of the two is required, because its generations decide which entries are valid. **Without
    /// a cluster, machines do not share entries**, even if they use one Redis: caches with different directories do not
    /// see each other's entries. If the server is down, slow, full or read-only, loads miss, and [events](crate::Event)
    /// report it. A load never returns an error because of that, and never waits beyond the
    /// [timeouts](RegionBuilder::redis_timeout). [Redis](crate::guide::redis) has the details. Needs the feature
    /// `redis`.
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

    /// Builds a region whose entries are in this process's memory, and end with the process.
    pub fn memory(name: impl Into<String>) -> RegionBuilder {
        RegionBuilder::new(name.into(), RegionConfig::new(RegionKind::Memory))
    }

    /// Builds a region whose entries live as long as one [session](crate::Cache::session) of one connection.
    ///
    /// Outside of a session such a region keeps nothing, and loads query the database.
    pub fn session(name: impl Into<String>) -> RegionBuilder {
        RegionBuilder::new(name.into(), RegionConfig::new(RegionKind::Session))
    }

    /// Builds a region that keeps nothing: every load queries the database.
    ///
    /// Use it in place of another kind to switch a region off.
    pub fn null(name: impl Into<String>) -> RegionBuilder {
        RegionBuilder::new(name.into(), RegionConfig::new(RegionKind::Null))
    }
}
