//! One region's settings.

use std::time::Duration;

use serde::de::MapAccess;

use super::section::{Place, Section};
use crate::region::{Kind, RegionBuilder};

/// How a region keeps its entries; see [`Region::disk`](crate::Region::disk) and its siblings.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RegionKind {
    /// In files, with memory in front.
    Disk,
    /// In this process's memory.
    Memory,
    /// As long as a session.
    Session,
    /// Not at all.
    Null,
}

impl RegionKind {
    pub(super) const ALL: [Self; 4] = [Self::Disk, Self::Memory, Self::Session, Self::Null];

    /// As it is written: `disk`, `memory`, `session`, `null`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disk => "disk",
            Self::Memory => "memory",
            Self::Session => "session",
            Self::Null => "null",
        }
    }

    pub(super) fn names() -> String {
        format!("one of \"{}\"", Self::ALL.map(Self::as_str).join("\", \""))
    }

    fn kind(self) -> Kind {
        match self {
            Self::Disk => Kind::Disk,
            Self::Memory => Kind::Memory,
            Self::Session => Kind::Session,
            Self::Null => Kind::Null,
        }
    }
}

/// The settings of one region of a [`CacheConfig`](super::CacheConfig); what is `None` has the default that the method of
/// [`RegionBuilder`] names.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct RegionConfig {
    /// How the region keeps its entries.
    pub kind: RegionKind,
    /// See [`RegionBuilder::time_to_live`].
    pub time_to_live: Option<Duration>,
    /// See [`RegionBuilder::time_to_idle`].
    pub time_to_idle: Option<Duration>,
    /// From 0.0 to 1.0; see [`RegionBuilder::jitter`].
    pub jitter: Option<f64>,
    /// See [`RegionBuilder::stale_while_revalidate`].
    pub stale_while_revalidate: Option<Duration>,
    /// See [`RegionBuilder::stale_if_error`].
    pub stale_if_error: Option<Duration>,
    /// Bytes, not for session regions; see [`RegionBuilder::max_capacity`].
    pub max_capacity: Option<u64>,
    /// Bytes, for disk regions; see [`RegionBuilder::memory_capacity`].
    pub memory_capacity: Option<u64>,
    /// Bytes; see [`RegionBuilder::max_entry_size`].
    pub max_entry_size: Option<u64>,
    /// Not for session regions; see [`RegionBuilder::lock_timeout`].
    pub lock_timeout: Option<Duration>,
}

const KEYS: [&str; 10] = [
    "kind",
    "time_to_live",
    "time_to_idle",
    "jitter",
    "stale_while_revalidate",
    "stale_if_error",
    "max_capacity",
    "memory_capacity",
    "max_entry_size",
    "lock_timeout",
];

impl RegionConfig {
    /// A region of this kind, with the defaults.
    pub fn new(kind: RegionKind) -> Self {
        Self {
            kind,
            time_to_live: None,
            time_to_idle: None,
            jitter: None,
            stale_while_revalidate: None,
            stale_if_error: None,
            max_capacity: None,
            memory_capacity: None,
            max_entry_size: None,
            lock_timeout: None,
        }
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

    pub(super) fn builder(&self, name: String) -> RegionBuilder {
        fn set<T>(
            builder: RegionBuilder,
            value: Option<T>,
            to: fn(RegionBuilder, T) -> RegionBuilder,
        ) -> RegionBuilder {
            match value {
                Some(value) => to(builder, value),
                None => builder,
            }
        }
        let builder = RegionBuilder::new(name, self.kind.kind());
        let builder = set(builder, self.time_to_live, RegionBuilder::time_to_live);
        let builder = set(builder, self.time_to_idle, RegionBuilder::time_to_idle);
        let builder = set(builder, self.jitter, RegionBuilder::jitter);
        let builder = set(
            builder,
            self.stale_while_revalidate,
            RegionBuilder::stale_while_revalidate,
        );
        let builder = set(builder, self.stale_if_error, RegionBuilder::stale_if_error);
        let builder = set(builder, self.max_capacity, RegionBuilder::max_capacity);
        let builder = set(builder, self.memory_capacity, RegionBuilder::memory_capacity);
        let builder = set(builder, self.max_entry_size, RegionBuilder::max_entry_size);
        set(builder, self.lock_timeout, RegionBuilder::lock_timeout)
    }
}

/// A region that is being read: its kind may come last.
pub(super) struct Draft {
    pub(super) kind: Option<RegionKind>,
    pub(super) region: RegionConfig,
}

impl Section for Draft {
    fn take<'de, A: MapAccess<'de>>(&mut self, key: &str, place: Place<'_, A>) -> Result<(), A::Error> {
        let region = &mut self.region;
        match key {
            "kind" => place.read(&mut self.kind),
            "time_to_live" => place.read(&mut region.time_to_live),
            "time_to_idle" => place.read(&mut region.time_to_idle),
            "jitter" => place.read(&mut region.jitter),
            "stale_while_revalidate" => place.read(&mut region.stale_while_revalidate),
            "stale_if_error" => place.read(&mut region.stale_if_error),
            "max_capacity" => place.read(&mut region.max_capacity),
            "memory_capacity" => place.read(&mut region.memory_capacity),
            "max_entry_size" => place.read(&mut region.max_entry_size),
            "lock_timeout" => place.read(&mut region.lock_timeout),
            _ => place.unknown(&KEYS),
        }
    }

    fn end(&mut self) -> Result<(), &'static str> {
        self.region.kind = self.kind.ok_or("kind")?;
        Ok(())
    }
}
