//! Several machines: the protocol that the cache would need between them, searched before it is built.
//!
//! A *coordinator* (Redis or Valkey) holds the slot: a generation, fences, and the epoch in which they count. Each *member*, a process on
//! a machine of its own, holds a lease and a replica of the slot; its loads read these two and nothing else. A writer fences in its own
//! replica and at the coordinator, waits until every member that has a lease has applied the fence, and only then sends its statement.
//! Its lift moves the generation, and nobody waits for it.
//!
//! Events arrive as late as they like, leases run out at any moment, a writer is killed, its statement is committed later, and the
//! coordinator is replaced by an empty one. The new epoch is *young* until every member of the epoch before has joined it, with the
//! fences that it knows, or can do no harm any more; until then nobody serves, stores or sends.
//!
//! **Not modelled.** Time: a lease that is over here is over at the coordinator, as a member counts it from before its request. More
//! than one slot, and more than one replacement. A write that begins while the coordinator cannot be reached, which is not promised to
//! be seen elsewhere.

mod coordinator;
mod member;
mod queue;
mod reader;
mod state;
#[cfg(test)]
mod tests;
mod writer;

use self::state::*;
use crate::search::Model;
use crate::step::{Actor, Numbers, Step};

/// Two members, and what they do.
struct Cluster {
    /// How often the reader of each member loads.
    loads: [u8; MEMBERS],
    /// How often the coordinator is replaced.
    replacements: u8,
    /// The members with a connection that writes.
    writers: usize,
    mutation: Mutation,
}

/// A safeguard that is left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mutation {
    /// The protocol as it is.
    None,
    /// A fence is not published to the other members.
    NoFence,
    /// A writer does not wait for the acknowledgements.
    NoAcks,
    /// A member serves when its lease is over.
    NoLease,
    /// A dead writer's fence is lifted while its outcome is in doubt.
    LiftDoubt,
    /// The coordinator drops a member whose lease is not over.
    DropEarly,
    /// A member that joins again forgets the fences of its own writers.
    ForgetOwn,
    /// A new coordinator is not young.
    NoYoung,
    /// A young epoch matures without waiting for anybody.
    MatureAtOnce,
    /// A writer sends in a young epoch.
    SendYoung,
    /// A member that joins a new epoch keeps what it knows of the one before to itself.
    NoUpload,
    /// Acknowledgements of the epoch before count.
    StaleAcks,
    /// A young epoch matures while a write of a member that has not come back is in doubt.
    NoDoubtGrace,
}

impl Model for Cluster {
    type State = State;
    type Step = Step;

    fn start(&self) -> State {
        State::start(self.replacements)
    }

    fn steps(&self, state: &State, out: &mut Vec<(Step, State)>) {
        self.coordinate(state, out);
        for at in 0..MEMBERS {
            self.member(state, at, out);
        }
        for at in 0..self.writers {
            self.write(state, at, out);
        }
        for at in 0..MEMBERS {
            self.load(state, at, out);
        }
    }

    /// A load returns nothing older than what was committed, or shown, when it started.
    fn broken(&self, state: &State, _: bool) -> Option<String> {
        let too_old = |load: &&Load| load.at == Loading::Return && load.rows < load.floor;
        let load = state.loads.iter().find(too_old)?;
        let Load { rows, floor, .. } = load;
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
