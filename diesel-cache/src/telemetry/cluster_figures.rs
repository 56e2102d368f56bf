//! What is reported of a membership of a cluster.

/// Figures of a membership, in the order in which `metrics` names them.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(feature = "metrics"), allow(dead_code, reason = "only `metrics` reads them"))]
pub(crate) struct ClusterFigures {
    /// Whether it serves (0 or 1); members; fences; what it owes the server.
    pub(crate) now: [u64; 4],
    /// Epochs, losses, events, writes, unfenced writes, expired leases.
    pub(crate) totals: [u64; 6],
}
