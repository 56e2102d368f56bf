//! Single flight: of all the callers that miss one key at one time, one asks the database.
//!
//! The first is the *leader*; the others wait, and take the entry that the leader made if it is valid at the moment they
//! take it: a waiter may have come after a write that the leader's query did not see. A leader that fails, or is dropped by a
//! panic, wakes all its waiters at once, and each asks for itself: one after the other, they would pile up behind an error.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::entry::Entry;
use crate::key::CacheKey;
use crate::store::KeyLock;

/// The flights of one region in this process. Different keys never wait for each other, but to join or leave.
#[derive(Debug, Default)]
pub(crate) struct Flights {
    flying: Mutex<HashMap<CacheKey, Arc<Flight>>>,
}

/// A query on its way, and what came of it.
#[derive(Debug, Default)]
pub(crate) struct Flight {
    outcome: Mutex<Option<Landing>>,
    landed: Condvar,
}

/// What a leader leaves to its waiters.
#[derive(Clone, Debug)]
pub(crate) enum Landing {
    /// An entry, to be judged by each of them.
    Entry(Arc<Entry>),
    /// Nothing: each asks for itself.
    Failed,
    /// The leader never began: one of the waiters takes its place.
    Resigned,
}

/// How a caller takes part.
#[derive(Debug)]
pub(crate) enum Role {
    Leader(Lead),
    Waiter(Arc<Flight>),
}

/// The duty of the leader: dropped without an entry, it has failed.
#[derive(Debug)]
pub(crate) struct Lead {
    flights: Arc<Flights>,
    flight: Arc<Flight>,
    key: CacheKey,
    /// Keeps other processes waiting.
    pub(super) lock: Option<KeyLock>,
    resigned: bool,
}

impl Flights {
    pub(super) fn join(self: &Arc<Self>, key: CacheKey) -> Role {
        let mut flying = lock(&self.flying);
        if let Some(flight) = flying.get(&key) {
            return Role::Waiter(Arc::clone(flight));
        }
        let flight = Arc::<Flight>::default();
        flying.insert(key, Arc::clone(&flight));
        Role::Leader(Lead {
            flights: Arc::clone(self),
            flight,
            key,
            lock: None,
            resigned: false,
        })
    }
}

impl Flight {
    /// The first end counts.
    fn end(&self, landing: Landing) {
        lock(&self.outcome).get_or_insert(landing);
        self.landed.notify_all();
    }

    /// Waits until the leader is done, or the deadline.
    pub(super) fn wait(&self, deadline: Option<Instant>) -> Landing {
        let mut outcome = lock(&self.outcome);
        loop {
            if let Some(outcome) = &*outcome {
                return outcome.clone();
            }
            outcome = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                Some(left) if left.is_zero() => return Landing::Failed,
                Some(left) => {
                    self.landed
                        .wait_timeout(outcome, left)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
                None => self.landed.wait(outcome).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

impl Lead {
    /// Hands the entry to the waiters of this process. The drop that follows lets other processes look for it.
    pub(super) fn land(&self, entry: &Arc<Entry>) {
        self.flight.end(Landing::Entry(Arc::clone(entry)));
    }

    /// Gives the duty back, as another process has it: its rows are still to come.
    pub(super) fn resign(mut self) {
        self.resigned = true;
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        // The lock goes first: all leaders of this process share it, and the next one must find it free.
        drop(self.lock.take());
        // Then the flight: who comes now begins one of its own, and finds the entry or asks.
        lock(&self.flights.flying).remove(&self.key);
        self.flight.end(if self.resigned {
            Landing::Resigned
        } else {
            Landing::Failed
        });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing can panic while one of these is held.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
