//! What a creator makes, and when: the identities of caches and values, and the order of events.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use crate::key::CacheKey;

/// A point in the order of events that matter here: beginnings of creators, and ends of their steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(super) u64);

static LATEST: AtomicU64 = AtomicU64::new(0);

impl Moment {
    pub(crate) fn now() -> Self {
        Self(LATEST.load(SeqCst))
    }

    /// Returns a moment later than all before.
    pub(super) fn next() -> Self {
        Self(LATEST.fetch_add(1, SeqCst) + 1)
    }
}

/// A cache, told apart from all others that are alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CacheId(usize);

impl CacheId {
    /// The cache that shares this with all its regions and handles.
    pub(crate) fn of<T>(shared: &Arc<T>) -> Self {
        Self(address(shared))
    }
}

/// A value, told apart from all others: the region that it belongs to, and its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ValueId(usize, CacheKey);

impl ValueId {
    /// The value under a key of the region that shares this with all its handles.
    pub(crate) fn of<T>(region: &Arc<T>, key: CacheKey) -> Self {
        Self(address(region), key)
    }
}

/// A creator at work.
#[derive(Debug)]
pub(super) struct Work {
    /// The cache of the values.
    pub(super) cache: CacheId,
    /// The values that it makes.
    pub(super) makes: Vec<ValueId>,
    pub(super) began: Moment,
    pub(super) tainted: AtomicBool,
    /// When its last step ended.
    /// The greatest lag of the replicas that it has read, in nanoseconds.
    pub(super) lag: AtomicU64,
    pub(super) stepped: AtomicU64,
}

impl Work {
    /// The creator receives rows that were read in a transaction; see
    /// [`reads_in_transaction`](super::reads_in_transaction).
    pub(super) fn reads(&self, outside: Option<Moment>) {
        if outside.is_none_or(|outside| outside < self.began) {
            self.tainted.store(true, SeqCst);
        }
    }

    /// A statement of the creator may have been sent to a replica with this lag.
    pub(super) fn lags(&self, lag: Duration) {
        let nanos = u64::try_from(lag.as_nanos()).unwrap_or(u64::MAX);
        self.lag.fetch_max(nanos, SeqCst);
    }
}

fn address<T>(shared: &Arc<T>) -> usize {
    Arc::as_ptr(shared).addr()
}
