//! Steps of a task, whose thread other tasks need.
//!
//! A hit in memory is judged in the task that asks. Once in a while such a judgement has more to do than to read atomics: it looks for
//! the file, goes over to another, tries the lock of a writer that may be dead. In a task all but the first is left out, and what is in
//! doubt counts as invalid. Who then goes the longer way does what was left out where it may block: [`Generations::catch_up`].

use std::cell::Cell;
use std::sync::atomic::Ordering::Relaxed;

use super::file::Seen;
use super::{Generations, Slot, line};

thread_local! {
    static ON_TASK: Cell<bool> = const { Cell::new(false) };
}

/// A step of a task, until it is dropped.
#[derive(Debug)]
pub(crate) struct TaskStep {
    /// Was the thread in one before?
    before: bool,
}

impl TaskStep {
    #[cfg(any(feature = "async", test))]
    #[inline]
    pub(crate) fn begin() -> Self {
        Self {
            before: ON_TASK.replace(true),
        }
    }
}

impl Drop for TaskStep {
    fn drop(&mut self) {
        ON_TASK.set(self.before);
    }
}

/// Does what may block, on the thread of a task: there is no other.
pub(crate) fn off_task<T>(work: impl FnOnce() -> T) -> T {
    let _step = TaskStep {
        before: ON_TASK.replace(false),
    };
    work()
}

/// Is this no step of a task?
#[inline]
pub(crate) fn may_block() -> bool {
    !ON_TASK.get()
}

impl Generations {
    /// Would [`catch_up`](Self::catch_up) have something to do? A few atomic loads.
    pub(crate) fn is_behind(&self, slots: impl IntoIterator<Item = Slot>) -> bool {
        let attached = self.current();
        let Some(attached) = attached.as_ref() else {
            return true;
        };
        let lines = attached.map.lines();
        let mut slots = slots.into_iter();
        slots.any(|slot| line::read(&lines[slot.index() as usize]).is_none())
    }

    /// Does what steps of tasks have left out: looks for the file, and whether those who fence these slots are dead. May block.
    pub(crate) fn catch_up(&self, slots: impl IntoIterator<Item = Slot>) {
        off_task(|| {
            // It asks about every fence that it meets, and gives up at the first that stands.
            let _ = self.stamp(slots);
        });
    }

    /// Looks whether the file is in its place, by one `stat`, and waits for nobody. If it is not, nothing is valid until somebody has
    /// looked who may wait.
    #[cold]
    pub(super) fn glance(&self, due: u64) {
        let current = self.0.current.load();
        let is_in_place = current
            .as_ref()
            .is_some_and(|attached| attached.look() == Seen::Same && !attached.is_retired());
        if !is_in_place {
            // Unless somebody has put another one there meanwhile.
            self.0.current.compare_and_swap(&current, None);
            self.0.look_at.store(0, Relaxed);
        } else if !self.sweep_at_once() {
            self.0.look_at.store(due, Relaxed);
        }
    }

    /// Lifts what was abandoned long enough ago, unless somebody is writing at this moment.
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
