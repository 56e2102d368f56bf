//! A model of the protocol between several machines, which is searched exhaustively.
//!
//! A *coordinator* (Redis or Valkey) holds the slot: a generation, fences, and the epoch in which they count. Each
//! *member*, a process on a machine of its own, holds a lease and a mirror of the slot; its loads read only these two.
//! A writer fences in its own mirror and at the coordinator, waits until every member has acknowledged the fence or
//! has been expired, and only then sends its statement. Its lift moves the generation, and nobody waits for the lift.
//! An invalidation by hand waits like a fence (`by_hand`).
//!
//! **Leases** (`member`). The coordinator has no clock. It grants a lease for an acknowledgement, and only to a member
//! that has applied the newest fence. So once the length of a lease has passed since a fence, the leases of all members
//! that have not acknowledged the fence are over, and the writer expires these members (`writer`). The model has no
//! time: a lease records which writers fenced after it was granted, and is over once one of them has waited for the
//! length of a lease.
//!
//! **Joining** (`join`). A member subscribes, asks for a snapshot, and applies the events that follow. Because the
//! snapshot can be lost, it acknowledges nothing: only the member's first acknowledgement counts and brings a lease.
//! Until the snapshot is installed, the member knows what it knew before. The request names the epoch, which the member
//! has read, and is refused in another epoch.
//!
//! **A new epoch** (`coordinator`). A coordinator that has lost everything begins a new epoch, which is young at first.
//! In its first stage, members may have leases of the epoch before: nobody serves, stores or sends. In its second
//! stage, writes of that epoch may be in doubt: nobody serves or stores. The second stage is over when each such write
//! has ended, or its member has joined. It is over at once if a member has joined whose lease was still valid after it
//! had read the new epoch: such a member has applied the fence of every write that was sent, and uploads these fences.
//!
//! **A silence** (`coordinator`). If the coordinator was out of reach and comes back with all its data, writers may
//! have written without it in the meantime. Each of them has waited for the length of a lease first. So if the
//! coordinator has not heard any member for that long, it grants no lease, and the next member to join begins a new
//! epoch: fences stay, and everything is invalid. Writers that may have written without the coordinator come back in
//! the first stage of that epoch.
//!
//! **Stale rows** (`reader`). If this is enabled, a member without a lease serves what is valid by its mirror. It may
//! miss writes of other members, but never those of its own process.
//!
//! Events and answers may be arbitrarily late, leases end and connections are lost at any moment, a writer is killed,
//! its statement is committed later, and the coordinator is replaced by an empty one. While nobody can reach the
//! coordinator, a writer sends without it as soon as all leases are over.
//!
//! **Not modelled.** More than one slot, and more than one loss or silence of the coordinator. Requests that arrive
//! after their sender has given them up. The grace period as time: a doubt ends when its outcome is settled, which is
//! what the grace assumes.

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
    /// The number of loads of each member's reader.
    loads: [u8; MEMBERS],
    /// How often the coordinator may be lost.
    losses: u8,
    loss: Loss,
    /// The number of members with a connection that writes.
    writers: usize,
    /// Whether writers may be killed.
    kills: bool,
    /// Whether these members do not write, but invalidate by hand what somebody else has written.
    by_hand: bool,
    /// The members that may lose their connections.
    disconnects: Mask,
    /// Whether members may leave, and come back as fresh processes.
    leaves: bool,
    /// Whether answers to acknowledgements and requests to join may arrive late. Otherwise they are lost, or arrive at
    /// once.
    late: bool,
    /// Whether a member without a lease serves what was valid when it had one.
    stale: bool,
    mutation: Mutation,
}

/// What happens to the coordinator when it is lost.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Loss {
    /// It is replaced by an empty one.
    Replaced,
    /// Nobody can reach it, until it is replaced by an empty one.
    Down,
    /// Nobody can reach it, until it is back with all its data.
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

    /// A load returns nothing older than what had been committed or shown when it started. A stale load returns nothing
    /// older than what its own process had committed.
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
