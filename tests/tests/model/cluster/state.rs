//! What there is at one moment: the database, the coordinator, the members with their replicas, and how far everybody has come.

use super::queue::{Event, Queue};

/// Members, each a process on a machine of its own. Writer `n` is a connection of member `n`, and so is reader `n`.
pub(super) const MEMBERS: usize = 2;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct State {
    /// The committed version of the rows.
    pub(super) database: u8,
    /// The newest version that a returned commit has written or a returned load has shown.
    pub(super) floor: u8,
    pub(super) coordinator: Coordinator,
    /// How often the coordinator may yet be replaced by an empty one.
    pub(super) replacements: u8,
    pub(super) members: [Member; MEMBERS],
    pub(super) writers: [Writer; MEMBERS],
    pub(super) loads: [Load; MEMBERS],
    /// Entries in a store that all members share, a bit for each `(version, stamp)`.
    pub(super) entries: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Coordinator {
    pub(super) epoch: u8,
    /// Nobody serves, stores or sends yet.
    pub(super) young: bool,
    pub(super) generation: u8,
    /// A bit for each writer.
    pub(super) fences: u8,
    /// The members that joined, a bit for each.
    pub(super) registered: u8,
    /// The members of the epoch before that have not come back, a bit for each.
    pub(super) missing: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Member {
    pub(super) lease: Lease,
    /// Its epoch is not young.
    pub(super) serves: bool,
    /// Its replica of the coordinator's slot.
    pub(super) epoch: u8,
    pub(super) generation: u8,
    pub(super) fences: u8,
    /// What it has yet to apply.
    pub(super) queue: Queue,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Lease {
    None,
    Valid,
    /// The coordinator has registered it, and its answer is under way.
    Joining,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Writer {
    pub(super) at: Writing,
    pub(super) outcome: Outcome,
    /// The version that it has committed.
    pub(super) committed: u8,
    /// The coordinator's epoch when it was fenced there.
    pub(super) epoch: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Writing {
    Idle,
    /// Fenced in the replica of its own member.
    FencedHere,
    /// Fenced at the coordinator. Waits for the acknowledgements.
    Fenced,
    Sent,
    Answered,
    Lifted,
    /// Returned to its caller while the coordinator could not be reached. Lifts later.
    Owes,
    Done,
    Dead,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Outcome {
    None,
    Pending,
    Committed,
    RolledBack,
}

/// A generation and the epoch in which it counts.
pub(super) type Stamp = (u8, u8);

/// One after another, a reader's loads.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Load {
    /// How many it has made.
    pub(super) made: u8,
    pub(super) at: Loading,
    /// `State::floor` at the start.
    pub(super) floor: u8,
    pub(super) stamp: Stamp,
    pub(super) rows: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Loading {
    Idle,
    Look,
    /// Has a stamp, and queries.
    Query,
    Store,
    /// Without leave to store.
    Bypass,
    /// Has its rows.
    Return,
}

impl State {
    pub(super) fn start(replacements: u8) -> Self {
        let member = Member {
            lease: Lease::Valid,
            serves: true,
            epoch: 0,
            generation: 0,
            fences: 0,
            queue: Queue::EMPTY,
        };
        let writer = Writer {
            at: Writing::Idle,
            outcome: Outcome::None,
            committed: 0,
            epoch: 0,
        };
        Self {
            database: 0,
            floor: 0,
            coordinator: Coordinator {
                epoch: 0,
                young: false,
                generation: 0,
                fences: 0,
                registered: ALL,
                missing: 0,
            },
            replacements,
            members: [member; MEMBERS],
            writers: [writer; MEMBERS],
            loads: [Load::start(0); MEMBERS],
            entries: 0,
        }
    }

    /// Sends an event to every member that has joined, but for one.
    pub(super) fn publish(&mut self, event: Event, except: Option<usize>) {
        for at in 0..MEMBERS {
            if self.coordinator.registered & 1 << at != 0 && except != Some(at) {
                self.members[at].queue.push(event);
            }
        }
    }

    /// A member may talk to the coordinator: it has joined this epoch, and its lease is not over.
    pub(super) fn has_joined(&self, at: usize) -> bool {
        let member = &self.members[at];
        member.lease == Lease::Valid
            && member.epoch == self.coordinator.epoch
            && self.coordinator.registered & 1 << at != 0
    }

    pub(super) fn has_entry(&self, version: u8, stamp: Stamp) -> bool {
        self.entries & entry(version, stamp) != 0
    }

    pub(super) fn store(&mut self, version: u8, stamp: Stamp) {
        self.entries |= entry(version, stamp);
    }
}

/// All members, as a mask.
pub(super) const ALL: u8 = (1 << MEMBERS) - 1;

fn entry(version: u8, (epoch, generation): Stamp) -> u64 {
    assert!(version < 4 && epoch < 2 && generation < 8);
    1 << (version << 4 | epoch << 3 | generation)
}

impl Load {
    pub(super) fn start(made: u8) -> Self {
        Self {
            made,
            at: Loading::Idle,
            floor: 0,
            stamp: (0, 0),
            rows: 0,
        }
    }
}
