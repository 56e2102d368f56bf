//! Entries, as `lookup` returns them.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::cacheable::Cacheable;
use crate::event::Tier;
use crate::region::Request;

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
    /// May block.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        let (entry, tier) = request.peek(Some(U::LAYOUT))?;
        let stored_at = entry.header.stored_at;
        Some(Self {
            rows: entry.shared()?,
            age: stored_at.age_at(request.region.context.now()).unwrap_or_default(),
            stored_at: stored_at.system_time(),
            fresh: request.is_fresh(&entry),
            tier,
        })
    }
}

impl<U> Lookup<U> {
    /// Returns the rows. In memory or in a session, this is the region's own object, not a copy.
    pub fn rows(&self) -> Arc<[U]> {
        Arc::clone(&self.rows)
    }

    /// Returns the rows, without adding a reference.
    pub fn into_rows(self) -> Arc<[U]> {
        self.rows
    }

    /// Returns the [value](crate::Region::lookup); of a query, the first row.
    pub fn value(&self) -> Option<&U> {
        self.rows.first()
    }

    /// Returns how long ago the rows were stored, in whole milliseconds; zero if that time is in the future.
    pub fn age(&self) -> Duration {
        self.age
    }

    /// Returns when the rows were stored, in whole milliseconds.
    pub fn stored_at(&self) -> SystemTime {
        self.stored_at
    }

    /// Returns `true` if a load would return these rows at once, and `false` if they are stale: they have outlived
    /// their time to live or to idle, or the region was invalidated softly.
    pub fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// Returns where the entry was found.
    pub fn tier(&self) -> Tier {
        self.tier
    }
}
