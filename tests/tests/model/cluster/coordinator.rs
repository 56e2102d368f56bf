//! The coordinator: lost, replaced by an empty one, and mature again.

use super::queue::{Event, Queue};
use super::state::*;
use super::{Cluster, Loss, Mutation, push};
use crate::step::{Actor, Numbers, Step};

const COORDINATOR: Actor = Actor::Coordinator;

impl Cluster {
    pub(super) fn coordinate(&self, state: &State, out: &mut Vec<(Step, State)>) {
        self.lose(state, out);
        if !state.coordinator.down {
            self.grow_up(state, out);
        }
    }

    fn lose(&self, state: &State, out: &mut Vec<(Step, State)>) {
        let mut next = *state;
        if state.coordinator.down {
            if self.loss == Loss::DownAndBack {
                next.coordinator.down = false;
                push(out, COORDINATOR, "is back, with its state", Numbers::None, next);
            } else {
                self.replace(state, out);
            }
        } else if state.losses > 0 {
            next.losses -= 1;
            if self.loss == Loss::Replaced {
                self.replace(&next, out);
            } else {
                next.coordinator.down = true;
                push(out, COORDINATOR, "is down", Numbers::None, next);
            }
        }
    }

    /// Everything that the coordinator knew is lost, and so is what was under way.
    fn replace(&self, state: &State, out: &mut Vec<(Step, State)>) {
        let mut next = *state;
        let stage = match self.mutation {
            Mutation::NoYoung => Stage::Mature,
            _ => Stage::One,
        };
        next.coordinator = Coordinator {
            missing: ALL,
            ..Coordinator::empty(state.coordinator.epoch + 1, stage)
        };
        for member in &mut next.members {
            member.queue = Queue::EMPTY;
            if matches!(member.reply, Reply::Snapshot { .. }) {
                member.reply = Reply::None;
            }
        }
        let epoch = Numbers::One(next.coordinator.epoch);
        push(out, COORDINATOR, "is replaced by an empty one, of epoch", epoch, next);
    }

    /// One stage after another of a young epoch.
    fn grow_up(&self, state: &State, out: &mut Vec<(Step, State)>) {
        let mut next = *state;
        let verb = match state.coordinator.stage {
            Stage::One if self.mutation == Mutation::NoStageOne || !state.has_old_lease() => {
                next.coordinator.stage = Stage::Two;
                "has waited for as long as a lease lasts"
            }
            Stage::Two if self.mutation == Mutation::NoDoubtGrace || state.knows_doubts() => {
                next.coordinator.stage = Stage::Mature;
                next.coordinator.missing = 0;
                next.publish(Event::Mature);
                "matures"
            }
            _ => return,
        };
        push(out, COORDINATOR, verb, Numbers::None, next);
    }
}

impl State {
    fn has_old_lease(&self) -> bool {
        let epoch = self.coordinator.epoch;
        self.members
            .iter()
            .any(|member| member.epoch != epoch && member.has_lease())
    }

    /// The fence of every write that is in doubt is known, or has been waited for.
    fn knows_doubts(&self) -> bool {
        let in_doubt = |at: usize| self.writers[at].outcome == Outcome::Pending;
        let missing = |at: usize| self.coordinator.missing & 1 << at != 0;
        self.coordinator.informed || !(0..MEMBERS).any(|at| missing(at) && in_doubt(at))
    }
}
