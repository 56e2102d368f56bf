//! Generations and fences: what makes an entry valid, and what keeps the wrong ones out.
//!
//! # The idea
//!
//! Whatever can be invalidated (a table, a region, everything, a key) has a *slot*: a generation and a set of *fences*. An entry
//! carries a [`Stamp`]: the generations of its slots, read before its query ran. It is valid while no slot of the stamp is fenced and
//! none has moved. A writer fences what it is about to change, lets the change become visible, moves the generation and takes
//! its fence away, in this order. So nobody holds a valid entry of rows that are being changed, whoever stamped before a change is
//! refused after it, and a writer killed at any instruction leaves either nothing or a fence.
//!
//! Readers look at a slot's fences first and at its generation second; `line` says why, and its tests run every interleaving of
//! both orders.
//!
//! # The file
//!
//! `<directory>/generations`, mapped by every process; words of 64 bits in the machine's byte order, all of them read and
//! written atomically. `layout` has the offsets.
//!
//! | part | what |
//! | --- | --- |
//! | header, one page | magic, version, random identity; the boot it was last opened in, the seal of a clean end; the epoch; whether another file has taken its place |
//! | 448 records of 256 bytes | of each writer: its lock file, the number of its claim, the grace of its fences, when its death was noticed, its database sessions |
//! | 16,384 slots of 64 bytes | tables, regions, "everything" of a namespace and of all |
//! | 16,384 slots of 64 bytes | keys |
//!
//! A slot is one cache line: the generation, and one bit for each of 448 writers. Bits, and not a count, for setting and clearing
//! a bit twice does no harm: no crash between two steps of a lift or of a recovery is ever ambiguous. Names are hashed to slots, so
//! the file never grows; two tables in one slot invalidate each other, which costs a query. The file is written in full when it is
//! made: a hole in a mapped file is a SIGBUS when the disk is full.
//!
//! Beside it, `generations.lock` lets openers, closers and replacers through one at a time, and `writers/<id>` is locked by the process
//! that has that writer id. A process claims an id at its first fence. When all ids are taken, processes share the last one, under a
//! shared lock: they set its bit, move generations, and leave the bit to be cleared when nobody holds that lock any more. A process
//! that cannot even open a lock file fences in the name of the *ghost*, a writer that is always dead and in doubt.
//!
//! # The dead, and commits in doubt
//!
//! Who meets a fence tries its writer's lock, at most every 20 ms. Held: the writer lives. Free: it is dead, and whoever has the lock
//! lifts its fences (generation first), unless they are in doubt. A server may commit what a dead client asked for long after
//! its death, so the record says for how long the outcome is open ([`DoubtPolicy`]). The grace begins when the death is *noticed*.
//! It ends early when the caller has found all the sessions on record gone ([`Generations::doubts`], [`Generations::settle`]).
//! Until then the id is not claimed again. A living process does the same for fences it abandoned ([`Fence::doubt`]), whenever
//! it looks at the path.
//!
//! A lock file that is missing, or is not the inode on record, proves nothing: then the whole file is replaced.
//!
//! # Epochs
//!
//! Generations survive the death of all processes, as the kernel keeps the file's pages; they survive a reboot only if the last
//! process to leave wrote them to disk and sealed them. Whoever comes first into a file of another boot without a seal starts a
//! new epoch, in which no earlier stamp is valid; and if the boot is younger than the grace, the ghost fences every slot until it is
//! not. A file of another size, magic or layout is replaced; one of another layout *in use* is left alone, and nothing is cached.
//!
//! # A file that goes away
//!
//! Four times a second, on use, the path is looked at. If another file is there, or none, the process attaches the one that is (or
//! makes one): it sets its own fences there, leaves those of others to the ghost, and starts a new epoch if it has invalidated
//! anything. Then it marks the old file as retired, which everybody who still has it sees at the next check, without a system call.
//! If nothing can be attached, nothing is valid; writes go on, and their fences are kept in mind.
//!
//! # What is not promised
//!
//! - Between the deletion of a directory and a process's next look (250 ms), its writes are not seen by processes that have *started*
//!   since. Nor are those of a process that cannot reach the file at all and dies in that state.
//! - A file truncated by a foreign hand under a process that uses it ends that process (SIGBUS), unless it looks first.
//! - Local file systems only: other machines see neither the mapping nor the locks. One boot, one clock: containers on one machine
//!   may share a directory (locks, mapping and the boot's clock are the kernel's), unless they have a time namespace of their own.
//! - A statement that runs in the server for longer than the grace after its client's death.
//! - Isolation below READ COMMITTED.

mod clock;
mod fence;
mod file;
mod identity;
mod layout;
mod line;
mod map;
mod recovery;
mod slot;
mod stamp;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod watch;
mod writer;
mod writing;

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwapOption, Guard};

pub(crate) use self::clock::Clock;
pub(crate) use self::fence::Fence;
use self::file::Attached;
pub(crate) use self::recovery::Doubt;
use self::recovery::Outcome;
pub(crate) use self::slot::Slot;
use self::stamp::Mark;
pub(crate) use self::stamp::Stamp;
use self::watch::Home;
#[allow(unused_imports)] // until the observer names it
pub(crate) use self::writer::Session;
pub(crate) use self::writing::DoubtPolicy;
use self::writing::{Hold, Writing, millis};
use crate::fault::{self, Mutation};

/// How long a fence in doubt stays, by default.
pub(crate) const DOUBT_GRACE: Duration = Duration::from_secs(60);

/// How often the process tries the lock of a writer whose fence it meets, in milliseconds.
const TRY_INTERVAL: u64 = 20;

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
        let mut marks = Vec::new();
        for slot in slots {
            let read = || line::read(&attached.map.lines()[slot.index() as usize]);
            let generation = read().or_else(|| self.suspect(attached, slot).then(read).flatten())?;
            marks.push(Mark { slot, generation });
        }
        marks.sort_unstable_by_key(|mark| mark.slot);
        marks.dedup_by_key(|mark| mark.slot);
        Some(Stamp {
            epoch,
            marks: marks.into(),
        })
    }

    /// Has nothing that the stamp depends on changed, nor may it be changing now? To be asked when an entry is about to be
    /// stored, and at every hit. A few atomic loads.
    #[inline]
    pub(crate) fn is_valid(&self, stamp: &Stamp) -> bool {
        let attached = self.current();
        let Some(attached) = attached.as_ref() else {
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
                    self.suspect(attached, mark.slot);
                    return false;
                }
            }
        }
        true
    }

    /// Invalidates without a fence: for what is not about to change in the database.
    pub(crate) fn bump(&self, slots: &[Slot]) {
        self.writing_now().bump(slots);
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
        let hold = self.writing_now().fence(slots, policy, || self.0.clock.since_boot());
        Fence::new(self.clone(), hold)
    }

    /// Writers in doubt that could be settled at once, by asking the database whether their sessions are gone. Worth a call when
    /// [`stamp`](Self::stamp) has returned `None`; cheap.
    pub(crate) fn doubts(&self) -> Vec<Doubt> {
        let Some(attached) = self.0.current.load_full() else {
            return Vec::new();
        };
        let mut doubts = recovery::doubts(&attached.map);
        let own: Vec<_> = self.writing().abandoned_sessions().collect();
        doubts.extend(own.into_iter().map(|session| Doubt {
            writer: layout::WRITERS,
            claim: 0,
            sessions: vec![session],
        }));
        doubts
    }

    /// Lifts the fences of a doubt all of whose sessions the caller has found gone from their servers. Were any lifted?
    pub(crate) fn settle(&self, doubt: &Doubt) -> bool {
        let mut writing = self.writing_now();
        if doubt.writer == layout::WRITERS {
            return writing.settle(&doubt.sessions);
        }
        let attached = writing.attached.clone();
        attached.is_some_and(|attached| matches!(recovery::settle(&attached, doubt), Ok(Outcome::Recovered)))
    }

    fn lift(&self, hold: &Hold, changed: bool) {
        let changed = changed && !fault::is_mutated(Mutation::BumpAtStatement);
        self.writing_now().lift(hold, changed);
    }

    fn abandon(&self, hold: Hold) {
        let now = self.0.clock.since_boot();
        self.writing().abandon(hold, now, self.0.doubt_grace);
    }

    /// The file that readers may trust, looked for again if it is time to.
    #[inline]
    fn current(&self) -> Guard<Option<Arc<Attached>>> {
        let Some(_) = &self.0.home else {
            return self.0.current.load();
        };
        let now = self.0.clock.coarse();
        let due = self.0.look_at.load(Relaxed);
        if now >= due
            && self
                .0
                .look_at
                .compare_exchange(due, now + watch::INTERVAL, Relaxed, Relaxed)
                .is_ok()
        {
            let _ = self.look();
        }
        let current = self.0.current.load();
        match &*current {
            Some(attached) if attached.is_retired() => {
                let _ = self.look();
                self.0.current.load()
            }
            _ => current,
        }
    }

    /// Looks at the path now.
    #[cold]
    fn look(&self) -> io::Result<()> {
        let mut writing = self.writing();
        self.look_locked(&mut writing)
    }

    fn look_locked(&self, writing: &mut Writing) -> io::Result<()> {
        let Some(home) = &self.0.home else {
            return Ok(());
        };
        self.0.look_at.store(self.0.clock.coarse() + watch::INTERVAL, Relaxed);
        let looked = home.look(writing, &self.0.current, self.0.clock.since_boot());
        if writing.has_abandoned() {
            writing.sweep(self.0.clock.since_boot());
        }
        looked
    }

    fn writing(&self) -> MutexGuard<'_, Writing> {
        // Every step under the lock leaves fences too many at worst, so a panic there does no harm.
        self.0.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The writing side, on the file that is in place now.
    fn writing_now(&self) -> MutexGuard<'_, Writing> {
        let mut writing = self.writing();
        let due = self.0.home.is_some() && self.0.clock.coarse() >= self.0.look_at.load(Relaxed);
        if due
            || self
                .0
                .current
                .load()
                .as_ref()
                .is_some_and(|attached| attached.is_retired())
        {
            let _ = self.look_locked(&mut writing);
        }
        writing
    }

    /// A reader has met a fence: is its writer dead, or its doubt over? `true` if some fences were lifted.
    #[cold]
    fn suspect(&self, attached: &Attached, slot: Slot) -> bool {
        let now = self.0.clock.coarse();
        let mut lifted = false;
        for id in line::writers(&attached.map.lines()[slot.index() as usize]) {
            let due = self.0.try_at[id].load(Relaxed);
            let mine = now >= due
                && self.0.try_at[id]
                    .compare_exchange(due, now + TRY_INTERVAL, Relaxed, Relaxed)
                    .is_ok();
            lifted |= mine && self.try_to_lift(attached, id);
        }
        lifted
    }

    fn try_to_lift(&self, attached: &Attached, id: usize) -> bool {
        let mut writing = self.writing();
        let now = self.0.clock.since_boot();
        if self.0.home.is_none() || writing.own_id() == Some(id) {
            writing.sweep(now);
            return true;
        }
        if !writing
            .attached
            .as_ref()
            .is_some_and(|it| std::ptr::eq(&**it, attached))
        {
            return false; // another file by now
        }
        match recovery::recover(attached, id, now) {
            Ok(Outcome::Recovered) => true,
            Ok(Outcome::Damaged) => {
                if let Some(home) = &self.0.home {
                    let _ = home.replace(&mut writing, &self.0.current, now);
                }
                false
            }
            Ok(Outcome::Alive | Outcome::InDoubt) | Err(_) => false,
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.writing.get_mut().unwrap_or_else(PoisonError::into_inner).close();
    }
}
