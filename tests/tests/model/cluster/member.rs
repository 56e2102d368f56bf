//! A member: its lease ends, it joins again, and it applies what the coordinator publishes.

use super::queue::{Event, Queue};
use super::state::*;
use super::{Cluster, Mutation, push};
use crate::step::{Actor, Numbers, Step};

impl Cluster {
    pub(super) fn member(&self, state: &State, at: usize, out: &mut Vec<(Step, State)>) {
        let (actor, member) = (Actor::Process(at), &state.members[at]);
        let mut next = *state;
        match member.lease {
            Lease::Valid => {
                next.members[at].lease = Lease::None;
                next.members[at].serves &= self.mutation == Mutation::NoLease;
                push(out, actor, "has no lease any more", Numbers::None, next);
            }
            Lease::None if state.coordinator.registered & 1 << at == 0 => {
                self.join(&mut next, at);
                push(out, actor, "joins", Numbers::One(state.coordinator.epoch), next);
            }
            Lease::None => {}
            Lease::Joining => {
                next.members[at].lease = Lease::Valid;
                push(out, actor, "has the snapshot", Numbers::None, next);
            }
        }
        if member.lease != Lease::None {
            apply(state, at, out);
        }
    }

    /// The script that registers a member, takes the fences that it knows from an epoch before, and answers with a snapshot.
    fn join(&self, state: &mut State, at: usize) {
        let coordinator = state.coordinator;
        let member = state.members[at];
        let uploads = coordinator.epoch != member.epoch && self.mutation != Mutation::NoUpload;
        let uploaded = if uploads { member.fences } else { 0 };
        let own = match self.mutation {
            Mutation::ForgetOwn => 0,
            _ => member.fences & 1 << at,
        };
        if uploaded != 0 {
            state.publish(Event::Uploaded(uploaded), None);
        }
        state.coordinator.fences |= uploaded;
        state.coordinator.registered |= 1 << at;
        state.coordinator.missing &= !(1 << at);
        state.members[at] = Member {
            lease: Lease::Joining,
            serves: !coordinator.young,
            epoch: coordinator.epoch,
            generation: coordinator.generation,
            fences: state.coordinator.fences | own,
            queue: Queue::EMPTY,
        };
    }
}

fn apply(state: &State, at: usize, out: &mut Vec<(Step, State)>) {
    let mut next = *state;
    let member = &mut next.members[at];
    let Some(event) = member.queue.pop() else { return };
    let (verb, number) = match event {
        Event::Fence(writer) => {
            member.fences |= 1 << writer;
            ("applies the fence of W", writer)
        }
        Event::Lift(writer, generation) => {
            member.generation = generation;
            member.fences &= !(1 << writer);
            ("applies a lift, with the generation", generation)
        }
        Event::Uploaded(fences) => {
            member.fences |= fences;
            ("applies fences from an epoch before", fences)
        }
        Event::Mature => {
            member.serves = true;
            ("serves in the epoch", member.epoch)
        }
    };
    push(out, Actor::Process(at), verb, Numbers::One(number), next);
}
