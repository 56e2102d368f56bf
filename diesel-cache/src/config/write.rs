//! Settings back to a file: what is read again is equal.

use std::time::Duration;

use serde::ser::{Error, Serialize, SerializeMap, Serializer};

use super::{CacheConfig, RegionConfig, duration, size};

impl Serialize for CacheConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(directory) = &self.directory {
            let text = directory
                .to_str()
                .ok_or_else(|| S::Error::custom("directory: not Unicode"))?;
            map.serialize_entry("directory", text)?;
        }
        time(&mut map, "doubt_grace", self.doubt_grace)?;
        if !self.function_changes_session.is_empty() {
            map.serialize_entry("function_changes_session", &self.function_changes_session)?;
        }
        // Tables come last: TOML asks for it.
        if !self.regions.is_empty() {
            map.serialize_entry("regions", &self.regions)?;
        }
        for (key, facts) in [
            ("cascades", &self.cascades),
            ("views", &self.views),
            ("function_writes", &self.function_writes),
        ] {
            if !facts.is_empty() {
                map.serialize_entry(key, facts)?;
            }
        }
        map.end()
    }
}

impl Serialize for RegionConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", self.kind.as_str())?;
        time(&mut map, "time_to_live", self.time_to_live)?;
        time(&mut map, "time_to_idle", self.time_to_idle)?;
        if let Some(share) = self.jitter {
            map.serialize_entry("jitter", &share)?;
        }
        time(&mut map, "stale_while_revalidate", self.stale_while_revalidate)?;
        time(&mut map, "stale_if_error", self.stale_if_error)?;
        bytes(&mut map, "max_capacity", self.max_capacity)?;
        bytes(&mut map, "memory_capacity", self.memory_capacity)?;
        bytes(&mut map, "max_entry_size", self.max_entry_size)?;
        time(&mut map, "lock_timeout", self.lock_timeout)?;
        map.end()
    }
}

fn time<M: SerializeMap>(map: &mut M, key: &str, value: Option<Duration>) -> Result<(), M::Error> {
    value.map_or(Ok(()), |time| map.serialize_entry(key, &duration::format(time)))
}

fn bytes<M: SerializeMap>(map: &mut M, key: &str, value: Option<u64>) -> Result<(), M::Error> {
    value.map_or(Ok(()), |bytes| map.serialize_entry(key, &size::format(bytes)))
}
