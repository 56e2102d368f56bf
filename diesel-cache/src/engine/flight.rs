//! Single flight: of all callers in this process that miss one key at the same time, one queries the database.
//!
//! The first caller is the *leader*. The others are *waiters*: they take the leader's entry if it is still valid at
//! that moment. It may not be, because a waiter may have arrived after a write that the leader's query did not see. If
//! the leader's query fails, or a panic or the cancellation of its task ends it, all waiters wake at once, and each
//! queries for itself. Otherwise they would queue up behind an error. If the leader has only waited for another process
//! when it is dropped, one of its waiters takes its place. Threads and tasks wait for the same flights.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::entry::Entry;
use crate::key::CacheKey;
use crate::tier::KeyLock;
use crate::wait::Signal;

/// The queries of one region that are in progress in this process, by key. Callers of different keys never wait for
/// each other.
#[derive(Debug, Default)]
pub(super) struct Flights {
    flying: Mutex<HashMap<CacheKey, Flying>>,
}

#[derive(Debug)]
struct Flying {
    flight: Arc<Flight>,
    /// What its leader holds.
    leader: Holding,
}

/// What a caller holds while it waits for others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Holding {
    /// A connection, for which other callers may be waiting.
    Connection,
    /// Nothing. The caller takes a connection when it has to query.
    Nothing,
}

/// A query in progress, and its outcome.
pub(crate) type Flight = Signal<FlightOutcome>;

/// What a leader leaves to its waiters.
#[derive(Clone, Debug)]
pub(crate) enum FlightOutcome {
    /// An entry, which each waiter checks for itself.
    Entry(Arc<Entry>),
    /// Nothing: each waiter queries for itself.
    Failed,
    /// The leader never queried: one of the waiters takes its place.
    Resigned,
}

/// How a caller takes part in a flight.
#[derive(Debug)]
pub(super) enum Role {
    Leader(Lead),
    Waiter(Arc<Flight>),
    /// The leader has yet to take a connection, and this caller has one. This caller does not wait, because the leader
    /// may be waiting for this very connection.
    Ahead,
}

/// The leadership of a flight. If it is dropped without an entry, the flight has failed if the leader had begun to
/// query, or has given its ticket back ([`Ticket::fail`](super::ticket::Ticket::fail)), as it does if it gets no
/// connection. Otherwise the leader has resigned, because another process queries, or its task was cancelled.
#[derive(Debug)]
pub(crate) struct Lead {
    flights: Arc<Flights>,
    flight: Arc<Flight>,
    key: CacheKey,
    /// The lock that makes other processes wait for this key.
    pub(crate) lock: Option<KeyLock>,
    /// Whether the leader has begun to query. Until then it may be waiting for another process.
    queries: bool,
}

impl Flights {
    pub(super) fn join(self: &Arc<Self>, key: CacheKey, holding: Holding) -> Role {
        let mut flying = self.flying();
        if let Some(Flying { flight, leader }) = flying.get(&key) {
            return match (leader, holding) {
                (Holding::Nothing, Holding::Connection) => Role::Ahead,
                _ => Role::Waiter(Arc::clone(flight)),
            };
        }
        let flight = Arc::<Flight>::default();
        let leads = Flying {
            flight: Arc::clone(&flight),
            leader: holding,
        };
        flying.insert(key, leads);
        Role::Leader(Lead {
            flights: Arc::clone(self),
            flight,
            key,
            lock: None,
            queries: false,
        })
    }

    fn flying(&self) -> MutexGuard<'_, HashMap<CacheKey, Flying>> {
        // Nothing panics while this lock is held.
        self.flying.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lead {
    /// Hands the entry to the waiters of this process. Dropping the lead then lets other processes look for it.
    pub(super) fn complete(&self, entry: &Arc<Entry>) {
        self.flight.set(FlightOutcome::Entry(Arc::clone(entry)));
    }

    /// Lets other processes query as well.
    pub(super) fn unlock(&mut self) {
        drop(self.lock.take());
    }

    /// Records that the leader has taken a connection, and queries. Callers that have a connection may wait for it from
    /// now on.
    pub(super) fn connected(&mut self) {
        if let Some(flying) = self.flights.flying().get_mut(&self.key) {
            flying.leader = Holding::Connection;
        }
        self.begin_query();
    }

    /// Records that the leader begins to query.
    pub(super) fn begin_query(&mut self) {
        self.queries = true;
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        // The lock is released first, so that the next leader in this cache finds it free: locks belong to the cache.
        drop(self.lock.take());
        // Then the flight is removed, so that a later caller begins one of its own.
        self.flights.flying().remove(&self.key);
        self.flight.set(match self.queries {
            true => FlightOutcome::Failed,
            false => FlightOutcome::Resigned,
        });
    }
}

#[cfg(test)]
#[allow(clippy::panic)]
mod tests {
    use super::*;
    use crate::wait::{Blocking, Wait, now};

    fn lead(flights: &Arc<Flights>, key: CacheKey) -> Lead {
        match flights.join(key, Holding::Connection) {
            Role::Leader(lead) => lead,
            Role::Waiter(_) | Role::Ahead => panic!("another caller leads"),
        }
    }

    fn waiter(flights: &Arc<Flights>, key: CacheKey) -> Arc<Flight> {
        match flights.join(key, Holding::Connection) {
            Role::Waiter(flight) => flight,
            Role::Leader(_) | Role::Ahead => panic!("no caller leads"),
        }
    }

    #[test]
    fn a_leader_that_never_queried_has_not_failed() {
        let (flights, key) = (Arc::default(), CacheKey::from_bytes([1; 32]));
        let outcome = |flight| now(Blocking.signal(flight, None));
        let leader = lead(&flights, key);
        let flight = waiter(&flights, key);
        drop(leader);
        assert!(matches!(outcome(flight), Some(FlightOutcome::Resigned)));
        let mut leader = lead(&flights, key);
        let flight = waiter(&flights, key);
        leader.begin_query();
        drop(leader);
        assert!(matches!(outcome(flight), Some(FlightOutcome::Failed)));
    }

    #[test]
    fn a_caller_with_a_connection_does_not_wait_for_a_leader_without() {
        let (flights, key): (Arc<Flights>, _) = (Arc::default(), CacheKey::from_bytes([1; 32]));
        let Role::Leader(mut leader) = flights.join(key, Holding::Nothing) else {
            panic!("another caller leads");
        };
        assert!(matches!(flights.join(key, Holding::Nothing), Role::Waiter(_)));
        assert!(matches!(flights.join(key, Holding::Connection), Role::Ahead));
        leader.connected();
        assert!(matches!(flights.join(key, Holding::Connection), Role::Waiter(_)));
    }
}
