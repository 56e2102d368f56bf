//! Checks that the file is still in its place, and moves to another if it is not.

use std::io;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, MutexGuard, PoisonError, TryLockError};

use arc_swap::Guard;

use super::file::{Found, MappedFile};
use super::state::Local;
use super::writing::Writing;
use crate::wait::may_block;

/// How often the process looks at the path, in milliseconds. Together with the coarse clock's error, this stays well
/// under a second.
pub(super) const INTERVAL: u64 = 250;

impl Local {
    /// Returns the file that readers may trust. Looks at the path first if that is due.
    #[inline]
    pub(super) fn current(&self) -> Guard<Option<Arc<MappedFile>>> {
        let Some(_) = &self.0.directory else {
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
            Some(mapped) if mapped.is_retired() => {
                self.look_or_glance(due);
                self.0.current.load()
            }
            _ => current,
        }
    }

    /// Looks at the path, or only glances at it if this thread must not block.
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
        let Some(directory) = &self.0.directory else {
            return Ok(());
        };
        self.0.look_at.store(self.0.clock.coarse() + INTERVAL, Relaxed);
        let looked = directory.look(writing, &self.0.current, self.0.clock.since_boot());
        let looked = looked.and_then(|()| self.follow(writing));
        if writing.has_abandoned() {
            writing.sweep(self.0.clock.since_boot());
        }
        looked
    }

    /// Moves from a file that has been retired to one that has not.
    ///
    /// A process that replaces a file first retires it, and then looks at its fences. A process that fences, moves a
    /// generation, or brings fences along first does so, and then looks whether the file is retired. So one of the two
    /// sees what the other has done.
    pub(super) fn follow(&self, writing: &mut Writing) -> io::Result<()> {
        let Some(directory) = &self.0.directory else {
            return Ok(());
        };
        loop {
            let before = self.0.current.load();
            if !before.as_ref().is_some_and(|mapped| mapped.is_retired()) {
                return Ok(());
            }
            directory.look(writing, &self.0.current, self.0.clock.since_boot())?;
            let is_same = |mapped: &Arc<_>| before.as_ref().is_some_and(|before| Arc::ptr_eq(before, mapped));
            if self.0.current.load().as_ref().is_some_and(is_same) {
                return Ok(()); // there is no other
            }
        }
    }

    /// Sets fences or moves generations with `change`, and then follows to the new file if the file was replaced
    /// meanwhile.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Writing) -> T) -> T {
        let mut writing = self.writing_now();
        let changed = change(&mut writing);
        let _ = self.follow(&mut writing); // if this fails, nothing is valid here
        changed
    }

    pub(super) fn writing(&self) -> MutexGuard<'_, Writing> {
        // A panic while the lock is held does no harm: at worst, too many fences stay.
        self.0.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Like [`writing`](Self::writing), but `None` if the lock is held.
    pub(super) fn writing_unless_busy(&self) -> Option<MutexGuard<'_, Writing>> {
        match self.0.writing.try_lock() {
            Ok(writing) => Some(writing),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Like [`writing`](Self::writing). Looks at the path first if that is due, so that the file is in place.
    pub(super) fn writing_now(&self) -> MutexGuard<'_, Writing> {
        let mut writing = self.writing();
        let due = self.0.directory.is_some() && self.0.clock.coarse() >= self.0.look_at.load(Relaxed);
        if due || self.0.current.load().as_ref().is_some_and(|mapped| mapped.is_retired()) {
            let _ = self.look_locked(&mut writing);
        }
        writing
    }

    /// Checks with one `stat` whether the file is in its place, without waiting for a lock. If the file is not there,
    /// nothing is valid until a thread that may block has [looked](Self::look).
    #[cold]
    pub(super) fn glance(&self, due: u64) {
        let current = self.0.current.load();
        let is_in_place = current
            .as_ref()
            .is_some_and(|mapped| mapped.look() == Found::Same && !mapped.is_retired());
        if !is_in_place {
            // Not if another thread has mapped a file meanwhile.
            self.0.current.compare_and_swap(&current, None);
            self.0.look_at.store(0, Relaxed);
        } else if !self.sweep_at_once() {
            self.0.look_at.store(due, Relaxed);
        }
    }

    /// Lifts abandoned fences whose grace is over, unless the writing side is locked. Returns `false` if it is.
    fn sweep_at_once(&self) -> bool {
        let Some(mut writing) = self.writing_unless_busy() else {
            return false;
        };
        if writing.has_abandoned() {
            writing.sweep(self.0.clock.since_boot());
        }
        true
    }
}
