//! What a write holds while its outcome is open.

#[cfg(feature = "redis")]
use super::cluster;
use super::doubt::Begun;
use super::local;

/// Slots fenced by this process: no process reads or stores entries of them.
///
/// Dropping it counts as [`doubt`](Self::doubt), the side on which no stale row can appear.
#[derive(Debug)]
#[must_use = "dropped at once, the fence stays in doubt"]
pub(crate) enum Fence {
    Local(local::Fence),
    #[cfg(feature = "redis")]
    Cluster(cluster::Fence),
}

impl Fence {
    /// Lets others lift the fence as well: its statement has begun, and may be over, which the database can be asked.
    pub(crate) fn share(&mut self, begun: Begun) {
        match self {
            Self::Local(fence) => fence.share(begun),
            #[cfg(feature = "redis")]
            Self::Cluster(fence) => fence.share(begun),
        }
    }

    /// Moves the slots and lifts the fence: the outcome is settled, and something may have changed.
    pub(crate) fn lift(self) {
        match self {
            Self::Local(fence) => fence.lift(),
            #[cfg(feature = "redis")]
            Self::Cluster(fence) => fence.lift(),
        }
    }

    /// Leaves the fence in doubt, because the connection is lost and the outcome will not be known here. The fence
    /// stays until the grace period is over or the session is known to be gone, and ends with a new generation. This
    /// process sees to it while it lives, others after its death.
    pub(crate) fn doubt(self) {
        drop(self);
    }
}
