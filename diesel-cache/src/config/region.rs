//! One region's settings.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::kind::RegionKind;
use super::redis_url::RedisUrl;
use super::setting;

/// The default for bytes in memory.
const DEFAULT_MEMORY: u64 = 32 << 20;

/// The default for how long a caller waits for another caller's query.
const DEFAULT_LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// The default for how long a caller waits for a reply of Redis.
#[cfg(feature = "redis")]
const DEFAULT_REDIS_TIMEOUT: Duration = Duration::from_millis(50);

/// The default for how long a caller waits for a connection to Redis.
#[cfg(feature = "redis")]
const DEFAULT_REDIS_CONNECT_TIMEOUT: Duration = Duration::from_millis(250);

/// Declares the settings that every region can be given.
macro_rules! settings {
    ($($(#[$doc:meta])* $setting:ident: $type:ty,)*) => {
        /// The settings of one region of a [`CacheConfig`](super::CacheConfig). `None` means the default that the
        /// method of [`RegionBuilder`](crate::RegionBuilder) documents.
        #[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[non_exhaustive]
        pub struct RegionConfig {
            /// Where the region keeps its entries.
            pub kind: RegionKind,
            $(
                $(#[$doc])*
                #[serde(default, skip_serializing_if = "Option::is_none", with = "setting")]
                pub $setting: Option<$type>,
            )*
        }

        impl RegionConfig {
            /// Returns the default settings of a region of this kind.
            pub fn new(kind: RegionKind) -> Self {
                Self { kind, $($setting: None),* }
            }

            /// Takes the kind of `other`, and the settings that it has.
            pub(super) fn replace_by(&mut self, other: Self) {
                *self = Self { kind: other.kind, $($setting: other.$setting.or(self.$setting.take())),* };
            }
        }
    };
}

settings! {
    /// See [`RegionBuilder::time_to_live`](crate::RegionBuilder::time_to_live).
    time_to_live: Duration,
    /// See [`RegionBuilder::time_to_idle`](crate::RegionBuilder::time_to_idle).
    time_to_idle: Duration,
    /// A share from 0.0 to 1.0; see [`RegionBuilder::jitter`](crate::RegionBuilder::jitter).
    jitter: f64,
    /// See [`RegionBuilder::stale_while_revalidate`](crate::RegionBuilder::stale_while_revalidate).
    stale_while_revalidate: Duration,
    /// See [`RegionBuilder::stale_if_error`](crate::RegionBuilder::stale_if_error).
    stale_if_error: Duration,
    /// In bytes; not for session and Redis regions; see
    /// [`RegionBuilder::max_capacity`](crate::RegionBuilder::max_capacity).
    max_capacity: u64,
    /// In bytes; only for disk and Redis regions; see
    /// [`RegionBuilder::memory_capacity`](crate::RegionBuilder::memory_capacity).
    memory_capacity: u64,
    /// In bytes; see [`RegionBuilder::max_entry_size`](crate::RegionBuilder::max_entry_size).
    max_entry_size: u64,
    /// Not for session regions; see [`RegionBuilder::lock_timeout`](crate::RegionBuilder::lock_timeout).
    lock_timeout: Duration,
    /// Only for Redis regions; see `RegionBuilder::redis_url`.
    redis_url: RedisUrl,
    /// Only for Redis regions; see `RegionBuilder::redis_timeout`.
    redis_timeout: Duration,
    /// Only for Redis regions; see `RegionBuilder::redis_connect_timeout`.
    redis_connect_timeout: Duration,
}

impl RegionConfig {
    /// The largest number of bytes of encoded rows in memory; zero for none.
    pub(crate) fn memory_bound(&self) -> u64 {
        match self.kind {
            RegionKind::Disk | RegionKind::Redis => self.memory_capacity.unwrap_or(DEFAULT_MEMORY),
            RegionKind::Memory => self.max_capacity.unwrap_or(DEFAULT_MEMORY),
            RegionKind::Session | RegionKind::Null => 0,
        }
    }

    /// The largest number of bytes in files.
    pub(crate) fn disk_bound(&self) -> Option<u64> {
        self.max_capacity.filter(|_| self.kind == RegionKind::Disk)
    }

    /// How long a caller waits for a reply of Redis, and for a connection.
    #[cfg(feature = "redis")]
    pub(crate) fn redis_timeouts(&self) -> (Duration, Duration) {
        (
            self.redis_timeout.unwrap_or(DEFAULT_REDIS_TIMEOUT),
            self.redis_connect_timeout.unwrap_or(DEFAULT_REDIS_CONNECT_TIMEOUT),
        )
    }

    /// How long an entry may be of use after its time to live.
    #[cfg(feature = "redis")]
    pub(crate) fn longest_stale(&self) -> Duration {
        let stale = self.stale_while_revalidate.max(self.stale_if_error);
        stale.unwrap_or_default()
    }

    /// The longest time that a caller waits for another caller's query.
    pub(crate) fn longest_wait(&self) -> Duration {
        self.lock_timeout.unwrap_or(DEFAULT_LOCK_TIMEOUT)
    }

    /// Returns the first invalid setting, and the reason. A null region accepts all settings, because it replaces
    /// another region.
    pub(super) fn defect(&self) -> Option<(&'static str, String)> {
        let none = |reason: &str| format!("a {} region has no such setting: {reason}", self.kind.as_str());
        let of_redis = [
            ("redis_url", self.redis_url.is_some()),
            ("redis_timeout", self.redis_timeout.is_some()),
            ("redis_connect_timeout", self.redis_connect_timeout.is_some()),
        ];
        if !matches!(self.kind, RegionKind::Redis | RegionKind::Null)
            && let Some((key, _)) = of_redis.into_iter().find(|(_, given)| *given)
        {
            return Some((key, none("only Redis regions have it")));
        }
        match self.kind {
            RegionKind::Redis if self.max_capacity.is_some() => {
                return Some(("max_capacity", none("the server's `maxmemory` bounds it")));
            }
            RegionKind::Session if self.max_capacity.is_some() => {
                return Some(("max_capacity", none("it is bounded by its session")));
            }
            RegionKind::Session if self.lock_timeout.is_some() => {
                return Some(("lock_timeout", none("no other caller waits for its rows")));
            }
            RegionKind::Session if self.memory_capacity.is_some() => {
                return Some(("memory_capacity", none("it is bounded by its session")));
            }
            RegionKind::Memory if self.memory_capacity.is_some() => {
                return Some(("memory_capacity", none("its bound is `max_capacity`")));
            }
            _ => {}
        }
        let share = self.jitter.filter(|share| !(0.0..=1.0).contains(share))?;
        Some(("jitter", format!("expected a number from 0.0 to 1.0, found {share}")))
    }
}
