//! The guard that the observer holds while the outcome of a write is open.

use super::handle::Cluster;
use crate::generation::Begun;

/// See [`generation::Fence`](crate::generation::Fence).
#[derive(Debug)]
pub(crate) struct Fence {
    cluster: Cluster,
    /// `None` when it has been lifted.
    number: Option<u64>,
}

impl Fence {
    pub(super) fn new(cluster: Cluster, number: u64) -> Self {
        Self {
            cluster,
            number: Some(number),
        }
    }

    pub(in crate::generation) fn share(&mut self, begun: Begun) {
        if let Some(number) = self.number {
            let state = self.cluster.state();
            state.held().begin(number, begun);
            state.count_begun();
        }
    }

    pub(in crate::generation) fn lift(mut self) {
        if let Some(number) = self.number.take() {
            self.cluster.end([number]);
        }
    }
}

impl Drop for Fence {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            let state = self.cluster.state();
            let now = state.clock.since_boot();
            state.held().abandon(number, now);
            state.count_begun();
        }
    }
}
