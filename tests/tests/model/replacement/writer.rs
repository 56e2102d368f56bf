//! The writer, and its server.

use super::state::*;
use super::{Order, Replacement, push};
use crate::step::{Actor, Numbers, Step};

impl Replacement {
    pub(super) fn write(&self, state: &State, out: &mut Vec<(Step, State)>) {
        let mut next = *state;
        if state.pending {
            next.pending = false;
            next.version += 1;
            push(out, Actor::Server(0), "commits a1", Numbers::None, next);
            next = *state;
            if state.writer == Writing::Dead {
                next.pending = false;
                push(out, Actor::Server(0), "rolls back", Numbers::None, next);
                next = *state;
            }
        }
        let retired = state.retired && !state.moved;
        let verb = match state.writer {
            Writing::Look => {
                next.moved = retired; // it has invalidated nothing yet: no new epoch
                next.writer = Writing::Fence;
                if retired {
                    "finds its file retired, and goes over"
                } else {
                    "finds its file in use"
                }
            }
            Writing::Fence => {
                mine(&mut next).fenced = true;
                next.writer = if self.order == Order::LookFirst {
                    Writing::Send
                } else {
                    Writing::LookAgain
                };
                "fences A"
            }
            Writing::LookAgain => {
                next.writer = if retired {
                    Writing::MoveFence(After::Send)
                } else {
                    Writing::Send
                };
                if retired {
                    "finds its file retired"
                } else {
                    "finds its file in use"
                }
            }
            Writing::Send => {
                next.pending = true;
                next.writer = Writing::Sent;
                "sends"
            }
            Writing::Sent if !state.pending => {
                next.writer = Writing::LookBeforeLift;
                "learns: committed"
            }
            Writing::LookBeforeLift => {
                next.writer = if retired {
                    Writing::MoveFence(After::Bump)
                } else {
                    Writing::Bump
                };
                if retired {
                    "finds its file retired"
                } else {
                    "finds its file in use"
                }
            }
            Writing::MoveFence(then) => {
                next.new.fenced = true;
                next.writer = Writing::MoveEpoch(then);
                "fences A in the new file"
            }
            Writing::MoveEpoch(then) => {
                next.new.epoch += 1;
                next.moved = true;
                next.writer = if then == After::Send {
                    Writing::Send
                } else {
                    Writing::Bump
                };
                "starts a new epoch"
            }
            Writing::Bump => {
                mine(&mut next).generation += 1;
                next.writer = Writing::Unfence;
                "raises the generation of A"
            }
            Writing::Unfence => {
                mine(&mut next).fenced = false;
                next.writer = Writing::Done;
                next.floor = next.floor.max(1);
                "clears its bit, and returns"
            }
            Writing::Sent | Writing::Done | Writing::Dead => return,
        };
        push(out, Actor::Writer(0), verb, Numbers::None, next);
        if self.mortal {
            // Recovery lifts its fence in the new file. Nobody looks at the old file any more.
            let mut next = *state;
            next.writer = Writing::Dead;
            push(out, Actor::Process(0), "is killed", Numbers::None, next);
        }
    }
}

/// Returns the file that the writer uses.
fn mine(state: &mut State) -> &mut File {
    if state.moved { &mut state.new } else { &mut state.old }
}
