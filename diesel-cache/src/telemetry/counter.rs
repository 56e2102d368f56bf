//! What is counted.

use crate::event::{BypassReason, MissReason, RefusalReason, Tier};

/// Something that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    Hit(Tier),
    StaleHit,
    Miss(MissReason),
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
    pub(crate) const NUMBER: usize = 32;

    /// Returns the position of this count, which no other has.
    pub(crate) fn place(self) -> usize {
        match self {
            Self::Hit(tier) => match tier {
                Tier::Memory => 0,
                Tier::Disk => 1,
                Tier::Session => 2,
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
            },
            Self::Refusal(reason) => match reason {
                RefusalReason::Invalidated => 25,
                RefusalReason::TooLarge => 26,
                RefusalReason::Transaction => 27,
                RefusalReason::OtherContext => 31,
            },
        }
    }
}
