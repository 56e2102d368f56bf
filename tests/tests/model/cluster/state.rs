//! The state at one moment: the database, the coordinator, the members with their mirrors, and how far each has come.

use super::queue::{Event, Queue};

/// The number of members, each of which is a process on a machine of its own. Writer `n` and reader `n` are connections
/// of member `n`.
pub(super) const MEMBERS: usize = 2;

/// A set of members or of writers, with a bit for each.
pub(super) type Mask = u8;

/// All members.
pub(super) const ALL: Mask = (1 << MEMBERS) - 1;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct State {
    /// The committed version of the rows.
    pub(super) database: u8,
    /// The newest version that a returned commit has written or a returned load has shown.
    pub(super) floor: u8,
    pub(super) coordinator: Coordinator,
    /// How often the coordinator may still be lost.
    pub(super) losses: u8,
    pub(super) members: [Member; MEMBERS],
    pub(super) writers: [Writer; MEMBERS],
    pub(super) loads: [Load; MEMBERS],
    /// The entries in a store that all members share, with a bit for each `(version, stamp)`.
    pub(super) entries: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Coordinator {
    /// Whether it is out of reach of all members.
    pub(super) down: bool,
    pub(super) epoch: u8,
    pub(super) stage: Stage,
    pub(super) generation: u8,
    /// The writers whose fences are set.
    pub(super) fences: Mask,
    /// The members that joined and have not been expired.
    pub(super) registered: Mask,
    /// The members of the epoch before that have not come back.
    pub(super) missing: Mask,
    /// Whether all fences that can be in doubt are known: a member has joined whose lease of the epoch before was
    /// valid, or no fence was lost.
    pub(super) informed: bool,
    /// Whether it has heard no member for the length of a lease, so that somebody may have written without it.
    pub(super) lapsed: bool,
}

/// The age of an epoch.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Stage {
    /// Members may hold leases of the epoch before. Nobody serves, stores or sends.
    One,
    /// Writes of the epoch before may be in doubt. Nobody serves or stores.
    Two,
    Mature,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Member {
    pub(super) lease: Lease,
    /// Whether it receives events.
    pub(super) connected: bool,
    /// Whether its epoch is no longer young.
    pub(super) serves: bool,
    /// Its mirror of the coordinator's slot.
    pub(super) epoch: u8,
    pub(super) generation: u8,
    pub(super) fences: Mask,
    /// The events that it has not applied yet.
    pub(super) queue: Queue,
    pub(super) reply: Reply,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Lease {
    None,
    /// Granted before these waiting writers fenced, and so over when one of them has waited for the length of a lease.
    Valid(Mask),
}

/// The message that is under way between a member and the coordinator.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Reply {
    None,
    /// A new lease, for an acknowledgement.
    Lease(Mask),
    /// The answer to a request to join.
    Snapshot {
        epoch: u8,
        generation: u8,
        fences: Mask,
        serves: bool,
    },
    /// A request to join.
    Request(Request),
}

/// A request to join the epoch that the member has read.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Request {
    /// The epoch. The request is refused in any other.
    pub(super) epoch: u8,
    /// Whether the member's lease was valid.
    pub(super) leased: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Writer {
    pub(super) at: Writing,
    pub(super) outcome: Outcome,
    /// The version that it has committed.
    pub(super) committed: u8,
    /// The coordinator's epoch when it was fenced there.
    pub(super) epoch: u8,
    /// The members that have not acknowledged its fence.
    pub(super) unacked: Mask,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Writing {
    Idle,
    /// Fenced in the mirror of its own member.
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

/// The present load of a reader, which makes one load after another.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Load {
    /// The number of loads that have ended.
    pub(super) made: u8,
    pub(super) at: Loading,
    /// `State::floor` at the start.
    pub(super) floor: u8,
    /// If stale rows may serve: the newest version that a connection of its own process had written and returned.
    pub(super) own: u8,
    /// Whether its rows may lack what other processes have written.
    pub(super) is_stale: bool,
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
    /// Queries without permission to store.
    Bypass,
    /// Has its rows.
    Return,
}

impl State {
    pub(super) fn start(losses: u8) -> Self {
        let member = Member {
            lease: Lease::Valid(0),
            connected: true,
            serves: true,
            epoch: 0,
            generation: 0,
            fences: 0,
            queue: Queue::EMPTY,
            reply: Reply::None,
        };
        let writer = Writer {
            at: Writing::Idle,
            outcome: Outcome::None,
            committed: 0,
            epoch: 0,
            unacked: 0,
        };
        Self {
            database: 0,
            floor: 0,
            coordinator: Coordinator {
                registered: ALL,
                ..Coordinator::empty(0, Stage::Mature)
            },
            losses,
            members: [member; MEMBERS],
            writers: [writer; MEMBERS],
            loads: [Load::start(0); MEMBERS],
            entries: 0,
        }
    }

    /// Sends an event to every member that has joined.
    pub(super) fn publish(&mut self, event: Event) {
        for at in 0..MEMBERS {
            let member = &mut self.members[at];
            let subscribed = member.connected || matches!(member.reply, Reply::Snapshot { .. });
            if self.coordinator.registered & 1 << at != 0 && subscribed {
                member.queue.push(event);
            }
        }
    }

    /// Returns `true` if the coordinator accepts the member as one of its epoch.
    pub(super) fn has_joined(&self, at: usize) -> bool {
        let member = &self.members[at];
        !self.coordinator.down
            && member.connected
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

impl Coordinator {
    pub(super) fn empty(epoch: u8, stage: Stage) -> Self {
        Self {
            down: false,
            epoch,
            stage,
            generation: 0,
            fences: 0,
            registered: 0,
            missing: 0,
            informed: false,
            lapsed: false,
        }
    }
}

impl Member {
    /// Returns `true` if the member has been granted a lease that is over once one of these writers has waited for the
    /// length of a lease.
    pub(super) fn has_lease_before(&self, writers: Mask) -> bool {
        matches!(self.lease, Lease::Valid(before) if before & writers != 0)
            || matches!(self.reply, Reply::Lease(before) if before & writers != 0)
    }

    pub(super) fn has_lease(&self) -> bool {
        self.lease != Lease::None || matches!(self.reply, Reply::Lease(_))
    }
}

pub(super) fn entry(version: u8, (epoch, generation): Stamp) -> u64 {
    assert!(version < 4 && epoch < 2 && generation < 8);
    1 << (version << 4 | epoch << 3 | generation)
}

impl Load {
    /// Returns the oldest version that the load may return.
    pub(super) fn least(&self) -> u8 {
        match self.is_stale {
            true => self.own,
            false => self.floor,
        }
    }

    pub(super) fn start(made: u8) -> Self {
        Self {
            made,
            at: Loading::Idle,
            floor: 0,
            own: 0,
            is_stale: false,
            stamp: (0, 0),
            rows: 0,
        }
    }
}
