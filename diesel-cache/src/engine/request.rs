//! One caller's request to a region, with everything that is needed to complete it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::core::{RegionCore, Scope};
use super::flight::Holding;
use super::freshness::{self, Verdict, judge};
use super::probe::{Found, MemoryProbe, Probe};
use super::spec::{Access, EntrySpec, LoadOptions, LoadSpec, Requirements, Terms};
use crate::cacheable::Layout;
use crate::config::RegionKind;
use crate::entry::Entry;
use crate::event::{BypassReason, Invalidation, MissReason, Tier};
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
    probed_at: AtomicU64,
}

/// The shared tier has not been read yet, or does not count its stores.
const UNKNOWN: u64 = u64::MAX;

/// The result of a search, and the error that ended it early.
#[derive(Debug)]
pub(super) struct ProbeResult {
    pub(super) probe: Probe,
    pub(super) error: Option<io::Error>,
}

impl From<Probe> for ProbeResult {
    fn from(probe: Probe) -> Self {
        Self { probe, error: None }
    }
}

impl Request {
    pub(crate) fn new(scope: &Scope, session: Option<&Arc<SessionStore>>, key: CacheKey, spec: LoadSpec) -> Self {
        let access = match scope.core.kind() {
            _ if scope.core.context.is_disabled() => Access::Bypass(BypassReason::Disabled),
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

    /// Returns a fresh entry from memory, or from the session, if nothing else is left to do.
    pub(crate) fn probe_memory(&self) -> MemoryProbe {
        let EntrySpec {
            memory_key,
            requirements,
            ..
        } = &self.entry;
        self.scope
            .look_into_memory(self.session.as_deref(), memory_key, &self.options, self.access)
            .judge(&self.scope, self.statement(), requirements)
    }

    /// Looks into memory, or into the session, without recording a hit.
    pub(super) fn peek_memory(&self) -> Probe {
        match self
            .scope
            .core
            .front
            .get(self.session.as_deref(), &self.entry.memory_key)
        {
            None => Probe::Miss(MissReason::Absent.into()),
            Some((entry, tier)) => self.judge(entry, tier),
        }
    }

    pub(super) fn judge(&self, entry: Arc<Entry>, tier: Tier) -> Probe {
        Probe::new(judge(&self.scope, &entry, &self.entry.requirements), entry, tier)
    }

    /// Looks into the shared tier, given the result of the search in memory. May block.
    ///
    /// An entry in memory that may not be served does not end the search: another process may have stored a better one.
    pub(super) fn probe_shared(&self, in_memory: Probe) -> ProbeResult {
        let core = self.core();
        // Read before the entry, so that an entry stored meanwhile counts as not seen.
        let stores = core.backing.as_ref().and_then(|backing| backing.stores());
        self.probed_at.store(stores.unwrap_or(UNKNOWN), Relaxed);
        let found = match self.scope.read_shared(&self.entry) {
            Found::Entry(entry, tier) => self.judge(entry, tier),
            Found::Nothing => return in_memory.into(),
            Found::Corrupt => Probe::Miss(MissReason::Corrupt.into()),
            Found::Failed(error) => {
                return ProbeResult {
                    probe: Probe::Miss(MissReason::Corrupt.into()),
                    error: Some(error),
                };
            }
        };
        let probe = match (in_memory, found) {
            (_, Probe::Fresh(entry, tier)) => {
                core.front.put(None, &entry);
                Probe::Fresh(entry, tier)
            }
            (_, Probe::Unconfirmed(entry, tier)) => {
                core.front.put(None, &entry);
                Probe::Unconfirmed(entry, tier)
            }
            (stale @ Probe::Stale(..), Probe::Miss(_)) => stale,
            (_, found) => found,
        };
        probe.into()
    }

    /// Returns `true` if the shared tier may hold something that the last probe did not find. Call it under the lock of
    /// the key: a process that has stored something since has counted it before it released the lock.
    pub(super) fn has_news(&self) -> bool {
        let probed_at = self.probed_at.load(Relaxed);
        let Some(backing) = &self.core().backing else {
            return false;
        };
        probed_at == UNKNOWN || backing.stores() != Some(probed_at) || backing.unwritten(self.entry.key).is_some()
    }

    /// Returns the valid entry that the region holds, fresh or not. May block.
    pub(crate) fn peek(&self, layout: Option<Layout>) -> Option<(Arc<Entry>, Tier)> {
        let in_memory = self.core().front.get(self.session.as_deref(), &self.entry.memory_key);
        let shared = || match self.scope.read_shared(&self.entry) {
            Found::Entry(entry, tier) => Some((entry, tier)),
            Found::Nothing | Found::Corrupt => None,
            Found::Failed(error) => {
                self.core().record.read_failed(self.entry.key, &error);
                None
            }
        };
        let any = Requirements {
            terms: Terms {
                layout,
                ignore_expiration: true,
                ..self.entry.requirements.terms
            },
            ..self.entry.requirements.clone()
        };
        let serves = |(entry, _): &(Arc<Entry>, Tier)| {
            let verdict = judge(&self.scope, entry, &any);
            matches!(verdict, Verdict::Fresh(_) | Verdict::Unconfirmed)
        };
        in_memory.filter(serves).or_else(|| shared().filter(serves))
    }

    /// Returns `true` if a load would be answered with this entry at once.
    pub(super) fn is_fresh(&self, entry: &Entry) -> bool {
        freshness::is_fresh(&self.scope, entry, self.entry.requirements.terms)
    }

    /// Removes the entry, in every process, and invalidates those of the same query on connections with other settings.
    /// Returns `true` if there was an entry that could have served. May block.
    pub(crate) fn remove(&self) -> bool {
        let hit = self.peek(None).is_some();
        let core = self.core();
        // The slot is moved first: from then on the rows of loads in flight are not stored, and the copies of other
        // processes are invalid.
        core.context.generations.bump(&[self.entry.key_slot]);
        core.remove(self.session.as_deref(), &self.entry.key, &self.entry.memory_key);
        core.record.invalidated(Invalidation::Query {
            region: Arc::clone(core.name()),
            key: self.entry.key,
            hit,
        });
        hit
    }
}
