//! Reading one tier under a key, and judging what memory holds.

use std::io;
use std::sync::Arc;

use super::core::Scope;
use super::freshness::{Staleness, Verdict, judge, judge_known};
use super::miss::Miss;
use super::spec::{Access, EntrySpec, LoadOptions, Requirements, Terms};
use crate::entry::Entry;
use crate::event::{MissReason, Tier};
use crate::footprint::FootprintId;
use crate::key::{MemoryKey, Statement};
use crate::tier::SessionStore;

/// What a tier has for a reader.
#[derive(Debug)]
pub(super) enum Probe {
    Fresh(Arc<Entry>, Tier),
    Stale(Arc<Entry>, Tier, Staleness),
    /// See [`Verdict::Unconfirmed`].
    Unconfirmed(Arc<Entry>, Tier),
    Miss(Miss),
}

impl Probe {
    pub(super) fn new(verdict: Verdict, entry: Arc<Entry>, tier: Tier) -> Self {
        match verdict {
            Verdict::Fresh(_) => Self::Fresh(entry, tier),
            Verdict::Stale(staleness) => Self::Stale(entry, tier, staleness),
            Verdict::Unconfirmed => Self::Unconfirmed(entry, tier),
            Verdict::Useless(miss) => Self::Miss(miss),
        }
    }

    /// Returns `true` if no other tier can have anything better: the entry is fresh, or the process has lost its cluster,
    /// and then no tier has a valid entry.
    pub(super) fn is_best(&self) -> bool {
        matches!(self, Self::Fresh(..) | Self::Unconfirmed(..))
    }
}

/// The outcome of the first look into memory.
#[derive(Debug)]
pub(crate) enum MemoryProbe {
    /// The entry answers the load.
    Hit(Arc<Entry>),
    /// The load goes on.
    Open(FirstProbe),
}

/// What the first look has found, for a load that goes on, so that it need not look again; `None` if no one has looked.
#[derive(Debug)]
pub(crate) struct FirstProbe(pub(super) Option<Probe>);

impl FirstProbe {
    pub(crate) const NONE: Self = Self(None);
}

/// The content of the shared tier under a key.
#[derive(Debug)]
pub(super) enum SharedRead {
    Entry(Arc<Entry>, Tier),
    Absent,
    /// Bytes that are not an entry, or the entry of another key.
    Corrupt,
    Failed(io::Error),
}

/// What memory, or the session, holds under the key of a load.
#[derive(Debug)]
pub(crate) enum MemoryRead {
    /// The load must not answer from there.
    Skipped,
    Absent,
    Entry(Arc<Entry>, Tier),
}

impl MemoryRead {
    /// Returns the entry if it answers the load, if it is known to depend on everything on which the reader depends,
    /// and if nothing else is left to do. Nearly every load takes this path, so it touches no reference count for which
    /// threads would contend.
    ///
    /// # Errors
    ///
    /// Returns `self` if the entry has yet to be [judged](Self::judge).
    #[inline]
    pub(crate) fn hit(
        self,
        scope: &Scope,
        statement: &Statement,
        footprint: FootprintId,
        terms: Terms,
    ) -> Result<Arc<Entry>, Self> {
        let Self::Entry(entry, tier) = self else {
            return Err(self);
        };
        match judge_known(scope, &entry, footprint, terms) {
            Some(verdict) if record_if_hit(scope, Some(statement), verdict, &entry, tier) => Ok(entry),
            _ => Err(Self::Entry(entry, tier)),
        }
    }

    /// Returns the entry if it answers the load, and nothing else is left to do.
    pub(crate) fn judge(self, scope: &Scope, of: Option<&Statement>, requirements: &Requirements) -> MemoryProbe {
        let (entry, tier) = match self {
            Self::Skipped => return MemoryProbe::Open(FirstProbe::NONE),
            Self::Absent => return MemoryProbe::Open(FirstProbe(Some(Probe::Miss(MissReason::Absent.into())))),
            Self::Entry(entry, tier) => (entry, tier),
        };
        let verdict = judge(scope, &entry, requirements);
        match record_if_hit(scope, of, verdict, &entry, tier) {
            true => MemoryProbe::Hit(entry),
            false => MemoryProbe::Open(FirstProbe(Some(Probe::new(verdict, entry, tier)))),
        }
    }
}

/// Records a hit, and returns `true`, if the entry answers a load and nothing else is left to do.
#[inline]
fn record_if_hit(scope: &Scope, of: Option<&Statement>, verdict: Verdict, entry: &Entry, tier: Tier) -> bool {
    let core = &*scope.core;
    let Verdict::Fresh(at) = verdict else { return false };
    // Occasionally a use has to be recorded in the shared tier. That is left to code that may block.
    let is_marked = core
        .uses
        .is_none_or(|uses| uses.mark(entry, at.unwrap_or_else(|| core.cache.now())));
    if is_marked {
        core.record.quick_hit(of, entry, tier);
    }
    is_marked
}

impl Scope {
    /// Looks into memory, or into the session.
    #[inline]
    pub(crate) fn read_memory(
        &self,
        session: Option<&SessionStore>,
        memory_key: &MemoryKey,
        options: &LoadOptions,
        access: Access,
    ) -> MemoryRead {
        let core = &*self.core;
        if matches!(access, Access::Bypass(_)) || options.refresh || core.cache.is_disabled() {
            return MemoryRead::Skipped;
        }
        match core.front.get(session, memory_key) {
            Some((entry, tier)) => MemoryRead::Entry(entry, tier),
            None => MemoryRead::Absent,
        }
    }

    /// Reads the shared tier, including entries that are yet to be written to it. May block.
    pub(super) fn read_shared(&self, spec: &EntrySpec) -> SharedRead {
        let Some(backing) = &self.core.backing else {
            return SharedRead::Absent;
        };
        if let Some(entry) = backing.unwritten(spec.key) {
            return SharedRead::Entry(entry, backing.tier().tier());
        }
        let (bytes, used_at) = match backing.read(&spec.key) {
            Ok(Some(found)) => found,
            Ok(None) => return SharedRead::Absent,
            Err(error) => return SharedRead::Failed(error),
        };
        match Entry::from_bytes(spec.memory_key.clone(), spec.key_slot, bytes, used_at)
            .filter(|entry| entry.header.key == spec.key)
        {
            Some(entry) => SharedRead::Entry(Arc::new(entry), backing.tier().tier()),
            None => SharedRead::Corrupt,
        }
    }
}
