//! Footprints, with and without the binds of a query.

use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use smallvec::SmallVec;

use super::rows::{InsertedSlots, RowReads};
use crate::generation::{Generations, Slot, Stamp};
use crate::key::Binds;

/// The slots that an entry is stamped with, and that a reader requires in its stamp, beside the slot of its key: those
/// of its tables, of its region, and of everything.
#[derive(Clone, Debug)]
pub(crate) struct ReadSlots(
    /// Ascending, without duplicates, as in a stamp.
    SmallVec<[Slot; 8]>,
);

impl ReadSlots {
    pub(super) fn of(mut slots: SmallVec<[Slot; 8]>) -> Self {
        slots.sort_unstable();
        slots.dedup();
        Self(slots)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Slot> {
        self.0.iter().copied()
    }

    /// Returns the slots in ascending order, without duplicates.
    pub(crate) fn as_slice(&self) -> &[Slot] {
        &self.0
    }
}

/// What a query depends on.
#[derive(Clone, Debug)]
pub(crate) struct ReadFootprint {
    /// The footprint without binds from which this one was derived.
    pub(crate) id: FootprintId,
    pub(crate) slots: ReadSlots,
    /// How the query depends on rows, if it does.
    pub(crate) rows: Option<RowStamp>,
}

/// The additional parts of the stamp of an entry that depends on rows.
#[derive(Clone, Debug)]
pub(crate) struct RowStamp {
    /// Slots of new rows. They matter only while the result is empty: a row that is there cannot be inserted again.
    pub(crate) inserted: InsertedSlots,
    /// The epoch in which the stamp has to be taken.
    pub(crate) epoch: u64,
    /// The generations that the slots of the tables' definitions must have in the stamp.
    pub(crate) defined: SmallVec<[(Slot, u64); 2]>,
}

impl RowStamp {
    /// Returns `true` if the stamp is safe: all writers knew the shapes when it was taken, and the tables were defined
    /// as the catalog showed them.
    pub(crate) fn permits(&self, stamp: &Stamp) -> bool {
        let is_as_read = |(slot, generation): &(Slot, u64)| stamp.generation(*slot) == Some(*generation);
        stamp.is_of(self.epoch) && self.defined.iter().all(is_as_read)
    }
}

/// The number, in this process, of a footprint without binds.
///
/// With the key of an entry, which holds the binds, it determines the slots that a reader requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FootprintId(NonZeroU64);

impl FootprintId {
    fn next() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self(NonZeroU64::new(LAST.fetch_add(1, Relaxed) + 1).unwrap_or(NonZeroU64::MAX))
    }

    pub(crate) fn get(self) -> NonZeroU64 {
        self.0
    }
}

/// A footprint without binds.
#[derive(Debug)]
pub(super) struct Derived {
    pub(super) id: FootprintId,
    /// The query depends on whole tables.
    pub(super) whole: ReadSlots,
    /// The query depends on rows of some tables.
    pub(super) rows: Option<DerivedRows>,
    /// Whether the query has effects, which a hit would leave out.
    pub(super) has_side_effects: bool,
}

#[derive(Debug)]
pub(super) struct DerivedRows {
    pub(super) reads: RowReads,
    /// The slots that are the same for all binds.
    pub(super) base: ReadSlots,
}

impl Derived {
    pub(super) fn new(whole: ReadSlots, rows: Option<DerivedRows>, has_side_effects: bool) -> Self {
        Self {
            id: FootprintId::next(),
            whole,
            rows,
            has_side_effects,
        }
    }

    /// Returns the footprint with these binds.
    pub(super) fn with_binds(&self, binds: &Binds, generations: &Generations) -> ReadFootprint {
        let id = self.id;
        if let Some(rows) = &self.rows
            && let Some(found) = rows.reads.slots(rows.base.as_slice(), binds, generations)
        {
            return ReadFootprint {
                id,
                slots: ReadSlots(found.slots),
                rows: Some(RowStamp {
                    inserted: found.inserted,
                    epoch: found.epoch,
                    defined: found.defined,
                }),
            };
        }
        ReadFootprint {
            id,
            slots: self.whole.clone(),
            rows: None,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::generation::GenerationOptions;

    /// A table may be redefined after a reader has looked, and before its stamp is taken.
    #[test]
    fn a_stamp_of_another_definition_or_epoch_is_not_permitted() {
        let generations = Generations::in_process(GenerationOptions::default());
        let definition = Slot::definition("", "post");
        let slots = [definition, Slot::table("", "post")];
        let before = generations.stamp(slots).unwrap();
        let stamp = |generation, epoch| RowStamp {
            inserted: InsertedSlots::new(),
            epoch,
            defined: [(definition, generation)].into_iter().collect(),
        };
        let epoch = generations.read().epoch().unwrap();
        let generation = before.generation(definition).unwrap();
        assert!(stamp(generation, epoch).permits(&before));
        assert!(!stamp(generation, epoch + 1).permits(&before));
        generations.bump(&[definition]);
        let after = generations.stamp(slots).unwrap();
        assert!(!stamp(generation, epoch).permits(&after), "defined anew");
        let whole = generations.stamp([slots[1]]).unwrap();
        assert!(
            !stamp(generation, epoch).permits(&whole),
            "stamped with the whole table"
        );
    }
}
