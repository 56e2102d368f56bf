//! The definitions of tables: whether a table is still as the catalog showed it, so that its shapes can be used.

use smallvec::SmallVec;

use crate::generation::{Definitions, Reading, Slot};

/// The slots of definitions, with the generations that they had when the catalog was read.
pub(super) type Defined = SmallVec<[(Slot, u64); 2]>;

/// The definition of a table, as it was when the catalog was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Definition {
    pub(super) slot: Slot,
    generation: Option<u64>,
    epoch: u64,
}

impl Definition {
    /// If the catalogs of several databases were read, nothing was redefined between the first and the last.
    pub(super) fn of(slot: Slot, definitions: &[&Definitions]) -> Self {
        let first = definitions.first();
        let state = |definitions: &Definitions| (definitions.epoch(), definitions.generation(slot));
        let (epoch, generation) = first.map(|first| state(first)).unwrap_or_default();
        let is_same = definitions.iter().all(|other| state(other) == (epoch, generation));
        Self {
            slot,
            generation: generation.filter(|_| is_same),
            epoch,
        }
    }

    /// Returns the slot with its generation, if nothing was redefined since the catalog was read.
    pub(super) fn standing(self, epoch: u64, reading: &Reading<'_>) -> Option<(Slot, u64)> {
        let generation = self.generation.filter(|_| epoch == self.epoch)?;
        (reading.generation(self.slot) == Some(generation)).then_some((self.slot, generation))
    }
}
