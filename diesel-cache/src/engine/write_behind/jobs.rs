//! The queued entries, in their order and by key.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::entry::Entry;
use crate::key::CacheKey;
use crate::tier::KeyLock;

/// The number of entries that may be queued. Even a slow disk writes this many in a second, and the system can search
/// this many file locks quickly.
const CAPACITY: usize = 1024;
/// The bytes of rows that may be queued.
const CAPACITY_BYTES: usize = 16 << 20;

/// The writer waits until nothing was queued for this long. While a caller queues one entry after the other, creating
/// files would delay the database's answers and the caller's next file lookup by more time than the creation takes. A
/// key that is invalidated and loaded again in this time is written only once. The price is that other processes wait
/// that much longer for the file.
const QUIET_PERIOD: Duration = Duration::from_millis(1);
/// The longest that an entry waits for a quiet period.
const PATIENCE: Duration = Duration::from_millis(5);

/// The destination of queued entries.
pub(in crate::engine) trait Sink: Send + Sync {
    /// Writes an entry that was queued, unless it was invalidated meanwhile.
    fn write(&self, entry: &Entry);
}

/// A sink of this process, by its address, and a key.
pub(in crate::engine) type QueueKey = (usize, CacheKey);

/// An entry that is to be written.
pub(in crate::engine) struct Job {
    pub(in crate::engine) sink: Arc<dyn Sink>,
    pub(in crate::engine) entry: Arc<Entry>,
    /// The lock that makes other processes wait for the entry.
    pub(in crate::engine) lock: Option<KeyLock>,
    /// When the entry was queued.
    pub(in crate::engine) since: Instant,
}

impl Job {
    pub(super) fn queue_key(&self) -> QueueKey {
        (address(&self.sink), self.entry.header.key)
    }

    pub(super) fn is_for(&self, sink: &Arc<dyn Sink>) -> bool {
        address(&self.sink) == address(sink)
    }

    /// Releases the lock, so that other processes look for the entry.
    pub(super) fn unlocked(mut self) -> Self {
        drop(self.lock.take());
        self
    }

    /// Returns the job without its lock.
    fn to_write(&self) -> Self {
        Self {
            sink: Arc::clone(&self.sink),
            entry: Arc::clone(&self.entry),
            lock: None,
            since: self.since,
        }
    }
}

fn address(sink: &Arc<dyn Sink>) -> usize {
    Arc::as_ptr(sink).cast::<()>().addr()
}

/// The jobs of a cache, numbered in the order in which they were queued.
pub(super) struct Jobs {
    waiting: BTreeMap<u64, Job>,
    numbers: HashMap<QueueKey, u64>,
    bytes: usize,
    last: u64,
    /// The number of the last job that a caller waits for.
    hurried: u64,
    writing: Option<(u64, Job)>,
    /// The number of jobs, which callers read without the mutex.
    number: Arc<AtomicUsize>,
    pub(super) writer: Option<JoinHandle<()>>,
    /// Whether the writer has to be woken.
    pub(super) is_asleep: bool,
    /// Whether the writer ends when no job is left.
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

    /// Returns `true` if there is room for another job. Threads that ask at the same time may exceed the bound by one
    /// job each.
    pub(super) fn have_room(&self, bytes: usize) -> bool {
        self.waiting.len() < CAPACITY && self.bytes.saturating_add(bytes) <= CAPACITY_BYTES
    }

    /// Adds a job, replacing one with the same key.
    pub(super) fn push(&mut self, job: Job) {
        let key = job.queue_key();
        drop(self.remove(key));
        self.last += 1;
        self.bytes += job.entry.len();
        self.numbers.insert(key, self.last);
        self.waiting.insert(self.last, job);
        self.count();
    }

    /// Returns the job of a key, even while it is being written.
    pub(super) fn find(&mut self, key: QueueKey) -> Option<&mut Job> {
        match self.numbers.get(&key) {
            Some(number) => self.waiting.get_mut(number),
            None => self
                .writing
                .as_mut()
                .map(|(_, job)| job)
                .filter(|job| job.queue_key() == key),
        }
    }

    pub(super) fn remove(&mut self, key: QueueKey) -> Option<Job> {
        let number = self.numbers.remove(&key)?;
        let job = self.waiting.remove(&number)?;
        self.bytes -= job.entry.len();
        self.count();
        Some(job)
    }

    /// Removes the jobs of a sink, and releases their locks.
    pub(super) fn remove_all(&mut self, sink: &Arc<dyn Sink>) -> Vec<Job> {
        let jobs = self.waiting.values().filter(|job| job.is_for(sink));
        let keys: Vec<QueueKey> = jobs.map(Job::queue_key).collect();
        let removed = keys.into_iter().filter_map(|key| self.remove(key));
        removed.map(Job::unlocked).collect()
    }

    /// Returns how long the writer waits before the next job; `None` if there is none.
    pub(super) fn rest(&self, now: Instant) -> Option<Duration> {
        let (number, oldest) = self.waiting.first_key_value()?;
        let (_, newest) = self.waiting.last_key_value()?;
        if self.is_closed || *number <= self.hurried || self.waiting.len() >= CAPACITY / 2 {
            return Some(Duration::ZERO);
        }
        Some(until_quiet(oldest.since, newest.since, now))
    }

    /// Makes the writer do all present jobs without waiting, and returns the number of the last one.
    pub(super) fn hurry(&mut self) -> u64 {
        self.hurried = self.last;
        self.last
    }

    /// Begins the next job.
    pub(super) fn next(&mut self) -> Option<Job> {
        let (number, job) = self.waiting.pop_first()?;
        self.numbers.remove(&job.queue_key());
        self.bytes -= job.entry.len();
        let copy = job.to_write();
        self.writing = Some((number, job));
        Some(copy)
    }

    /// Returns the job that is being written, and its number.
    pub(super) fn writing(&self) -> Option<&(u64, Job)> {
        self.writing.as_ref()
    }

    /// Ends the job that is being written, and releases its lock.
    pub(super) fn written(&mut self) -> Option<Job> {
        let (_, job) = self.writing.take()?;
        self.count();
        Some(job.unlocked())
    }

    /// Returns `true` if all jobs up to that number are written or given up.
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

/// Returns the time until the quiet period after the newest job is over, or until the oldest job has waited long
/// enough.
fn until_quiet(oldest: Instant, newest: Instant, now: Instant) -> Duration {
    let until = (newest + QUIET_PERIOD).min(oldest + PATIENCE);
    until.saturating_duration_since(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_wait_for_a_quiet_period_but_not_for_ever() {
        let (start, millis) = (Instant::now(), Duration::from_millis);
        // (time of the last job, now, expected wait), in milliseconds after the first job
        for (newest, now, rest) in [
            (0, 0, 1),
            (3, 3, 1),
            (3, 4, 0),
            (3, 9, 0),
            (4, 4, 1),
            (7, 7, 0),
            (7, 4, 1),
        ] {
            let found = until_quiet(start, start + millis(newest), start + millis(now));
            assert_eq!(found, millis(rest), "{newest} {now}");
        }
    }
}
