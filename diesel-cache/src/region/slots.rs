//! What an entry depends on, as slots; remembered for queries that come again.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use smallvec::SmallVec;

use super::{Added, Region};
use crate::generation::Slot;
use crate::key::{Statement, StatementRef};
use crate::tables::{TableName, Tables};

/// The slots of a region itself, in one namespace.
#[derive(Clone, Copy, Debug)]
pub(super) struct OwnSlots {
    /// No two pairs of a region and a namespace have the same.
    id: u64,
    everything: Slot,
    pub(super) region: Slot,
    /// Where the region counts its soft invalidations.
    pub(super) soft: Slot,
}

impl OwnSlots {
    pub(super) fn new(namespace: &str, region: &str) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            id: NEXT.fetch_add(1, Relaxed),
            everything: Slot::everything(namespace),
            region: Slot::region(namespace, region),
            soft: Slot::soft(namespace, region),
        }
    }
}

/// Those of a usual query's tables are in place: to count references to them would cost a load more than to copy them.
pub(super) type TableSlots = SmallVec<[Slot; 6]>;

/// What an entry is stamped with, and a reader asks of its stamp, beside the slot of its key: those of its tables, of its region, and of
/// everything.
#[derive(Clone, Debug)]
pub(crate) struct Slots(
    /// Ascending, each once: as in a stamp.
    SmallVec<[Slot; 8]>,
);

/// What the catalogs say of a query.
#[derive(Clone, Debug)]
pub(crate) struct QueryFacts {
    pub(crate) slots: Slots,
    /// Does it do more than to return rows? Then an entry cannot take its place.
    pub(crate) has_side_effects: bool,
}

impl QueryFacts {
    /// Of a query; `more` tables were added by hand.
    #[inline]
    pub(crate) fn of(region: &Region, statement: &StatementRef, more: Added) -> Self {
        if statement.is_remembered() {
            known(region, statement, more)
        } else {
            Self::derive(region, statement, more)
        }
    }

    fn derive(region: &Region, statement: &Statement, more: Added) -> Self {
        let tables = match more {
            Added::Tables(more) => of_tables(region, statement.reads(), more),
            Added::Everything => of_tables(region, &Tables::Everything, &[]),
        };
        let catalogs = &region.context.catalogs;
        let side_effect = |facts| {
            catalogs
                .side_effect_of(region.namespace.shared(), facts, statement.sql())
                .is_some()
        };
        Self {
            slots: Slots::new(region, &tables),
            has_side_effects: catalogs.have_side_effects() && statement.facts().iter().any(side_effect),
        }
    }

    /// The same as `clone`, which goes through the slots one by one.
    #[inline]
    fn copied(&self) -> Self {
        Self {
            slots: self.slots.copied(),
            has_side_effects: self.has_side_effects,
        }
    }
}

impl Slots {
    pub(super) fn new(region: &Region, tables: &[Slot]) -> Self {
        let mut slots = SmallVec::from_slice(tables);
        slots.extend([region.own.everything, region.own.region]);
        slots.sort_unstable();
        slots.dedup();
        Self(slots)
    }

    #[inline]
    pub(crate) fn iter(&self) -> impl Iterator<Item = Slot> {
        self.0.iter().copied()
    }

    /// Ascending, each once.
    #[inline]
    pub(crate) fn as_slice(&self) -> &[Slot] {
        &self.0
    }

    #[inline]
    fn copied(&self) -> Self {
        Self(SmallVec::from_slice(&self.0))
    }
}

/// The tables that an entry depends on, with what they bring with them.
pub(super) fn of_tables(region: &Region, reads: &Tables, more: &[TableName]) -> TableSlots {
    let mut slots = TableSlots::new();
    region
        .context
        .read_slots(&region.namespace, reads, more, |slot| slots.push(slot));
    slots
}

/// A region in a namespace, a statement, and where the list of tables is that were added by hand.
type Id = (u64, u64, usize);

/// A thread that meets more begins anew: one that makes namespaces, or texts, all the time.
const MOST: usize = 4096;

/// Facts, with the version of the catalogs that they were derived from.
type Known = HashMap<Id, (u64, QueryFacts), foldhash::fast::RandomState>;

thread_local! {
    static KNOWN: RefCell<Known> = RefCell::default();
}

fn known(region: &Region, statement: &Statement, more: Added) -> QueryFacts {
    // Before the facts: they may change meanwhile.
    let version = region.context.catalogs.version();
    let list = match more {
        Added::Tables([]) => 0,
        Added::Tables(list) => list.as_ptr().addr(),
        Added::Everything => usize::MAX,
    };
    let id = (region.own.id, statement.id(), list);
    let derive = || QueryFacts::derive(region, statement, more);
    let remembered = KNOWN.try_with(|known| {
        let mut known = known.borrow_mut();
        match known.get(&id) {
            Some((derived_from, facts)) if *derived_from == version => facts.copied(),
            _ => {
                let facts = derive();
                if known.len() >= MOST {
                    known.clear();
                }
                known.insert(id, (version, facts.copied()));
                facts
            }
        }
    });
    // Gone while the thread ends.
    remembered.unwrap_or_else(|_| derive())
}
