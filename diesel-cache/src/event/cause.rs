//! What invalidates entries.

/// What has invalidated an entry, for a miss with the reason
/// [`MissReason::Invalidated`](crate::MissReason::Invalidated).
///
/// If several things have, [`Dependencies`](Self::Dependencies) takes precedence over all others. Otherwise the first
/// in the order of this list counts: from what concerns the fewest entries to what concerns the most. So
/// [`UnknownRows`](Self::UnknownRows) counts only entries whose own rows no statement has named. They would have stayed
/// valid if all statements had stated the keys of the rows that they wrote.
///
/// The guide says [what to do about each](crate::guide::not_cached#invalidated).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum InvalidationCause {
    /// The query or the value was invalidated, refreshed, set or deleted, by its key.
    Key,
    /// A write that names the key of a row for which the query looks.
    Row,
    /// An INSERT that does not state the key by which the query looks: the new row may be one that the query did not
    /// find.
    Insert,
    /// A write that does not state the key by which the query looks: it may change any row. This includes
    /// [`invalidate_tables`](crate::Cache::invalidate_tables), and writes of processes that do not know the key.
    UnknownRows,
    /// An operation on another table that changes one that the query reads, such as the DELETE of a parent; or an
    /// operation on a table that also changes other rows of that table.
    Cascade,
    /// A write to a table on which the entry depends as a whole. This includes tables that are declared by
    /// [`cascades`](crate::CacheBuilder::cascades), [`view`](crate::CacheBuilder::view) or `depends_on`.
    Table,
    /// The region was [invalidated](crate::Region::invalidate) or cleared.
    Region,
    /// Everything was [invalidated](crate::Cache::invalidate_all), or a statement ran of which any table may be
    /// written.
    Everything,
    /// The query depends on something on which the entry does not. The catalog was read in between, a table was
    /// redefined, or another process or connection knows other tables and keys.
    Dependencies,
    /// No earlier entry is valid. The directory's shared file was replaced or damaged, or the machine went down; in a
    /// cluster, a new epoch has begun.
    Epoch,
}

impl InvalidationCause {
    /// Returns the name in lowercase, as in metrics and traces: `row`, `unknown_rows`, …
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Row => "row",
            Self::Insert => "insert",
            Self::UnknownRows => "unknown_rows",
            Self::Cascade => "cascade",
            Self::Table => "table",
            Self::Region => "region",
            Self::Everything => "everything",
            Self::Dependencies => "dependencies",
            Self::Epoch => "epoch",
        }
    }
}
