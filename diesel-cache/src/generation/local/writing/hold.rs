//! The slots of one fence, its terms, and the state of a fence that has lost its connection.

use crate::generation::Begun;
use crate::generation::slot::Slot;

/// The slots of one fence.
#[derive(Debug)]
pub(in crate::generation::local) struct Hold {
    pub(super) slots: Box<[Slot]>,
    /// The position of the writer's session in the record, if the session is known.
    pub(super) named: Option<usize>,
    pub(super) grace: u64,
}

/// The strictest terms of all fences that this process holds, as they are in its record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct DoubtTerms {
    pub(super) grace: u64,
    pub(super) unnamed: bool,
}

#[derive(Debug)]
pub(super) struct Abandoned {
    pub(super) hold: Hold,
    /// When the grace is over; `None` while a connection will lift the fence.
    pub(super) until: Option<u64>,
    pub(super) shared: Option<Shared>,
}

/// What is known of a fence whose statement has begun, and which others may lift.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) number: u64,
    pub(super) begun: Begun,
    /// When to ask the database about it again.
    pub(super) ask_at: u64,
}
