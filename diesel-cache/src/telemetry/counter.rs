//! What is counted.

use crate::event::{BypassReason, InvalidationCause, MissReason, RefusalReason, Tier};

/// Something that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    Hit(Tier),
    StaleHit,
    Miss(MissReason),
    /// A miss whose entry was invalidated.
    Invalidated(InvalidationCause),
    Bypass(BypassReason),
    Refusal(RefusalReason),
    Wait,
    Store,
    ReadFailure,
    WriteFailure,
    Invalidation,
    Eviction,
    /// Time spent in the database, in microseconds.
    QueryTime,
    /// Time that hits have saved, in microseconds.
    SavedTime,
}

impl Count {
    pub(crate) const NUMBER: usize = 45;

    /// Returns the position of this count, which no other has.
    #[inline]
    pub(crate) fn place(self) -> usize {
        match self {
            Self::Hit(tier) => match tier {
                Tier::Memory => 0,
                Tier::Disk => 1,
                Tier::Session => 2,
                Tier::Redis => 42,
            },
            Self::SavedTime => 3,
            Self::StaleHit => 4,
            Self::Wait => 5,
            Self::Store => 6,
            Self::ReadFailure => 7,
            Self::WriteFailure => 8,
            Self::Invalidation => 9,
            Self::Eviction => 10,
            Self::QueryTime => 11,
            Self::Miss(reason) => match reason {
                MissReason::Absent => 12,
                MissReason::Expired => 13,
                MissReason::Idle => 14,
                MissReason::Outdated => 15,
                MissReason::Invalidated => 16,
                MissReason::Layout => 17,
                MissReason::Corrupt => 18,
                MissReason::Refresh => 19,
            },
            Self::Bypass(reason) => match reason {
                BypassReason::NullRegion => 20,
                BypassReason::NoSession => 21,
                BypassReason::Transaction => 22,
                BypassReason::BeingWritten => 23,
                BypassReason::Disabled => 24,
                BypassReason::SideEffects => 28,
                BypassReason::SessionState => 29,
                BypassReason::RowLocks => 30,
                BypassReason::NoLease => 44,
            },
            Self::Refusal(reason) => match reason {
                RefusalReason::Invalidated => 25,
                RefusalReason::TooLarge => 26,
                RefusalReason::Transaction => 27,
                RefusalReason::OtherContext => 41,
                RefusalReason::ReplicaLag => 43,
            },
            Self::Invalidated(cause) => match cause {
                InvalidationCause::Key => 31,
                InvalidationCause::Row => 32,
                InvalidationCause::Insert => 33,
                InvalidationCause::UnknownRows => 34,
                InvalidationCause::Cascade => 35,
                InvalidationCause::Table => 36,
                InvalidationCause::Region => 37,
                InvalidationCause::Everything => 38,
                InvalidationCause::Dependencies => 39,
                InvalidationCause::Epoch => 40,
            },
        }
    }
}
