//! A cache's settings as data, which are read from a file or the environment, or written in code.

mod cluster;
mod coherence;
mod duration;
mod kind;
mod located;
mod names;
mod redis_url;
mod region;
mod setting;
mod size;
mod value;
mod vars;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use cluster::ClusterConfig;
pub use coherence::Coherence;
pub use kind::RegionKind;
pub use redis_url::RedisUrl;
pub use region::RegionConfig;

use crate::Error;

/// A cache's settings, for [`Cache::from_config`](crate::Cache::from_config) and
/// [`CacheBuilder::config`](crate::CacheBuilder::config).
///
/// It can be read from any self-describing format that [serde] supports. A setting that is missing has the
/// default that [`CacheBuilder`](crate::CacheBuilder) and [`RegionBuilder`](crate::RegionBuilder) document.
///
/// ```
/// use diesel_cache::{Cache, CacheConfig};
/// # let place = tempfile::tempdir()?;
/// let config: CacheConfig = toml::from_str(r#"
///     directory = "data/cache"
///     doubt_grace = "60s"
///     function_changes_session = ["enter_tenant"]     # later queries depend on what it sets
///     row_precision = true            # a write invalidates only the entries of its rows
///     whole_tables = ["audit_log"]    # except for writes to these tables
///     max_statements = 200            # of which each region keeps statistics
///
///     [cluster]                       # share invalidations with other machines; needs the feature `redis`
///     url = "redis://cache.internal:6379"
///     name = "shop"
///     lease = "2s"
///     coherence = "linearizable"      # or bounded
///     stale_if_lost = "30s"           # what loads show while the server is out of reach; else they query
///
///     [regions.default]
///     kind = "disk"                   # disk, redis, memory, session or null
///     time_to_live = "1h 30m"
///     jitter = 0.1
///     stale_while_revalidate = "30s"
///     stale_if_error = "1h"
///     max_capacity = "1 GiB"
///     memory_capacity = "64 MiB"
///     max_entry_size = "1 MiB"
///     lock_timeout = "5s"
///
///     [regions.hot]
///     kind = "memory"
///     time_to_idle = "10m"
///
///     [cascades]
///     person = ["address"]            # a write to `person` changes `address`
///
///     [views]
///     order_view = ["orders", "lines"]
///
///     [function_writes]
///     refresh_downloads = ["downloads"]   # a statement that calls it writes `downloads`
///
///     [rows_by]
///     comment = ["thread"]                # queries look for comments by their thread
///     visit = [["day"], ["site", "page"]] # two sets of columns
///
///     [volatile]
///     person = ["last_seen_at"]           # few queries read it, and it changes often
/// "#)?;
/// # let config = { let mut config = config; config.directory = Some(place.path().join("cache")); config };
/// # let config = { let mut config = config; config.cluster = None; config }; // there is no such server here
/// let cache = Cache::from_config(config)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The same in JSON:
///
/// ```
/// use diesel_cache::CacheConfig;
///
/// let config: CacheConfig = serde_json::from_str(r#"{
///     "regions": { "hot": { "kind": "memory", "time_to_idle": "10m", "max_capacity": 67108864 } },
///     "cascades": { "person": ["address"] }
/// }"#)?;
/// assert_eq!(config.regions["hot"].max_capacity, Some(64 << 20));
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// [`from_env`](Self::from_env) reads environment variables, and [`with_env`](Self::with_env) lets them override other
/// settings.
///
/// # Values
///
/// - Durations are strings with units: `"90s"`, `"1h 30m"`, `"250ms"`, `"2 days"`. A number without a unit is an error.
/// - Sizes are strings with units, `"64 MiB"`, `"1.5 GiB"`, `"100 kB"`, or whole numbers of bytes.
/// - A list of names may be one string with commas, and a list of such lists one string with semicolons and commas:
///   `"day; site, page"`.
/// - A null region accepts every setting and uses none, so to switch a region off, change only its `kind`. Other kinds
///   refuse settings that they do not have.
///
/// # Errors
///
/// An unknown key, an invalid value, a duplicate key, and a setting that the region's kind does not have are errors.
/// Each begins with its path, in every format.
///
/// ```
/// use diesel_cache::CacheConfig;
///
/// let json = r#"{ "regions": { "hot": { "kind": "memory", "time_to_live": "5 parsecs" } } }"#;
/// let error = serde_json::from_str::<CacheConfig>(json).unwrap_err().to_string();
/// assert!(error.starts_with(r#"regions.hot.time_to_live: invalid duration "5 parsecs": "#));
/// ```
#[derive(Clone, Default, PartialEq, Debug)]
#[non_exhaustive]
pub struct CacheConfig {
    /// See [`CacheBuilder::directory`](crate::CacheBuilder::directory).
    pub directory: Option<PathBuf>,
    /// See [`CacheBuilder::doubt_grace`](crate::CacheBuilder::doubt_grace).
    pub doubt_grace: Option<Duration>,
    /// See [`CacheBuilder::max_statements`](crate::CacheBuilder::max_statements).
    pub max_statements: Option<usize>,
    /// The machines that share invalidations; see `CacheBuilder::cluster`. Needs the feature `redis`.
    pub cluster: Option<ClusterConfig>,
    /// The regions, by name.
    pub regions: BTreeMap<String, RegionConfig>,
    /// For each table, the tables that a write to it changes; see
    /// [`CacheBuilder::cascades`](crate::CacheBuilder::cascades).
    pub cascades: BTreeMap<String, Vec<String>>,
    /// For each view, the tables that it reads; see [`CacheBuilder::view`](crate::CacheBuilder::view).
    pub views: BTreeMap<String, Vec<String>>,
    /// For each function, the tables that a call of it writes; see
    /// [`CacheBuilder::function_writes`](crate::CacheBuilder::function_writes).
    pub function_writes: BTreeMap<String, Vec<String>>,
    /// Functions that change the session; see
    /// [`CacheBuilder::function_changes_session`](crate::CacheBuilder::function_changes_session).
    pub function_changes_session: Vec<String>,
    /// See [`CacheBuilder::row_precision`](crate::CacheBuilder::row_precision).
    pub row_precision: Option<bool>,
    /// Every write to one of these tables invalidates all entries that depend on it; see
    /// [`CacheBuilder::whole_table`](crate::CacheBuilder::whole_table).
    pub whole_tables: Vec<String>,
    /// For each table, the sets of columns by which queries look for its rows; see
    /// [`CacheBuilder::rows_by`](crate::CacheBuilder::rows_by).
    pub rows_by: BTreeMap<String, Vec<Vec<String>>>,
    /// For each table, columns that change often and that few queries read; see
    /// [`CacheBuilder::volatile`](crate::CacheBuilder::volatile).
    pub volatile: BTreeMap<String, Vec<String>>,
}

/// Reads and writes the fields: serde's derive for [`CacheConfig`], without the paths that its own `Deserialize` adds
/// to errors.
#[derive(Default, Serialize, Deserialize)]
#[serde(remote = "CacheConfig", default, deny_unknown_fields)]
struct Keys {
    #[serde(skip_serializing_if = "Option::is_none", with = "setting")]
    directory: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none", with = "setting")]
    doubt_grace: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none", with = "setting")]
    max_statements: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<ClusterConfig>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    regions: BTreeMap<String, RegionConfig>,
    #[serde(
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "names::tables_by_name"
    )]
    cascades: BTreeMap<String, Vec<String>>,
    #[serde(
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "names::tables_by_name"
    )]
    views: BTreeMap<String, Vec<String>>,
    #[serde(
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "names::tables_by_name"
    )]
    function_writes: BTreeMap<String, Vec<String>>,
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "names::functions")]
    function_changes_session: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none", with = "setting")]
    row_precision: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "names::tables")]
    whole_tables: Vec<String>,
    #[serde(
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "names::column_sets_by_table"
    )]
    rows_by: BTreeMap<String, Vec<Vec<String>>>,
    #[serde(
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "names::columns_by_table"
    )]
    volatile: BTreeMap<String, Vec<String>>,
}

impl<'de> Deserialize<'de> for CacheConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let config = located::read(deserializer, Keys::deserialize)?;
        config.check().map_err(serde::de::Error::custom)?;
        Ok(config)
    }
}

impl Serialize for CacheConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Keys::serialize(self, serializer)
    }
}

impl CacheConfig {
    /// Checks settings against each other.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for the first invalid setting.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let defect = |(name, region): (&String, &RegionConfig)| {
            let (key, reason) = region.defect()?;
            let path = format!("regions.{}.{key}", name.escape_debug());
            Some(Error::Config { path, reason })
        };
        if let Some((key, reason)) = self.cluster.as_ref().and_then(ClusterConfig::defect) {
            let path = format!("cluster.{key}");
            return Err(Error::Config { path, reason });
        }
        self.regions.iter().find_map(defect).map_or(Ok(()), Err)
    }

    /// Replaces settings by those that `other` has.
    fn replace_by(&mut self, other: Self) {
        self.directory = other.directory.or_else(|| self.directory.take());
        self.doubt_grace = other.doubt_grace.or(self.doubt_grace);
        self.max_statements = other.max_statements.or(self.max_statements);
        match (&mut self.cluster, other.cluster) {
            (Some(cluster), Some(other)) => cluster.replace_by(other),
            (None, other @ Some(_)) => self.cluster = other,
            (_, None) => {}
        }
        for (name, region) in other.regions {
            match self.regions.entry(name) {
                Entry::Vacant(place) => {
                    place.insert(region);
                }
                Entry::Occupied(mut place) => place.get_mut().replace_by(region),
            }
        }
        self.cascades.extend(other.cascades);
        self.views.extend(other.views);
        self.function_writes.extend(other.function_writes);
        if !other.function_changes_session.is_empty() {
            self.function_changes_session = other.function_changes_session;
        }
        self.row_precision = other.row_precision.or(self.row_precision);
        if !other.whole_tables.is_empty() {
            self.whole_tables = other.whole_tables;
        }
        self.rows_by.extend(other.rows_by);
        self.volatile.extend(other.volatile);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cache;

    #[test]
    fn the_grace_is_the_cache_s() -> Result<(), Error> {
        let config = CacheConfig {
            doubt_grace: Some(Duration::from_secs(7)),
            ..CacheConfig::default()
        };
        assert_eq!(Cache::from_config(config)?.doubt_grace(), Duration::from_secs(7));
        Ok(())
    }
}
