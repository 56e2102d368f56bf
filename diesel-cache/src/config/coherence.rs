//! What the processes of a cluster promise each other.

/// Whether the writes of a cluster wait for its other processes; see `RedisCluster::coherence`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum Coherence {
    /// A write is sent once no other process can serve what it changes. So loads are linearizable across all machines:
    /// a load that starts after a commit has returned, on any machine, never shows anything older.
    #[default]
    Linearizable,
    /// A write is sent once the server knows of it. Other processes learn of it a moment later. A load may show rows
    /// that are older by that moment: usually less than a millisecond, and at most a
    /// [lease](crate::ClusterConfig::lease).
    Bounded,
}

impl Coherence {
    pub(super) const ALL: [Self; 2] = [Self::Linearizable, Self::Bounded];

    /// Returns the name in a configuration: `linearizable`, `bounded`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Linearizable => "linearizable",
            Self::Bounded => "bounded",
        }
    }
}
