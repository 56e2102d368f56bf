//! Joining: a member subscribes to the events, and then asks for a snapshot.

use super::queue::{Event, Queue};
use super::state::*;
use super::{Cluster, Mutation, push};
use crate::step::{Actor, Numbers, Step};

impl Cluster {
    /// Runs the script that registers a member, takes the fences that it knows from the epoch before, and answers with
    /// a snapshot.
    ///
    /// The snapshot may be lost. So it counts as no acknowledgement, and the member gets a lease only for its first
    /// one.
    pub(super) fn join(&self, state: &State, at: usize, out: &mut Vec<(Step, State)>) {
        let (coordinator, member) = (&state.coordinator, &state.members[at]);
        if coordinator.down || member.connected {
            return;
        }
        let mut next = *state;
        if coordinator.registered == 0 && self.leaves && self.mutation != Mutation::NoLapse {
            next.coordinator.lapsed = false;
        } else if coordinator.lapsed && self.mutation != Mutation::NoLapse {
            self.begin_anew(&mut next);
        }
        let coordinator = next.coordinator;
        let now = Request {
            epoch: coordinator.epoch,
            leased: member.lease != Lease::None || self.mutation == Mutation::TrustAnySurvivor,
        };
        let request = match member.reply {
            Reply::None if self.late => {
                next.members[at].reply = Reply::Request(now);
                let epoch = Numbers::One(coordinator.epoch);
                push(out, Actor::Process(at), "asks to join the epoch", epoch, next);
                return;
            }
            Reply::None => now,
            Reply::Request(request) => request,
            _ => return,
        };
        if request.epoch != coordinator.epoch && self.mutation != Mutation::AnyEpoch {
            next.members[at].reply = Reply::None;
            push(out, Actor::Process(at), "is refused", Numbers::None, next);
            return;
        }
        if member.epoch != coordinator.epoch {
            self.survive(&mut next, at, request.leased);
        }
        next.coordinator.registered |= 1 << at;
        next.coordinator.missing &= !(1 << at);
        for writer in &mut next.writers {
            if self.mutation == Mutation::JoinAcks {
                writer.unacked &= !(1 << at);
            } else if writer.at == Writing::Fenced {
                writer.unacked |= 1 << at;
            }
        }
        next.members[at].queue = Queue::EMPTY;
        next.members[at].reply = Reply::Snapshot {
            epoch: coordinator.epoch,
            generation: coordinator.generation,
            fences: next.coordinator.fences,
            serves: coordinator.stage == Stage::Mature
                || (coordinator.stage == Stage::Two && self.mutation == Mutation::ServeInStageTwo),
        };
        push(out, Actor::Process(at), "joins", Numbers::One(coordinator.epoch), next);
    }

    /// Takes the fences that a member of the epoch before knows.
    fn survive(&self, state: &mut State, at: usize, leased: bool) {
        let fences = match self.mutation {
            Mutation::NoUpload => 0,
            _ => state.members[at].fences,
        };
        if fences & !state.coordinator.fences != 0 {
            state.publish(Event::Uploaded(fences));
        }
        state.coordinator.fences |= fences;
        state.coordinator.informed |= leased && state.coordinator.stage != Stage::Mature;
    }

    /// Installs the snapshot when it arrives. The fences of the member's own writers stay, also those set in the
    /// meantime.
    pub(super) fn install(&self, member: &mut Member, at: usize, snapshot: Reply) {
        let Reply::Snapshot {
            epoch,
            generation,
            fences,
            serves,
        } = snapshot
        else {
            return;
        };
        let own = match self.mutation {
            Mutation::ForgetOwn => 0,
            _ => member.fences & 1 << at,
        };
        if member.epoch != epoch {
            member.lease = Lease::None;
        }
        if self.mutation == Mutation::SubscribeLate {
            member.queue = Queue::EMPTY;
        }
        member.connected = true;
        member.serves = serves;
        member.epoch = epoch;
        member.generation = generation;
        member.fences = fences | own;
    }
}
