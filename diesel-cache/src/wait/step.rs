//! Steps of a task, which run on a thread that other tasks need.
//!
//! A hit in memory is judged in the task itself. Occasionally such a judgement has more to do than to read atomics: it
//! looks whether the file of the generations is in its place, moves to another file, or tries the lock of a writer that
//! may be dead. A step of a task does only the first of these, and counts everything in doubt as invalid. The load then
//! takes the longer way, on which [`Unstamped::MustBlock`](crate::generation::Unstamped) has the rest done on a thread
//! that may block.

use std::cell::Cell;

thread_local! {
    static ON_TASK: Cell<bool> = const { Cell::new(false) };
}

/// Marks a step of a task on this thread until it is dropped.
#[derive(Debug)]
pub(crate) struct TaskStep {
    /// Whether the thread was in a step before.
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

/// Runs work that may block on the thread of a task, because there is no other thread.
pub(crate) fn off_task<T>(work: impl FnOnce() -> T) -> T {
    let _step = TaskStep {
        before: ON_TASK.replace(false),
    };
    work()
}

/// Returns `false` in a step of a task.
#[inline]
pub(crate) fn may_block() -> bool {
    !ON_TASK.get()
}
