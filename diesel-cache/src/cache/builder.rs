//! The settings of a cache.

use std::fmt;
use std::path::{Path, PathBuf};
#[cfg(any(test, feature = "fault-injection"))]
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "redis")]
use super::cluster::RedisCluster;
use super::handle::Cache;
use crate::catalog::{Facts, SideEffects};
use crate::clock::{Clock, Time};
use crate::event::Event;
use crate::footprint::RowSettings;
use crate::generation::GenerationOptions;
use crate::region::RegionBuilder;
use crate::telemetry::Listeners;
use crate::{CacheConfig, ClusterConfig, Error};

/// The default number of statements of which each region keeps statistics.
const DEFAULT_STATEMENTS: usize = 1_000;

/// Builds a [`Cache`]; created by [`Cache::builder`].
#[must_use = "a cache exists once `build` has been called"]
pub struct CacheBuilder {
    pub(super) directory: Option<PathBuf>,
    pub(super) cluster: Option<ClusterConfig>,
    pub(super) regions: Vec<RegionBuilder>,
    pub(super) clock: Time,
    pub(super) listeners: Listeners,
    /// The grace, and the clock that measures it.
    pub(crate) generations: GenerationOptions,
    pub(super) facts: Facts,
    pub(super) side_effects: SideEffects,
    pub(super) rows: RowSettings,
    pub(super) max_statements: usize,
    /// An error of a configuration, which `build` returns.
    pub(super) error: Option<Error>,
}

impl Cache {
    /// Returns a builder without regions and without a directory.
    pub fn builder() -> CacheBuilder {
        CacheBuilder::default()
    }

    /// Builds a cache from settings; see [`CacheBuilder::config`].
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use diesel_cache::Cache;
    ///
    /// let cache = Cache::from_config(toml::from_str("regions.hot = { kind = 'memory', time_to_live = '10m' }")?)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`CacheBuilder::build`].
    pub fn from_config(config: CacheConfig) -> Result<Self, Error> {
        Self::builder().config(config).build()
    }
}

impl Default for CacheBuilder {
    fn default() -> Self {
        Self {
            directory: None,
            cluster: None,
            regions: Vec::new(),
            clock: Time::System,
            listeners: Listeners::default(),
            generations: GenerationOptions::default(),
            facts: Facts::default(),
            side_effects: SideEffects::default(),
            rows: RowSettings::default(),
            max_statements: DEFAULT_STATEMENTS,
            error: None,
        }
    }
}

impl CacheBuilder {
    /// Sets the directory that processes share: for the files of disk regions, and for invalidations.
    ///
    /// The directory is created if it is missing, and only its owner can read it. It must be on a local file system;
    /// see [Platforms](crate::guide::platforms). A cache without a directory cannot have disk regions. Unless it is a
    /// member of a [cluster](crate::guide::machines), it cannot have Redis regions either, and its invalidations do not
    /// reach other processes.
    pub fn directory(mut self, path: impl AsRef<Path>) -> Self {
        self.directory = Some(path.as_ref().to_owned());
        self
    }

    /// Makes the cache a member of a cluster: all processes with the same server and name share their invalidations, on
    /// any number of machines. [Several machines](crate::guide::machines) has the details.
    ///
    /// ```
    /// use diesel_cache::{Cache, RedisCluster, Region};
    ///
    /// # let url = std::env::var("REDIS_URL").unwrap_or_else(|_| "redis://127.0.0.1:6379".to_owned());
    /// let cache = Cache::builder()
    ///     .cluster(RedisCluster::new(url).name("doc/builder"))
    ///     .region(Region::memory("hot"))
    ///     .region(Region::redis("default"))
    ///     .build()?;
    /// assert!(cache.cluster().is_some());
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    #[cfg(feature = "redis")]
    pub fn cluster(mut self, cluster: RedisCluster) -> Self {
        self.cluster = Some(cluster.config);
        self
    }

    /// Adds a region.
    pub fn region(mut self, region: RegionBuilder) -> Self {
        self.regions.push(region);
        self
    }

    /// Takes settings from a [`CacheConfig`]. Its directory, cluster, grace, `row_precision` and `max_statements`
    /// replace earlier ones; its regions and declarations are added.
    ///
    /// ```
    /// use diesel_cache::{Cache, CacheConfig, RegionConfig, RegionKind};
    ///
    /// let mut config = CacheConfig::default();
    /// config.regions.insert("hot".into(), RegionConfig::new(RegionKind::Memory));
    /// let cache = Cache::builder().config(config).listener(|event| println!("{event:?}")).build()?;
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    ///
    /// If the settings are invalid, [`build`](Self::build) returns the error.
    pub fn config(mut self, config: CacheConfig) -> Self {
        if let Err(error) = config.check() {
            self.error.get_or_insert(error);
            return self;
        }
        self.directory = config.directory.or(self.directory);
        self.cluster = config.cluster.or(self.cluster);
        self.generations.doubt_grace = config.doubt_grace.unwrap_or(self.generations.doubt_grace);
        self.max_statements = config.max_statements.unwrap_or(self.max_statements);
        let regions = config.regions.into_iter();
        self.regions
            .extend(regions.map(|(name, region)| RegionBuilder::new(name, region)));
        for (table, changed) in config.cascades {
            self = self.cascades(table, changed);
        }
        for (view, tables) in config.views {
            self = self.view(view, tables);
        }
        for (function, tables) in config.function_writes {
            self = self.function_writes(function, tables);
        }
        for function in config.function_changes_session {
            self = self.function_changes_session(function);
        }
        if let Some(on) = config.row_precision {
            self = self.row_precision(on);
        }
        for table in config.whole_tables {
            self = self.whole_table(table);
        }
        for (table, columns) in config.volatile {
            self = self.volatile(&table, columns);
        }
        for (table, sets) in config.rows_by {
            for columns in sets {
                self = self.rows_by(&table, columns);
            }
        }
        self
    }

    /// Sets the clock that measures the age of entries.
    ///
    /// Defaults to [`SystemTime::now`](std::time::SystemTime::now). A hit reads the system's coarse clock instead if a
    /// few milliseconds make no difference.
    ///
    /// ```
    /// use diesel_cache::Cache;
    /// use std::time::{Duration, UNIX_EPOCH};
    ///
    /// let cache = Cache::builder().clock(|| UNIX_EPOCH + Duration::from_secs(1_000_000)).build()?;
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Time::Injected(Box::new(clock));
        self
    }

    /// Sets the clock that measures how long ago something was written, for replicas. Only for the project's own tests.
    #[cfg(any(test, feature = "fault-injection"))]
    #[doc(hidden)]
    pub fn monotonic_clock(mut self, now: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        self.generations.monotonic = crate::generation::Monotonic::Injected(Arc::new(now));
        self
    }

    /// Adds a listener, which is called for every [`Event`], on the thread where it happens.
    ///
    /// It should return quickly, and must neither load nor write through the same cache. The cache's writer thread emits the events
    /// of files that are written in the background ([`WriteFailed`](Event::WriteFailed), [`Evicted`](Event::Evicted)).
    /// [`flush`](Cache::flush) and dropping the last handle wait for that thread, so a listener must not acquire a lock
    /// that is held while either runs. Defaults to none.
    ///
    /// ```
    /// use diesel_cache::{Cache, Event};
    ///
    /// let cache = Cache::builder()
    ///     .listener(|event| {
    ///         if let Event::WriteFailed { region, error, .. } = event {
    ///             eprintln!("cache region {region}: {error}");
    ///         }
    ///     })
    ///     .build()?;
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    pub fn listener(mut self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.listeners.add(Box::new(listener));
        self
    }

    /// Sets how long a write stays in doubt if its connection is lost before the database has answered.
    ///
    /// A server may go on with such a statement and commit it later. For this time, loads of the statement's tables
    /// query the database and store nothing. The time should be longer than the longest statement. The doubt ends
    /// sooner if the writer's connection was [identified](Cache::identify). SQLite runs in the process, so its writes
    /// are not in doubt, except in a cluster: a member that the others no longer see may still be running. Defaults to
    /// 60 seconds.
    pub fn doubt_grace(mut self, duration: Duration) -> Self {
        self.generations.doubt_grace = duration;
        self
    }

    /// Sets of how many statements each region keeps [statistics](Cache::statements).
    ///
    /// When there are more, those that were called least of late are removed, and their counts are kept as one sum. A
    /// statement takes about a kilobyte, in addition to its text. `0` keeps no statistics by statement. Defaults to
    /// 1,000; the largest number is 1,048,576.
    ///
    /// ```
    /// use diesel_cache::{Cache, Region};
    ///
    /// let cache = Cache::builder().region(Region::memory("hot")).max_statements(200).build()?;
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    pub fn max_statements(mut self, statements: usize) -> Self {
        self.max_statements = statements;
        self
    }
}

impl fmt::Debug for CacheBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheBuilder")
            .field("directory", &self.directory)
            .field("regions", &self.regions)
            .finish_non_exhaustive()
    }
}
