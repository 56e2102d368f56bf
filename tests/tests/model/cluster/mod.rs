//! Several machines: the protocol between them, searched before it is built.
//!
//! A *coordinator* (Redis or Valkey) holds the slot: a generation, fences, and the epoch in which they count. Each *member*, a process on
//! a machine of its own, holds a lease and a replica of the slot; its loads read these two and nothing else. A writer fences in its own
//! replica and at the coordinator, waits until every member has acknowledged the fence or been expired, and only then sends its
//! statement. Its lift moves the generation, and nobody waits for it. An invalidation by hand waits like a fence (`by_hand`).
//!
//! **Leases** (`member`). The coordinator has no clock. It grants a lease for an acknowledgement, and only to a member that has applied
//! the newest fence. When as much time as a lease lasts has passed since a fence, the leases of all members that have not
//! acknowledged it are therefore over, and the writer has them unregistered (`writer`). Instead of time, a lease knows which waiting
//! writers had not fenced when it was granted.
//!
//! **Joining** (`join`). A member subscribes, asks for a snapshot, and applies the events that follow. Only its first acknowledgement
//! counts and brings a lease, because a snapshot can be lost. Until it is installed, the member knows what it knew before. The request
//! names the epoch, which the member has read, and is refused in another.
//!
//! **A new epoch** (`coordinator`). A coordinator that has lost everything is young. In its first stage, members may have leases of the
//! epoch before: nobody serves, stores or sends. In its second stage, writes of that epoch may be in doubt: nobody serves or stores. It
//! is over when each such write has ended, or its member has joined; or at once if a member has joined whose lease was still valid
//! when it had read the new epoch. Such a member has applied the fence of every write that was sent, and brings it.
//!
//! **A silence** (`coordinator`). If the coordinator is back with all that it knew, writers may have written without it meanwhile. Each of
//! them has waited for a lease. So if the coordinator has heard no member for that long, it grants no lease, and the next member to
//! join begins a new epoch: fences stay, and everything is invalid. Those who may have written alone come back in its first stage.
//!
//! **Stale rows** (`reader`). If so chosen, a member without a lease serves what is valid by its replica. It may miss what others
//! write, and never what its own process does.
//!
//! Events and answers arrive as late as they like, leases end and connections are lost at any moment, a writer is killed, its
//! statement is committed later, and the coordinator is replaced by an empty one. While nobody can reach it, a writer sends without
//! it as soon as all leases are over.
//!
//! **Not modelled.** More than one slot, and more than one loss of the coordinator, or silence. Requests that arrive after the member that sent
//! them has given up on them. The grace period as time: a doubt ends when its outcome is settled, which is what the grace assumes.

mod by_hand;
mod canonical;
mod coordinator;
mod join;
mod member;
mod mutation;
mod queue;
mod reader;
mod server;
mod state;
#[cfg(test)]
mod tests;
mod writer;

use self::mutation::Mutation;
use self::state::*;
use crate::search::Model;
use crate::step::{Actor, Numbers, Step};

/// Two members, and what they do.
#[derive(Clone, Copy)]
struct Cluster {
    /// How often the reader of each member loads.
    loads: [u8; MEMBERS],
    /// How often the coordinator is lost.
    losses: u8,
    loss: Loss,
    /// The members with a connection that writes.
    writers: usize,
    /// They may be killed.
    kills: bool,
    /// They do not write, but invalidate by hand what somebody else has written.
    by_hand: bool,
    /// The members that may lose their connections.
    disconnects: Mask,
    /// Members may leave, and come back as fresh processes.
    leaves: bool,
    /// Answers to acknowledgements, and requests to join, may arrive late. (Else they are lost, or arrive at once.)
    late: bool,
    /// A member without a lease serves what was valid when it had one.
    stale: bool,
    mutation: Mutation,
}

/// What becomes of the coordinator.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Loss {
    /// It is replaced by an empty one.
    Replaced,
    /// Nobody can reach it, until it is replaced by an empty one.
    Down,
    /// Nobody can reach it, until it is back with all that it knew.
    DownAndBack,
}

impl Model for Cluster {
    type State = State;
    type Step = Step;

    fn start(&self) -> State {
        State::start(self.losses)
    }

    fn steps(&self, state: &State, out: &mut Vec<(Step, State)>) {
        self.coordinate(state, out);
        for at in 0..MEMBERS {
            self.member(state, at, out);
        }
        for at in 0..self.writers {
            if self.by_hand {
                self.invalidate(state, at, out);
            } else {
                self.write(state, at, out);
                self.serve(state, at, out);
                self.recover(state, at, out);
            }
        }
        for at in 0..MEMBERS {
            self.load(state, at, out);
        }
    }

    fn canonical(&self, state: State) -> State {
        let may_end = state.losses > 0 || state.coordinator.down || self.may_lapse(&state);
        state.without_what_nobody_reads(may_end, self.stale)
    }

    /// A load returns nothing older than what was committed, or shown, when it started. A stale one returns nothing older than
    /// what its own process had committed.
    fn broken(&self, state: &State, _: bool) -> Option<String> {
        let too_old = |load: &&Load| load.at == Loading::Return && load.rows < load.least();
        let load = state.loads.iter().find(too_old)?;
        let (rows, floor) = (load.rows, load.least());
        Some(format!(
            "a load returns a{rows}, but a{floor} had been seen before it started"
        ))
    }
}

fn push(out: &mut Vec<(Step, State)>, actor: Actor, verb: &'static str, numbers: Numbers, next: State) {
    out.push((
        Step {
            actor,
            verb,
            table: None,
            numbers,
        },
        next,
    ));
}
