//! The server that commits what it was sent, and the recovery of a dead writer's fence.

use super::state::*;
use super::{Cluster, Mutation, push};
use crate::step::{Actor, Numbers, Step};

impl Cluster {
    /// Lets the server commit at any time, or drop what a dead client has sent.
    pub(super) fn serve(&self, state: &State, at: usize, out: &mut Vec<(Step, State)>) {
        let (actor, writer) = (Actor::Server(at), &state.writers[at]);
        if writer.outcome != Outcome::Pending {
            return;
        }
        let mut next = *state;
        next.commit(at);
        let rows = Numbers::Rows(1, [next.database, 0]);
        push(out, actor, "commits", rows, next);
        if writer.at == Writing::Dead {
            let mut next = *state;
            next.writers[at].outcome = Outcome::RolledBack;
            push(out, actor, "rolls back", Numbers::None, next);
        }
    }

    /// Lifts the fence of a dead writer, which any process may do once the outcome is settled.
    pub(super) fn recover(&self, state: &State, at: usize, out: &mut Vec<(Step, State)>) {
        let (coordinator, writer) = (&state.coordinator, &state.writers[at]);
        let settled = writer.outcome != Outcome::Pending || self.mutation == Mutation::LiftDoubt;
        let fenced = coordinator.fences & 1 << at != 0 && !coordinator.down;
        if writer.at != Writing::Dead || !fenced || !settled {
            return;
        }
        let mut next = *state;
        next.lift(at);
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

impl State {
    pub(super) fn commit(&mut self, at: usize) {
        self.database += 1;
        self.writers[at].outcome = Outcome::Committed;
        self.writers[at].committed = self.database;
    }
}
