//! The variants of the service.

use serde::Serialize;

/// The cache between the service's handlers and the database.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub(crate) enum Variant {
    /// No cache.
    NoCache,
    /// This cache, in memory. Each request takes a connection from the pool.
    Load,
    /// This cache, in memory. A hit takes no connection.
    LoadFrom,
    /// The same, with a disk region, which has memory in front.
    LoadFromDisk,
    /// moka, with a time to live of one second.
    Moka,
    /// The same, but the handler of a write removes the entry that it makes outdated.
    MokaRemoves,
}

impl Variant {
    pub(crate) const ALL: [Self; 6] = [
        Self::NoCache,
        Self::Load,
        Self::LoadFrom,
        Self::LoadFromDisk,
        Self::Moka,
        Self::MokaRemoves,
    ];

    /// Returns its name in the report.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NoCache => "no cache",
            Self::Load => "diesel-cache, `load`",
            Self::LoadFrom => "diesel-cache, `load_from`",
            Self::LoadFromDisk => "diesel-cache, `load_from`, disk",
            Self::Moka => "moka, 1 s",
            Self::MokaRemoves => "moka, 1 s, removed by writes",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|variant| variant.name() == name)
    }

    /// Returns `true` if an outdated response is a bug. Other variants accept outdated responses.
    pub(crate) fn is_never_stale(self) -> bool {
        !matches!(self, Self::Moka | Self::MokaRemoves)
    }
}
