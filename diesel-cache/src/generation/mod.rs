//! Generations and fences: what makes an entry valid, and what keeps the wrong ones out.
//!
//! The promise that rests on it, and why it holds: `docs/protocol.md` in the repository.
//!
#![doc = include_str!("protocol.md")]

mod begun;
mod clock;
mod doubt;
mod fence;
mod file;
mod identity;
mod layout;
mod line;
mod lock;
mod map;
mod on_task;
mod recovery;
mod seal;
mod slot;
mod stamp;
#[cfg(test)]
mod tests;
mod watch;
mod writer;
mod writing;

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwapOption, Guard};

pub(crate) use self::begun::Begun;
pub(crate) use self::clock::Clock;
pub(crate) use self::doubt::Doubt;
pub(crate) use self::fence::Fence;
use self::file::Attached;
#[cfg(feature = "async")]
pub(crate) use self::on_task::TaskStep;
pub(crate) use self::on_task::{may_block, off_task};
pub(crate) use self::slot::Slot;
pub(crate) use self::stamp::{Claim, Stamp};
use self::stamp::{Mark, Marks};
use self::watch::Home;
pub(crate) use self::writer::Session;
pub(crate) use self::writing::DoubtPolicy;
use self::writing::{Hold, Writing, millis};
use crate::fault::{self, Mutation};

/// How long a fence in doubt stays, by default.
pub(crate) const DOUBT_GRACE: Duration = Duration::from_secs(60);

/// How generations are kept.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// How long a commit may be in doubt. Defaults to [`DOUBT_GRACE`].
    pub(crate) doubt_grace: Duration,
    pub(crate) clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            doubt_grace: DOUBT_GRACE,
            clock: Clock::default(),
        }
    }
}

/// The generations of one directory, or of this process; clones are the same.
///
/// To be opened once per process and directory. After a `fork` without `exec`, the child must open its own: the two would share
/// one writer id, and lift each other's fences.
#[derive(Clone, Debug)]
pub(crate) struct Generations(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// What readers see: nothing while the file cannot be used.
    current: ArcSwapOption<Attached>,
    writing: Mutex<Writing>,
    home: Option<Home>,
    clock: Clock,
    doubt_grace: u64,
    /// When to look at the path again.
    look_at: AtomicU64,
    /// When to try each writer's lock again.
    try_at: Box<[AtomicU64]>,
    /// When to ask about the sessions of writers in doubt again.
    ask_at: AtomicU64,
    /// How many fences others than their connections may lift.
    shared: AtomicUsize,
}

impl Generations {
    /// Generations of this process alone.
    pub(crate) fn in_process(options: Options) -> Self {
        let generations = Self::new(None, options);
        let attached = Arc::new(Attached::in_process());
        generations.0.current.store(Some(Arc::clone(&attached)));
        generations.writing().attached = Some(attached);
        generations
    }

    /// The generations of a directory, which is made if need be.
    ///
    /// # Errors
    ///
    /// If the file can be neither opened nor made.
    pub(crate) fn open(directory: &Path, options: Options) -> io::Result<Self> {
        let (generations, opened) = Self::open_or_wait(directory, options);
        opened.map(|()| generations)
    }

    /// Like [`open`](Self::open); but if the file cannot be used, nothing is valid until it can.
    pub(crate) fn open_or_wait(directory: &Path, options: Options) -> (Self, io::Result<()>) {
        // An absolute path, so that a change of the working directory does not look like a deleted cache.
        let directory = std::path::absolute(directory).unwrap_or_else(|_| directory.into());
        let home = Home {
            directory,
            grace: millis(options.doubt_grace),
        };
        let generations = Self::new(Some(home), options);
        let opened = generations.look();
        (generations, opened)
    }

    fn new(home: Option<Home>, options: Options) -> Self {
        Self(Arc::new(Inner {
            current: ArcSwapOption::empty(),
            writing: Mutex::default(),
            home,
            doubt_grace: millis(options.doubt_grace),
            clock: options.clock,
            look_at: AtomicU64::new(0),
            try_at: (0..layout::WRITERS).map(|_| AtomicU64::new(0)).collect(),
            ask_at: AtomicU64::new(0),
            shared: AtomicUsize::new(0),
        }))
    }

    /// The generations of these slots now, to be read before the query that fills an entry.
    ///
    /// `None` if one of them is fenced, or the file cannot be used: then the load must neither read nor store an entry.
    pub(crate) fn stamp(&self, slots: impl IntoIterator<Item = Slot>) -> Option<Stamp> {
        let attached = self.current();
        let attached = attached.as_ref()?;
        // The epoch first: if it changes meanwhile, the stamp is invalid from the start.
        let epoch = attached.epoch();
        let mut marks = Marks::new();
        for slot in slots {
            let read = || line::read(&attached.map.lines()[slot.index() as usize]);
            let generation = read().or_else(|| self.suspect(attached, slot).then(read).flatten())?;
            marks.push(Mark { slot, generation });
        }
        marks.sort_unstable_by_key(|mark| mark.slot);
        marks.dedup_by_key(|mark| mark.slot);
        Some(Stamp { epoch, marks })
    }

    /// Has nothing that the stamp depends on changed, nor may it be changing now? To be asked when an entry is about to be
    /// stored, and at every hit. A few atomic loads.
    #[inline]
    pub(crate) fn is_valid(&self, stamp: &Stamp) -> bool {
        self.read().is_valid(stamp)
    }

    /// The generation of a slot; `None` while it is fenced, or out of reach.
    #[inline]
    pub(crate) fn generation(&self, slot: Slot) -> Option<u64> {
        self.read().generation(slot)
    }

    /// For several looks at once.
    #[inline]
    pub(crate) fn read(&self) -> Reading<'_> {
        Reading {
            generations: self,
            attached: self.current(),
        }
    }

    /// Invalidates without a fence: for what is not about to change in the database.
    pub(crate) fn bump(&self, slots: &[Slot]) {
        self.change(|writing| writing.bump(slots));
    }

    /// Invalidates like [`bump`](Self::bump), and lets the caller, of all that do so at one time, store under the new generations.
    pub(crate) fn claim(&self, slots: &[Slot]) -> Option<Claim> {
        self.change(|writing| writing.bump_and_claim(slots))
    }

    /// Waits until the file holds what memory holds.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.current().as_ref().map_or(Ok(()), |attached| attached.map.sync())
    }

    /// Fences the slots of a write that is about to become visible.
    ///
    /// Never fails, as the write will go on in any case. With the file out of reach, the fence is kept in mind, and set in
    /// whichever file is attached next; nothing is valid in this process until then.
    pub(crate) fn fence(&self, slots: &[Slot], policy: DoubtPolicy) -> Fence {
        let policy = if fault::is_mutated(Mutation::LiftDoubtAtOnce) {
            DoubtPolicy::AtDeath
        } else {
            policy
        };
        if fault::is_mutated(Mutation::BumpAtStatement) {
            self.bump(slots);
        }
        let hold = self.change(|writing| writing.fence(slots, policy, || self.0.clock.since_boot()));
        Fence::new(self.clone(), hold)
    }

    fn lift(&self, hold: &Hold) {
        self.writing_now().lift(hold);
    }

    fn abandon(&self, hold: Hold) {
        let now = self.0.clock.since_boot();
        self.writing().abandon(hold, now, self.0.doubt_grace);
    }
}

/// The generations as they are: kept for the length of one decision.
pub(crate) struct Reading<'a> {
    generations: &'a Generations,
    attached: Guard<Option<Arc<Attached>>>,
}

impl Reading<'_> {
    /// See [`Generations::is_valid`].
    #[inline]
    pub(crate) fn is_valid(&self, stamp: &Stamp) -> bool {
        let Some(attached) = self.attached.as_ref() else {
            return false;
        };
        if attached.epoch() != stamp.epoch {
            return false;
        }
        let lines = attached.map.lines();
        for mark in &stamp.marks {
            match line::read(&lines[mark.slot.index() as usize]) {
                Some(generation) if generation == mark.generation => {}
                Some(_) => return false,
                None => {
                    self.generations.suspect(attached, mark.slot);
                    return false;
                }
            }
        }
        true
    }

    /// See [`Generations::generation`].
    #[inline]
    pub(crate) fn generation(&self, slot: Slot) -> Option<u64> {
        line::read(&self.attached.as_ref()?.map.lines()[slot.index() as usize])
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.writing.get_mut().unwrap_or_else(PoisonError::into_inner).close();
    }
}
