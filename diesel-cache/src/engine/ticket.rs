//! What a load does next, and the permission to store its rows.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::flight::Lead;
use super::unchanged::Unchanged;
use crate::entry::Entry;
use crate::fault::{self, Mutation};
use crate::generation::Stamp;

/// The next step of a load.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "it is taken apart at once, and a box would cost an allocation"
)]
pub(crate) enum Step {
    /// The cache answers.
    Hit(Arc<Entry>),
    /// The caller queries, and its rows may be stored.
    Fill(Ticket),
    /// The caller queries, and its rows are not stored.
    Query,
    /// Like [`Query`](Self::Query): a table is being written, or a write of it is in doubt.
    Fenced,
    /// The cache has no rows, and the caller must not query.
    NotFound,
}

impl Step {
    /// Returns the permission to store, if there is one.
    pub(crate) fn ticket(self) -> Option<Ticket> {
        match self {
            Self::Fill(ticket) => Some(ticket),
            Self::Hit(_) | Self::Query | Self::Fenced | Self::NotFound => None,
        }
    }
}

/// The permission to store rows, with the stamp that was taken before they are read.
#[derive(Debug)]
pub(crate) struct Ticket {
    pub(crate) stamp: Stamp,
    pub(super) soft: u64,
    pub(super) started: Instant,
    /// The number of entries that the caller's query fills.
    pub(super) shares: u32,
    /// The flight whose waiters get the rows.
    pub(crate) lead: Option<Lead>,
    /// The entry that may serve if the query fails.
    pub(super) fallback: Option<Arc<Entry>>,
    /// Whether the entry must reach the shared tier before the caller returns.
    pub(super) writes_through: bool,
    /// For how long, when the stamp was taken, nothing had changed on which the rows depend.
    pub(super) unchanged: Unchanged,
    /// How far the database from which the rows are read may be behind its primary; zero unless it is a replica.
    pub(super) lag: Duration,
}

impl Ticket {
    /// Records that the caller has taken a connection, and queries from now on.
    pub(crate) fn connected(&mut self) {
        if let Some(lead) = &mut self.lead {
            lead.connected();
        }
    }

    /// Records that the rows are read from a replica that may be behind by `lag`. If they may be older than the stamp
    /// says, the caller gives up its lead, and its waiters query for themselves.
    pub(crate) fn read_from_replica(&mut self, lag: Duration) {
        self.lag = self.lag.max(lag);
        if !self.unchanged.may_be(self.lag)
            && let Some(mut lead) = self.lead.take()
        {
            lead.begin_query();
        }
    }

    /// Returns `false` if the rows were read from a replica and may be older than the stamp says, because something on
    /// which they depend was written within the lag.
    pub(crate) fn is_current(&self, empty: bool) -> bool {
        self.unchanged.of(empty) >= self.lag || fault::is_mutated(Mutation::ReplicaLag)
    }

    /// Gives the permission back, because there will be no rows. The waiters query for themselves.
    pub(crate) fn fail(mut self) {
        if let Some(lead) = &mut self.lead {
            lead.begin_query();
        }
    }

    /// Records that the query begins now and fills this many entries. Each entry records an equal share of the query's
    /// time as its cost.
    pub(crate) fn share(&mut self, entries: usize) {
        self.started = Instant::now();
        self.shares = u32::try_from(entries).unwrap_or(u32::MAX).max(1);
    }

    /// Makes the caller wait until its rows are in the shared tier.
    pub(crate) fn writing_through(mut self) -> Self {
        self.writes_through = true;
        self
    }
}
