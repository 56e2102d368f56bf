//! What a region holds for a query.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::cacheable::Cacheable;
use crate::event::Tier;
use crate::region::Request;

/// What a region holds for a query, from [`RunCachedDsl::lookup`](crate::RunCachedDsl::lookup), or under a key, from
/// [`Region::lookup`](crate::Region::lookup): one row then, the [value](Self::value).
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
    /// The rows: the object that the region holds, if it is in memory or in a session.
    pub fn rows(&self) -> Arc<[U]> {
        Arc::clone(&self.rows)
    }

    /// The rows, without another reference to them.
    pub fn into_rows(self) -> Arc<[U]> {
        self.rows
    }

    /// The value, where the look was for [one](crate::Region::lookup); of a query, the first row.
    pub fn value(&self) -> Option<&U> {
        self.rows.first()
    }

    /// How long ago the rows were stored, to the millisecond; zero if that is in the future.
    pub fn age(&self) -> Duration {
        self.age
    }

    /// When the rows were stored, to the millisecond.
    pub fn stored_at(&self) -> SystemTime {
        self.stored_at
    }

    /// Would a load be answered with these rows? They are stale once they have outlived their time to live.
    pub fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// Where the entry was found.
    pub fn tier(&self) -> Tier {
        self.tier
    }
}
