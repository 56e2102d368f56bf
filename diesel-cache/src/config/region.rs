//! One region's settings.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{RegionKind, setting};

/// Bytes held in memory by a region that was not told otherwise.
const DEFAULT_MEMORY: u64 = 32 << 20;

/// How long a caller waits for another's query that was not told otherwise.
const DEFAULT_LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// Declares the settings that every region can be given.
macro_rules! settings {
    ($($(#[$doc:meta])* $setting:ident: $type:ty,)*) => {
        /// The settings of one region of a [`CacheConfig`](super::CacheConfig); what is `None` has the default that the method of
        /// [`RegionBuilder`](crate::RegionBuilder) names.
        #[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[non_exhaustive]
        pub struct RegionConfig {
            /// How the region keeps its entries.
            pub kind: RegionKind,
            $(
                $(#[$doc])*
                #[serde(default, skip_serializing_if = "Option::is_none", with = "setting")]
                pub $setting: Option<$type>,
            )*
        }

        impl RegionConfig {
            /// A region of this kind, with the defaults.
            pub fn new(kind: RegionKind) -> Self {
                Self { kind, $($setting: None),* }
            }

            /// Takes the settings that `other` has, and its kind.
            pub(super) fn replace_by(&mut self, other: Self) {
                *self = Self { kind: other.kind, $($setting: other.$setting.or(self.$setting)),* };
            }
        }
    };
}

settings! {
    /// See [`RegionBuilder::time_to_live`](crate::RegionBuilder::time_to_live).
    time_to_live: Duration,
    /// See [`RegionBuilder::time_to_idle`](crate::RegionBuilder::time_to_idle).
    time_to_idle: Duration,
    /// From 0.0 to 1.0; see [`RegionBuilder::jitter`](crate::RegionBuilder::jitter).
    jitter: f64,
    /// See [`RegionBuilder::stale_while_revalidate`](crate::RegionBuilder::stale_while_revalidate).
    stale_while_revalidate: Duration,
    /// See [`RegionBuilder::stale_if_error`](crate::RegionBuilder::stale_if_error).
    stale_if_error: Duration,
    /// Bytes, not for session regions; see [`RegionBuilder::max_capacity`](crate::RegionBuilder::max_capacity).
    max_capacity: u64,
    /// Bytes, for disk regions; see [`RegionBuilder::memory_capacity`](crate::RegionBuilder::memory_capacity).
    memory_capacity: u64,
    /// Bytes; see [`RegionBuilder::max_entry_size`](crate::RegionBuilder::max_entry_size).
    max_entry_size: u64,
    /// Not for session regions; see [`RegionBuilder::lock_timeout`](crate::RegionBuilder::lock_timeout).
    lock_timeout: Duration,
}

impl RegionConfig {
    /// The most bytes of encoded rows that are held in memory; zero for none.
    pub(crate) fn memory_bound(&self) -> u64 {
        match self.kind {
            RegionKind::Disk => self.memory_capacity.unwrap_or(DEFAULT_MEMORY),
            RegionKind::Memory => self.max_capacity.unwrap_or(DEFAULT_MEMORY),
            RegionKind::Session | RegionKind::Null => 0,
        }
    }

    /// The most bytes of files.
    pub(crate) fn disk_bound(&self) -> Option<u64> {
        self.max_capacity.filter(|_| self.kind == RegionKind::Disk)
    }

    /// The longest that a caller waits for another's query.
    pub(crate) fn longest_wait(&self) -> Duration {
        self.lock_timeout.unwrap_or(DEFAULT_LOCK_TIMEOUT)
    }

    /// Which setting is wrong, and why? A null region has none, and takes all: it stands in for another.
    pub(super) fn defect(&self) -> Option<(&'static str, String)> {
        let none = |reason: &str| format!("a {} region has no such setting: {reason}", self.kind.as_str());
        match self.kind {
            RegionKind::Session if self.max_capacity.is_some() => {
                return Some(("max_capacity", none("it is bounded by its session")));
            }
            RegionKind::Session if self.lock_timeout.is_some() => {
                return Some(("lock_timeout", none("nobody else waits for its rows")));
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
