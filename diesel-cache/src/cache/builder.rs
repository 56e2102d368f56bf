//! From settings to a cache.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "redis")]
use super::cluster::{self, RedisCluster};
use super::handle::{Cache, Shared};
#[cfg(not(feature = "redis"))]
use super::no_cluster as cluster;
use crate::catalog::{Facts, SideEffects};
use crate::clock::{Clock, Time};
#[cfg(feature = "redis")]
use crate::config::RedisUrl;
use crate::context::Context;
use crate::engine::{RegionCore, WriterHandle};
use crate::event::Event;
use crate::footprint::{Catalogs, RowSettings};
use crate::generation::{Generations, Options};
#[cfg(feature = "redis")]
use crate::redis_server::Timeouts;
use crate::region::{Identity, RegionBuilder};
use crate::telemetry::Listeners;
use crate::tier::{self, DiskTier, SharedTier, create_private_dir};
#[cfg(feature = "redis")]
use crate::tier::{RedisOptions, RedisTier};
use crate::{CacheConfig, ClusterConfig, Error, RegionKind};

/// Of how many statements each region keeps statistics, by default.
const DEFAULT_STATEMENTS: usize = 1_000;

/// Builds a [`Cache`]; created by [`Cache::builder`].
#[must_use = "a cache exists once `build` has been called"]
pub struct CacheBuilder {
    directory: Option<PathBuf>,
    cluster: Option<ClusterConfig>,
    regions: Vec<RegionBuilder>,
    clock: Time,
    listeners: Listeners,
    /// The grace, and the clock that measures it.
    pub(crate) generations: Options,
    pub(super) facts: Facts,
    pub(super) side_effects: SideEffects,
    pub(super) rows: RowSettings,
    max_statements: usize,
    /// An error of a configuration, which `build` returns.
    error: Option<Error>,
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
            generations: Options::default(),
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
    /// It is created if it is missing, and only its owner can read it. It must be on a local file system; see
    /// [Platforms](crate::guide::platforms). A cache without a directory can have memory, session and null regions, and
    /// its invalidations do not reach other processes.
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

    /// Takes settings from a [`CacheConfig`]. Its directory, cluster, grace, `row_precision` and `max_statements` replace earlier
    /// ones; its regions and declarations are added.
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
    /// It should return quickly, and must not load through the same cache. The cache's writer thread emits the events
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
    /// are never in doubt. Defaults to 60 seconds.
    pub fn doubt_grace(mut self, duration: Duration) -> Self {
        self.generations.doubt_grace = duration;
        self
    }

    /// Sets of how many statements each region keeps [statistics](Cache::statements).
    ///
    /// When there are more, those that were called least of late leave, and are counted together from then on. A
    /// statement takes about a kilobyte, and its text. `0` keeps no statistics by statement. Defaults to 1,000; the
    /// largest number is 1,048,576.
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

    /// Builds the cache, and creates its directory.
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidRegionName`] for a region whose name cannot be a directory's, and [`Error::DuplicateRegion`]
    ///   for two regions with one name;
    /// - [`Error::NoDirectory`] for a disk region without a [`directory`](Self::directory), and for a Redis region with
    ///   neither a directory nor a cluster;
    /// - [`Error::Directory`] if the directory, or a region's subdirectory, cannot be created or used;
    /// - [`Error::Config`] for an invalid setting of a [`config`](Self::config) or a cluster, and for a malformed URL of a Redis
    ///   region or a cluster;
    /// - [`Error::Server`] if the threads of a cluster's member cannot be started.
    pub fn build(mut self) -> Result<Cache, Error> {
        if let Some(error) = self.error {
            return Err(error);
        }
        for region in &self.regions {
            region.check_name()?;
            let is_homeless = match region.settings.kind {
                RegionKind::Disk => self.directory.is_none(),
                RegionKind::Redis => self.directory.is_none() && self.cluster.is_none(),
                _ => false,
            };
            if is_homeless {
                return Err(Error::NoDirectory {
                    region: region.name.clone(),
                });
            }
        }
        // The path is absolute, so that a change of the working directory does not move the files.
        self.directory = self.directory.map(|path| std::path::absolute(&path).unwrap_or(path));
        let (options, doubt_grace) = (self.generations.clone(), self.generations.doubt_grace);
        let listeners = Arc::new(self.listeners);
        let unusable = |source| Error::Directory {
            path: self.directory.clone().unwrap_or_default(),
            source,
        };
        if let Some(directory) = &self.directory {
            create_private_dir(directory).map_err(unusable)?;
        }
        let generations = match (&self.cluster, &self.directory) {
            (Some(cluster), _) => cluster::join(cluster, &listeners, options)?,
            (None, Some(directory)) => Generations::open(directory, options).map_err(unusable)?,
            (None, None) => Generations::in_process(options),
        };
        let context = Arc::new(Context {
            generations,
            clock: self.clock,
            listeners,
            catalogs: Catalogs::new(self.facts, self.side_effects, self.rows),
            max_statements: self.max_statements,
        });
        let writer = WriterHandle::new();
        let mut regions = BTreeMap::new();
        for region in self.regions {
            let shared = shared_tier(&region, self.directory.as_deref(), self.cluster.as_ref(), &context)?;
            let RegionBuilder { name, settings } = region;
            match regions.entry(name.clone()) {
                Slot::Occupied(_) => return Err(Error::DuplicateRegion { name }),
                Slot::Vacant(slot) => {
                    slot.insert(Arc::new(RegionCore::new(&context, name, settings, shared, &writer)));
                }
            }
        }
        let shared = Shared {
            id: Identity::next_cache(),
            writer: Arc::new(writer),
            context,
            cores: regions,
            directory: self.directory.map(PathBuf::into_boxed_path),
            doubt_grace,
        };
        Ok(Cache::new(Arc::new(shared), ""))
    }
}

/// Opens the tier that the region shares with other processes, if its kind has one.
fn shared_tier(
    region: &RegionBuilder,
    directory: Option<&Path>,
    cluster: Option<&ClusterConfig>,
    context: &Context,
) -> Result<Option<Box<dyn SharedTier>>, Error> {
    let shared: Box<dyn SharedTier> = match (region.settings.kind, directory) {
        (RegionKind::Disk, Some(directory)) => {
            let opened = DiskTier::open(directory, &region.name, region.settings.disk_bound());
            Box::new(opened.map_err(|(path, source)| Error::Directory { path, source })?)
        }
        (RegionKind::Redis, _) => redis_tier(region, cluster, context)?,
        _ => return Ok(None),
    };
    Ok(Some(tier::wrapped(shared)))
}

#[cfg(feature = "redis")]
fn redis_tier(
    region: &RegionBuilder,
    cluster: Option<&ClusterConfig>,
    context: &Context,
) -> Result<Box<dyn SharedTier>, Error> {
    const DEFAULT_URL: &str = "redis://127.0.0.1:6379";

    let settings = &region.settings;
    let (reply, connect) = settings.redis_timeouts();
    let options = RedisOptions {
        url: settings
            .redis_url
            .as_ref()
            .or(cluster.map(|cluster| &cluster.url))
            .map_or(DEFAULT_URL, RedisUrl::as_str),
        region: &region.name,
        timeouts: Timeouts { connect, reply },
        lease: settings.longest_wait(),
        stale: settings.longest_stale(),
    };
    let generations = context.generations.clone();
    match RedisTier::open(&options, Arc::new(move || generations.read().epoch())) {
        Ok(tier) => Ok(Box::new(tier)),
        Err(reason) => Err(Error::Config {
            path: format!("regions.{}.redis_url", region.name),
            reason,
        }),
    }
}

#[cfg(not(feature = "redis"))]
fn redis_tier(region: &RegionBuilder, _: Option<&ClusterConfig>, _: &Context) -> Result<Box<dyn SharedTier>, Error> {
    Err(Error::Config {
        path: format!("regions.{}.kind", region.name),
        reason: "a redis region needs the feature `redis` of diesel-cache".to_owned(),
    })
}

impl fmt::Debug for CacheBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheBuilder")
            .field("directory", &self.directory)
            .field("regions", &self.regions)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::Region;

    #[test]
    fn a_relative_directory_stays_where_it_was() {
        // The working directory is everybody's: this changes it in a process of its own.
        const IN_CHILD: &str = "RELATIVE_DIRECTORY_CHILD";
        if std::env::var_os(IN_CHILD).is_none() {
            let child = Command::new(std::env::current_exe().unwrap())
                .args(["a_relative_directory_stays_where_it_was", "--test-threads=1"])
                .env(IN_CHILD, "1")
                .output()
                .unwrap();
            assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
            return;
        }
        let root = tempfile::TempDir::new().unwrap();
        let [one, two] = ["one", "two"].map(|name| root.path().join(name));
        std::fs::create_dir(&one)
            .and_then(|()| std::fs::create_dir(&two))
            .unwrap();
        std::env::set_current_dir(&one).unwrap();
        let cache = Cache::builder()
            .directory("cache")
            .region(Region::disk("files"))
            .build()
            .unwrap();
        std::env::set_current_dir(&two).unwrap();
        cache.region("files").unwrap().set("key", &1_i32);
        assert!(!two.join("cache").exists());
        assert!(one.join("cache/files/index-v5").exists());
    }
}
