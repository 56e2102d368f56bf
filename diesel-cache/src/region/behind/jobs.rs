//! What is to be written, in its order and by its key.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::context::Context;
use crate::entry::Entry;
use crate::key::CacheKey;
use crate::region::RegionState;
use crate::store::KeyLock;

/// So many entries may wait: as many as are written in a second at the worst, and as many locks as the system still goes through
/// quickly.
const MOST: usize = 1024;
/// So many bytes of rows may wait.
const MOST_BYTES: usize = 16 << 20;

/// The writer waits until nobody has handed over anything for this long: who does so one after the other is busy, and making files would
/// hold up the databases' answers, and the next look for a file, by more than it takes. A key that is invalidated and loaded again in that
/// time is not written in between. Other processes that wait for a file wait that much longer.
const LULL: Duration = Duration::from_millis(1);
/// No entry waits for a lull longer than this.
const PATIENCE: Duration = Duration::from_millis(5);

/// A region of this process, by its address, and a key.
pub(in crate::region) type Place = (usize, CacheKey);

/// An entry to be written.
pub(in crate::region) struct Job {
    pub(in crate::region) state: Arc<RegionState>,
    pub(in crate::region) context: Arc<Context>,
    pub(in crate::region) entry: Arc<Entry>,
    /// Keeps other processes waiting for the file.
    pub(in crate::region) lock: Option<KeyLock>,
    /// When it was handed over.
    pub(in crate::region) since: Instant,
}

impl Job {
    pub(super) fn place(&self) -> Place {
        self.state.place(self.entry.header.key)
    }

    pub(super) fn is_of(&self, region: &RegionState) -> bool {
        std::ptr::eq(&*self.state, region)
    }

    /// Lets other processes look.
    pub(super) fn unlocked(mut self) -> Self {
        drop(self.lock.take());
        self
    }

    /// The same, without the lock.
    fn to_write(&self) -> Self {
        Self {
            state: Arc::clone(&self.state),
            context: Arc::clone(&self.context),
            entry: Arc::clone(&self.entry),
            lock: None,
            since: self.since,
        }
    }
}

/// The jobs of a cache, each with a number; later ones have higher numbers.
pub(super) struct Jobs {
    waiting: BTreeMap<u64, Job>,
    numbers: HashMap<Place, u64>,
    bytes: usize,
    last: u64,
    /// The last job that somebody waits for.
    hurried: u64,
    writing: Option<(u64, Job)>,
    /// For those who look without the mutex.
    number: Arc<AtomicUsize>,
    pub(super) writer: Option<JoinHandle<()>>,
    /// Has the writer to be woken?
    pub(super) is_asleep: bool,
    /// Is the writer to end when there is nothing left?
    pub(super) is_closed: bool,
}

impl Jobs {
    pub(super) fn new(number: &Arc<AtomicUsize>) -> Self {
        Self {
            waiting: BTreeMap::new(),
            numbers: HashMap::new(),
            bytes: 0,
            last: 0,
            hurried: 0,
            writing: None,
            number: Arc::clone(number),
            writer: None,
            is_asleep: false,
            is_closed: false,
        }
    }

    /// For one more, or for one more from each thread that asks at the same time.
    pub(super) fn have_room(&self, bytes: usize) -> bool {
        self.waiting.len() < MOST && self.bytes.saturating_add(bytes) <= MOST_BYTES
    }

    /// Adds a job, in the place of one of the same key.
    pub(super) fn push(&mut self, job: Job) {
        let place = job.place();
        drop(self.remove(place));
        self.last += 1;
        self.bytes += job.entry.len();
        self.numbers.insert(place, self.last);
        self.waiting.insert(self.last, job);
        self.count();
    }

    /// The job of a key, also while it is being written.
    pub(super) fn find(&mut self, place: Place) -> Option<&mut Job> {
        match self.numbers.get(&place) {
            Some(number) => self.waiting.get_mut(number),
            None => self
                .writing
                .as_mut()
                .map(|(_, job)| job)
                .filter(|job| job.place() == place),
        }
    }

    pub(super) fn remove(&mut self, place: Place) -> Option<Job> {
        let number = self.numbers.remove(&place)?;
        let job = self.waiting.remove(&number)?;
        self.bytes -= job.entry.len();
        self.count();
        Some(job)
    }

    /// Removes the jobs of a region, and lets their locks go.
    pub(super) fn remove_all(&mut self, region: &RegionState) -> Vec<Job> {
        let jobs = self.waiting.values().filter(|job| job.is_of(region));
        let places: Vec<Place> = jobs.map(Job::place).collect();
        let removed = places.into_iter().filter_map(|place| self.remove(place));
        removed.map(Job::unlocked).collect()
    }

    /// How long the writer leaves the jobs alone yet; `None`: there are none.
    pub(super) fn rest(&self, now: Instant) -> Option<Duration> {
        let (number, oldest) = self.waiting.first_key_value()?;
        let (_, newest) = self.waiting.last_key_value()?;
        if self.is_closed || *number <= self.hurried || self.waiting.len() >= MOST / 2 {
            return Some(Duration::ZERO);
        }
        Some(until_lull(oldest.since, newest.since, now))
    }

    /// Somebody waits for all jobs that there are now; returns the number of the last one.
    pub(super) fn hurry(&mut self) -> u64 {
        self.hurried = self.last;
        self.last
    }

    /// The next job: it is being written from here on.
    pub(super) fn next(&mut self) -> Option<Job> {
        let (number, job) = self.waiting.pop_first()?;
        self.numbers.remove(&job.place());
        self.bytes -= job.entry.len();
        let copy = job.to_write();
        self.writing = Some((number, job));
        Some(copy)
    }

    /// The job that is being written, and its number.
    pub(super) fn writing(&self) -> Option<&(u64, Job)> {
        self.writing.as_ref()
    }

    /// The job is written, and its lock let go.
    pub(super) fn written(&mut self) -> Option<Job> {
        let (_, job) = self.writing.take()?;
        self.count();
        Some(job.unlocked())
    }

    /// Are all jobs up to that number written, or given up?
    pub(super) fn are_done(&self, number: u64) -> bool {
        let waiting = self.waiting.first_key_value().map(|(number, _)| *number);
        let writing = self.writing.as_ref().map(|(number, _)| *number);
        waiting.into_iter().chain(writing).all(|open| open > number)
    }

    fn count(&self) {
        let number = self.waiting.len() + usize::from(self.writing.is_some());
        self.number.store(number, SeqCst);
    }
}

/// How long it takes to the lull, or to the end of patience, for jobs that were handed over between two moments.
fn until_lull(oldest: Instant, newest: Instant, now: Instant) -> Duration {
    let until = (newest + LULL).min(oldest + PATIENCE);
    until.saturating_duration_since(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_wait_for_a_lull_and_not_for_ever() {
        let (start, millis) = (Instant::now(), Duration::from_millis);
        // (the last job comes, asked, rests): all after the first one, in milliseconds
        for (newest, now, rest) in [
            (0, 0, 1),
            (3, 3, 1),
            (3, 4, 0),
            (3, 9, 0),
            (4, 4, 1),
            (7, 7, 0),
            (7, 4, 1),
        ] {
            let found = until_lull(start, start + millis(newest), start + millis(now));
            assert_eq!(found, millis(rest), "{newest} {now}");
        }
    }
}
