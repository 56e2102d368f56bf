//! Options of a cluster, and what it reports.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::status::Status;
use crate::redis_server::{Server, Timeouts};

/// Where the coordinator is, and how members deal with it.
#[derive(Clone)]
pub(crate) struct ClusterOptions {
    pub(crate) server: Server,
    /// Caches with one name on one server share their invalidations.
    pub(crate) name: String,
    /// How long a member may serve after its last contact with the coordinator.
    pub(crate) lease: Duration,
    pub(crate) timeouts: Timeouts,
    /// For how long after its lease a member that cannot reach the coordinator may serve stale entries; zero for not at
    /// all.
    pub(crate) stale_if_lost: Duration,
    /// Whether a write waits until all members have applied its fence.
    pub(crate) waits: bool,
    pub(crate) report: Report,
}

/// Called with whatever happens to this member. It must not block.
#[derive(Clone)]
pub(crate) struct Report(pub(crate) Arc<dyn Fn(&Incident) + Send + Sync>);

/// What has happened to this member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Incident {
    /// It has joined.
    Joined,
    /// It serves from now on.
    Serving,
    /// It has lost the coordinator and serves no longer, or has not reached it at first.
    Lost { error: String },
    /// It has joined another epoch than before, so that all its entries are invalid.
    NewEpoch,
    /// A write goes on although not all members know of it.
    Unfenced,
    /// A write or an invalidation has waited for others.
    Waited(Duration),
    /// How things stand, a few times a second.
    Observed(Box<Status>),
}

impl ClusterOptions {
    /// The key of the state. All names that begin with it belong to the cluster.
    pub(super) fn key(&self) -> String {
        format!("diesel-cache:1:{{{}}}", self.name)
    }
}

impl Report {
    /// A listener that panics must not end the thread that keeps this process a member.
    pub(super) fn send(&self, incident: &Incident) {
        let _ = catch_unwind(AssertUnwindSafe(|| (self.0)(incident)));
    }
}

impl fmt::Debug for ClusterOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClusterOptions")
            .field("server", &self.server)
            .field("name", &self.name)
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}
