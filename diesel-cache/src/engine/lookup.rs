//! The content of a region for a query, or under a key, as data.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::request::Request;
use crate::cacheable::Cacheable;
use crate::event::Tier;

/// The entry of a query, from [`RunCachedDsl::lookup`](crate::RunCachedDsl::lookup), or of a key, from
/// [`Region::lookup`](crate::Region::lookup).
///
/// The entry of a key has one row, the [value](Self::value).
#[derive(Clone, Debug)]
pub struct Lookup<U> {
    rows: Arc<[U]>,
    age: Duration,
    stored_at: SystemTime,
    fresh: bool,
    tier: Tier,
}

impl<U: Cacheable + Send + Sync> Lookup<U> {
    /// Looks up the entry, without querying. May block.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        let (entry, tier) = request.peek(Some(U::LAYOUT))?;
        let stored_at = entry.header.stored_at;
        Some(Self {
            rows: entry.shared()?,
            age: stored_at.age_at(request.core().cache.now()).unwrap_or_default(),
            stored_at: stored_at.system_time(),
            fresh: request.is_fresh(&entry),
            tier,
        })
    }
}

impl<U> Lookup<U> {
    /// Returns the rows. If the entry is in memory or in a session, this is the object that the region itself holds,
    /// not a copy.
    pub fn rows(&self) -> Arc<[U]> {
        Arc::clone(&self.rows)
    }

    /// Consumes the lookup, and returns the rows.
    pub fn into_rows(self) -> Arc<[U]> {
        self.rows
    }

    /// Returns the value, if one was [looked up](crate::Region::lookup); for a query, the first row.
    pub fn value(&self) -> Option<&U> {
        self.rows.first()
    }

    /// Returns how long ago the rows were stored, to the millisecond; zero if that is in the future.
    pub fn age(&self) -> Duration {
        self.age
    }

    /// Returns when the rows were stored, to the millisecond.
    pub fn stored_at(&self) -> SystemTime {
        self.stored_at
    }

    /// Returns `true` if a load would be answered with these rows. They are stale once they have outlived their time to
    /// live.
    pub fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// Returns the tier in which the entry was found.
    pub fn tier(&self) -> Tier {
        self.tier
    }
}
