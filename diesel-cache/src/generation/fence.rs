//! The guard that the observer holds while a write's outcome is open.

use super::Generations;
use super::writing::Hold;

/// Slots fenced by this process: nobody reads or stores entries of them.
///
/// Dropped without a word, it counts as [`doubt`](Self::doubt): the side on which no stale row can appear.
#[derive(Debug)]
#[must_use = "dropped at once, the fence stays in doubt"]
pub(crate) struct Fence {
    generations: Generations,
    hold: Option<Hold>,
}

impl Fence {
    pub(super) fn new(generations: Generations, hold: Hold) -> Self {
        Self {
            generations,
            hold: Some(hold),
        }
    }

    /// The outcome is settled, and something may have changed: a new generation, then no fence.
    pub(crate) fn lift(mut self) {
        if let Some(hold) = self.hold.take() {
            self.generations.lift(&hold);
        }
    }

    /// The outcome will not be known here (the connection is lost): the fence stays until the grace period is over or the
    /// session is known to be gone, and ends with a new generation. This process sees to it while it lives, others after its death.
    pub(crate) fn doubt(self) {
        drop(self);
    }
}

impl Drop for Fence {
    fn drop(&mut self) {
        if let Some(hold) = self.hold.take() {
            self.generations.abandon(hold);
        }
    }
}
