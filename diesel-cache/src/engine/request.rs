//! One caller's request to a region, with everything that is needed to complete it.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use super::core::{RegionCore, Scope};
use super::flight::Holding;
use super::miss::Miss;
use super::spec::{Access, EntrySpec, LoadOptions, LoadSpec};
use crate::config::RegionKind;
use crate::event::{BypassReason, Invalidation, RefusalReason};
use crate::footprint::table_of;
use crate::generation::Slot;
use crate::key::{CacheKey, Statement, StatementRef};
use crate::tier::SessionStore;

/// A load of a query, or of a value, from a region.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) scope: Scope,
    statement: Option<StatementRef>,
    pub(crate) entry: EntrySpec,
    pub(crate) options: LoadOptions,
    pub(crate) access: Access,
    pub(super) session: Option<Arc<SessionStore>>,
    pub(super) holding: Holding,
    /// The tier's number of stores when it was last read, or [`UNKNOWN`].
    pub(super) probed_at: AtomicU64,
}

/// The shared tier has not been read yet, or does not count its stores.
pub(super) const UNKNOWN: u64 = u64::MAX;

impl Request {
    pub(crate) fn new(scope: &Scope, session: Option<&Arc<SessionStore>>, key: CacheKey, spec: LoadSpec) -> Self {
        let access = match scope.core.kind() {
            _ if scope.core.cache.is_disabled() => Access::Bypass(BypassReason::Disabled),
            RegionKind::Null => Access::Bypass(BypassReason::NullRegion),
            RegionKind::Session if session.is_none() => Access::Bypass(BypassReason::NoSession),
            _ => spec.access,
        };
        Self {
            scope: scope.clone(),
            statement: spec.statement,
            entry: EntrySpec {
                key_slot: Slot::key(spec.memory_key.key_of_all(key).as_bytes()),
                key,
                memory_key: spec.memory_key,
                requirements: spec.requirements,
            },
            options: spec.options,
            access,
            session: session.cloned(),
            holding: Holding::Connection,
            probed_at: UNKNOWN.into(),
        }
    }

    /// Makes this the request of a caller that has no connection until it has to query.
    pub(crate) fn without_connection(mut self) -> Self {
        self.holding = Holding::Nothing;
        self
    }

    pub(crate) fn core(&self) -> &Arc<RegionCore> {
        &self.scope.core
    }

    /// Returns the statement of a query, by which its loads are counted.
    pub(crate) fn statement(&self) -> Option<&Statement> {
        self.statement.as_deref()
    }

    /// Returns `true` if the load invalidates all entries of this query, and replaces them.
    pub(crate) fn refreshes(&self) -> bool {
        self.options.refresh && !self.options.only_if_cached && !matches!(self.access, Access::Bypass(_))
    }

    /// Returns `true` if the caller's rows may be stored.
    pub(super) fn may_store(&self) -> bool {
        matches!(self.access, Access::Full | Access::Replica(_)) && !self.options.only_if_cached
    }

    /// Returns `false` if the caller reads from a replica, and rows that it reads now could not be stored, because the
    /// replica may be behind.
    pub(super) fn may_be_current(&self) -> bool {
        let Access::Replica(lag) = self.access else { return true };
        let soft = self.soft_generation();
        self.stamp()
            .is_ok_and(|stamp| self.unchanged_for(&stamp, soft).may_be(lag))
    }

    /// Removes the entry, in every process, and invalidates those of the same query on connections with other settings.
    /// Returns `true` if there was an entry that could have served. May block.
    pub(crate) fn remove(&self) -> bool {
        let hit = self.peek(None).is_some();
        let core = self.core();
        // The slot is moved first: from then on the rows of loads in flight are not stored, and the copies of other
        // processes are invalid.
        core.cache.generations.bump(&[self.entry.key_slot]);
        core.remove(self.session.as_deref(), &self.entry.key, &self.entry.memory_key);
        core.record.invalidated(Invalidation::Query {
            region: Arc::clone(core.name()),
            key: self.entry.key,
            hit,
        });
        hit
    }

    /// Records a miss.
    pub(super) fn miss(&self, miss: impl Into<Miss>) {
        let (miss, statement) = (miss.into(), self.statement());
        let written = |slot| table_of(self.scope.reader(), statement?.reads(), slot);
        let record = &self.core().record;
        record.miss(statement, self.entry.key, miss, miss.slot.and_then(written));
    }

    /// Records that the caller has queried, and how long the database took to answer.
    pub(crate) fn queried(&self, took: Duration) {
        self.core().record.queried(self.statement(), took);
    }

    /// Records that the rows of this load will be returned, and not stored.
    pub(crate) fn refused(&self, reason: RefusalReason) {
        self.core().record.refused(self.statement(), self.entry.key, reason);
    }

    /// Records that rows could not be encoded, and are not stored.
    pub(crate) fn not_encoded(&self, error: &impl ToString) {
        let record = &self.core().record;
        record.write_failed(Some(self.entry.key), &error.to_string());
    }
}
