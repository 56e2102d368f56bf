//! The kinds of regions.

/// How a region keeps its entries; see [`Region::disk`](crate::Region::disk) and its siblings.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RegionKind {
    /// In files, with memory in front.
    Disk,
    /// In Redis or Valkey, with memory in front. Needs the feature `redis`.
    Redis,
    /// In this process's memory.
    Memory,
    /// In the memory of a connection's session, for as long as the session lasts.
    Session,
    /// Not at all.
    Null,
}

impl RegionKind {
    pub(super) const ALL: [Self; 5] = [Self::Disk, Self::Redis, Self::Memory, Self::Session, Self::Null];

    /// Returns the name in a configuration: `disk`, `redis`, `memory`, `session`, `null`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disk => "disk",
            Self::Redis => "redis",
            Self::Memory => "memory",
            Self::Session => "session",
            Self::Null => "null",
        }
    }
}
