//! The coordinator: replaced by an empty one, mature again, and rid of members whose lease is over.

use super::queue::{Event, Queue};
use super::state::*;
use super::{Cluster, Mutation, push};
use crate::step::{Actor, Numbers, Step};

const COORDINATOR: Actor = Actor::Coordinator;

impl Cluster {
    pub(super) fn coordinate(&self, state: &State, out: &mut Vec<(Step, State)>) {
        self.replace(state, out);
        self.mature(state, out);
        for at in 0..MEMBERS {
            self.drop_member(state, at, out);
        }
    }

    /// Everything that the coordinator knew is lost, and so is what was under way.
    fn replace(&self, state: &State, out: &mut Vec<(Step, State)>) {
        if state.replacements == 0 {
            return;
        }
        let mut next = *state;
        next.replacements -= 1;
        next.coordinator = Coordinator {
            epoch: state.coordinator.epoch + 1,
            young: self.mutation != Mutation::NoYoung,
            generation: 0,
            fences: 0,
            registered: 0,
            missing: ALL,
        };
        for member in &mut next.members {
            member.queue = Queue::EMPTY;
            if member.lease == Lease::Joining {
                member.lease = Lease::None;
            }
        }
        let epoch = Numbers::One(next.coordinator.epoch);
        push(out, COORDINATOR, "is replaced by an empty one, of epoch", epoch, next);
    }

    fn mature(&self, state: &State, out: &mut Vec<(Step, State)>) {
        let waits = (0..MEMBERS).any(|at| state.coordinator.missing & 1 << at != 0 && !self.is_gone(state, at));
        if !state.coordinator.young || (waits && self.mutation != Mutation::MatureAtOnce) {
            return;
        }
        let mut next = *state;
        next.coordinator.young = false;
        next.coordinator.missing = 0;
        next.publish(Event::Mature, None);
        push(out, COORDINATOR, "matures", Numbers::None, next);
    }

    /// A member of the epoch before can do no harm any more: its lease is over, and nothing of it is in doubt.
    fn is_gone(&self, state: &State, at: usize) -> bool {
        let (member, writer) = (&state.members[at], &state.writers[at]);
        if self.mutation == Mutation::NoDoubtGrace {
            return member.lease != Lease::Valid || member.epoch == state.coordinator.epoch;
        }
        member.lease != Lease::Valid && writer.outcome != Outcome::Pending
    }

    fn drop_member(&self, state: &State, at: usize, out: &mut Vec<(Step, State)>) {
        let member = &state.members[at];
        let early = self.mutation == Mutation::DropEarly
            && member.lease == Lease::Valid
            && member.epoch == state.coordinator.epoch;
        if state.coordinator.registered & 1 << at == 0 || !(early || member.lease == Lease::None) {
            return;
        }
        let mut next = *state;
        next.coordinator.registered &= !(1 << at);
        next.members[at].queue = Queue::EMPTY;
        push(out, COORDINATOR, "drops member", Numbers::One(at as u8), next);
    }
}
