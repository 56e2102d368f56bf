//! Whose write fences a slot.

/// Whose write keeps a query from the cache; from [`Explanation::written_by`](crate::Explanation::written_by).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WrittenBy {
    /// A connection of this process.
    ThisProcess,
    /// Another process, which is alive as far as this one knows.
    AnotherProcess,
    /// A client that has died, or has lost its connection, while its database may still commit. This lasts until the
    /// database is known to have finished, and at most for the [`doubt_grace`](crate::CacheBuilder::doubt_grace).
    InDoubt,
}
