//! Generations of several machines, through a coordinator in Redis or Valkey.
//!
//! `docs/protocol.md` in the repository says why this is as exact as one file; `docs/decisions/0037-…` how it was searched.
//!
//! | file | what it does |
//! | --- | --- |
//! | `options` | where the coordinator is; what a member reports |
//! | `wire`, `scripts` | what is sent; the coordinator's side, in Lua |
//! | `commands`, `link`, `failure` | a connection and its calls; one that threads share; why a call has failed |
//! | `mirror`, `held` | the copy that readers use; the fences of this process |
//! | `state`, `lists` | what the threads of a member share; the lists of shapes |
//! | `handle` | a membership, which ends when its last handle is dropped |
//! | `joining`, `snapshot`, `member`, `leaving` | how a process joins, reads the state, renews its lease, and leaves |
//! | `watch` | whether the coordinator's server was replaced |
//! | `lost` | what a member that has lost the coordinator may serve nevertheless |
//! | `publish` | how a write makes sure that no member serves what it changes |
//! | `shapes` | the shapes by which entries are stamped |
//! | `courier`, `arrears`, `upkeep` | what nobody waits for: lifts, debts, fences that nobody else would lift |
//! | `fence`, `doubts` | the guard of a write; fences that a database can be asked about |
//! | `status`, `observe` | how things stand, for people |

mod arrears;
mod commands;
mod courier;
mod doubts;
mod failure;
mod fence;
mod handle;
mod held;
mod joining;
mod leaving;
mod link;
mod lists;
mod lost;
mod member;
mod mirror;
mod observe;
mod options;
mod publish;
mod scripts;
mod shapes;
mod snapshot;
mod state;
mod status;
#[cfg(test)]
mod testing;
mod upkeep;
mod watch;
mod wire;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::Guard;

pub(crate) use self::fence::Fence;
pub(crate) use self::handle::Cluster;
use self::mirror::Mirror;
pub(crate) use self::options::{ClusterOptions, Incident, Report};
pub(crate) use self::shapes::Registry;
pub(crate) use self::status::Status;
use super::clock::millis;
use super::stamp::{Mark, Marks};
use super::{Claim, DoubtPolicy, ShapeId, ShapeList, Slot, Stamp, Unstamped};
use crate::fault::{self, Mutation};

impl Cluster {
    pub(super) fn stamp(&self, slots: impl IntoIterator<Item = Slot>) -> Result<Stamp, Unstamped> {
        let serving = self.state().serving();
        let mirror = serving.as_deref().and_then(Option::as_ref).ok_or(Unstamped::NoLease)?;
        let mut marks = Marks::new();
        for slot in slots {
            let generation = mirror.generation(slot).ok_or(Unstamped::Fenced)?;
            marks.push(Mark { slot, generation });
        }
        Ok(Stamp::new(mirror.epoch, marks))
    }

    #[inline]
    pub(super) fn read(&self) -> Reading {
        Reading(self.state().serving())
    }

    pub(super) fn read_lost(&self) -> Option<Reading> {
        self.state().lost().map(|lost| Reading(Some(lost)))
    }

    pub(super) fn bump(&self, slots: &[Slot]) {
        self.claim(slots);
    }

    pub(super) fn bump_with_rows(&self, slots: &[Slot], rows: impl FnOnce(Registry<'_>) -> Vec<Slot>) {
        let state = self.state();
        let known = state.known_shapes();
        let slots = mirror::union(slots, &rows(Registry(state)));
        let known = state.still_known(known);
        state.publish_bump(slots, known);
    }

    pub(super) fn claim(&self, slots: &[Slot]) -> Option<Claim> {
        let state = self.state();
        let slots = mirror::union(slots, &[]);
        state.publish_bump(slots, state.known_shapes())
    }

    pub(super) fn use_shape(&self, list: ShapeList, shape: ShapeId, whole: Slot) -> Option<u64> {
        self.state().use_shape(list, shape, whole)
    }

    pub(super) fn keep_history(&self, lag: Duration) {
        self.state().history.keep(lag);
        self.record_history();
    }

    pub(super) fn is_history_due(&self) -> bool {
        self.state().history.is_due()
    }

    pub(super) fn record_history(&self) {
        let state = self.state();
        if let Some(mirror) = state.serving().as_deref().and_then(Option::as_ref) {
            state.history.record(mirror.epoch, mirror.generations());
        }
    }

    pub(super) fn unchanged_for(&self, stamp: &Stamp, soft: (Slot, u64), by_rows: bool) -> Duration {
        self.state().history.unchanged_for(stamp, soft, by_rows)
    }

    /// Waits until the coordinator knows of all writes that are over, for a lease at most.
    pub(super) fn sync(&self) -> io::Result<()> {
        let state = self.state();
        let until = state.clock.since_boot() + state.lease();
        loop {
            if state.held().arrears() == 0 {
                return Ok(());
            }
            if state.clock.since_boot() >= until {
                return Err(io::Error::other("the cluster's coordinator cannot be reached"));
            }
            state.advance(|progress| progress.has_errand = true);
            drop(state.wait(state.progress(), state.clock.since_boot() + 1));
        }
    }

    pub(super) fn fence(
        &self,
        slots: &[Slot],
        policy: DoubtPolicy,
        rows: impl FnOnce(Registry<'_>) -> Vec<Slot>,
    ) -> Fence {
        let state = self.state();
        let known = state.known_shapes();
        let slots = mirror::union(slots, &rows(Registry(state)));
        let known = state.still_known(known);
        let is_empty = slots.is_empty();
        let number = {
            let mut held = state.held();
            let number = held.add(slots, policy, state.doubt_grace);
            if !fault::is_mutated(Mutation::NoFence) {
                state.fence_here(&held, number);
            }
            number
        };
        if !is_empty && !fault::is_mutated(Mutation::NoFence) {
            state.publish_fence(number, known);
        }
        Fence::new(self.clone(), number)
    }

    pub(crate) fn status(&self) -> Status {
        self.state().status()
    }

    /// Waits until this process serves, at most for that long. Returns `true` if it does.
    pub(crate) fn wait_until_serving(&self, timeout: Duration) -> bool {
        let state = self.state();
        let until = state.clock.since_boot().saturating_add(millis(timeout));
        let mut progress = state.progress();
        loop {
            if state.serving().is_some() {
                return true;
            }
            if state.clock.since_boot() >= until {
                return false;
            }
            progress = state.wait(progress, until.min(state.clock.since_boot() + 10));
        }
    }
}

/// The mirror, for the length of one decision; `None` if this process may not serve.
pub(crate) struct Reading(Option<Guard<Option<Arc<Mirror>>>>);

impl Reading {
    #[inline]
    fn mirror(&self) -> Option<&Mirror> {
        self.0.as_deref()?.as_deref()
    }

    #[inline]
    pub(super) fn epoch(&self) -> Option<u64> {
        Some(self.mirror()?.epoch)
    }

    #[inline]
    pub(super) fn is_valid(&self, stamp: &Stamp) -> bool {
        let Some(mirror) = self.mirror().filter(|mirror| mirror.epoch == stamp.epoch) else {
            return false;
        };
        let mut marks = stamp.marks.iter();
        marks.all(|mark| mirror.generation(mark.slot) == Some(mark.generation))
    }

    #[inline]
    pub(super) fn generation(&self, slot: Slot) -> Option<u64> {
        self.mirror()?.generation(slot)
    }
}
