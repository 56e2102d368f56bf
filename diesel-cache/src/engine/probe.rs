//! Searching for an entry: in memory, then in the shared tier.

use std::io;
use std::sync::Arc;

use super::core::Scope;
use super::freshness::{Staleness, Verdict, judge};
use super::miss::Miss;
use super::spec::{Access, EntrySpec, LoadOptions, LoadSpec, Requirements};
use crate::entry::Entry;
use crate::event::{MissReason, Tier};
use crate::key::MemoryKey;
use crate::tier::SessionStore;

/// The result of a search.
#[derive(Debug)]
pub(super) enum Probe {
    Fresh(Arc<Entry>, Tier),
    Stale(Arc<Entry>, Tier, Staleness),
    Miss(Miss),
}

impl Probe {
    pub(super) fn new(verdict: Verdict, entry: Arc<Entry>, tier: Tier) -> Self {
        match verdict {
            Verdict::Fresh(_) => Self::Fresh(entry, tier),
            Verdict::Stale(staleness) => Self::Stale(entry, tier, staleness),
            Verdict::Useless(miss) => Self::Miss(miss),
        }
    }
}

/// The result of the first look into memory.
#[derive(Debug)]
pub(crate) enum MemoryProbe {
    /// The entry answers the load.
    Hit(Arc<Entry>),
    /// The load goes on.
    Open(FirstProbe),
}

/// The result of the first look into memory, so that the load need not look again; `None` if it has not looked.
#[derive(Debug)]
pub(crate) struct FirstProbe(pub(super) Option<Probe>);

impl FirstProbe {
    pub(crate) const NONE: Self = Self(None);
}

/// The content of the shared tier under a key.
#[derive(Debug)]
pub(super) enum Found {
    Entry(Arc<Entry>, Tier),
    Nothing,
    /// Bytes that are not an entry, or the entry of another key.
    Corrupt,
    Failed(io::Error),
}

impl Scope {
    /// Returns a fresh entry from memory, or from the session, if nothing else is left to do. This is the path of
    /// nearly every load: it copies nothing that threads would contend for.
    #[inline]
    pub(crate) fn probe_memory(&self, session: Option<&SessionStore>, spec: &LoadSpec) -> MemoryProbe {
        self.probe_memory_as(
            session,
            &spec.memory_key,
            &spec.requirements,
            &spec.options,
            spec.access,
        )
    }

    #[inline]
    pub(super) fn probe_memory_as(
        &self,
        session: Option<&SessionStore>,
        memory_key: &MemoryKey,
        requirements: &Requirements,
        options: &LoadOptions,
        access: Access,
    ) -> MemoryProbe {
        let core = &*self.core;
        if matches!(access, Access::Bypass(_)) || options.refresh || core.context.is_disabled() {
            return MemoryProbe::Open(FirstProbe::NONE);
        }
        let Some((entry, tier)) = core.front.get(session, memory_key) else {
            return MemoryProbe::Open(FirstProbe(Some(Probe::Miss(MissReason::Absent.into()))));
        };
        let verdict = judge(self, &entry, requirements);
        if let Verdict::Fresh(at) = verdict
            // Occasionally a use has to be noted in the shared tier, which is left to code that may block.
            && core
                .uses
                .is_none_or(|uses| uses.mark(&entry, at.unwrap_or_else(|| core.context.now())))
        {
            core.record.hit(&entry, tier);
            return MemoryProbe::Hit(entry);
        }
        MemoryProbe::Open(FirstProbe(Some(Probe::new(verdict, entry, tier))))
    }

    /// Reads the shared tier, including entries that are yet to be written to it. May block.
    pub(super) fn read_shared(&self, spec: &EntrySpec) -> Found {
        let Some(backing) = &self.core.backing else {
            return Found::Nothing;
        };
        if let Some(entry) = backing.unwritten(spec.key) {
            return Found::Entry(entry, backing.tier().tier());
        }
        let (bytes, used_at) = match backing.read(&spec.key) {
            Ok(Some(found)) => found,
            Ok(None) => return Found::Nothing,
            Err(error) => return Found::Failed(error),
        };
        match Entry::from_bytes(spec.memory_key.clone(), spec.key_slot, bytes, used_at)
            .filter(|entry| entry.header.key == spec.key)
        {
            Some(entry) => Found::Entry(Arc::new(entry), backing.tier().tier()),
            None => Found::Corrupt,
        }
    }
}
