//! The guard that the observer holds while a write's outcome is open.

use super::Generations;
use super::begun::Begun;
use super::writing::Hold;

/// Slots fenced by this process: nobody reads or stores entries of them.
///
/// Dropped without a word, it counts as [`doubt`](Self::doubt): the side on which no stale row can appear.
#[derive(Debug)]
#[must_use = "dropped at once, the fence stays in doubt"]
pub(crate) struct Fence {
    generations: Generations,
    holding: Holding,
}

#[derive(Debug)]
enum Holding {
    Hold(Hold),
    /// Others may lift it as well; this is its number.
    Shared(u64),
    Nothing,
}

impl Fence {
    pub(super) fn new(generations: Generations, hold: Hold) -> Self {
        Self {
            generations,
            holding: Holding::Hold(hold),
        }
    }

    /// The statement has begun, and may be over: whoever meets the fence may find that out, and lift it.
    pub(crate) fn share(&mut self, begun: Begun) {
        self.holding = match std::mem::replace(&mut self.holding, Holding::Nothing) {
            Holding::Hold(hold) => Holding::Shared(self.generations.share(hold, begun)),
            other => other,
        };
    }

    /// The outcome is settled, and something may have changed: a new generation, then no fence.
    pub(crate) fn lift(mut self) {
        match std::mem::replace(&mut self.holding, Holding::Nothing) {
            Holding::Hold(hold) => self.generations.lift(&hold),
            Holding::Shared(number) => {
                self.generations.lift_shared(&[number]);
            }
            Holding::Nothing => {}
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
        match std::mem::replace(&mut self.holding, Holding::Nothing) {
            Holding::Hold(hold) => self.generations.abandon(hold),
            Holding::Shared(number) => self.generations.abandon_shared(number),
            Holding::Nothing => {}
        }
    }
}
