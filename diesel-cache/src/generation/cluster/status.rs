//! How things stand with the cluster, for people.

use std::time::Duration;

/// See [`ClusterStatus`](crate::ClusterStatus).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) location: String,
    pub(crate) name: String,
    pub(crate) is_joined: bool,
    pub(crate) is_serving: bool,
    /// Whether it has lost the coordinator, and serves stale entries.
    pub(crate) is_serving_stale: bool,
    /// Whether others may still serve, or be in doubt, under the epoch before.
    pub(crate) is_young: bool,
    pub(crate) epoch: Option<u64>,
    pub(crate) members: usize,
    /// Of all members.
    pub(crate) fences: usize,
    /// Writes of this process of which the coordinator has not been told that they are over.
    pub(crate) owed: usize,
    pub(crate) error: Option<String>,
    pub(crate) epochs: u64,
    pub(crate) losses: u64,
    pub(crate) events: u64,
    pub(crate) writes: u64,
    pub(crate) unfenced: u64,
    pub(crate) expired: u64,
    pub(crate) waited: Duration,
    pub(crate) longest_wait: Duration,
}
