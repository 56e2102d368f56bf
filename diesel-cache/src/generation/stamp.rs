//! Stamps: the generations that an entry's slots had before its query ran.

use smallvec::SmallVec;

use super::slot::{SLOTS, Slot};

/// An epoch, and the generation of each slot that the entry depends on. It goes into the entry's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(super) epoch: u64,
    /// Ascending, without duplicates.
    pub(super) marks: Marks,
}

/// The marks of a query of two tables are held inline, because each hit reads them.
pub(super) type Marks = SmallVec<[Mark; 5]>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) slot: Slot,
    pub(super) generation: u64,
}

/// Slots that a caller has moved, and their new generations, which no other caller has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(super) epoch: u64,
    /// Ascending, without duplicates.
    pub(super) marks: Box<[Mark]>,
}

/// Why there is no stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unstamped {
    /// One of the slots is fenced, or the file cannot be reached: the load must neither read nor store an entry.
    Fenced,
    /// This process has no lease in its cluster: the load must neither read nor store an entry.
    #[cfg(feature = "redis")]
    NoLease,
    /// Taking the stamp may block, which a step of a task must not: call again on a thread that may block.
    MustBlock,
}

impl Claim {
    /// Returns `true` if nothing but this claim has moved the slot since the stamp was taken.
    pub(crate) fn follows(&self, stamp: &Stamp, slot: Slot) -> bool {
        match (stamp.generation(slot), generation(&self.marks, slot)) {
            (Some(stamped), Some(claimed)) => stamped.checked_add(1) == Some(claimed),
            _ => false,
        }
    }
}

impl Stamp {
    /// Makes a stamp of marks in any order.
    pub(super) fn new(epoch: u64, mut marks: Marks) -> Self {
        marks.sort_unstable_by_key(|mark| mark.slot);
        marks.dedup_by_key(|mark| mark.slot);
        Self { epoch, marks }
    }

    /// Returns the generation that the slot had, if the stamp holds it.
    pub(crate) fn generation(&self, slot: Slot) -> Option<u64> {
        generation(&self.marks, slot)
    }

    /// Returns the slots whose generation has changed since the stamp was taken. `now` returns the current generation
    /// of a slot.
    pub(crate) fn moved(&self, now: impl Fn(Slot) -> Option<u64>) -> impl Iterator<Item = Slot> {
        let marks = self.marks.iter();
        marks
            .filter(move |mark| now(mark.slot) != Some(mark.generation))
            .map(|mark| mark.slot)
    }

    /// Returns `true` if the stamp was taken in this epoch.
    pub(crate) fn is_of(&self, epoch: u64) -> bool {
        self.epoch == epoch
    }

    /// Removes slots on which the rows turned out not to depend.
    pub(crate) fn forget(&mut self, slots: &[Slot]) {
        self.marks.retain(|mark| !slots.contains(&mark.slot));
    }

    /// Returns the stamp with the generations of the claim in place of its own, even if others have moved these slots
    /// in between. Returns `None` if the claim is of another epoch.
    pub(crate) fn under(&self, claim: &Claim) -> Option<Self> {
        let claimed = |mark: &Mark| Mark {
            slot: mark.slot,
            generation: generation(&claim.marks, mark.slot).unwrap_or(mark.generation),
        };
        (self.epoch == claim.epoch).then(|| Self {
            epoch: self.epoch,
            marks: self.marks.iter().map(claimed).collect(),
        })
    }

    /// Returns `true` if the stamp holds each of these slots, and the slot of the key. If it does not, the entry may
    /// depend on less than the reader, and cannot be served to it.
    #[inline]
    pub(crate) fn covers(&self, slots: &[Slot], key: Slot) -> bool {
        // A stamp usually holds these slots and no others; keys come last.
        match &*self.marks {
            [marks @ .., last] if marks.len() == slots.len() => {
                let are_same = marks.iter().zip(slots).all(|(mark, slot)| mark.slot == *slot);
                (are_same && last.slot == key) || self.holds(slots, key)
            }
            _ => self.holds(slots, key),
        }
    }

    fn holds(&self, slots: &[Slot], key: Slot) -> bool {
        let holds = |&slot: &Slot| self.generation(slot).is_some();
        slots.iter().all(holds) && holds(&key)
    }

    /// Appends the stamp to `out`: the epoch, the number of marks, and for each mark the distance from the previous
    /// slot and the generation.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.epoch.to_le_bytes());
        write_number(out, self.marks.len() as u64);
        let mut least = 0; // the lowest index that the next slot can have
        for mark in &self.marks {
            write_number(out, u64::from(mark.slot.index() - least));
            write_number(out, mark.generation);
            least = mark.slot.index() + 1;
        }
    }

    /// Reads a stamp from the front of `bytes`, and returns it with the rest; `None` for anything that
    /// [`encode`](Self::encode) would not have written.
    pub(crate) fn decode(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (epoch, mut bytes) = bytes.split_first_chunk()?;
        let count = read_number(&mut bytes)?;
        // A mark takes at least two bytes, so that a short input never causes a long allocation.
        if count > u64::from(SLOTS) || count > bytes.len() as u64 / 2 {
            return None;
        }
        let mut marks = Marks::with_capacity(usize::try_from(count).ok()?);
        let mut least = 0;
        for _ in 0..count {
            let step = read_number(&mut bytes)?;
            let slot = Slot::from_index(u32::try_from(u64::from(least).checked_add(step)?).ok()?)?;
            marks.push(Mark {
                slot,
                generation: read_number(&mut bytes)?,
            });
            least = slot.index() + 1;
        }
        Some((
            Self {
                epoch: u64::from_le_bytes(*epoch),
                marks,
            },
            bytes,
        ))
    }
}

fn generation(marks: &[Mark], slot: Slot) -> Option<u64> {
    let place = marks.binary_search_by_key(&slot, |mark| mark.slot).ok()?;
    Some(marks[place].generation)
}

/// Writes a number as LEB128: seven bits a byte, lowest first.
fn write_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Reads a number in its shortest form only, so that a stamp has one encoding.
fn read_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let bits = u64::from(byte & 0x7f);
        if shift == 63 && bits > 1 {
            return None;
        }
        number |= bits << shift;
        if byte & 0x80 == 0 {
            return (byte != 0 || shift == 0).then_some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(marks: &[(u32, u64)]) -> Stamp {
        let marks = marks
            .iter()
            .map(|&(slot, generation)| Mark {
                slot: Slot::from_index(slot).unwrap(),
                generation,
            })
            .collect();
        Stamp {
            epoch: 0x0123_4567_89ab_cdef,
            marks,
        }
    }

    fn encoded(stamp: &Stamp) -> Vec<u8> {
        let mut out = Vec::new();
        stamp.encode(&mut out);
        out
    }

    fn examples() -> Vec<Stamp> {
        vec![
            stamp(&[]),
            stamp(&[(0, 0)]),
            stamp(&[
                (0, 127),
                (1, 128),
                (SLOTS / 3, u64::MAX),
                (SLOTS / 2, 1 << 63),
                (SLOTS - 1, 5),
            ]),
        ]
    }

    #[test]
    fn a_stamp_is_read_back() {
        for stamp in examples() {
            let mut bytes = encoded(&stamp);
            bytes.extend_from_slice(b"rest");
            assert_eq!(Stamp::decode(&bytes), Some((stamp, &b"rest"[..])));
        }
        assert!(
            encoded(&stamp(&[(5, 10), (9, 3), (10, 2), (SLOTS - 9, 0)])).len() <= 20,
            "small enough for every entry"
        );
    }

    #[test]
    fn hostile_bytes_are_refused_or_mean_one_thing() {
        for stamp in examples() {
            let bytes = encoded(&stamp);
            for end in 0..bytes.len() {
                assert_eq!(Stamp::decode(&bytes[..end]), None, "cut at {end}");
            }
            for at in 0..bytes.len() {
                for bit in 0..8 {
                    let mut flipped = bytes.clone();
                    flipped[at] ^= 1 << bit;
                    let Some((other, rest)) = Stamp::decode(&flipped) else {
                        continue;
                    };
                    assert_ne!(other, stamp);
                    assert_eq!(
                        encoded(&other),
                        flipped[..flipped.len() - rest.len()],
                        "one encoding each"
                    );
                    assert!(other.marks.is_sorted_by(|a, b| a.slot < b.slot));
                    assert!(other.marks.iter().all(|mark| mark.slot.index() < SLOTS));
                }
            }
        }
    }

    #[test]
    fn lengths_are_not_believed() {
        let mut bytes = vec![0; 8];
        write_number(&mut bytes, u64::MAX);
        bytes.extend_from_slice(&[0; 64]);
        assert_eq!(Stamp::decode(&bytes), None);
        assert_eq!(
            Stamp::decode(&[&[0; 8][..], &[1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0]].concat()),
            None,
            "slot out of range"
        );
    }

    #[test]
    fn a_claim_takes_the_place_of_its_slots_alone() {
        let stamp = stamp(&[(3, 7), (9, 1)]);
        let slot = |index| Slot::from_index(index).unwrap();
        let claim = |epoch, generation| Claim {
            epoch,
            marks: [Mark {
                slot: slot(9),
                generation,
            }]
            .into(),
        };
        let next = claim(stamp.epoch, 2);
        let under = stamp.under(&next).unwrap();
        assert_eq!(
            (under.generation(slot(3)), under.generation(slot(9))),
            (Some(7), Some(2))
        );
        assert!(next.follows(&stamp, slot(9)));
        assert!(!next.follows(&stamp, slot(3)), "the slot is not claimed");
        let later = claim(stamp.epoch, 3);
        assert!(
            !later.follows(&stamp, slot(9)),
            "another caller has moved the slot in between"
        );
        assert!(stamp.under(&claim(stamp.epoch + 1, 2)).is_none(), "another epoch");
    }

    #[test]
    fn what_has_moved_is_what_has_another_generation_or_none() {
        let stamp = stamp(&[(3, 7), (5, 0), (9, 1)]);
        let now = |slot: Slot| {
            [(3, 7), (5, 1)]
                .iter()
                .find(|(at, _)| *at == slot.index())
                .map(|(_, now)| *now)
        };
        let moved: Vec<u32> = stamp.moved(now).map(Slot::index).collect();
        assert_eq!(moved, [5, 9]);
    }

    #[test]
    fn covers_means_all() {
        let stamp = stamp(&[(3, 0), (5, 0), (9, 0)]);
        let [three, four, five, nine] = [3, 4, 5, 9].map(|index| Slot::from_index(index).unwrap());
        for slots in [&[three, five][..], &[five], &[three], &[]] {
            assert!(stamp.covers(slots, nine), "{slots:?}");
            assert!(!stamp.covers(slots, four), "{slots:?}");
        }
        for slots in [&[three, four][..], &[four, five], &[three, four, five], &[four]] {
            assert!(!stamp.covers(slots, nine), "{slots:?}");
        }
    }
}
