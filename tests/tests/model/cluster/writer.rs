//! A connection that writes once, and the conditions that it waits for.

use super::queue::Event;
use super::state::*;
use super::{Cluster, Loss, Mutation, push};
use crate::step::{Actor, Numbers, Step};

impl Cluster {
    pub(super) fn write(&self, state: &State, at: usize, out: &mut Vec<(Step, State)>) {
        self.advance(state, at, out);
        self.expire(state, at, out);
        self.send_unfenced(state, at, out);
        give_back(state, at, out);
        let alive = matches!(
            state.writers[at].at,
            Writing::FencedHere | Writing::Fenced | Writing::Sent | Writing::Answered
        );
        if alive && self.kills {
            let mut next = *state;
            next.stop_waiting(at, Writing::Dead);
            push(out, Actor::Writer(at), "is killed", Numbers::None, next);
        }
    }

    fn advance(&self, state: &State, at: usize, out: &mut Vec<(Step, State)>) {
        let writer = &state.writers[at];
        let mut next = *state;
        let verb = match writer.at {
            Writing::Idle => {
                next.writers[at].at = Writing::FencedHere;
                next.members[at].fences |= 1 << at;
                "fences in its own mirror"
            }
            Writing::FencedHere if state.has_joined(at) => {
                next.coordinator.fences |= 1 << at;
                next.start_waiting(at);
                if self.mutation == Mutation::NoFence {
                    next.writers[at].unacked = 0;
                } else {
                    next.publish(Event::Fence(at as u8));
                }
                "fences at the coordinator"
            }
            Writing::Fenced if self.must_begin_anew(state, at) => {
                next.stop_waiting(at, Writing::FencedHere);
                "finds another epoch, and begins anew"
            }
            Writing::Fenced if self.may_send(state, at) => {
                next.send(at);
                "sends"
            }
            Writing::Sent if writer.outcome == Outcome::Committed => {
                next.writers[at].at = Writing::Answered;
                "learns: committed"
            }
            Writing::Answered | Writing::Owes if state.has_joined(at) => {
                // The lift is queued for its own member as well.
                next.lift(at);
                next.writers[at].at = match writer.at {
                    Writing::Owes => Writing::Done,
                    _ => Writing::Lifted,
                };
                "lifts at the coordinator"
            }
            _ => return,
        };
        push(out, Actor::Writer(at), verb, Numbers::None, next);
    }

    pub(super) fn must_begin_anew(&self, state: &State, at: usize) -> bool {
        let another = state.writers[at].epoch != state.coordinator.epoch;
        another && !state.coordinator.down && self.mutation != Mutation::StaleAcks
    }

    /// Returns `true` if each member but its own has acknowledged the fence or has been expired. While nobody serves,
    /// there is nothing to wait for.
    fn may_send(&self, state: &State, at: usize) -> bool {
        let waits = match state.coordinator.stage {
            _ if state.coordinator.down => return false,
            Stage::One => return self.mutation == Mutation::SendInStageOne,
            Stage::Two => false,
            Stage::Mature => state.waits_for(at) & !(1 << at) != 0,
        };
        !waits || self.mutation == Mutation::NoAcks
    }

    /// Once the length of a lease has passed since its fence, the writer expires the members that have not acknowledged
    /// it.
    ///
    /// Their leases are over: those that they had when the fence was set have ended, and they have received no others.
    pub(super) fn expire(&self, state: &State, at: usize, out: &mut Vec<(Step, State)>) {
        let expired = state.waits_for(at);
        let over = |member: usize| expired & 1 << member == 0 || !state.members[member].has_lease_before(1 << at);
        let waited = (0..MEMBERS).all(over) || self.mutation == Mutation::ExpireAtOnce;
        let waits = state.writers[at].at == Writing::Fenced && !self.must_begin_anew(state, at);
        if !waits || expired == 0 || !waited || state.coordinator.down {
            return;
        }
        let mut next = *state;
        next.coordinator.registered &= !expired;
        let numbers = Numbers::One(expired);
        push(out, Actor::Writer(at), "expires members", numbers, next);
    }

    /// Sends without the coordinator, which has been out of reach for the length of a lease, so that nobody can have a
    /// lease.
    fn send_unfenced(&self, state: &State, at: usize, out: &mut Vec<(Step, State)>) {
        let own = &state.members[at];
        let lost = match self.mutation {
            Mutation::CutOff => !own.connected && !own.has_lease(),
            // The coordinator may be back without the writer's own member having noticed.
            _ if state.coordinator.lapsed => !own.connected || state.coordinator.down,
            _ if self.loss == Loss::DownAndBack => {
                state.coordinator.missing & 1 << at != 0 && !own.connected && !own.has_lease()
            }
            _ => state.coordinator.down && !state.members.iter().any(Member::has_lease),
        };
        if !lost || !matches!(state.writers[at].at, Writing::FencedHere | Writing::Fenced) {
            return;
        }
        let mut next = *state;
        next.send(at);
        push(
            out,
            Actor::Writer(at),
            "sends without the coordinator",
            Numbers::None,
            next,
        );
    }
}

/// Returns from the commit to the caller, even if the coordinator cannot be reached and the lift is still owed.
pub(super) fn give_back(state: &State, at: usize, out: &mut Vec<(Step, State)>) {
    let mut next = *state;
    next.writers[at].at = match state.writers[at].at {
        Writing::Answered => Writing::Owes,
        Writing::Lifted => Writing::Done,
        _ => return,
    };
    next.floor = next.floor.max(state.writers[at].committed);
    push(out, Actor::Writer(at), "returns", Numbers::None, next);
}

impl State {
    /// Begins the wait of a writer: from now on, every lease counts as granted before or after it.
    pub(super) fn start_waiting(&mut self, at: usize) {
        let writer = &mut self.writers[at];
        writer.at = Writing::Fenced;
        writer.epoch = self.coordinator.epoch;
        writer.unacked = self.coordinator.registered;
        self.mark_leases(|before| before | 1 << at);
    }

    pub(super) fn stop_waiting(&mut self, at: usize, then: Writing) {
        self.writers[at].at = then;
        self.writers[at].unacked = 0;
        self.mark_leases(|before| before & !(1 << at));
    }

    fn mark_leases(&mut self, mark: impl Fn(Mask) -> Mask) {
        for member in &mut self.members {
            if let Lease::Valid(before) = &mut member.lease {
                *before = mark(*before);
            }
            if let Reply::Lease(before) = &mut member.reply {
                *before = mark(*before);
            }
        }
    }

    fn send(&mut self, at: usize) {
        self.stop_waiting(at, Writing::Sent);
        self.writers[at].outcome = Outcome::Pending;
    }

    /// Returns the registered members that have not acknowledged a writer's fence.
    pub(super) fn waits_for(&self, at: usize) -> Mask {
        self.writers[at].unacked & self.coordinator.registered
    }

    /// Runs the script that raises the generation and lifts the fence.
    pub(super) fn lift(&mut self, at: usize) {
        self.coordinator.generation += 1;
        self.coordinator.fences &= !(1 << at);
        self.publish(Event::Lift(at as u8, self.coordinator.generation));
    }
}
