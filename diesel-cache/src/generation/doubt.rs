//! Writes whose outcome is unknown, and what would settle them.

use std::sync::Arc;
use std::time::Duration;

/// The database session that runs a writer's statement: a server, and one of the server's sessions. The server can be
/// asked whether the session still exists; to everyone else the numbers are opaque. `id` is never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct DatabaseSession {
    pub(crate) server: u64,
    pub(crate) id: u64,
}

/// What happens to a fence when its writer dies, or abandons it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DoubtPolicy {
    /// The statement cannot commit after the death of the process (SQLite), so the fence is lifted at once.
    AtDeath,
    /// The server may still commit the statement, so the fence stays for the grace, or until the session is known to be
    /// gone.
    Grace {
        grace: Duration,
        session: Option<DatabaseSession>,
    },
}

/// How to find out whether a statement that its server has begun is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Begun {
    /// The name of the database to which the connection leads. Only a connection to the same database may ask.
    pub(crate) database: Arc<str>,
    /// The session of the connection, if it is known. The session does nothing else until the statement is over.
    pub(crate) session: Option<DatabaseSession>,
    /// Tables, one of which the statement locks until it is over; empty if no lock is certain.
    pub(crate) locked: Arc<[Box<str>]>,
}

/// Fences that can be lifted once a condition holds. If `begun` is set, their statements must be over; otherwise all
/// `sessions` must be gone from their servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Doubt {
    pub(super) fences: DoubtfulFences,
    pub(crate) sessions: Vec<DatabaseSession>,
    pub(crate) begun: Option<Begun>,
}

impl Doubt {
    /// Returns the doubts about fences whose statements have begun. Each fence has its number. Fences with equal
    /// conditions share one doubt, so that one question settles them all.
    pub(super) fn of_begun(fences: Vec<(u64, Begun)>) -> Vec<Self> {
        let mut doubts: Vec<Self> = Vec::new();
        for (number, begun) in fences {
            match doubts.iter_mut().find(|doubt| doubt.begun.as_ref() == Some(&begun)) {
                Some(Self {
                    fences: DoubtfulFences::Begun(numbers),
                    ..
                }) => numbers.push(number),
                _ => doubts.push(Self {
                    fences: DoubtfulFences::Begun(vec![number]),
                    sessions: begun.session.into_iter().collect(),
                    begun: Some(begun),
                }),
            }
        }
        doubts
    }
}

/// The fences of a doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum DoubtfulFences {
    /// All fences of a dead writer.
    OfDead { writer: usize, claim: u64 },
    /// The fences that this process has abandoned.
    Abandoned,
    /// The fences of this process with these numbers, whose statements have begun.
    Begun(Vec<u64>),
    /// Fences of members of a cluster, by member and number.
    #[cfg(feature = "redis")]
    OfCluster(Vec<(u64, u64)>),
}
