//! How long ago anything last changed that the rows depend on. If that is more than the lag of a replica, its rows are
//! current.

use std::time::Duration;

use crate::fault::{self, Mutation};
use crate::footprint::RowStamp;
use crate::generation::{Generations, Slot, Stamp};

/// How long ago anything had last changed that the rows of a query depend on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unchanged {
    /// For a result without rows, which new rows would change.
    empty: Duration,
    /// For a result with rows, on which [new ones](RowStamp::inserted) have no effect.
    found: Duration,
}

impl Unchanged {
    /// Call this after the stamp was taken, and before the query. `soft` is the region's soft slot with its generation.
    pub(super) fn new(generations: &Generations, stamp: &Stamp, soft: (Slot, u64), rows: Option<&RowStamp>) -> Self {
        let unchanged_for = |stamp: &Stamp| generations.unchanged_for(stamp, soft, rows.is_some());
        let empty = unchanged_for(stamp);
        let inserted = rows.map(|rows| &*rows.inserted).filter(|inserted| !inserted.is_empty());
        let found = inserted.map(|inserted| {
            let mut stamp = stamp.clone();
            stamp.forget(inserted);
            unchanged_for(&stamp)
        });
        Self {
            empty,
            found: found.unwrap_or(empty),
        }
    }

    /// Returns the time for a result that is `empty` or not.
    pub(super) fn of(self, empty: bool) -> Duration {
        match empty {
            true => self.empty,
            false => self.found,
        }
    }

    /// Returns `true` if the time may turn out to be at least `lag`, for some result.
    pub(super) fn may_be(self, lag: Duration) -> bool {
        self.found >= lag || fault::is_mutated(Mutation::ReplicaLag)
    }
}
