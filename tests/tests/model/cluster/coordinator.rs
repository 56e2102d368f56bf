//! The coordinator: lost, replaced by an empty one, and mature again.

use super::queue::{Event, Queue};
use super::state::*;
use super::{Cluster, Loss, Mutation, push};
use crate::step::{Actor, Numbers, Step};

const COORDINATOR: Actor = Actor::Coordinator;

impl Cluster {
    pub(super) fn coordinate(&self, state: &State, out: &mut Vec<(Step, State)>) {
        self.lose(state, out);
        self.lapse(state, out);
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

    /// Replaces the coordinator by an empty one. Messages that are on their way are lost as well.
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

    /// Lets the coordinator have heard no member for the length of a lease, whether or not it can be reached.
    ///
    /// This ends an epoch, and the model has room for only one more.
    fn lapse(&self, state: &State, out: &mut Vec<(Step, State)>) {
        if !self.may_lapse(state) || state.coordinator.lapsed || state.members.iter().any(Member::has_lease) {
            return;
        }
        let mut next = *state;
        next.coordinator.lapsed = true;
        next.losses = 0;
        let verb = "has heard nobody for as long as a lease lasts";
        push(out, COORDINATOR, verb, Numbers::None, next);
    }

    pub(super) fn may_lapse(&self, state: &State) -> bool {
        self.loss == Loss::DownAndBack && state.coordinator.epoch == 0
    }

    /// Begins a new epoch when a member asks to join after such a silence. Everything is invalid, but no fence is lost.
    pub(super) fn begin_anew(&self, state: &mut State) {
        let coordinator = &state.coordinator;
        state.coordinator = Coordinator {
            fences: coordinator.fences,
            missing: ALL,
            informed: true,
            ..Coordinator::empty(coordinator.epoch + 1, Stage::One)
        };
    }

    /// Lets a young epoch go on to its next stage.
    fn grow_up(&self, state: &State, out: &mut Vec<(Step, State)>) {
        let mut next = *state;
        let verb = match state.coordinator.stage {
            Stage::One if self.mutation == Mutation::NoStageOne || self.may_end_stage_one(state) => {
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

impl Cluster {
    /// Returns `true` if the length of a lease has passed. After a silence, the processes that may have written without
    /// the coordinator come back within that time.
    fn may_end_stage_one(&self, state: &State) -> bool {
        let is_away = |at: usize| {
            let is_over = matches!(state.writers[at].at, Writing::Done | Writing::Dead);
            state.coordinator.missing & 1 << at != 0 && !is_over
        };
        let waits = self.loss == Loss::DownAndBack && self.mutation != Mutation::StayAway;
        let is_in_doubt = waits && (0..self.writers).any(is_away);
        !state.has_old_lease() && !is_in_doubt
    }
}

impl State {
    fn has_old_lease(&self) -> bool {
        let epoch = self.coordinator.epoch;
        self.members
            .iter()
            .any(|member| member.epoch != epoch && member.has_lease())
    }

    /// Returns `true` if the fence of every write in doubt is known, or the write has been waited for.
    fn knows_doubts(&self) -> bool {
        let in_doubt = |at: usize| self.writers[at].outcome == Outcome::Pending;
        let missing = |at: usize| self.coordinator.missing & 1 << at != 0;
        self.coordinator.informed || !(0..MEMBERS).any(|at| missing(at) && in_doubt(at))
    }
}
