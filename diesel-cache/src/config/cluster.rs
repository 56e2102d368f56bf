//! The settings of a cluster of machines.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::coherence::Coherence;
use super::redis_url::RedisUrl;
use super::setting;

/// The default for how long a process may serve after its last contact with the server.
#[cfg(feature = "redis")]
const DEFAULT_LEASE: Duration = Duration::from_secs(2);

/// The shortest lease. With a shorter one, a busy scheduler would make processes lose their leases.
const SHORTEST_LEASE: Duration = Duration::from_millis(100);

/// The longest lease. A write may have to wait for one.
const LONGEST_LEASE: Duration = Duration::from_secs(60);

/// The longest time for which a process may serve stale entries without the server.
const LONGEST_STALE: Duration = Duration::from_secs(24 * 60 * 60);

/// The default name of a cluster.
#[cfg(feature = "redis")]
const DEFAULT_NAME: &str = "default";

/// The settings of a cluster of machines; see `CacheBuilder::cluster`. `None` means the default that the method of
/// `RedisCluster` documents. Needs the feature `redis`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ClusterConfig {
    /// The server; see `RedisCluster::new`.
    pub url: RedisUrl,
    /// See `RedisCluster::name`.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "setting")]
    pub name: Option<String>,
    /// See `RedisCluster::lease`.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "setting")]
    pub lease: Option<Duration>,
    /// See `RedisCluster::timeout`.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "setting")]
    pub timeout: Option<Duration>,
    /// See `RedisCluster::connect_timeout`.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "setting")]
    pub connect_timeout: Option<Duration>,
    /// See `RedisCluster::coherence`.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "setting")]
    pub coherence: Option<Coherence>,
    /// See `RedisCluster::stale_if_lost`.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "setting")]
    pub stale_if_lost: Option<Duration>,
}

impl ClusterConfig {
    /// Returns the default settings of a cluster on this server.
    pub fn new(url: impl Into<RedisUrl>) -> Self {
        Self {
            url: url.into(),
            name: None,
            lease: None,
            timeout: None,
            connect_timeout: None,
            coherence: None,
            stale_if_lost: None,
        }
    }

    /// Takes over the server of `other`, and the settings that `other` has.
    pub(super) fn replace_by(&mut self, other: Self) {
        *self = Self {
            url: other.url,
            name: other.name.or_else(|| self.name.take()),
            lease: other.lease.or(self.lease),
            timeout: other.timeout.or(self.timeout),
            connect_timeout: other.connect_timeout.or(self.connect_timeout),
            coherence: other.coherence.or(self.coherence),
            stale_if_lost: other.stale_if_lost.or(self.stale_if_lost),
        };
    }

    /// Returns the first invalid setting, and the reason.
    pub(crate) fn defect(&self) -> Option<(&'static str, String)> {
        if let Some(name) = &self.name
            && let Some(reason) = name_defect(name)
        {
            return Some(("name", reason));
        }
        if let Some(lease) = self.lease
            && !(SHORTEST_LEASE..=LONGEST_LEASE).contains(&lease)
        {
            return Some((
                "lease",
                format!("expected a duration from 100ms to 60s, found {lease:?}"),
            ));
        }
        let stale = self.stale_if_lost.filter(|stale| *stale > LONGEST_STALE)?;
        Some((
            "stale_if_lost",
            format!("expected a duration of at most 24h, found {stale:?}"),
        ))
    }

    #[cfg(feature = "redis")]
    pub(crate) fn name_or_default(&self) -> &str {
        self.name.as_deref().unwrap_or(DEFAULT_NAME)
    }

    #[cfg(feature = "redis")]
    pub(crate) fn lease_or_default(&self) -> Duration {
        self.lease.unwrap_or(DEFAULT_LEASE)
    }

    /// Returns how long this process waits for a connection, and for a reply.
    #[cfg(feature = "redis")]
    pub(crate) fn timeouts(&self) -> (Duration, Duration) {
        let quarter = self.lease_or_default() / 4;
        (self.connect_timeout.unwrap_or(quarter), self.timeout.unwrap_or(quarter))
    }

    #[cfg(feature = "redis")]
    pub(crate) fn stale_if_lost_or_default(&self) -> Duration {
        self.stale_if_lost.unwrap_or_default()
    }

    #[cfg(feature = "redis")]
    pub(crate) fn is_linearizable(&self) -> bool {
        self.coherence.unwrap_or_default() == Coherence::Linearizable
    }
}

/// Returns what is wrong with a name. Names are part of the names of keys.
fn name_defect(name: &str) -> Option<String> {
    let is_allowed = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.' | '/');
    let is_fine = (1..=100).contains(&name.len()) && name.chars().all(is_allowed);
    (!is_fine).then(|| format!("expected 1 to 100 letters, digits, `-`, `_`, `.` or `/`, found {name:?}"))
}
