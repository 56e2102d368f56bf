//! Is the file still where it was? And what to do if it is not.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, MutexGuard, PoisonError, TryLockError};

use arc_swap::{ArcSwapOption, Guard};

use super::Generations;
use super::file::{Attached, Seen};
use super::identity::FileId;
use super::layout::GHOST;
use super::line;
use super::on_task::may_block;
use super::writer;
use super::writing::Writing;

/// How often the path is looked at, in milliseconds. With the coarse clock's few, well under a second.
pub(super) const INTERVAL: u64 = 250;

/// The directory of a cache, and how long doubts last, in milliseconds.
#[derive(Debug)]
pub(super) struct Home {
    pub(super) directory: PathBuf,
    pub(super) grace: u64,
}

impl Generations {
    /// The file that readers may trust, looked for again if it is time to.
    #[inline]
    pub(super) fn current(&self) -> Guard<Option<Arc<Attached>>> {
        let Some(_) = &self.0.home else {
            return self.0.current.load();
        };
        let now = self.0.clock.coarse();
        let due = self.0.look_at.load(Relaxed);
        if now >= due
            && self
                .0
                .look_at
                .compare_exchange(due, now + INTERVAL, Relaxed, Relaxed)
                .is_ok()
        {
            self.look_or_glance(due);
        }
        let current = self.0.current.load();
        match &*current {
            Some(attached) if attached.is_retired() => {
                self.look_or_glance(due);
                self.0.current.load()
            }
            _ => current,
        }
    }

    /// Looks at the path, as far as that is possible here.
    #[cold]
    fn look_or_glance(&self, due: u64) {
        if may_block() {
            let _ = self.look();
        } else {
            self.glance(due);
        }
    }

    /// Looks at the path now.
    #[cold]
    pub(super) fn look(&self) -> io::Result<()> {
        let mut writing = self.writing();
        self.look_locked(&mut writing)
    }

    fn look_locked(&self, writing: &mut Writing) -> io::Result<()> {
        let Some(home) = &self.0.home else {
            return Ok(());
        };
        self.0.look_at.store(self.0.clock.coarse() + INTERVAL, Relaxed);
        let looked = home.look(writing, &self.0.current, self.0.clock.since_boot());
        let looked = looked.and_then(|()| self.follow(writing));
        if writing.has_abandoned() {
            writing.sweep(self.0.clock.since_boot());
        }
        looked
    }

    /// Leaves a file that has been retired, for one that has not.
    ///
    /// Whoever replaces a file retires it and *then* looks at its fences; whoever fences (or moves a generation, or comes with
    /// fences) does so and *then* looks whether the file is retired. So one of the two sees the other.
    pub(super) fn follow(&self, writing: &mut Writing) -> io::Result<()> {
        let Some(home) = &self.0.home else {
            return Ok(());
        };
        loop {
            let before = self.0.current.load();
            if !before.as_ref().is_some_and(|attached| attached.is_retired()) {
                return Ok(());
            }
            home.look(writing, &self.0.current, self.0.clock.since_boot())?;
            let is_same = |attached: &Arc<_>| before.as_ref().is_some_and(|before| Arc::ptr_eq(before, attached));
            if self.0.current.load().as_ref().is_some_and(is_same) {
                return Ok(()); // there is no other
            }
        }
    }

    /// Fences or invalidates, in a file that is in place when it is done.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Writing) -> T) -> T {
        let mut writing = self.writing_now();
        let changed = change(&mut writing);
        let _ = self.follow(&mut writing); // if in vain, nothing is valid here
        changed
    }

    pub(super) fn writing(&self) -> MutexGuard<'_, Writing> {
        // Every step under the lock leaves fences too many at worst, so a panic there does no harm.
        self.0.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same, if nobody has it.
    pub(super) fn writing_unless_busy(&self) -> Option<MutexGuard<'_, Writing>> {
        match self.0.writing.try_lock() {
            Ok(writing) => Some(writing),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// The writing side, on the file that is in place now.
    pub(super) fn writing_now(&self) -> MutexGuard<'_, Writing> {
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
}

impl Home {
    /// Looks at the path and attaches what is there now. Readers find the result in `current`: nothing, if the file cannot be used.
    pub(super) fn look(&self, writing: &mut Writing, current: &ArcSwapOption<Attached>, now: u64) -> io::Result<()> {
        let Some(old) = writing.attached.clone() else {
            return self.attach(writing, current, None, now);
        };
        match if old.is_retired_safely() {
            Seen::Other
        } else {
            old.look()
        } {
            Seen::Same => {
                if current.load().is_none() {
                    current.store(Some(old));
                }
                Ok(())
            }
            Seen::Other => self.attach(writing, current, None, now),
            Seen::Unknown => {
                current.store(None);
                Err(io::Error::other("the directory cannot be looked into"))
            }
        }
    }

    /// Puts another file in the place of this one, which is damaged.
    pub(super) fn replace(&self, writing: &mut Writing, current: &ArcSwapOption<Attached>, now: u64) -> io::Result<()> {
        let id = writing.attached.as_ref().and_then(|attached| attached.id());
        self.attach(writing, current, id, now)
    }

    fn attach(
        &self,
        writing: &mut Writing,
        current: &ArcSwapOption<Attached>,
        instead_of: Option<FileId>,
        now: u64,
    ) -> io::Result<()> {
        let old = writing.attached.clone();
        // Memory beyond a file's end must not be touched, not even to say that it is retired.
        let old = old.filter(|old| old.is_whole());
        if old.is_none() {
            writing.attached = None;
        }
        let own = writing.own_id();
        let opened = Attached::open(&self.directory, instead_of, now, self.grace).and_then(|new| {
            if let Some(old) = old.as_ref().filter(|old| old.id() != new.id()) {
                old.retire(); // first, and then the look at its fences: see `follow`
                inherit(old, &new, own, self.grace, now)?;
            }
            Ok(new)
        });
        let new = match opened {
            Ok(new) => Arc::new(new),
            Err(error) => {
                current.store(None);
                writing.forget_unless_fencing();
                return Err(error);
            }
        };
        if let Some(old) = old.as_ref().filter(|old| old.id() == new.id()) {
            current.store(Some(Arc::clone(old))); // it was away for a moment
            return Ok(());
        }
        writing.move_to(Arc::clone(&new), now);
        current.store(Some(new));
        Ok(())
    }
}

/// Fences of others in the old file may stand for writes under way, whose processes have not noticed yet that the file is gone.
/// In the new file they become the ghost's, until those processes arrive (and start a new epoch) or the grace is over.
fn inherit(old: &Attached, new: &Attached, own: Option<usize>, grace: u64, now: u64) -> io::Result<()> {
    let Some(directory) = new.directory() else {
        return Ok(());
    };
    let of_others = |slot| line::writers(slot).any(|writer| Some(writer) != own);
    let fenced: Vec<_> = old
        .map
        .lines()
        .iter()
        .enumerate()
        .filter(|(_, slot)| of_others(slot))
        .collect();
    if fenced.is_empty() {
        return Ok(());
    }
    writer::summon_ghost(&new.map, directory, grace, now)?;
    for (at, _) in fenced {
        line::fence(&new.map.lines()[at], GHOST);
    }
    Ok(())
}

impl Attached {
    fn is_retired_safely(&self) -> bool {
        self.is_whole() && self.is_retired()
    }
}
