//! The figures of a member of a cluster.

/// The figures of a member, in the order of the gauges and counters in `meters/cluster.rs`.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(feature = "metrics"), allow(dead_code, reason = "only `metrics` reads them"))]
pub(crate) struct ClusterFigures {
    /// Whether this process serves (0 or 1); the numbers of members, of fences, and of changes that the server does not
    /// know yet.
    pub(crate) now: [u64; 4],
    /// Epochs, losses, events, writes, unfenced writes, expired leases.
    pub(crate) totals: [u64; 6],
}
