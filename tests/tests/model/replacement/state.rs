//! The state: the two files, and how far each process has come.

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub(super) version: u8,
    pub(super) old: File,
    pub(super) new: File,
    pub(super) retired: bool,
    pub(super) replacing: Replacing,
    /// Whether the fences that the scan of the old file has found now belong to the ghost.
    pub(super) ghost: bool,
    pub(super) writer: Writing,
    /// Whether the writer uses the new file.
    pub(super) moved: bool,
    pub(super) pending: bool,
    pub(super) floor: u8,
    pub(super) load: Load,
    pub(super) entry: Option<(u8, Stamp)>,
    /// Loads that another process has yet to make, without the cache.
    pub(super) others: u8,
    pub(super) broken: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct File {
    pub(super) epoch: u8,
    pub(super) generation: u8,
    pub(super) fenced: bool,
}

pub(super) type Stamp = (u8, u8);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Replacing {
    First,
    Second,
    GoOver,
    Done,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Writing {
    Look,
    Fence,
    LookAgain,
    Send,
    Sent,
    LookBeforeLift,
    /// Moves to the new file: sets its fence, starts a new epoch, and continues.
    MoveFence(After),
    MoveEpoch(After),
    Bump,
    Unfence,
    Done,
    Dead,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum After {
    Send,
    Bump,
}

/// The load in the process that replaces the file: its progress, and what it holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Load {
    pub(super) left: u8,
    pub(super) at: Loading,
    pub(super) floor: u8,
    pub(super) rows: u8,
    pub(super) stamp: Stamp,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Loading {
    Idle,
    HitEpoch,
    HitFence,
    HitGeneration,
    Epoch,
    Fence,
    Generation,
    Query,
    Store,
    Bypass,
}
