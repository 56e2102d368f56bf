//! What the machines of a cluster promise each other.

/// Whether the writes of a cluster wait for the other machines; see `RedisCluster::coherence`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum Coherence {
    /// A write is sent when no other process can serve what it changes. So loads are linearizable on all machines: one
    /// that starts after a commit has returned, anywhere, never shows anything older.
    #[default]
    Linearizable,
    /// A write is sent when the server knows of it, and other processes hear of it a moment later. A load may show rows
    /// that are older by that moment: usually less than a millisecond, and at most a
    /// [lease](crate::ClusterConfig::lease).
    Bounded,
}

impl Coherence {
    pub(super) const ALL: [Self; 2] = [Self::Linearizable, Self::Bounded];

    /// As it is written: `linearizable`, `bounded`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Linearizable => "linearizable",
            Self::Bounded => "bounded",
        }
    }
}
