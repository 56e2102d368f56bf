//! Probing the tiers for the entry of a request: each alone, and all in their order.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::freshness::{self, Verdict, judge};
use super::probe::{FirstProbe, MemoryProbe, Probe, SharedRead};
use super::request::{Request, UNKNOWN};
use super::spec::{EntrySpec, Requirements, Terms};
use crate::cacheable::Layout;
use crate::entry::Entry;
use crate::event::{MissReason, Tier};
use crate::wait::Wait;

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
    /// Returns a fresh entry from memory, or from the session, if nothing else is left to do.
    pub(crate) fn probe_memory(&self) -> MemoryProbe {
        let EntrySpec {
            memory_key,
            requirements,
            ..
        } = &self.entry;
        self.scope
            .read_memory(self.session.as_deref(), memory_key, &self.options, self.access)
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
            SharedRead::Entry(entry, tier) => self.judge(entry, tier),
            SharedRead::Absent => return in_memory.into(),
            SharedRead::Corrupt => Probe::Miss(MissReason::Corrupt.into()),
            SharedRead::Failed(error) => {
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

    /// Looks into memory, unless `first` is the result of that, and then into the shared tier. A failure is recorded,
    /// and counts as a miss.
    pub(super) async fn probe_tiers<W: Wait>(self: &Arc<Self>, wait: &W, FirstProbe(first): FirstProbe) -> Probe {
        let in_memory = first.unwrap_or_else(|| self.peek_memory());
        if self.core().backing.is_none() || in_memory.is_best() {
            return in_memory;
        }
        let this = Arc::clone(self);
        let ProbeResult { probe, error } = wait.blocking(move || this.probe_shared(in_memory)).await;
        if let Some(error) = error {
            self.core().record.read_failed(self.entry.key, &error);
        }
        probe
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
            SharedRead::Entry(entry, tier) => Some((entry, tier)),
            SharedRead::Absent | SharedRead::Corrupt => None,
            SharedRead::Failed(error) => {
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
}
