//! The generations of the tables' definitions, as they were before a catalog was read.

use super::slot::Slot;

/// The generations of all definitions, before a catalog was read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Definitions {
    pub(super) epoch: u64,
    /// In the order of the slots; `None` for one that was fenced.
    pub(super) generations: Box<[Option<u64>]>,
}

impl Definitions {
    /// Returns the epoch of these generations; 0 if they could not be read.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Returns the generation that the slot of a definition had.
    pub(crate) fn generation(&self, slot: Slot) -> Option<u64> {
        let place = slot.definition_index()?;
        self.generations.get(place).copied().flatten()
    }
}
