//! The guard that the observer holds while the outcome of a write is open.

use super::state::Local;
use super::writing::Hold;
use crate::generation::Begun;

/// See [`generation::Fence`](crate::generation::Fence).
#[derive(Debug)]
pub(crate) struct Fence {
    generations: Local,
    held: Held,
}

#[derive(Debug)]
enum Held {
    Hold(Hold),
    /// The number of a fence that others may lift as well.
    Shared(u64),
    Nothing,
}

impl Fence {
    pub(super) fn new(generations: Local, hold: Hold) -> Self {
        Self {
            generations,
            held: Held::Hold(hold),
        }
    }

    pub(in crate::generation) fn share(&mut self, begun: Begun) {
        self.held = match std::mem::replace(&mut self.held, Held::Nothing) {
            Held::Hold(hold) => Held::Shared(self.generations.share(hold, begun)),
            other => other,
        };
    }

    pub(in crate::generation) fn lift(mut self) {
        match std::mem::replace(&mut self.held, Held::Nothing) {
            Held::Hold(hold) => self.generations.writing_now().lift(&hold),
            Held::Shared(number) => {
                self.generations.lift_shared(&[number]);
            }
            Held::Nothing => {}
        }
    }
}

impl Drop for Fence {
    fn drop(&mut self) {
        match std::mem::replace(&mut self.held, Held::Nothing) {
            Held::Hold(hold) => {
                let now = self.generations.0.clock.since_boot();
                let grace = self.generations.0.doubt_grace;
                self.generations.writing().abandon(hold, now, grace);
            }
            Held::Shared(number) => self.generations.abandon_shared(number),
            Held::Nothing => {}
        }
    }
}
