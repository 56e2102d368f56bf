//! The counts of one statement, without those of its quick hits, which [`cells`](super::cells) holds.

use std::array;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::cells::Sum;
use crate::event::{InvalidationCause, Tier};
use crate::sql::TableName;
use crate::telemetry::Count;

/// What has last invalidated an entry of a statement, as found by a miss.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LastInvalidation {
    pub(crate) cause: InvalidationCause,
    /// The table that was written, if it is known.
    pub(crate) table: Option<TableName>,
}

/// The counts of one statement in one region. They change at misses and the like, rarely enough to need no stripes.
pub(crate) struct Counts {
    kinds: [AtomicU64; Count::NUMBER],
    /// Loads that were not answered at the first look into memory.
    calls: AtomicU64,
    queries: AtomicU64,
    stored_bytes: AtomicU64,
    last_size: AtomicU64,
    last_invalidation: Mutex<Option<LastInvalidation>>,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            kinds: array::from_fn(|_| AtomicU64::new(0)),
            calls: AtomicU64::new(0),
            queries: AtomicU64::new(0),
            stored_bytes: AtomicU64::new(0),
            last_size: AtomicU64::new(0),
            last_invalidation: Mutex::new(None),
        }
    }
}

impl Counts {
    pub(crate) fn add(&self, count: Count, number: u64) {
        self.kinds[count.place()].fetch_add(number, Relaxed);
    }

    pub(crate) fn called(&self) {
        self.calls.fetch_add(1, Relaxed);
    }

    pub(crate) fn queried(&self, took: Duration) {
        self.queries.fetch_add(1, Relaxed);
        self.add(Count::QueryTime, u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    pub(crate) fn stored(&self, bytes: u64) {
        self.add(Count::Store, 1);
        self.stored_bytes.fetch_add(bytes, Relaxed);
        self.last_size.store(bytes, Relaxed);
    }

    pub(crate) fn invalidated(&self, last: LastInvalidation) {
        self.add(Count::Invalidated(last.cause), 1);
        *self.last_invalidation.lock().unwrap_or_else(PoisonError::into_inner) = Some(last);
    }

    /// Adds hits that were counted in cells.
    pub(super) fn add_quick(&self, Sum { hits, saved }: Sum) {
        self.calls.fetch_add(hits, Relaxed);
        self.add(Count::Hit(Tier::Memory), hits);
        self.add(Count::SavedTime, saved);
    }

    /// Adds the counts of another statement.
    pub(super) fn add_all(&self, other: &Self) {
        for (count, more) in self.kinds.iter().zip(&other.kinds) {
            count.fetch_add(more.load(Relaxed), Relaxed);
        }
        for (count, more) in [
            (&self.calls, &other.calls),
            (&self.queries, &other.queries),
            (&self.stored_bytes, &other.stored_bytes),
        ] {
            count.fetch_add(more.load(Relaxed), Relaxed);
        }
    }

    pub(super) fn calls(&self) -> u64 {
        self.calls.load(Relaxed)
    }

    /// Returns the counts as they are now, with those of `quick` hits.
    pub(super) fn now(&self, quick: Sum) -> CountsNow {
        let mut kinds = array::from_fn(|place| self.kinds[place].load(Relaxed));
        kinds[Count::Hit(Tier::Memory).place()] += quick.hits;
        kinds[Count::SavedTime.place()] += quick.saved;
        let last = self.last_invalidation.lock().unwrap_or_else(PoisonError::into_inner);
        CountsNow {
            kinds,
            calls: self.calls() + quick.hits,
            queries: self.queries.load(Relaxed),
            stored_bytes: self.stored_bytes.load(Relaxed),
            last_size: self.last_size.load(Relaxed),
            last_invalidation: last.clone(),
        }
    }
}

/// The counts of a statement, as they were at one time.
#[derive(Clone, Debug)]
pub(crate) struct CountsNow {
    kinds: [u64; Count::NUMBER],
    pub(crate) calls: u64,
    pub(crate) queries: u64,
    pub(crate) stored_bytes: u64,
    pub(crate) last_size: u64,
    pub(crate) last_invalidation: Option<LastInvalidation>,
}

impl CountsNow {
    pub(crate) fn get(&self, count: Count) -> u64 {
        self.kinds[count.place()]
    }

    pub(crate) fn time(&self, count: Count) -> Duration {
        Duration::from_micros(self.get(count))
    }
}
