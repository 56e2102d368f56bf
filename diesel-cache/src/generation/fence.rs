//! The guard that a write holds until its outcome is known.

#[cfg(feature = "redis")]
use super::cluster;
use super::doubt::Begun;
use super::local;

/// Slots that this process fences. While they are fenced, no process serves or stores entries that depend on them.
///
/// Dropping a fence leaves it in [doubt](Self::doubt), which is the safe side: no old row is served.
#[derive(Debug)]
#[must_use = "a fence that is dropped stays in doubt"]
pub(crate) enum Fence {
    Local(local::Fence),
    #[cfg(feature = "redis")]
    Cluster(cluster::Fence),
}

impl Fence {
    /// Lets other callers of this process lift the fence as well. The statement has begun and may already be over, and
    /// `begun` says how to ask the database about it.
    pub(crate) fn share(&mut self, begun: Begun) {
        match self {
            Self::Local(fence) => fence.share(begun),
            #[cfg(feature = "redis")]
            Self::Cluster(fence) => fence.share(begun),
        }
    }

    /// Moves the slots and lifts the fence, because the outcome is known: the write is over, and may have changed
    /// something.
    pub(crate) fn lift(self) {
        match self {
            Self::Local(fence) => fence.lift(),
            #[cfg(feature = "redis")]
            Self::Cluster(fence) => fence.lift(),
        }
    }

    /// Leaves the fence in doubt, because the connection is lost, and with it the outcome. The fence stays until the
    /// grace is over, or until the session is known to be gone. Then it is lifted, with a new generation: by this
    /// process, or by another if this one has died.
    pub(crate) fn doubt(self) {
        drop(self);
    }
}
