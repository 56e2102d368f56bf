//! The writing side of one process: the slots that its connections fence, its writer id, and the terms of its fences.

mod abandoned;
mod hold;
mod terms;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

pub(super) use self::hold::Hold;
use self::hold::{Abandoned, DoubtTerms};
use super::claimed_writer::ClaimedWriter;
use super::file::MappedFile;
use super::layout::{self, header, record};
use super::line;
use super::registry::Registry;
use crate::fault::{self, Mutation, Point};
use crate::generation::clock::millis;
use crate::generation::hash;
use crate::generation::slot::Slot;
use crate::generation::stamp::{Claim, Mark};
use crate::generation::{DatabaseSession, DoubtPolicy};

#[derive(Debug, Default)]
pub(super) struct Writing {
    /// The file in which fences are set: the last one mapped, even if readers cannot use it at the moment.
    pub(super) mapped: Option<Arc<MappedFile>>,
    writer: Option<ClaimedWriter>,
    /// How many connections fence each slot. The first sets the bit, the last clears it.
    held: HashMap<Slot, u32, foldhash::fast::RandomState>,
    terms: DoubtTerms,
    sessions: [Option<DatabaseSession>; record::SESSION_COUNT],
    abandoned: Vec<Abandoned>,
    /// The number of fences that have been shared; the last one has this number.
    numbers: u64,
    /// Whether this process has invalidated anything since it mapped the file. A file that replaces this one would
    /// lack it.
    wrote: bool,
}

impl Writing {
    pub(super) fn bump(&mut self, slots: &[Slot]) {
        self.wrote = true;
        if let Some(mapped) = &self.mapped {
            for slot in slots {
                line::bump(&mapped.map.lines()[slot.index() as usize]);
            }
        }
    }

    /// Moves slots, and returns their new generations, which no other caller gets; `None` if there is no file.
    pub(super) fn bump_and_claim(&mut self, slots: &[Slot]) -> Option<Claim> {
        self.wrote = true;
        let mapped = self.mapped.as_ref()?;
        let lines = mapped.map.lines();
        let mark = |&slot: &Slot| Mark {
            slot,
            generation: line::bump(&lines[slot.index() as usize]),
        };
        Some(Claim {
            marks: sorted(slots).iter().map(mark).collect(),
            epoch: mapped.epoch(),
        })
    }

    pub(super) fn fence(&mut self, slots: &[Slot], policy: DoubtPolicy, now: impl Fn() -> u64) -> Hold {
        self.wrote = true;
        self.claim_writer(&now);
        let before = if self.held.is_empty() {
            DoubtTerms::default()
        } else {
            self.terms
        };
        let (terms, named) = match policy {
            DoubtPolicy::AtDeath => (before, None),
            DoubtPolicy::Grace { grace, session } => {
                let named = session
                    .filter(|session| session.id != 0)
                    .and_then(|session| self.name(session));
                let grace = millis(grace).max(before.grace);
                (
                    DoubtTerms {
                        grace,
                        unnamed: before.unnamed || named.is_none(),
                    },
                    named,
                )
            }
        };
        self.agree(terms);
        let slots = sorted(slots);
        self.set(&slots);
        let grace = match policy {
            DoubtPolicy::AtDeath => 0,
            DoubtPolicy::Grace { grace, .. } => millis(grace),
        };
        Hold { slots, named, grace }
    }

    /// Fences more slots on the terms of a fence that was just set.
    pub(super) fn fence_more(&mut self, hold: &mut Hold, slots: &[Slot]) {
        if slots.is_empty() {
            return;
        }
        let more: Vec<Slot> = sorted(slots)
            .iter()
            .copied()
            .filter(|slot| hold.slots.binary_search(slot).is_err())
            .collect();
        self.set(&more);
        hold.slots = sorted(&[&hold.slots, &*more].concat());
    }

    /// Returns the shapes that are in use in the file in which fences are set.
    pub(super) fn registry(&self) -> Registry<'_> {
        Registry(self.mapped.as_ref().map(|mapped| &mapped.map))
    }

    fn set(&mut self, slots: &[Slot]) {
        for &slot in slots {
            let count = self.held.entry(slot).or_default();
            *count += 1;
            if *count == 1
                && !fault::is_mutated(Mutation::NoFence)
                && !fault::is_mutated(Mutation::BumpAtStatement)
                && let (Some(mapped), Some(writer)) = (&self.mapped, &self.writer)
            {
                line::fence(&mapped.map.lines()[slot.index() as usize], writer.id);
                fault::at(Point::FenceSet);
            }
        }
    }

    /// Lifts a fence, with new generations.
    pub(super) fn lift(&mut self, hold: &Hold) {
        for slot in &hold.slots {
            let line = self
                .mapped
                .as_ref()
                .map(|mapped| &mapped.map.lines()[slot.index() as usize]);
            // The generation moves first, then the fence goes: between the two the slot is fenced *and* new.
            if let Some(line) = line
                && !fault::is_mutated(Mutation::BumpAtStatement)
            {
                line::bump(line);
                fault::at(Point::Moved);
            }
            let Some(count) = self.held.get_mut(slot) else {
                continue;
            };
            *count -= 1;
            if *count == 0 {
                self.held.remove(slot);
                if let (Some(line), Some(writer)) = (line, self.writer.as_ref().filter(|writer| !writer.is_shared())) {
                    line::unfence(line, writer.id);
                }
            }
        }
        if let Some(place) = hold.named {
            self.sessions[place] = None;
            self.record_session(place);
        }
        if self.held.is_empty() && self.writer.as_ref().is_some_and(ClaimedWriter::is_shared) {
            self.writer = None; // releases its lock; recovery clears the bits that it set
        }
    }

    pub(super) fn own_id(&self) -> Option<usize> {
        self.writer
            .as_ref()
            .map(|writer| writer.id)
            .filter(|&id| id < layout::CLAIMABLE)
    }

    /// Moves to another file with all fences held. If this process has invalidated anything, the other file may have
    /// missed it, and entries may have been stored under that file since. Therefore a new epoch begins there.
    pub(super) fn move_to(&mut self, mapped: Arc<MappedFile>, now: u64) {
        let old = self.mapped.replace(mapped);
        let old_writer = self.writer.take(); // keeps its lock until the new file has the fences
        if !self.held.is_empty() {
            let terms = self.terms;
            self.claim_writer(&|| now);
            self.agree(terms);
            (0..self.sessions.len()).for_each(|place| self.record_session(place));
        }
        let Some(new) = &self.mapped else { return };
        if let Some(writer) = &self.writer {
            for slot in self.held.keys() {
                line::fence(&new.map.lines()[slot.index() as usize], writer.id);
            }
        }
        if std::mem::replace(&mut self.wrote, !self.held.is_empty()) {
            new.map.header(header::EPOCH).store(hash::random(), SeqCst);
        }
        // The fences in the old file are no longer needed. A process that still reads there must not see an old
        // generation without a fence.
        if let (Some(old), Some(writer)) = (old, old_writer.filter(|writer| !writer.is_shared())) {
            for slot in self.held.keys() {
                let line = &old.map.lines()[slot.index() as usize];
                line::bump(line);
                line::unfence(line, writer.id);
            }
        }
    }

    /// Forgets a file that is gone and could not be replaced, unless this process has fences in it. Processes that
    /// still use the file see those fences. New fences in it would do more harm than good, because they would have no
    /// lock file.
    pub(super) fn forget_unless_fencing(&mut self) {
        if self.writer.is_none() {
            self.mapped = None;
        }
    }

    /// Releases the writer id when the process leaves the file.
    pub(super) fn close(&mut self) {
        if let (true, Some(mapped), Some(writer)) = (self.held.is_empty(), &self.mapped, self.writer.take()) {
            writer.release(mapped);
        }
    }
}

fn sorted(slots: &[Slot]) -> Box<[Slot]> {
    let mut slots: Vec<_> = slots.to_vec();
    slots.sort_unstable();
    slots.dedup();
    slots.into()
}
