//! The engine's part of a region.

use std::fmt;
use std::sync::Arc;

use super::backing::Backing;
use super::expiry::is_dead;
use super::flight::Flights;
use super::front::Front;
use super::record::Recorder;
use super::usage::UseTracking;
use super::write_behind::WriterHandle;
use crate::cache_core::CacheCore;
use crate::config::{RegionConfig, RegionKind};
use crate::entry::Entry;
use crate::footprint::{Reader, RegionSlots};
use crate::key::{CacheKey, MemoryKey};
use crate::namespace::Namespace;
use crate::tier::{SessionStore, SharedTier, Swept};

/// The settings, tiers, flights and statistics of a region: shared by all its handles and namespaces.
#[derive(Debug)]
pub(crate) struct RegionCore {
    pub(crate) cache: Arc<CacheCore>,
    pub(crate) settings: RegionConfig,
    pub(crate) front: Front,
    /// The entries that processes share, behind those in front.
    pub(crate) backing: Option<Arc<Backing>>,
    pub(super) uses: Option<UseTracking>,
    pub(super) flights: Arc<Flights>,
    pub(crate) record: Arc<Recorder>,
}

impl RegionCore {
    pub(crate) fn new(
        cache: &Arc<CacheCore>,
        name: String,
        settings: RegionConfig,
        shared: Option<Box<dyn SharedTier>>,
        writer: &WriterHandle,
    ) -> Self {
        let record = Arc::new(Recorder::new(Arc::clone(cache), name.into()));
        let front = Front::new(&settings, &record);
        let uses = UseTracking::new(&settings, shared.as_deref());
        let backing = shared.map(|tier| {
            // Without memory in front, an entry that is yet to be written could not be found.
            let queue = front.has_memory().then(|| Arc::clone(writer.queue()));
            Arc::new(Backing::new(tier, queue, &settings, &record))
        });
        Self {
            cache: Arc::clone(cache),
            settings,
            front,
            backing,
            uses,
            flights: Arc::default(),
            record,
        }
    }

    pub(crate) fn name(&self) -> &Arc<str> {
        self.record.region()
    }

    pub(crate) fn kind(&self) -> RegionKind {
        self.settings.kind
    }

    /// Removes every entry, of all namespaces.
    pub(crate) fn clear(&self) {
        self.front.clear();
        if let Some(backing) = &self.backing {
            backing.clear();
        }
    }

    /// Removes the entries from memory that can never be served again.
    pub(crate) fn sweep_memory(&self) -> Swept {
        let Some(memory) = self.front.memory() else {
            return Swept::default();
        };
        let is_dead = |entry: &Entry| is_dead(&self.cache, &self.settings, &entry.header, entry.usage.used_at());
        let removed = memory.retain(|entry| !is_dead(entry));
        let (entries, bytes) = memory.usage();
        Swept {
            removed,
            entries,
            bytes,
            ..Swept::default()
        }
    }

    /// Removes the entry under a key from every tier. May block.
    pub(super) fn remove(&self, session: Option<&SessionStore>, key: &CacheKey, memory_key: &MemoryKey) {
        self.front.remove(session, memory_key);
        if let Some(backing) = &self.backing {
            backing.remove(key);
        }
    }
}

/// A region in one namespace. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Scope {
    /// Dropped first, because dropping it waits for the entries that are being written.
    _writer: Arc<WriterHandle>,
    pub(crate) core: Arc<RegionCore>,
    pub(crate) namespace: Namespace,
    pub(crate) slots: RegionSlots,
}

impl Scope {
    pub(crate) fn new(writer: Arc<WriterHandle>, core: Arc<RegionCore>, namespace: Namespace) -> Self {
        let slots = RegionSlots::new(&namespace, core.name());
        Self {
            _writer: writer,
            core,
            namespace,
            slots,
        }
    }

    /// Derives the footprints of what is read through this region.
    #[inline]
    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader {
            catalogs: &self.core.cache.catalogs,
            namespace: &self.namespace,
            region: &self.slots,
        }
    }
}

/// Shows the region's name, kind and namespace. The rest is shared by all regions, and long.
impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope")
            .field("name", &self.core.name())
            .field("kind", &self.core.kind())
            .field("namespace", &self.namespace)
            .finish_non_exhaustive()
    }
}
