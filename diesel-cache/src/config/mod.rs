//! A cache's settings as data: read from a file, from the environment, or written in code.

mod duration;
mod region;
mod section;
mod size;
mod value;
mod vars;
mod write;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess};

use region::Draft;
pub use region::{RegionConfig, RegionKind};
use section::{Place, Section, Table};
use value::Functions;

use crate::{CacheBuilder, Error};

/// A cache's settings, for [`Cache::from_config`](crate::Cache::from_config) and [`CacheBuilder::config`].
///
/// It is read by any format that [serde](::serde) knows and that describes itself. What is not given has the default that
/// [`CacheBuilder`] and [`RegionBuilder`](crate::RegionBuilder) name.
///
/// ```
/// use diesel_cache::{Cache, CacheConfig};
/// # let place = tempfile::tempdir()?;
/// let config: CacheConfig = toml::from_str(r#"
///     directory = "data/cache"
///     doubt_grace = "60s"
///     function_changes_session = ["enter_tenant"]     # what it sets, later queries depend on
///
///     [regions.default]
///     kind = "disk"                   # disk, memory, session or null
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
/// "#)?;
/// # let config = { let mut config = config; config.directory = Some(place.path().join("cache")); config };
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
/// [`from_env`](Self::from_env) reads environment variables, and [`with_env`](Self::with_env) lets them have the last word.
///
/// # Values
///
/// - Durations are texts with units: `"90s"`, `"1h 30m"`, `"250ms"`, `"2 days"`. A number alone is refused, as it does not say of what.
/// - Sizes are texts with units, `"64 MiB"`, `"1.5 GiB"`, `"100 kB"`, or whole numbers of bytes.
/// - A null region takes every setting and has no use for any, so that to switch a region off is to change its `kind`. Other kinds
///   refuse what they do not have.
///
/// # Errors
///
/// An unknown key, a bad value, a key given twice, a setting that the region's kind does not have: each is an error that begins with the path
/// to it, in every format.
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
    /// See [`CacheBuilder::directory`].
    pub directory: Option<PathBuf>,
    /// See [`CacheBuilder::doubt_grace`].
    pub doubt_grace: Option<Duration>,
    /// The regions, by name.
    pub regions: BTreeMap<String, RegionConfig>,
    /// For each table, those that a write to it changes; see [`CacheBuilder::cascades`].
    pub cascades: BTreeMap<String, Vec<String>>,
    /// For each view, the tables that it reads; see [`CacheBuilder::view`].
    pub views: BTreeMap<String, Vec<String>>,
    /// For each function, the tables that a call of it writes; see [`CacheBuilder::function_writes`].
    pub function_writes: BTreeMap<String, Vec<String>>,
    /// Functions that change the session; see [`CacheBuilder::function_changes_session`].
    pub function_changes_session: Vec<String>,
}

const KEYS: [&str; 7] = [
    "directory",
    "doubt_grace",
    "regions",
    "cascades",
    "views",
    "function_writes",
    "function_changes_session",
];

impl CacheConfig {
    /// Gives the settings to a builder.
    pub(crate) fn apply(self, mut builder: CacheBuilder) -> CacheBuilder {
        if let Some(directory) = self.directory {
            builder = builder.directory(directory);
        }
        if let Some(grace) = self.doubt_grace {
            builder = builder.doubt_grace(grace);
        }
        for (name, region) in self.regions {
            builder = builder.region(region.builder(name));
        }
        for (table, changed) in self.cascades {
            builder = builder.cascades(table, changed);
        }
        for (view, tables) in self.views {
            builder = builder.view(view, tables);
        }
        for (function, tables) in self.function_writes {
            builder = builder.function_writes(function, tables);
        }
        for function in self.function_changes_session {
            builder = builder.function_changes_session(function);
        }
        builder
    }

    /// What no single value shows.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for the first setting that cannot be.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let defect = |(name, region): (&String, &RegionConfig)| {
            let (key, reason) = region.defect()?;
            let path = format!("regions.{}.{key}", name.escape_debug());
            Some(Error::Config { path, reason })
        };
        self.regions.iter().find_map(defect).map_or(Ok(()), Err)
    }

    /// Reads more settings, which replace those of the same name.
    fn read<'de, D: Deserializer<'de>>(mut self, deserializer: D) -> Result<Self, D::Error> {
        Table::root(&mut self).deserialize(deserializer)?;
        self.check().map_err(serde::de::Error::custom)?;
        Ok(self)
    }
}

impl<'de> Deserialize<'de> for CacheConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::default().read(deserializer)
    }
}

impl Section for CacheConfig {
    fn take<'de, A: MapAccess<'de>>(&mut self, key: &str, place: Place<'_, A>) -> Result<(), A::Error> {
        match key {
            "directory" => place.read(&mut self.directory),
            "doubt_grace" => place.read(&mut self.doubt_grace),
            "regions" => place.section(&mut Regions(&mut self.regions)),
            "cascades" => place.section(&mut Facts(&mut self.cascades)),
            "views" => place.section(&mut Facts(&mut self.views)),
            "function_writes" => place.section(&mut Facts(&mut self.function_writes)),
            "function_changes_session" => {
                let mut functions = None;
                place.read(&mut functions)?;
                if let Some(Functions(functions)) = functions {
                    self.function_changes_session = functions;
                }
                Ok(())
            }
            _ => place.unknown(&KEYS),
        }
    }
}

struct Regions<'a>(&'a mut BTreeMap<String, RegionConfig>);

impl Section for Regions<'_> {
    fn take<'de, A: MapAccess<'de>>(&mut self, name: &str, place: Place<'_, A>) -> Result<(), A::Error> {
        let known = self.0.remove(name);
        let mut draft = Draft {
            kind: known.as_ref().map(|region| region.kind),
            region: known.unwrap_or_else(|| RegionConfig::new(RegionKind::Null)),
        };
        place.section(&mut draft)?;
        self.0.insert(name.to_owned(), draft.region);
        Ok(())
    }
}

struct Facts<'a>(&'a mut BTreeMap<String, Vec<String>>);

impl Section for Facts<'_> {
    fn take<'de, A: MapAccess<'de>>(&mut self, table: &str, place: Place<'_, A>) -> Result<(), A::Error> {
        let mut tables = None;
        place.read(&mut tables)?;
        self.0.extend(tables.map(|tables| (table.to_owned(), tables)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cache, Region};

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
        assert_eq!(format!("{:?}", config.builder("x".into())), format!("{by_hand:?}"));
        for (kind, by_hand) in [
            (RegionKind::Disk, Region::disk("x")),
            (RegionKind::Memory, Region::memory("x")),
            (RegionKind::Session, Region::session("x")),
            (RegionKind::Null, Region::null("x")),
        ] {
            let configured = RegionConfig::new(kind).builder("x".into());
            assert_eq!(format!("{configured:?}"), format!("{by_hand:?}"));
        }
    }

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
