//! The events that listeners receive.

mod cause;
mod cluster;

use std::sync::Arc;

pub use cause::InvalidationCause;
pub use cluster::ClusterChange;

use crate::catalog::Introspection;
use crate::key::CacheKey;

/// Where an entry was found.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Tier {
    /// In this process's memory.
    Memory,
    /// In the region's files.
    Disk,
    /// In Redis or Valkey.
    Redis,
    /// In the memory of the connection's current session.
    Session,
}

impl Tier {
    /// Returns the name in lowercase, as in metrics and traces: `memory`, `disk`, `redis`, `session`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Disk => "disk",
            Self::Redis => "redis",
            Self::Session => "session",
        }
    }
}

/// Why a load found no rows that it could use.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum MissReason {
    /// There is no entry.
    Absent,
    /// The entry has outlived its time to live, or is from the future.
    Expired,
    /// The entry has not been used for longer than the region's time to idle.
    Idle,
    /// The region was invalidated softly since the entry's rows were read.
    Outdated,
    /// A table, the region or the query was invalidated since the entry's rows were read. [`InvalidationCause`] says by
    /// what.
    Invalidated,
    /// The entry has rows of another layout: the type has changed, or another type loads the same query.
    Layout,
    /// The files or the server answered with an error, or with bytes that are no entry, or the entry's rows cannot be
    /// decoded. A damaged entry that is small, or in Redis, counts as [`Absent`](Self::Absent).
    Corrupt,
    /// The caller requested fresh rows.
    Refresh,
}

impl MissReason {
    /// Returns the name in lowercase, as in metrics and traces: `absent`, `expired`, …
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Expired => "expired",
            Self::Idle => "idle",
            Self::Outdated => "outdated",
            Self::Invalidated => "invalidated",
            Self::Layout => "layout",
            Self::Corrupt => "corrupt",
            Self::Refresh => "refresh",
        }
    }
}

/// Why a load did not use the cache at all.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum BypassReason {
    /// The region is of the null kind.
    NullRegion,
    /// The region keeps its entries in sessions, and the connection is in none.
    NoSession,
    /// The connection is in a transaction, whose snapshot no other connection may see. In a
    /// [pipeline](crate::guide::pipelines): or a statement that begins one, or changes a setting, is under way.
    Transaction,
    /// A table that the query reads is being written right now, or the outcome of a write is in doubt.
    BeingWritten,
    /// Caching is [disabled](crate::Cache::disabled) for the current scope.
    Disabled,
    /// The query calls a function that is known to write, or to change its session. A hit would not have this effect.
    /// See [`CacheBuilder::function_writes`](crate::CacheBuilder::function_writes).
    SideEffects,
    /// The query shows state of its session, which changes without a write: `lastval()`, `LAST_INSERT_ID()`,
    /// `@@identity`.
    SessionState,
    /// The query names a system column of PostgreSQL (`xmax`, `cmin`, `cmax`) that changes when a transaction merely
    /// locks a row.
    RowLocks,
    /// The process has no lease in its [cluster](crate::ClusterConfig) now: it has not joined yet, has lost contact
    /// with the server, or the cluster's epoch is too young.
    NoLease,
}

impl BypassReason {
    /// Returns the name in lowercase, as in metrics and traces: `null_region`, `being_written`, …
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NullRegion => "null_region",
            Self::NoSession => "no_session",
            Self::Transaction => "transaction",
            Self::BeingWritten => "being_written",
            Self::Disabled => "disabled",
            Self::SideEffects => "side_effects",
            Self::SessionState => "session_state",
            Self::RowLocks => "row_locks",
            Self::NoLease => "no_lease",
        }
    }
}

/// Why rows were not stored.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum RefusalReason {
    /// A write or an invalidation has made them invalid while they were being read.
    Invalidated,
    /// They are larger than the region's largest entry.
    TooLarge,
    /// The creator of the value has read inside a transaction that it did not begin itself, or that has written. (On
    /// SQLite's asynchronous connections, it [may have done so](crate::Region#values-asynchronously).) Or a [pool's
    /// connection](crate::LazyPool) was in a transaction when a load took it, or a transaction has begun on the
    /// connection of a [pipeline](crate::guide::pipelines) while the load ran.
    Transaction,
    /// The connection that a load took from a [pool](crate::LazyPool) has other settings, or leads to another database,
    /// than the pool's earlier connections. Or a statement that may change the settings was sent on the connection of a
    /// [pipeline](crate::guide::pipelines) while the load ran.
    OtherContext,
    /// The rows were read from a [replica](crate::Cache::attach_replica), and something that they depend on was written
    /// less than its lag ago, or may have been: the replica may not show it yet.
    ReplicaLag,
}

impl RefusalReason {
    /// Returns the name in lowercase, as in metrics and traces: `invalidated`, `too_large`, `transaction`,
    /// `other_context`, `replica_lag`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invalidated => "invalidated",
            Self::TooLarge => "too_large",
            Self::Transaction => "transaction",
            Self::OtherContext => "other_context",
            Self::ReplicaLag => "replica_lag",
        }
    }
}

/// Something that happened in a region.
///
/// [`CacheBuilder::listener`](crate::CacheBuilder::listener) adds a listener. Events name regions and keys, never bind
/// values.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A load was answered from the cache.
    #[non_exhaustive]
    Hit {
        /// The region's name.
        region: Arc<str>,
        /// The query's key.
        key: CacheKey,
        /// Where the entry was found.
        tier: Tier,
        /// Whether the entry has outlived its time, and serves while another caller queries the database, or because
        /// the database fails; or whether it may be out of date, and serves because the process has lost its cluster
        /// (`RedisCluster::stale_if_lost`).
        stale: bool,
    },
    /// A load found nothing usable and queried the database.
    #[non_exhaustive]
    Miss {
        /// The region's name.
        region: Arc<str>,
        /// The query's key.
        key: CacheKey,
        /// Why.
        reason: MissReason,
        /// What has invalidated the entry, if it was [`Invalidated`](MissReason::Invalidated).
        cause: Option<InvalidationCause>,
    },
    /// A load queried the database without using the cache.
    #[non_exhaustive]
    Bypass {
        /// The region's name.
        region: Arc<str>,
        /// Why.
        reason: BypassReason,
    },
    /// Rows were stored. If the region has memory in front of its files, the rows are in memory, and are yet to be
    /// written to the files. If that fails, [`WriteFailed`](Self::WriteFailed) follows.
    #[non_exhaustive]
    Stored {
        /// The region's name.
        region: Arc<str>,
        /// The query's key.
        key: CacheKey,
        /// The size of the encoded rows, in bytes.
        bytes: usize,
    },
    /// Rows were returned and not stored.
    #[non_exhaustive]
    Refused {
        /// The region's name.
        region: Arc<str>,
        /// The query's key.
        key: CacheKey,
        /// Why.
        reason: RefusalReason,
    },
    /// Entries were removed from a region's files to make room for others.
    #[non_exhaustive]
    Evicted {
        /// The region's name.
        region: Arc<str>,
        /// The number of entries.
        entries: u64,
        /// The size of their files, in bytes.
        bytes: u64,
    },
    /// An entry could not be read, and the load queried the database instead.
    #[non_exhaustive]
    ReadFailed {
        /// The region's name.
        region: Arc<str>,
        /// The query's key.
        key: CacheKey,
        /// What went wrong.
        error: Arc<str>,
    },
    /// Rows could not be stored, or an entry could not be removed. The caller still received its rows.
    #[non_exhaustive]
    WriteFailed {
        /// The region's name.
        region: Arc<str>,
        /// The query's key; `None` for a whole region.
        key: Option<CacheKey>,
        /// What went wrong.
        error: Arc<str>,
    },
    /// Something was invalidated by hand.
    #[non_exhaustive]
    Invalidated {
        /// A region, tables, a query or everything.
        what: Invalidation,
    },
    /// A database's catalog was read.
    #[non_exhaustive]
    Introspected {
        /// The namespace to which the facts apply.
        namespace: Arc<str>,
        /// What was found.
        found: Arc<Introspection>,
    },
    /// A statement on an attached connection may have changed the catalog since it was read: call
    /// [`Cache::introspect`](crate::Cache::introspect) again. Reported once for each introspection.
    #[non_exhaustive]
    CatalogChanged {
        /// The namespace of the connection's cache.
        namespace: Arc<str>,
        /// The beginning of the statement: `CREATE VIEW`, `ALTER TABLE`, …
        verb: Box<str>,
    },
    /// The state of this process in its [cluster](crate::ClusterConfig) of machines has changed.
    #[non_exhaustive]
    Cluster {
        /// What has changed.
        change: ClusterChange,
    },
    /// The closure of [`Cache::install_by`](crate::Cache::install_by) has panicked, so the namespace of a connection is
    /// unknown. A cached load on the connection is an error, and its writes invalidate in every namespace that the
    /// closure has returned.
    #[non_exhaustive]
    NamespaceFailed {
        /// The connection's URL, without password and parameters.
        url: Box<str>,
    },
    /// A connection that is attached to no cache sends its first write, while the cache
    /// [watches for such connections](crate::Cache::watch_unattached). Its writes invalidate nothing.
    #[non_exhaustive]
    UnattachedWrite {
        /// The connection's URL, without password and parameters; the empty string if it has none.
        url: Box<str>,
        /// The tables that the statement may change, sorted; `None` if its text does not show them.
        tables: Option<Vec<String>>,
    },
}

/// What was invalidated.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Invalidation {
    /// One query of a region.
    Query {
        /// The region's name.
        region: Arc<str>,
        /// The query's key.
        key: CacheKey,
        /// Whether there was an entry.
        hit: bool,
    },
    /// A whole region.
    Region(Arc<str>),
    /// A whole region, [softly](crate::Region::invalidate_soft).
    Softly(Arc<str>),
    /// Every entry that read one of these tables.
    Tables(Vec<String>),
    /// Every entry of the namespace.
    Everything,
}
