//! The process that replaces the file: it scans and retires the old file, in either order, and then moves to the new
//! one.

use super::state::*;
use super::{Order, Replacement, push};
use crate::step::{Actor, Numbers, Step};

impl Replacement {
    pub(super) fn replace(&self, state: &State, out: &mut Vec<(Step, State)>) {
        let mut next = *state;
        let scan = (self.order == Order::LookFirst) == (state.replacing == Replacing::First);
        next.replacing = match state.replacing {
            Replacing::First => Replacing::Second,
            Replacing::Second => Replacing::GoOver,
            Replacing::GoOver | Replacing::Done => Replacing::Done,
        };
        let verb = match state.replacing {
            Replacing::First | Replacing::Second if scan => {
                next.ghost = state.old.fenced;
                if state.old.fenced {
                    "finds the fence in the old file"
                } else {
                    "finds no fence in the old file"
                }
            }
            Replacing::First | Replacing::Second => {
                next.retired = true;
                "retires the old file"
            }
            Replacing::GoOver => "goes over to the new file",
            // The ghost's fence ends when the outcome is settled, which is what its grace assumes.
            Replacing::Done
                if state.ghost && matches!(state.writer, Writing::Done | Writing::Dead) && !state.pending =>
            {
                next.ghost = false;
                next.new.generation += 1;
                "lifts the ghost's fence"
            }
            Replacing::Done if state.new.fenced && state.writer == Writing::Dead && !state.pending => {
                next.new.generation += 1;
                next.new.fenced = false; // in one step with the generation: the larger model has two
                "recovers the dead writer's fence"
            }
            Replacing::Done => return,
        };
        push(out, Actor::Process(1), verb, Numbers::None, next);
    }
}
