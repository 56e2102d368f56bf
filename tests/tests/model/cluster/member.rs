//! A member: its lease ends and is renewed, its connection is lost, and it applies what the coordinator publishes.

use super::queue::{Event, Queue};
use super::state::*;
use super::{Cluster, Mutation, push};
use crate::step::{Actor, Numbers, Step};

impl Cluster {
    pub(super) fn member(&self, state: &State, at: usize, out: &mut Vec<(Step, State)>) {
        self.end_lease(state, at, out);
        if self.disconnects & 1 << at != 0 {
            disconnect(state, at, out);
        }
        if self.leaves {
            self.leave(state, at, out);
        }
        self.acknowledge(state, at, out);
        self.join(state, at, out);
        self.receive(state, at, out);
        if state.members[at].connected {
            apply(state, at, out);
        }
        if self.mutation == Mutation::IgnoreGap {
            miss(state, at, out);
        }
    }

    /// Replaces a process that has no write under way by a new one, which knows nothing.
    fn leave(&self, state: &State, at: usize, out: &mut Vec<(Step, State)>) {
        let is_idle = matches!(state.writers[at].at, Writing::Idle | Writing::Done);
        let is_reading = state.loads[at].at != Loading::Idle;
        if !state.has_joined(at) || !is_idle || is_reading || state.coordinator.lapsed {
            return;
        }
        let mut next = *state;
        next.coordinator.registered &= !(1 << at);
        next.members[at] = Member {
            lease: Lease::None,
            connected: false,
            serves: false,
            fences: 0,
            queue: Queue::EMPTY,
            reply: Reply::None,
            ..state.members[at]
        };
        push(
            out,
            Actor::Process(at),
            "leaves, and is a fresh one",
            Numbers::None,
            next,
        );
    }

    fn end_lease(&self, state: &State, at: usize, out: &mut Vec<(Step, State)>) {
        if state.members[at].lease == Lease::None {
            return;
        }
        let mut next = *state;
        next.members[at].lease = Lease::None;
        push(out, Actor::Process(at), "has no lease any more", Numbers::None, next);
    }

    /// Acknowledges what the member has applied, and asks for a new lease. The answer may be late, or lost.
    fn acknowledge(&self, state: &State, at: usize, out: &mut Vec<(Step, State)>) {
        let member = &state.members[at];
        if state.coordinator.down || !member.connected || member.reply != Reply::None {
            return;
        }
        let mut next = *state;
        let is_refused = state.coordinator.lapsed && self.mutation != Mutation::NoLapse;
        if !state.has_joined(at) || is_refused {
            next.members[at].connected = false;
            next.members[at].queue = Queue::EMPTY;
            push(out, Actor::Process(at), "is not a member", Numbers::None, next);
            return;
        }
        for writer in 0..MEMBERS {
            let its = |event| event == Event::Fence(writer as u8) || matches!(event, Event::Bump(_));
            if !member.queue.any(its) {
                next.writers[writer].unacked &= !(1 << at);
            }
        }
        let unapplied = member
            .queue
            .any(|event| matches!(event, Event::Fence(_) | Event::Bump(_)));
        // A lease like the present one would change nothing.
        let verb = if (!unapplied || self.mutation == Mutation::GrantUnacked) && member.lease != Lease::Valid(0) {
            let me = &mut next.members[at];
            if self.late {
                me.reply = Reply::Lease(0);
            } else {
                me.lease = Lease::Valid(0);
            }
            "acknowledges, and is granted a lease"
        } else if next.writers != state.writers {
            "acknowledges"
        } else {
            return;
        };
        push(out, Actor::Process(at), verb, Numbers::None, next);
    }

    /// Delivers a late answer, or loses it.
    fn receive(&self, state: &State, at: usize, out: &mut Vec<(Step, State)>) {
        let (actor, member) = (Actor::Process(at), &state.members[at]);
        let mut next = *state;
        let me = &mut next.members[at];
        me.reply = Reply::None;
        match member.reply {
            Reply::None | Reply::Request(_) => return,
            Reply::Lease(before) => {
                me.lease = Lease::Valid(before);
                push(out, actor, "has a new lease", Numbers::None, next);
                next.members[at].lease = member.lease;
            }
            Reply::Snapshot { .. } => {
                self.install(me, at, member.reply);
                push(out, actor, "has the snapshot", Numbers::None, next);
                next.members[at] = Member {
                    reply: Reply::None,
                    queue: Queue::EMPTY,
                    ..*member
                };
            }
        }
        push(out, actor, "receives no answer", Numbers::None, next);
    }
}

/// Cuts a member off. It no longer serves, but keeps what it knows, and its lease stays valid until it ends.
fn disconnect(state: &State, at: usize, out: &mut Vec<(Step, State)>) {
    if !state.members[at].connected {
        return;
    }
    let mut next = *state;
    let me = &mut next.members[at];
    me.connected = false;
    me.queue = Queue::EMPTY;
    me.reply = Reply::None;
    push(out, Actor::Process(at), "loses its connection", Numbers::None, next);
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
        Event::Bump(generation) => {
            member.generation = generation;
            ("applies an invalidation, with the generation", generation)
        }
    };
    push(out, Actor::Process(at), verb, Numbers::One(number), next);
}

/// Loses an event.
fn miss(state: &State, at: usize, out: &mut Vec<(Step, State)>) {
    let mut next = *state;
    if next.members[at].queue.pop().is_some() {
        push(
            out,
            Actor::Process(at),
            "does not receive an event",
            Numbers::None,
            next,
        );
    }
}
