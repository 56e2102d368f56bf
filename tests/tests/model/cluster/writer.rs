//! A connection that writes once, the server that commits what it was sent, and the recovery of a dead writer's fence.

use super::queue::Event;
use super::state::*;
use super::{Cluster, Mutation, push};
use crate::step::{Actor, Numbers, Step};

impl Cluster {
    pub(super) fn write(&self, state: &State, at: usize, out: &mut Vec<(Step, State)>) {
        self.advance(state, at, out);
        self.give_back(state, at, out);
        let alive = matches!(
            state.writers[at].at,
            Writing::FencedHere | Writing::Fenced | Writing::Sent | Writing::Answered
        );
        if alive {
            let mut next = *state;
            next.writers[at].at = Writing::Dead;
            push(out, Actor::Writer(at), "is killed", Numbers::None, next);
        }
        serve(state, at, out);
        self.recover(state, at, out);
    }

    fn advance(&self, state: &State, at: usize, out: &mut Vec<(Step, State)>) {
        let writer = &state.writers[at];
        let mut next = *state;
        let verb = match writer.at {
            Writing::Idle => {
                next.writers[at].at = Writing::FencedHere;
                next.members[at].fences |= 1 << at;
                "fences in its own replica"
            }
            Writing::FencedHere if state.has_joined(at) => {
                next.coordinator.fences |= 1 << at;
                next.writers[at].at = Writing::Fenced;
                next.writers[at].epoch = state.coordinator.epoch;
                if self.mutation != Mutation::NoFence {
                    next.publish(Event::Fence(at as u8), Some(at));
                }
                "fences at the coordinator"
            }
            Writing::Fenced if writer.epoch != state.coordinator.epoch && self.mutation != Mutation::StaleAcks => {
                next.writers[at].at = Writing::FencedHere;
                "finds another epoch, and begins anew"
            }
            Writing::Fenced if self.may_send(state, at) => {
                next.writers[at].at = Writing::Sent;
                next.writers[at].outcome = Outcome::Pending;
                "sends"
            }
            Writing::Sent if writer.outcome == Outcome::Committed => {
                next.writers[at].at = Writing::Answered;
                "learns: committed"
            }
            Writing::Answered | Writing::Owes if state.has_joined(at) => {
                // The lift takes its place in the queue of its own member as well.
                lift(&mut next, at);
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

    /// Each member that has joined has applied the fence, or its lease is over.
    fn may_send(&self, state: &State, at: usize) -> bool {
        let fence = Event::Fence(at as u8);
        let waits = (0..MEMBERS).any(|member| {
            state.coordinator.registered & 1 << member != 0 && state.members[member].queue.contains(fence)
        });
        (!waits || self.mutation == Mutation::NoAcks)
            && (!state.coordinator.young || self.mutation == Mutation::SendYoung)
    }

    /// The commit returns to the caller; also if the coordinator cannot be reached, and the lift is owed.
    fn give_back(&self, state: &State, at: usize, out: &mut Vec<(Step, State)>) {
        let mut next = *state;
        next.writers[at].at = match state.writers[at].at {
            Writing::Answered => Writing::Owes,
            Writing::Lifted => Writing::Done,
            _ => return,
        };
        next.floor = next.floor.max(state.writers[at].committed);
        push(out, Actor::Writer(at), "returns", Numbers::None, next);
    }

    /// Anybody may lift the fence of a dead writer once its outcome is settled.
    fn recover(&self, state: &State, at: usize, out: &mut Vec<(Step, State)>) {
        let writer = &state.writers[at];
        let settled = writer.outcome != Outcome::Pending || self.mutation == Mutation::LiftDoubt;
        if writer.at != Writing::Dead || state.coordinator.fences & 1 << at == 0 || !settled {
            return;
        }
        let mut next = *state;
        lift(&mut next, at);
        next.writers[at].at = Writing::Done;
        push(
            out,
            Actor::Recovery,
            "lifts the fence of W",
            Numbers::One(at as u8),
            next,
        );
    }
}

/// The script that moves the generation and takes the fence off.
fn lift(state: &mut State, at: usize) {
    state.coordinator.generation += 1;
    state.coordinator.fences &= !(1 << at);
    let event = Event::Lift(at as u8, state.coordinator.generation);
    // Its own member applies the lift in its turn, even if the coordinator has not registered it.
    state.publish(event, None);
}

/// The server commits when it likes, or drops what a dead client has sent.
fn serve(state: &State, at: usize, out: &mut Vec<(Step, State)>) {
    let writer = &state.writers[at];
    if writer.outcome != Outcome::Pending {
        return;
    }
    let mut next = *state;
    next.database += 1;
    next.writers[at].outcome = Outcome::Committed;
    next.writers[at].committed = next.database;
    push(
        out,
        Actor::Server(at),
        "commits",
        Numbers::Rows(1, [next.database, 0]),
        next,
    );
    if writer.at == Writing::Dead {
        let mut next = *state;
        next.writers[at].outcome = Outcome::RolledBack;
        push(out, Actor::Server(at), "rolls back", Numbers::None, next);
    }
}
