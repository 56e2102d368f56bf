//! Single flight: of all the callers that miss one key at one time, one asks the database.
//!
//! The first is the *leader*; the others wait, and take the entry that the leader made if it is valid at the moment they
//! take it: a waiter may have come after a write that the leader's query did not see. A leader that fails, or is dropped by a
//! panic or with a task, wakes all its waiters at once, and each asks for itself: one after the other, they would pile up behind an
//! error. Threads and tasks wait for the same flights.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
#[cfg(feature = "async")]
use std::task::{Context, Poll};
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
    state: Mutex<State>,
    landed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    outcome: Option<Landing>,
    /// Threads that wait: to wake nobody is a system call all the same.
    sleepers: u32,
    /// Of the tasks that wait, each with its seat.
    wakers: Vec<(u64, Waker)>,
    #[cfg(feature = "async")]
    seats: u64,
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
        let (sleepers, wakers) = {
            let mut state = lock(&self.state);
            if state.outcome.is_some() {
                return;
            }
            state.outcome = Some(landing);
            (state.sleepers, std::mem::take(&mut state.wakers))
        };
        if sleepers > 0 {
            self.landed.notify_all();
        }
        wakers.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// Waits until the leader is done, or the deadline.
    pub(super) fn wait(&self, deadline: Option<Instant>) -> Landing {
        let mut state = lock(&self.state);
        state.sleepers += 1;
        loop {
            if let Some(outcome) = &state.outcome {
                return outcome.clone();
            }
            state = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                Some(left) if left.is_zero() => return Landing::Failed,
                Some(left) => {
                    self.landed
                        .wait_timeout(state, left)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
                None => self.landed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

/// The place of a task that waits for a flight.
#[cfg(feature = "async")]
#[derive(Debug)]
pub(super) struct Seat {
    flight: Arc<Flight>,
    number: u64,
}

#[cfg(feature = "async")]
impl Flight {
    /// A place to wait in.
    pub(super) fn seat(self: Arc<Self>) -> Seat {
        let mut state = lock(&self.state);
        state.seats += 1;
        let number = state.seats;
        drop(state);
        Seat { flight: self, number }
    }
}

#[cfg(feature = "async")]
impl Seat {
    /// Is the leader done? If not, the task is woken when it is.
    pub(super) fn poll(&mut self, context: &Context<'_>) -> Poll<Landing> {
        let mut state = lock(&self.flight.state);
        if let Some(outcome) = &state.outcome {
            return Poll::Ready(outcome.clone());
        }
        match state.wakers.iter_mut().find(|(number, _)| *number == self.number) {
            Some((_, waker)) => waker.clone_from(context.waker()),
            None => state.wakers.push((self.number, context.waker().clone())),
        }
        Poll::Pending
    }
}

#[cfg(feature = "async")]
impl Drop for Seat {
    fn drop(&mut self) {
        lock(&self.flight.state)
            .wakers
            .retain(|(number, _)| *number != self.number);
    }
}

impl Lead {
    /// Hands the entry to the waiters of this process. The drop that follows lets other processes look for it.
    pub(super) fn land(&self, entry: &Arc<Entry>) {
        self.flight.end(Landing::Entry(Arc::clone(entry)));
    }

    /// Lets other processes ask as well.
    pub(super) fn unlock(&mut self) {
        drop(self.lock.take());
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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    fn lead(flights: &Arc<Flights>, key: CacheKey) -> Lead {
        match flights.join(key) {
            Role::Leader(lead) => lead,
            Role::Waiter(_) => panic!("somebody else leads"),
        }
    }

    fn waiter(flights: &Arc<Flights>, key: CacheKey) -> Arc<Flight> {
        match flights.join(key) {
            Role::Waiter(flight) => flight,
            Role::Leader(_) => panic!("nobody leads"),
        }
    }

    #[test]
    fn who_gives_the_lead_back_has_not_failed() {
        let (flights, key) = (Arc::default(), CacheKey::from_bytes([1; 32]));
        let leader = lead(&flights, key);
        let flight = waiter(&flights, key);
        leader.resign();
        assert!(matches!(flight.wait(None), Landing::Resigned));
        let leader = lead(&flights, key);
        let flight = waiter(&flights, key);
        drop(leader);
        assert!(matches!(flight.wait(None), Landing::Failed));
    }
}
