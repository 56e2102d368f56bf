//! Generations in a file that all processes of a machine map, or in the memory of one process.
//!
//! | file | what it does |
//! | --- | --- |
//! | `layout`, `map` | the offsets in the file; the mapped memory |
//! | `line` | one slot: a generation and the fences on it |
//! | `identity`, `lock`, `private` | identities of files, locks on files, and files that only their owner can read |
//! | `writer_lock`, `ghost`, `seal`, `file` | lock files of writers, writers whose state was lost, the seal of a clean close, the file as a whole |
//! | `recovery`, `claimed_writer` | fences of dead writers; this process's writer id |
//! | `writing` | the writing side of this process |
//! | `directory`, `state` | the directory; the generations with all their state |
//! | `registry` | the shapes by which entries are stamped |
//! | `watch`, `doubts` | checks that the file is in its place; fences that a reader meets |
//! | `fence` | the guard of a write |

mod claimed_writer;
mod directory;
mod doubts;
mod fence;
mod file;
mod ghost;
mod identity;
mod layout;
mod line;
mod lock;
mod map;
mod private;
mod recovery;
mod registry;
mod seal;
mod state;
#[cfg(test)]
mod tests;
mod watch;
mod writer_lock;
mod writing;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use arc_swap::Guard;

use self::directory::Directory;
pub(crate) use self::fence::Fence;
use self::file::MappedFile;
pub(crate) use self::registry::Registry;
pub(crate) use self::state::Local;
use super::clock::millis;
use super::stamp::{Mark, Marks};
use super::{Claim, DoubtPolicy, GenerationOptions, ShapeId, ShapeList, Slot, Stamp, Unstamped, WrittenBy};
use crate::fault::{self, Mutation};
use crate::wait::may_block;

impl Local {
    /// See [`Generations::in_process`](super::Generations::in_process).
    pub(super) fn in_process(options: GenerationOptions) -> Self {
        let generations = Self::new(None, options);
        let mapped = Arc::new(MappedFile::in_process());
        generations.0.current.store(Some(Arc::clone(&mapped)));
        generations.writing().mapped = Some(mapped);
        generations
    }

    /// See [`Generations::open`](super::Generations::open).
    pub(super) fn open(directory: &Path, options: GenerationOptions) -> io::Result<Self> {
        let (generations, opened) = Self::open_or_wait(directory, options);
        opened.map(|()| generations)
    }

    /// Like [`open`](Self::open), but returns the generations even if the file cannot be used. Then nothing is valid
    /// until it can be.
    fn open_or_wait(directory: &Path, options: GenerationOptions) -> (Self, io::Result<()>) {
        // The path is absolute, so that a change of the working directory does not look like a deleted cache.
        let directory = std::path::absolute(directory).unwrap_or_else(|_| directory.into());
        let directory = Directory {
            path: directory,
            grace: millis(options.doubt_grace),
        };
        let generations = Self::new(Some(directory), options);
        let opened = generations.look();
        (generations, opened)
    }

    /// See [`Generations::stamp`](super::Generations::stamp).
    pub(super) fn stamp(&self, slots: impl IntoIterator<Item = Slot>) -> Result<Stamp, Unstamped> {
        self.try_stamp(slots)
            .ok_or(match self.0.directory.is_some() && !may_block() {
                true => Unstamped::MustBlock,
                false => Unstamped::Fenced,
            })
    }

    fn try_stamp(&self, slots: impl IntoIterator<Item = Slot>) -> Option<Stamp> {
        let mapped = self.current();
        let mapped = mapped.as_ref()?;
        // The epoch is read first: if it changes meanwhile, the stamp is invalid from the start.
        let epoch = mapped.epoch();
        let mut marks = Marks::new();
        for slot in slots {
            let read = || line::read(&mapped.map.lines()[slot.index() as usize]);
            let generation = read().or_else(|| self.suspect(mapped, slot).then(read).flatten())?;
            marks.push(Mark { slot, generation });
        }
        Some(Stamp::new(epoch, marks))
    }

    /// See [`Generations::written_by`](super::Generations::written_by).
    pub(super) fn written_by(&self, slot: Slot) -> Option<WrittenBy> {
        let mapped = self.current();
        let mapped = mapped.as_ref()?;
        let writing = self.writing();
        let writers = line::writers(&mapped.map.lines()[slot.index() as usize]).map(|writer| {
            let is_own = writing.own_id() == Some(writer);
            let has_died = || mapped.map.record(writer)[layout::record::DIED].load(SeqCst) != 0;
            match writer {
                _ if is_own && writing.is_abandoned(slot) => WrittenBy::InDoubt,
                _ if is_own => WrittenBy::ThisProcess,
                layout::GHOST => WrittenBy::InDoubt,
                _ if has_died() => WrittenBy::InDoubt,
                _ => WrittenBy::AnotherProcess,
            }
        });
        // A doubt is reported rather than a write under way, which will end by itself.
        writers.max_by_key(|by| *by == WrittenBy::InDoubt)
    }

    /// See [`Generations::read`](super::Generations::read).
    #[inline]
    pub(super) fn read(&self) -> Reading<'_> {
        Reading {
            generations: self,
            mapped: self.current(),
        }
    }

    /// See [`Generations::bump`](super::Generations::bump).
    pub(super) fn bump(&self, slots: &[Slot]) {
        self.change(|writing| writing.bump(slots));
    }

    /// See [`Generations::bump_with_rows`](super::Generations::bump_with_rows).
    pub(super) fn bump_with_rows(&self, slots: &[Slot], rows: impl FnOnce(Registry<'_>) -> Vec<Slot>) {
        self.change(|writing| {
            writing.bump(slots);
            let rows = rows(writing.registry());
            writing.bump(&rows);
        });
    }

    /// See [`Generations::use_shape`](super::Generations::use_shape).
    pub(super) fn use_shape(&self, list: ShapeList, shape: ShapeId, whole: Slot) -> Option<u64> {
        let current = self.current();
        let mapped = current.as_ref()?;
        // The epoch is read first: if it changes meanwhile, no stamp of this epoch is valid any more.
        let epoch = mapped.epoch();
        let listed = registry::register(&mapped.map.lists()[list.0 as usize], shape);
        let is_unfenced = line::read(&mapped.map.lines()[whole.index() as usize]).is_some();
        let is_in_use = listed && is_unfenced && !mapped.is_retired();
        if is_in_use {
            self.0.history.shape_used();
        }
        is_in_use.then_some(epoch)
    }

    /// See [`Generations::keep_history`](super::Generations::keep_history).
    pub(super) fn keep_history(&self, lag: Duration) {
        self.0.history.keep(lag);
        self.record_history();
    }

    /// See [`Generations::is_history_due`](super::Generations::is_history_due).
    pub(super) fn is_history_due(&self) -> bool {
        self.0.history.is_due()
    }

    /// See [`Generations::record_history`](super::Generations::record_history).
    pub(super) fn record_history(&self) {
        if let Some(mapped) = self.current().as_ref() {
            // The epoch is read first: if it changes meanwhile, the snapshot is of the old epoch, and counts for no
            // stamp of the new one.
            let epoch = mapped.epoch();
            let lines = mapped.map.lines().iter();
            self.0.history.record(epoch, lines.map(line::read));
        }
    }

    /// See [`Generations::unchanged_for`](super::Generations::unchanged_for).
    pub(super) fn unchanged_for(&self, stamp: &Stamp, soft: (Slot, u64), by_rows: bool) -> Duration {
        self.0.history.unchanged_for(stamp, soft, by_rows)
    }

    /// See [`Generations::claim`](super::Generations::claim).
    pub(super) fn claim(&self, slots: &[Slot]) -> Option<Claim> {
        self.change(|writing| writing.bump_and_claim(slots))
    }

    /// See [`Generations::sync`](super::Generations::sync).
    pub(super) fn sync(&self) -> io::Result<()> {
        self.current().as_ref().map_or(Ok(()), |mapped| mapped.map.sync())
    }

    #[cfg(test)]
    fn fence(&self, slots: &[Slot], policy: DoubtPolicy) -> Fence {
        self.fence_with_rows(slots, policy, |_| Vec::new())
    }

    /// See [`Generations::fence`](super::Generations::fence). While the file cannot be reached, the process remembers
    /// the fence, and sets it in the file that it maps next.
    pub(super) fn fence_with_rows(
        &self,
        slots: &[Slot],
        policy: DoubtPolicy,
        rows: impl FnOnce(Registry<'_>) -> Vec<Slot>,
    ) -> Fence {
        let policy = if fault::is_mutated(Mutation::LiftDoubtAtOnce) {
            DoubtPolicy::AtDeath
        } else {
            policy
        };
        if fault::is_mutated(Mutation::BumpAtStatement) {
            self.bump(slots);
        }
        let hold = self.change(|writing| {
            let mut hold = writing.fence(slots, policy, || self.0.clock.since_boot());
            let rows = rows(writing.registry());
            writing.fence_more(&mut hold, &rows);
            hold
        });
        Fence::new(self.clone(), hold)
    }
}

/// The mapped file, for the length of one decision.
pub(crate) struct Reading<'a> {
    generations: &'a Local,
    mapped: Guard<Option<Arc<MappedFile>>>,
}

impl Reading<'_> {
    #[inline]
    pub(super) fn epoch(&self) -> Option<u64> {
        Some(self.mapped.as_ref()?.epoch())
    }

    #[inline]
    pub(super) fn is_valid(&self, stamp: &Stamp) -> bool {
        let Some(mapped) = self.mapped.as_ref() else {
            return false;
        };
        if mapped.epoch() != stamp.epoch {
            return false;
        }
        let lines = mapped.map.lines();
        for mark in &stamp.marks {
            match line::read(&lines[mark.slot.index() as usize]) {
                Some(generation) if generation == mark.generation => {}
                Some(_) => return false,
                None => {
                    self.generations.suspect(mapped, mark.slot);
                    return false;
                }
            }
        }
        true
    }

    #[inline]
    pub(super) fn generation(&self, slot: Slot) -> Option<u64> {
        line::read(&self.mapped.as_ref()?.map.lines()[slot.index() as usize])
    }
}
