//! The variants of the service.

use serde::Serialize;

/// What the service has between its handlers and the database.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub(crate) enum Variant {
    /// Nothing.
    NoCache,
    /// This cache, in memory; each request takes a connection of the pool.
    Load,
    /// This cache, in memory; a hit takes no connection.
    LoadFrom,
    /// The same, with a disk region behind memory.
    LoadFromDisk,
    /// moka, with a time to live of a second.
    Moka,
    /// The same; the handler of a write removes the entry that it changes.
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

    /// What the report calls it.
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

    /// Returns `true` if a stale response is a fault, and not what the variant accepts.
    pub(crate) fn is_never_stale(self) -> bool {
        !matches!(self, Self::Moka | Self::MokaRemoves)
    }
}
