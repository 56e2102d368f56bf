//! Why a load found nothing usable, and what has invalidated an entry.
//!
//! A write does not know which entries it invalidates, and a hit does not look for reasons. So the slots of an entry's
//! stamp are compared one by one when a load has found the entry invalid. The position of a slot shows what the slot
//! stands for. The counts say how many misses each cause has led to, and not how many writes there were.

use crate::event::{InvalidationCause, MissReason};
use crate::footprint::RegionSlots;
use crate::generation::{Reading, Slot, SlotKind, Stamp};

/// Why a load found nothing usable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Miss {
    pub(super) reason: MissReason,
    /// What has invalidated the entry, if it is invalid.
    pub(super) cause: Option<InvalidationCause>,
    /// The slot that has moved, if that is the cause.
    pub(super) slot: Option<Slot>,
}

impl From<MissReason> for Miss {
    fn from(reason: MissReason) -> Self {
        Self {
            reason,
            cause: None,
            slot: None,
        }
    }
}

impl From<InvalidationCause> for Miss {
    fn from(cause: InvalidationCause) -> Self {
        Self {
            reason: MissReason::Invalidated,
            cause: Some(cause),
            slot: None,
        }
    }
}

/// Returns why the stamp of an entry of the region is no longer valid. A fenced slot counts as moved, because it is
/// about to be.
#[cold]
pub(super) fn invalidated(region: &RegionSlots, stamp: &Stamp, generations: &Reading<'_>) -> Miss {
    if !generations.epoch().is_some_and(|epoch| stamp.is_of(epoch)) {
        return InvalidationCause::Epoch.into();
    }
    stamp
        .moved(|slot| generations.generation(slot))
        .map(|slot| Miss {
            slot: Some(slot),
            ..of(region, slot).into()
        })
        // The causes are declared from the narrowest to the widest. A definition comes before all of them, because it
        // moves with all other slots of its table.
        .min_by_key(|miss| match miss.cause {
            Some(InvalidationCause::Dependencies) | None => 0,
            Some(cause) => 1 + cause as u8,
        })
        .unwrap_or(InvalidationCause::Epoch.into())
}

fn of(region: &RegionSlots, slot: Slot) -> InvalidationCause {
    match slot.kind() {
        SlotKind::Named if slot == region.region => InvalidationCause::Region,
        SlotKind::Named if slot == region.everything => InvalidationCause::Everything,
        SlotKind::Named => InvalidationCause::Table,
        SlotKind::Operation => InvalidationCause::Cascade,
        SlotKind::Definition => InvalidationCause::Dependencies,
        SlotKind::UnknownRows => InvalidationCause::UnknownRows,
        SlotKind::InsertedRows => InvalidationCause::Insert,
        SlotKind::Rows => InvalidationCause::Row,
        SlotKind::Key => InvalidationCause::Key,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::generation::{DoubtPolicy, GenerationOptions, Generations, ShapeId, ShapePart};

    fn cause(region: &RegionSlots, stamp: &Stamp, generations: &Reading<'_>) -> Option<InvalidationCause> {
        invalidated(region, stamp, generations).cause
    }

    /// A slot of each kind, and what it stands for, from the narrowest to the widest.
    fn slots(region: &RegionSlots) -> [(Slot, InvalidationCause); 8] {
        let shape = ShapeId::new("", "post", ["id integer"]);
        [
            (Slot::key(&[7; 32]), InvalidationCause::Key),
            (Slot::rows(shape, [7]), InvalidationCause::Row),
            (Slot::of_shape(shape, ShapePart::Inserted), InvalidationCause::Insert),
            (
                Slot::of_shape(shape, ShapePart::Unknown),
                InvalidationCause::UnknownRows,
            ),
            (Slot::operation("", "person", &["delete"]), InvalidationCause::Cascade),
            (Slot::table("", "post"), InvalidationCause::Table),
            (region.region, InvalidationCause::Region),
            (region.everything, InvalidationCause::Everything),
        ]
    }

    #[test]
    fn the_slot_that_moved_shows_the_cause() {
        let (region, generations) = (
            RegionSlots::new("", "default"),
            Generations::in_process(GenerationOptions::default()),
        );
        let slots = slots(&region);
        for (slot, expected) in slots {
            let stamp = generations.stamp(slots.map(|(slot, _)| slot)).unwrap();
            generations.bump(&[slot]);
            assert_eq!(cause(&region, &stamp, &generations.read()), Some(expected));
        }
    }

    #[test]
    fn of_several_slots_the_narrowest_counts() {
        let (region, generations) = (
            RegionSlots::new("", "default"),
            Generations::in_process(GenerationOptions::default()),
        );
        let slots = slots(&region);
        let stamp = generations.stamp(slots.map(|(slot, _)| slot)).unwrap();
        for (slot, expected) in slots.into_iter().rev() {
            generations.bump(&[slot]);
            assert_eq!(cause(&region, &stamp, &generations.read()), Some(expected));
        }
    }

    #[test]
    fn a_definition_counts_before_all_others() {
        let (region, generations) = (
            RegionSlots::new("", "default"),
            Generations::in_process(GenerationOptions::default()),
        );
        let slots = slots(&region).map(|(slot, _)| slot);
        let all = slots.into_iter().chain([Slot::definition("", "post")]);
        let stamp = generations.stamp(all.clone()).unwrap();
        generations.bump(&all.collect::<Vec<_>>());
        assert_eq!(
            cause(&region, &stamp, &generations.read()),
            Some(InvalidationCause::Dependencies)
        );
    }

    #[test]
    fn a_slot_that_is_about_to_move_counts() {
        let (region, generations) = (
            RegionSlots::new("", "default"),
            Generations::in_process(GenerationOptions::default()),
        );
        for (slot, expected) in slots(&region) {
            let stamp = generations.stamp([slot]).unwrap();
            let fence = generations.fence(&[slot], DoubtPolicy::AtDeath, |_| Vec::new());
            assert_eq!(cause(&region, &stamp, &generations.read()), Some(expected));
            fence.lift();
        }
    }

    #[test]
    fn an_epoch_ends_all_that_was_stamped_before() {
        let region = RegionSlots::new("", "default");
        let [before, after] = [(); 2].map(|()| Generations::in_process(GenerationOptions::default()));
        let stamp = before.stamp(slots(&region).map(|(slot, _)| slot)).unwrap();
        assert_eq!(cause(&region, &stamp, &after.read()), Some(InvalidationCause::Epoch));
    }
}
