//! Writing behind: who misses a key of a region with memory in front does not wait for its file to be made.
//!
//! To make a file takes a file system from tens of microseconds to milliseconds, which is longer than many a query. So an entry goes into
//! memory at once, and into a queue; one thread of the cache, started at the first use, takes one after the other and writes it.
//! Until then the queue *is* the entry's place: a load finds there what memory has evicted; whoever removes or replaces an entry, or
//! counts files, comes here first.
//!
//! - **Other processes wait for the file.** The leader's lock goes along with its entry, and is let go when that is written, or given up.
//!   Only an entry with such a lock is written behind: any other one is in its file when its caller returns, since nothing else would keep another
//!   process from asking in between.
//! - **A new leader of the key in this process waits for nobody.** It takes the lock over, as the entry was stale or it would not be asking. Locks
//!   belong to the process: to let go of one here would take it from the next leader, too. So it is only done under the queue's mutex, where
//!   the next one looks.
//! - **Nothing is dropped.** With too much in the queue the caller stores as if there were none.
//! - **Nothing is lost at an end** but by a kill. The last handle of the cache waits for the writer ([`Keeper`]); so does the end of the
//!   process, as caches in statics are never dropped ([`exit`]).
//! - **Nobody gets old rows by it.** An entry carries the stamp from before its query, whenever it is written; the writer passes over
//!   what has become stale.
//!
//! `docs/disk.md` in the repository has the reasons and the figures.
//!
//! Jobs hold the region, the region holds the queue: a circle, but only while there are jobs. Who keeps a cache alive is told by
//! `Keeper`s, which jobs have none of.

mod exit;
mod jobs;
mod region;
mod writer;

use std::fmt;
use std::process;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use jobs::{Job, Jobs, Place};
pub(crate) use writer::Keeper;

use super::RegionState;
use crate::entry::Entry;
use crate::store::KeyLock;

/// The queue of a cache.
pub(crate) struct Behind {
    jobs: Mutex<Jobs>,
    /// How many there are, with the one that is being written: mostly none, and then nobody need look closer.
    number: Arc<AtomicUsize>,
    /// Whose the writer is: a fork has none.
    process: u32,
    /// There is something to do for the writer.
    work: Condvar,
    /// It has done something.
    done: Condvar,
}

impl Behind {
    fn new() -> Arc<Self> {
        let number = Arc::default();
        Arc::new(Self {
            jobs: Mutex::new(Jobs::new(&number)),
            number,
            process: process::id(),
            work: Condvar::new(),
            done: Condvar::new(),
        })
    }

    /// May an entry be handed over? Not if too much is waiting, or nobody would write it.
    pub(super) fn admits(self: &Arc<Self>, entry: &Entry) -> bool {
        let mut jobs = self.jobs();
        jobs.have_room(entry.len()) && self.is_home() && writer::is_there(self, &mut jobs)
    }

    /// Takes an entry that is to be written.
    pub(super) fn hand_over(self: &Arc<Self>, job: Job) {
        let mut jobs = self.jobs();
        jobs.push(job);
        let is_asleep = std::mem::take(&mut jobs.is_asleep);
        drop(jobs);
        if is_asleep {
            self.work.notify_one();
        }
    }

    /// The entry under a key, if it is not written yet.
    pub(super) fn get(&self, place: Place) -> Option<Arc<Entry>> {
        if self.is_empty() {
            return None;
        }
        self.find(place)
    }

    /// The same for the leader of the key, who must not find nothing while a lock is being let go that would be its own.
    pub(super) fn find(&self, place: Place) -> Option<Arc<Entry>> {
        self.jobs().find(place).map(|job| Arc::clone(&job.entry))
    }

    /// The lock that goes with an entry which is stale by now: for the leader of the key in this process. The entry is not written
    /// any more, unless that has begun.
    pub(super) fn take_lock(&self, place: Place) -> Option<KeyLock> {
        let mut jobs = self.jobs();
        match jobs.remove(place) {
            Some(job) => job.lock,
            None => jobs.find(place)?.lock.take(),
        }
    }

    /// The entry under a key with its lock, for the leader of the key in this process to write itself; `None` if there is none by
    /// now. Waits while it is being written.
    pub(super) fn take(&self, place: Place) -> Option<Job> {
        self.settled(|writing| writing.place() == place).remove(place)
    }

    /// Gives up the entry under a key, or waits while it is being written: for who is about to remove or replace the file.
    pub(super) fn give_up(&self, place: Place) {
        if !self.is_empty() {
            // Its lock goes under the mutex, what is freed with it does not.
            let job = self.jobs().remove(place).map(Job::unlocked);
            drop(job);
            drop(self.settled(|writing| writing.place() == place));
        }
    }

    /// The same for a whole region.
    pub(super) fn give_up_all(&self, region: &RegionState) {
        if !self.is_empty() {
            let jobs = self.jobs().remove_all(region);
            drop(jobs);
            drop(self.settled(|writing| writing.is_of(region)));
        }
    }

    /// Waits until everything that was handed over is written, or the deadline; `None` never comes.
    pub(crate) fn wait(&self, deadline: Option<Instant>) {
        if self.is_empty() {
            return;
        }
        let mut jobs = self.jobs();
        let (last, is_waiting) = (jobs.hurry(), self.may_wait());
        let is_awaited = |jobs: &mut Jobs| is_waiting && !jobs.are_done(last);
        self.work.notify_one(); // the writer may wait for a lull
        match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
            Some(left) => drop(self.done.wait_timeout_while(jobs, left, is_awaited)),
            None => drop(self.done.wait_while(jobs, is_awaited)),
        }
    }

    /// The jobs, once the one that is being written now is done, if it is one of those. What comes after it is not waited for.
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

    /// A listener to which the writer tells something waits for nothing here: it would wait for itself. Nor does a fork.
    fn may_wait(&self) -> bool {
        !writer::is_this_thread(self) && self.is_home()
    }

    /// Is this the process that the writer is in?
    fn is_home(&self) -> bool {
        self.process == process::id()
    }

    fn is_empty(&self) -> bool {
        self.number.load(SeqCst) == 0
    }

    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        // Nothing can panic while it is held.
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Behind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Behind")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}
