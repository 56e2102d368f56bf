//! Generations and fences: what makes an entry valid, and what keeps the wrong ones out.
//!
//! PROSE
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
