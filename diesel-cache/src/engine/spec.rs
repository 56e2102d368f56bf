//! The description of a load: its key, requirements, options and access.

use std::time::Duration;

use crate::cacheable::Layout;
use crate::event::BypassReason;
use crate::footprint::{FootprintId, ReadFootprint, ReadSlots, RowStamp};
use crate::generation::Slot;
use crate::key::{CacheKey, MemoryKey, StatementRef};

/// The requirements other than dependencies: layout and age.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Terms {
    /// The layout of the row type; `None` accepts any.
    pub(crate) layout: Option<Layout>,
    /// The greatest age of the rows, whatever the entry says.
    pub(crate) max_age: Option<Duration>,
    pub(crate) ignore_expiration: bool,
}

/// What a reader requires of the entry under its key: dependencies, layout and age.
#[derive(Clone, Debug)]
pub(crate) struct Requirements {
    pub(crate) terms: Terms,
    /// The footprint, which determines the slots together with the key; `None` for a value.
    pub(crate) footprint: Option<FootprintId>,
    /// The slots on which the rows depend, as far as the reader knows. The entry must have been stamped with all of
    /// them.
    pub(crate) slots: ReadSlots,
    /// How the entry depends on rows, if it does.
    pub(crate) rows: Option<RowStamp>,
}

impl Requirements {
    pub(crate) fn new(terms: Terms, ReadFootprint { id, slots, rows }: ReadFootprint) -> Self {
        Self {
            terms,
            footprint: Some(id),
            slots,
            rows,
        }
    }
}

/// The entry that a reader accepts.
#[derive(Clone, Debug)]
pub(crate) struct EntrySpec {
    pub(crate) key: CacheKey,
    /// The key by which memory finds the entry.
    pub(crate) memory_key: MemoryKey,
    /// The slot that invalidating by key moves: for a value its key, for a query all its entries, whatever settings
    /// their connections had.
    pub(crate) key_slot: Slot,
    pub(crate) requirements: Requirements,
}

impl EntrySpec {
    /// Returns the slots with which the entry is stamped.
    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot> {
        let Requirements { slots, rows, .. } = &self.requirements;
        let inserted = rows.iter().flat_map(|rows| rows.inserted.iter().copied());
        slots.iter().chain(inserted).chain([self.key_slot])
    }
}

/// What a caller may do with the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// The caller reads entries, and stores its rows.
    Full,
    /// The caller reads entries. Its rows come from a replica that may be behind by this much, and are stored if
    /// nothing on which they depend was written within that time.
    Replica(Duration),
    /// The caller reads entries, but its rows are not stored, because it is in a transaction.
    ReadOnly,
    /// The caller does not use the cache.
    Bypass(BypassReason),
}

/// What a caller chose for this load.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LoadOptions {
    pub(crate) time_to_live: Option<Duration>,
    pub(crate) only_if_cached: bool,
    pub(crate) refresh: bool,
    pub(crate) skip_empty: bool,
}

/// One load, before anything that may block: of a query, or of a value.
#[derive(Debug)]
pub(crate) struct LoadSpec {
    /// The statement of a query; a value has none.
    pub(crate) statement: Option<StatementRef>,
    pub(crate) memory_key: MemoryKey,
    pub(crate) requirements: Requirements,
    pub(crate) options: LoadOptions,
    /// The access of the caller. The region may restrict it further.
    pub(crate) access: Access,
}
