//! The queue of a cache.

use std::cell::Cell;
use std::fmt;
use std::process;
use std::ptr;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::jobs::{Job, Jobs, QueueKey, Sink};
use crate::entry::Entry;
use crate::exit::AtExit;
use crate::tier::KeyLock;

thread_local! {
    /// The queue for which this thread writes. It needs no destructor, so it can be read until the thread is gone.
    static WRITES_FOR: Cell<*const Queue> = const { Cell::new(ptr::null()) };
}

/// The queue of a cache.
pub(crate) struct Queue {
    pub(super) jobs: Mutex<Jobs>,
    /// The number of jobs, including the one that is being written. It is zero most of the time, and then no caller has
    /// to lock the queue.
    pub(super) number: Arc<AtomicUsize>,
    /// The process in which the writer runs. After a fork, the child has no writer.
    pub(super) process: u32,
    /// Signals the writer that there is a job.
    pub(super) work: Condvar,
    /// Signals that the writer has done a job.
    pub(super) done: Condvar,
}

impl Queue {
    pub(super) fn new() -> Arc<Self> {
        let number = Arc::default();
        Arc::new(Self {
            jobs: Mutex::new(Jobs::new(&number)),
            number,
            process: process::id(),
            work: Condvar::new(),
            done: Condvar::new(),
        })
    }

    pub(in crate::engine) fn push(&self, job: Job) {
        let mut jobs = self.jobs();
        jobs.push(job);
        let is_asleep = std::mem::take(&mut jobs.is_asleep);
        drop(jobs);
        if is_asleep {
            self.work.notify_one();
        }
    }

    /// Returns the entry under a key that is not written yet.
    pub(in crate::engine) fn get(&self, key: QueueKey) -> Option<Arc<Entry>> {
        if self.is_empty() {
            return None;
        }
        self.find(key)
    }

    /// Like [`get`](Self::get), for the leader of the key. Always locks the queue: otherwise the leader might find it
    /// empty while the lock that it should take over is just being released.
    pub(in crate::engine) fn find(&self, key: QueueKey) -> Option<Arc<Entry>> {
        self.jobs().find(key).map(|job| Arc::clone(&job.entry))
    }

    /// Takes the lock of an invalid entry, for the leader of the key in this process. The entry is not written any
    /// more, unless the writer has already begun.
    pub(in crate::engine) fn take_lock(&self, key: QueueKey) -> Option<KeyLock> {
        let mut jobs = self.jobs();
        match jobs.remove(key) {
            Some(job) => job.lock,
            None => jobs.find(key)?.lock.take(),
        }
    }

    /// Takes the entry under a key with its lock, so that the leader of the key in this process can write it. Returns
    /// `None` if it is written by now; waits while it is being written.
    pub(in crate::engine) fn take(&self, key: QueueKey) -> Option<Job> {
        self.settled(|writing| writing.queue_key() == key).remove(key)
    }

    /// Gives up the entry under a key, or waits while it is being written. Call it before removing or replacing the
    /// entry in the tier.
    pub(in crate::engine) fn give_up(&self, key: QueueKey) {
        if !self.is_empty() {
            // The key's lock is released while the mutex is held; the rest of the job is dropped afterwards.
            let job = self.jobs().remove(key).map(Job::unlocked);
            drop(job);
            drop(self.settled(|writing| writing.queue_key() == key));
        }
    }

    /// Like [`give_up`](Self::give_up), for every entry of a sink.
    pub(in crate::engine) fn give_up_all(&self, sink: &Arc<dyn Sink>) {
        if !self.is_empty() {
            let jobs = self.jobs().remove_all(sink);
            drop(jobs);
            drop(self.settled(|writing| writing.is_for(sink)));
        }
    }

    /// Waits until everything queued is written, or until the deadline; a deadline of `None` never passes.
    pub(crate) fn wait(&self, deadline: Option<Instant>) {
        if self.is_empty() {
            return;
        }
        let mut jobs = self.jobs();
        let (last, is_waiting) = (jobs.hurry(), self.may_wait());
        let is_awaited = |jobs: &mut Jobs| is_waiting && !jobs.are_done(last);
        self.work.notify_one(); // the writer may be waiting for a quiet period
        match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
            Some(left) => drop(self.done.wait_timeout_while(jobs, left, is_awaited)),
            None => drop(self.done.wait_while(jobs, is_awaited)),
        }
    }

    /// Returns the jobs. If the job that is being written is awaited, waits until it is done. Does not wait for later
    /// jobs.
    fn settled(&self, is_awaited: impl Fn(&Job) -> bool) -> MutexGuard<'_, Jobs> {
        let jobs = self.jobs();
        let awaited = jobs
            .writing()
            .filter(|(_, job)| is_awaited(job))
            .map(|(number, _)| *number);
        let is_waiting = awaited.is_some() && self.may_wait();
        let is_awaited = |jobs: &mut Jobs| is_waiting && jobs.writing().map(|(number, _)| *number) == awaited;
        let jobs = self.done.wait_while(jobs, is_awaited);
        jobs.unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that this thread is the queue's writer.
    pub(super) fn written_here(&self) {
        WRITES_FOR.set(self);
    }

    /// Returns `false` on the writer's own thread, where a listener that waits would wait for itself, and in a fork,
    /// which has no writer.
    pub(super) fn may_wait(&self) -> bool {
        !ptr::eq(WRITES_FOR.get(), self) && self.is_home()
    }

    /// Returns `true` in the process in which the writer runs.
    pub(super) fn is_home(&self) -> bool {
        self.process == process::id()
    }

    fn is_empty(&self) -> bool {
        self.number.load(SeqCst) == 0
    }

    pub(super) fn jobs(&self) -> MutexGuard<'_, Jobs> {
        // Nothing panics while this lock is held.
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AtExit for Queue {
    fn at_exit(&self, deadline: Option<Instant>) {
        self.wait(deadline);
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}
