//! A member's copy of the coordinator's generations and fences, from one join to the next.
//!
//! Readers use the slots and the end of the lease, and no lock.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::wire::{FenceId, MemberId, Record};
use crate::fault::{self, Mutation};
use crate::generation::slot::{SLOTS, Slot};

#[derive(Debug)]
pub(super) struct Mirror {
    pub(super) epoch: u64,
    /// The number of the join that it belongs to.
    pub(super) join: u64,
    /// The coordinator's last event before the join.
    pub(super) first: u64,
    slots: Box<[Line]>,
    /// When this member must stop serving, in milliseconds since the boot; 0 while it may not serve.
    serves_until: AtomicU64,
    /// Since when the server may have been replaced, in milliseconds since the boot; the maximum if nobody would know.
    confirmed_at: AtomicU64,
    /// The end of its last lease, when it has been lost.
    lease_end: AtomicU64,
    /// When it must stop serving stale entries, when it has been lost.
    stale_until: AtomicU64,
    /// The last event that has been applied.
    applied: AtomicU64,
    roster: Mutex<Roster>,
    /// Set once, and seen at the next check.
    is_lost: AtomicBool,
    /// Whether the process has left of its own accord.
    has_left: AtomicBool,
}

/// A slot: its generation, and how many fences are on it.
#[derive(Debug, Default)]
struct Line {
    generation: AtomicU64,
    fences: AtomicU64,
}

/// The fences and members that the coordinator knows.
#[derive(Debug, Default)]
pub(super) struct Roster {
    pub(super) fences: HashMap<FenceId, Record>,
    pub(super) members: HashSet<MemberId>,
    /// When it was noticed that the fence's writer is gone, in milliseconds since the boot.
    doubted: HashMap<FenceId, u64>,
}

impl Mirror {
    pub(super) fn new(epoch: u64, join: u64, first: u64) -> Self {
        Self {
            epoch,
            join,
            first,
            slots: std::iter::repeat_with(Line::default).take(SLOTS as usize).collect(),
            serves_until: AtomicU64::new(0),
            confirmed_at: AtomicU64::new(u64::MAX),
            lease_end: AtomicU64::new(0),
            stale_until: AtomicU64::new(0),
            applied: AtomicU64::new(first),
            roster: Mutex::default(),
            is_lost: AtomicBool::new(false),
            has_left: AtomicBool::new(false),
        }
    }

    /// Returns `true` if this member may serve at this time.
    #[inline]
    pub(super) fn serves_at(&self, now: u64) -> bool {
        let end = self.serves_until.load(SeqCst);
        now < end || end > 0 && fault::is_mutated(Mutation::NoLease)
    }

    pub(super) fn serve_until(&self, end: u64) {
        self.serves_until.store(end, SeqCst);
    }

    /// Returns since when the server may have been replaced, in milliseconds since the boot; the maximum if nobody would
    /// know.
    pub(super) fn confirmed_at(&self) -> u64 {
        self.confirmed_at.load(SeqCst)
    }

    /// Notes that the server had not been replaced at this time.
    pub(super) fn confirm(&self, at: u64) {
        self.confirmed_at.store(at, SeqCst);
    }

    /// Returns `true` if stale entries may be served by it at this time.
    pub(super) fn serves_stale_at(&self, now: u64) -> bool {
        now < self.stale_until.load(SeqCst)
    }

    /// Serves stale entries to the end of its lease from now on. Returns `false` if it never had one. Call it before it is
    /// lost.
    pub(super) fn serve_stale(&self) -> bool {
        let end = self.serves_until.load(SeqCst);
        self.lease_end.store(end, SeqCst);
        self.stale_until.store(end, SeqCst);
        end > 0
    }

    /// Serves stale entries for so much longer than its lease, in milliseconds.
    pub(super) fn serve_stale_for(&self, longer: u64) {
        let end = self.lease_end.load(SeqCst);
        self.stale_until.store(end.saturating_add(longer), SeqCst);
    }

    /// Stops serving, for good.
    pub(super) fn lose(&self) {
        self.is_lost.store(true, SeqCst);
        self.serve_until(0);
    }

    pub(super) fn is_lost(&self) -> bool {
        self.is_lost.load(SeqCst)
    }

    /// Notes that this process leaves before its lease is over.
    pub(super) fn leave(&self) {
        self.has_left.store(true, SeqCst);
    }

    pub(super) fn has_left(&self) -> bool {
        self.has_left.load(SeqCst)
    }

    pub(super) fn applied(&self) -> u64 {
        self.applied.load(SeqCst)
    }

    pub(super) fn set_applied(&self, seq: u64) {
        self.applied.store(seq, SeqCst);
    }

    /// Returns the generation, unless the slot is fenced. Looks at the fences first: see `local/line.rs`.
    #[inline]
    pub(super) fn generation(&self, slot: Slot) -> Option<u64> {
        let line = &self.slots[slot.index() as usize];
        (line.fences.load(SeqCst) == 0).then(|| line.generation.load(SeqCst))
    }

    /// Returns what [`generation`](Self::generation) returns for each slot, in order.
    pub(super) fn generations(&self) -> impl Iterator<Item = Option<u64>> {
        (0..SLOTS)
            .filter_map(Slot::from_index)
            .map(|slot| self.generation(slot))
    }

    /// Sets a generation, which never goes back.
    pub(super) fn set(&self, slot: Slot, generation: u64) {
        self.slots[slot.index() as usize]
            .generation
            .fetch_max(generation, SeqCst);
    }

    /// Sets new generations.
    pub(super) fn set_all(&self, moved: &[(Slot, u64)]) {
        moved.iter().for_each(|&(slot, generation)| self.set(slot, generation));
    }

    /// Sets a fence, or adds to it the slots that it lacks.
    pub(super) fn fence(&self, id: FenceId, record: &Record) {
        let mut roster = self.roster();
        let slots = match roster.fences.insert(id, record.clone()) {
            None => record.slots.to_vec(),
            Some(mut before) => {
                let is_new = |slot: &&Slot| before.slots.binary_search(slot).is_err();
                let new = record.slots.iter().filter(is_new).copied().collect();
                before.slots = union(&before.slots, &record.slots);
                before.grace = before.grace.max(record.grace);
                roster.fences.insert(id, before);
                new
            }
        };
        for slot in slots {
            self.slots[slot.index() as usize].fences.fetch_add(1, SeqCst);
        }
    }

    /// Fences slots for good.
    pub(super) fn close(&self, slots: &[Slot]) {
        for slot in slots {
            self.slots[slot.index() as usize].fences.fetch_add(1, SeqCst);
        }
    }

    /// Sets new generations, and removes the fence.
    pub(super) fn lift(&self, id: FenceId, moved: &[(Slot, u64)]) {
        // The generations move first: between the two, a slot is fenced *and* new.
        self.set_all(moved);
        if let Some(record) = self.roster().fences.remove(&id) {
            for slot in &record.slots {
                self.slots[slot.index() as usize].fences.fetch_sub(1, SeqCst);
            }
        }
    }

    pub(super) fn roster(&self) -> MutexGuard<'_, Roster> {
        // Nothing can panic while it is held.
        self.roster.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Roster {
    pub(super) fn joined(&mut self, member: MemberId) {
        self.members.insert(member);
        // If it is gone again before anybody looks, the grace of its doubts begins anew: it may have written meanwhile.
        self.doubted.retain(|id, _| id.member != member);
    }

    /// Returns the fences whose writers are gone, and have been for the grace. It counts from the first call that saw them
    /// gone, because what happened before this mirror is not known: a writer may have come back, and gone again.
    pub(super) fn over(&mut self, now: u64) -> Vec<FenceId> {
        let orphans: Vec<(FenceId, u64)> = self.orphans().map(|(id, record)| (id, record.grace)).collect();
        self.doubted.retain(|id, _| self.fences.contains_key(id));
        let mut over = Vec::new();
        for (id, grace) in orphans {
            let since = *self.doubted.entry(id).or_insert(now);
            let grace = if fault::is_mutated(Mutation::LiftDoubtAtOnce) {
                0
            } else {
                grace
            };
            if since.saturating_add(grace) <= now {
                over.push(id);
            }
        }
        over
    }

    /// Returns the fences whose writers are no members.
    pub(super) fn orphans(&self) -> impl Iterator<Item = (FenceId, &Record)> {
        let is_orphan = |(id, _): &(&FenceId, &Record)| !self.members.contains(&id.member);
        self.fences.iter().filter(is_orphan).map(|(id, record)| (*id, record))
    }
}

/// Returns the slots of both, in order.
pub(super) fn union(one: &[Slot], other: &[Slot]) -> Box<[Slot]> {
    let mut slots = [one, other].concat();
    slots.sort_unstable();
    slots.dedup();
    slots.into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn slot(index: u32) -> Slot {
        Slot::from_index(index).unwrap()
    }

    fn id(number: u64) -> FenceId {
        FenceId {
            member: MemberId(1),
            number,
        }
    }

    fn record(slots: &[u32]) -> Record {
        Record {
            grace: 0,
            session: None,
            slots: slots.iter().copied().map(slot).collect(),
        }
    }

    #[test]
    fn a_fence_counts_once_and_grows() {
        let mirror = Mirror::new(1, 1, 0);
        mirror.fence(id(1), &record(&[3]));
        mirror.fence(id(1), &record(&[3]));
        mirror.fence(id(1), &record(&[3, 4]));
        mirror.fence(id(2), &record(&[4]));
        assert_eq!([3, 4, 5].map(|at| mirror.generation(slot(at))), [None, None, Some(0)]);
        mirror.lift(id(1), &[(slot(3), 7), (slot(4), 1)]);
        assert_eq!([3, 4].map(|at| mirror.generation(slot(at))), [Some(7), None]);
        mirror.lift(id(1), &[(slot(3), 6)]);
        assert_eq!(mirror.generation(slot(3)), Some(7), "never back");
        mirror.lift(id(2), &[(slot(4), 2)]);
        assert_eq!(mirror.generation(slot(4)), Some(2));
    }

    #[test]
    fn a_lease_ends_at_its_end() {
        let mirror = Mirror::new(1, 1, 0);
        assert!(!mirror.serves_at(0));
        mirror.serve_until(10);
        assert!(mirror.serves_at(9) && !mirror.serves_at(10));
        mirror.lose();
        assert!(!mirror.serves_at(9) && mirror.is_lost());
    }

    #[test]
    fn a_doubt_begins_anew_when_its_writer_was_back() {
        let mirror = Mirror::new(1, 1, 0);
        mirror.fence(
            id(1),
            &Record {
                grace: 100,
                ..record(&[3])
            },
        );
        let mut roster = mirror.roster();
        assert_eq!(roster.over(10), []);
        assert_eq!(roster.over(109), []);
        roster.joined(MemberId(1));
        roster.members.remove(&MemberId(1));
        assert_eq!(roster.over(110), [], "it was back, between two looks");
        assert_eq!(roster.over(209), []);
        assert_eq!(roster.over(210), [id(1)]);
        roster.joined(MemberId(1));
        assert_eq!(roster.over(1000), []);
    }

    #[test]
    fn fences_of_members_that_are_gone_are_orphans() {
        let mirror = Mirror::new(1, 1, 0);
        mirror.fence(id(1), &record(&[3]));
        mirror.roster().members.insert(MemberId(2));
        assert_eq!(mirror.roster().orphans().count(), 1);
        mirror.roster().members.insert(MemberId(1));
        assert_eq!(mirror.roster().orphans().count(), 0);
    }
}
