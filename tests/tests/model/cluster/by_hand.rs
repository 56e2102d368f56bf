//! Rows that somebody changed past the cache, and the invalidation by hand that follows.

use super::queue::Event;
use super::state::*;
use super::writer::give_back;
use super::{Cluster, Mutation, push};
use crate::step::{Actor, Numbers, Step};

impl Cluster {
    /// Changes the rows without the cache, and then invalidates. Loads that start after the invalidation has returned
    /// must show the change.
    pub(super) fn invalidate(&self, state: &State, at: usize, out: &mut Vec<(Step, State)>) {
        let mut next = *state;
        let verb = match state.writers[at].at {
            Writing::Idle => {
                next.commit(at);
                next.writers[at].at = Writing::FencedHere;
                "changes rows past the cache"
            }
            Writing::FencedHere if state.has_joined(at) => {
                next.coordinator.generation += 1;
                next.start_waiting(at);
                next.publish(Event::Bump(next.coordinator.generation));
                "invalidates by hand"
            }
            Writing::Fenced if self.must_begin_anew(state, at) => {
                next.stop_waiting(at, Writing::FencedHere);
                "finds another epoch, and begins anew"
            }
            Writing::Fenced if self.is_seen(state, at) => {
                next.stop_waiting(at, Writing::Lifted);
                "knows that nobody has older rows"
            }
            _ => {
                self.expire(state, at, out);
                give_back(state, at, out);
                return;
            }
        };
        push(out, Actor::Writer(at), verb, Numbers::None, next);
    }

    /// Returns `true` if all members that may serve have applied the invalidation, including its own member.
    fn is_seen(&self, state: &State, at: usize) -> bool {
        let coordinator = &state.coordinator;
        let seen = match coordinator.stage {
            Stage::One => false,
            Stage::Two => true,
            Stage::Mature => state.waits_for(at) == 0,
        };
        (seen && !coordinator.down) || self.mutation == Mutation::BumpAtOnce
    }
}
