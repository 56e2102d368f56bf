//! From settings to a cache.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::builder::CacheBuilder;
#[cfg(feature = "redis")]
use super::cluster;
use super::handle::{Cache, Shared};
#[cfg(not(feature = "redis"))]
use super::no_cluster as cluster;
use crate::cache_core::CacheCore;
#[cfg(feature = "redis")]
use crate::config::RedisUrl;
use crate::engine::{RegionCore, WriterHandle};
use crate::footprint::Catalogs;
use crate::generation::Generations;
#[cfg(feature = "redis")]
use crate::redis_server::Timeouts;
use crate::region::{HandleIdentity, RegionBuilder};
use crate::tier::{self, DiskTier, SharedTier, create_private_dir};
#[cfg(feature = "redis")]
use crate::tier::{RedisOptions, RedisTier};
use crate::{ClusterConfig, Error, RegionKind};

impl CacheBuilder {
    /// Builds the cache, and creates its directory.
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidRegionName`] for a region whose name cannot be a directory's, and [`Error::DuplicateRegion`]
    ///   for two regions with one name;
    /// - [`Error::NoDirectory`] for a disk region without a [`directory`](Self::directory), and for a Redis region with
    ///   neither a directory nor a cluster;
    /// - [`Error::Directory`] if the directory, or a region's subdirectory, cannot be created or used;
    /// - [`Error::Config`] for an invalid setting of a [`config`](Self::config) or a cluster, and for a malformed URL
    ///   of a Redis region or a cluster;
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
        let core = Arc::new(CacheCore {
            generations,
            clock: self.clock,
            listeners,
            catalogs: Catalogs::new(self.facts, self.side_effects, self.rows),
            max_statements: self.max_statements,
        });
        let writer = WriterHandle::new();
        let mut regions = BTreeMap::new();
        for region in self.regions {
            let shared = shared_tier(&region, self.directory.as_deref(), self.cluster.as_ref(), &core)?;
            let RegionBuilder { name, settings } = region;
            match regions.entry(name.clone()) {
                Slot::Occupied(_) => return Err(Error::DuplicateRegion { name }),
                Slot::Vacant(slot) => {
                    slot.insert(Arc::new(RegionCore::new(&core, name, settings, shared, &writer)));
                }
            }
        }
        let shared = Shared {
            id: HandleIdentity::next_cache(),
            writer: Arc::new(writer),
            core,
            region_cores: regions,
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
    core: &CacheCore,
) -> Result<Option<Box<dyn SharedTier>>, Error> {
    let shared: Box<dyn SharedTier> = match (region.settings.kind, directory) {
        (RegionKind::Disk, Some(directory)) => {
            let opened = DiskTier::open(directory, &region.name, region.settings.disk_bound());
            Box::new(opened.map_err(|(path, source)| Error::Directory { path, source })?)
        }
        (RegionKind::Redis, _) => redis_tier(region, cluster, core)?,
        _ => return Ok(None),
    };
    Ok(Some(tier::wrapped(shared)))
}

#[cfg(feature = "redis")]
fn redis_tier(
    region: &RegionBuilder,
    cluster: Option<&ClusterConfig>,
    core: &CacheCore,
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
    let generations = core.generations.clone();
    match RedisTier::open(&options, Arc::new(move || generations.read().epoch())) {
        Ok(tier) => Ok(Box::new(tier)),
        Err(reason) => Err(Error::Config {
            path: format!("regions.{}.redis_url", region.name),
            reason,
        }),
    }
}

#[cfg(not(feature = "redis"))]
fn redis_tier(region: &RegionBuilder, _: Option<&ClusterConfig>, _: &CacheCore) -> Result<Box<dyn SharedTier>, Error> {
    Err(Error::Config {
        path: format!("regions.{}.kind", region.name),
        reason: "a redis region needs the feature `redis` of diesel-cache".to_owned(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::Region;

    #[test]
    fn a_relative_directory_stays_where_it_was() {
        // All threads share the working directory, so this changes it in a separate process.
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
