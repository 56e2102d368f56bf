//! Writes whose outcome is unknown, and what would settle them.

use std::sync::Arc;
use std::time::Duration;

/// A database session that runs a writer's statement: a server, and one of its sessions. Both numbers mean something
/// only to the server, which can be asked whether the session still exists. A session is never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Session {
    pub(crate) server: u64,
    pub(crate) id: u64,
}

/// What becomes of a fence when its writer dies, or abandons it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DoubtPolicy {
    /// The statement's outcome dies with the process (SQLite).
    AtDeath,
    /// A server may still commit it: the fence stays for the grace period, or until the session is known to be gone.
    Grace { grace: Duration, session: Option<Session> },
}

/// What shows that a statement is over that the server has begun with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Begun {
    /// A name of the database that the connection leads to. Only a connection that leads there may ask.
    pub(crate) database: Arc<str>,
    /// The session of the connection, if it is known. It does nothing else until the statement is over.
    pub(crate) session: Option<Session>,
    /// Tables, one of which the statement locks until it is over; empty if no lock is certain.
    pub(crate) locked: Arc<[Box<str>]>,
}

/// Fences to be lifted as soon as all these sessions have left their servers, or, if their statements are known to have
/// begun, as soon as these are over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Doubt {
    pub(super) fences: DoubtfulFences,
    pub(crate) sessions: Vec<Session>,
    pub(crate) begun: Option<Begun>,
}

impl Doubt {
    /// Returns the doubts about fences, by number, whose statements have begun. One question settles all that are alike.
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
