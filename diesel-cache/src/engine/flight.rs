//! Single flight: of all callers in this process that miss one key at the same time, one queries the database.
//!
//! The first caller is the *leader*. The others wait, and take the entry that the leader made if it is valid when they
//! take it: a waiter may have come after a write that the leader's query did not see. When a leader's query fails, or a
//! panic or a cancelled task ends it, all its waiters wake at once, and each queries for itself. Otherwise they would
//! queue up behind an error. If a leader is dropped that has only waited for another process, one of its waiters takes
//! its place. Threads and tasks wait for the same flights.

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
    /// A connection, which others may wait for.
    Connection,
    /// Nothing: it takes a connection when it has to query.
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
    /// The leader has yet to take a connection, and this caller has one. It does not wait: it may hold what the leader
    /// waits for.
    Ahead,
}

/// The leadership of a flight. If it is dropped without an entry, the flight has failed if the leader had begun to
/// query, or had no connection for it. Otherwise the leader has resigned, because another process queries, or its task
/// was cancelled.
#[derive(Debug)]
pub(crate) struct Lead {
    flights: Arc<Flights>,
    flight: Arc<Flight>,
    key: CacheKey,
    /// Makes other processes wait.
    pub(crate) lock: Option<KeyLock>,
    /// Whether the leader queries, rather than waiting for another process.
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
        // Nothing can panic while it is held.
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

    /// Notes that the leader has a connection from now on, so that callers which have one may wait for it, and queries.
    pub(super) fn connected(&mut self) {
        if let Some(flying) = self.flights.flying().get_mut(&self.key) {
            flying.leader = Holding::Connection;
        }
        self.query();
    }

    /// Notes that the leader queries from now on.
    pub(super) fn query(&mut self) {
        self.queries = true;
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        // The lock is released first: all leaders of this process share it, and the next one must find it free.
        drop(self.lock.take());
        // Then the flight is removed: a later caller begins one of its own, and finds the entry or queries.
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
        leader.query();
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
