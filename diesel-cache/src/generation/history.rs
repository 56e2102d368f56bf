//! What the generations were some time ago, for loads from replicas, which show the database as it was then.
//!
//! A snapshot holds the generation of each slot, or that the slot was fenced. It takes 0.7 MiB, and only processes that
//! read from replicas keep any: two for each lag. When the newer one is as old as the lag, it replaces the older one,
//! and a new one is taken. So while there are loads, the older one is between one lag and two lags old.
//!
//! `docs/protocol.md` says what it means if a slot still has the generation of a snapshot.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::Duration;

use arc_swap::ArcSwap;

use super::clock::millis;
use super::{Monotonic, Slot, Stamp};

/// Stands for the generation of a slot that was fenced. No slot reaches this number.
const FENCED: u64 = u64::MAX;
/// The shortest time between two snapshots. Reading all slots takes about a millisecond.
const SHORTEST: Duration = Duration::from_millis(100);
/// The greatest number of lags that have snapshots of their own.
pub(super) const MOST: usize = 8;

/// The snapshots of this process.
#[derive(Debug)]
pub(super) struct History {
    clock: Monotonic,
    /// Whether this process keeps any snapshots.
    is_kept: AtomicBool,
    /// When the next snapshot is due, in milliseconds.
    due_at: AtomicU64,
    tracks: ArcSwap<Vec<Track>>,
    /// Held by the thread that takes a snapshot.
    recording: Mutex<()>,
    /// The number of shapes that this process has begun to use.
    shapes: AtomicU64,
}

/// The snapshots for one lag.
#[derive(Clone, Debug)]
pub(super) struct Track {
    pub(super) lag: Duration,
    pub(super) newer: Option<Arc<Snapshot>>,
    older: Option<Arc<Snapshot>>,
}

#[derive(Debug)]
pub(super) struct Snapshot {
    epoch: u64,
    /// The value of [`History::shapes`] before the first slot was read.
    shapes: u64,
    /// The time at which the last slot had been read.
    taken_at: Duration,
    generations: Box<[u64]>,
}

impl History {
    pub(super) fn new(clock: Monotonic) -> Self {
        Self {
            clock,
            is_kept: AtomicBool::new(false),
            due_at: AtomicU64::new(u64::MAX),
            tracks: ArcSwap::default(),
            recording: Mutex::default(),
            shapes: AtomicU64::new(0),
        }
    }

    /// Records that this process has begun to use a shape: it has put the shape on its list, and then seen its table
    /// without a fence.
    pub(super) fn shape_used(&self) {
        self.shapes.fetch_add(1, SeqCst);
    }

    /// Keeps snapshots for loads from replicas with this lag. The first one is due at once.
    pub(super) fn keep(&self, lag: Duration) {
        let _recording = self.recording.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tracks = Vec::clone(&self.tracks.load());
        if lag.is_zero() || tracks.iter().any(|track| track.lag == lag) {
            return;
        }
        let is_served = tracks.iter().any(|track| track.lag > lag);
        if tracks.len() < MOST {
            tracks.push(Track {
                lag,
                newer: None,
                older: None,
            });
        } else if is_served {
            return;
        } else if let Some(longest) = tracks.iter_mut().max_by_key(|track| track.lag) {
            // The track's snapshots are kept, because a snapshot serves any lag.
            longest.lag = lag;
        }
        self.tracks.store(Arc::new(tracks));
        self.is_kept.store(true, SeqCst);
        self.due_at.store(0, SeqCst);
    }

    /// Returns `true` if a snapshot is due. Costs an atomic load in a process that keeps none.
    pub(super) fn is_due(&self) -> bool {
        self.is_kept.load(SeqCst) && millis(self.clock.now()) >= self.due_at.load(SeqCst)
    }

    /// Takes a snapshot if one is due, and no other thread is taking it. `generations` yields the generation of each
    /// slot, or `None` if the slot is fenced. The epoch must have been read before the first of them.
    pub(super) fn record(&self, epoch: u64, generations: impl Iterator<Item = Option<u64>>) {
        let _recording = match self.recording.try_lock() {
            Ok(recording) => recording,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        let mut tracks = Vec::clone(&self.tracks.load());
        let now = self.clock.now();
        if tracks.iter().any(|track| track.due_at() <= now) {
            let snapshot = Arc::new(self.snapshot(epoch, generations));
            for track in tracks.iter_mut().filter(|track| track.due_at() <= now) {
                track.older = track.newer.replace(Arc::clone(&snapshot));
            }
        }
        let due_at = tracks.iter().map(Track::due_at).min().unwrap_or(Duration::MAX);
        self.tracks.store(Arc::new(tracks));
        self.due_at.store(millis(due_at), SeqCst);
    }

    fn snapshot(&self, epoch: u64, generations: impl Iterator<Item = Option<u64>>) -> Snapshot {
        let shapes = self.shapes.load(SeqCst);
        let generations = generations.map(|generation| generation.unwrap_or(FENCED)).collect();
        Snapshot {
            epoch,
            shapes,
            taken_at: self.clock.now(),
            generations,
        }
    }

    #[cfg(test)]
    pub(super) fn tracks(&self) -> Arc<Vec<Track>> {
        self.tracks.load_full()
    }

    /// Returns how long ago the oldest snapshot was taken in which these slots have their generations, without a fence;
    /// zero if there is none. With `by_rows`, all shapes of this process must have been in use by then.
    pub(super) fn unchanged_for(&self, stamp: &Stamp, soft: (Slot, u64), by_rows: bool) -> Duration {
        if !self.is_kept.load(SeqCst) {
            return Duration::ZERO;
        }
        // The time is read before the query is sent. An earlier time makes the result smaller, which is the safe side.
        let now = self.clock.now();
        let shapes = self.shapes.load(SeqCst);
        let tracks = self.tracks.load();
        let snapshots = tracks.iter().flat_map(|track| [&track.newer, &track.older]).flatten();
        let agreeing = snapshots
            .filter(|snapshot| !by_rows || snapshot.shapes == shapes)
            .filter(|snapshot| snapshot.agrees(stamp, soft));
        let ages = agreeing.map(|snapshot| now.saturating_sub(snapshot.taken_at));
        ages.max().unwrap_or_default()
    }
}

impl Track {
    fn due_at(&self) -> Duration {
        let interval = self.lag.max(SHORTEST);
        self.newer
            .as_ref()
            .map_or(Duration::ZERO, |newer| newer.taken_at.saturating_add(interval))
    }
}

impl Snapshot {
    fn agrees(&self, stamp: &Stamp, (soft, softly): (Slot, u64)) -> bool {
        let generation = |slot: Slot| self.generations.get(slot.index() as usize).copied();
        stamp.is_of(self.epoch)
            && stamp.moved(generation).next().is_none()
            // A slot that was fenced does not agree, because no stamp holds [`FENCED`].
            && generation(soft) == Some(softly)
    }
}
