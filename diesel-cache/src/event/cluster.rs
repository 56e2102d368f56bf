//! Changes of the state of a process in its cluster.

use std::sync::Arc;

/// A change of the state of this process in its cluster; in [`Event::Cluster`](crate::Event::Cluster).
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ClusterChange {
    /// The process is a member of the cluster, and will serve when its first lease is granted. In a new epoch, that may
    /// take a lease longer.
    Joined,
    /// The server has lost the cluster's state, or another server has taken its place. All entries are invalid.
    NewEpoch,
    /// The process has a lease: loads are answered from the cache.
    Serving,
    /// The process has lost contact with the server, or has not reached it when the cache was built. It tries to join
    /// again. Until it has, nothing is stored, and loads query the database, unless stale rows answer them
    /// (`RedisCluster::stale_if_lost`).
    #[non_exhaustive]
    Lost {
        /// What went wrong.
        error: Arc<str>,
    },
    /// A write went on, because the server could not be reached for the length of a lease. Processes that can reach the
    /// server may serve old rows until this one reaches it again, or until their entries expire.
    Unfenced,
}

impl ClusterChange {
    /// Returns the name in lowercase, as in metrics and traces: `joined`, `new_epoch`, `serving`, `lost`, `unfenced`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Joined => "joined",
            Self::NewEpoch => "new_epoch",
            Self::Serving => "serving",
            Self::Lost { .. } => "lost",
            Self::Unfenced => "unfenced",
        }
    }
}
