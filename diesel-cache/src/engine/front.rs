//! The tier in front: the memory of the process, or of a connection's session.

use std::sync::Arc;

use super::record::Recorder;
use crate::config::{RegionConfig, RegionKind};
use crate::entry::Entry;
use crate::event::Tier;
use crate::key::MemoryKey;
use crate::tier::{MemoryStore, SessionStore};

/// The tier that a load reads first.
#[derive(Debug)]
pub(crate) struct Front {
    store: Store,
    record: Arc<Recorder>,
}

#[derive(Debug)]
enum Store {
    Memory(MemoryStore),
    /// The session store that a load carries.
    Session,
    None,
}

impl Front {
    pub(super) fn new(settings: &RegionConfig, record: &Arc<Recorder>) -> Self {
        let store = match (settings.kind, settings.memory_bound()) {
            (RegionKind::Session, _) => Store::Session,
            (_, 0) => Store::None,
            (_, bound) => Store::Memory(MemoryStore::new(bound)),
        };
        Self {
            store,
            record: Arc::clone(record),
        }
    }

    /// Returns the process's memory, unless the region has none.
    pub(crate) fn memory(&self) -> Option<&MemoryStore> {
        match &self.store {
            Store::Memory(memory) => Some(memory),
            Store::Session | Store::None => None,
        }
    }

    pub(super) fn has_memory(&self) -> bool {
        self.memory().is_some()
    }

    #[inline]
    pub(super) fn get(&self, session: Option<&SessionStore>, key: &MemoryKey) -> Option<(Arc<Entry>, Tier)> {
        match &self.store {
            Store::Memory(memory) => Some((memory.get(key)?, Tier::Memory)),
            Store::Session => Some((session?.get(self.record.region(), key)?, Tier::Session)),
            Store::None => None,
        }
    }

    pub(super) fn put(&self, session: Option<&SessionStore>, entry: &Arc<Entry>) {
        match (&self.store, session) {
            (Store::Memory(memory), _) => {
                self.record.evicted_from_memory(memory.put(Arc::clone(entry)));
                self.record_usage();
            }
            (Store::Session, Some(session)) => session.put(self.record.region(), Arc::clone(entry)),
            (Store::Session | Store::None, _) => {}
        }
    }

    pub(super) fn remove(&self, session: Option<&SessionStore>, key: &MemoryKey) {
        // A session may hold an entry of the region, whatever its kind.
        if let Some(session) = session {
            session.remove(self.record.region(), key);
        }
        if let Some(memory) = self.memory() {
            memory.remove(key);
            self.record_usage();
        }
    }

    pub(super) fn clear(&self) {
        if let Some(memory) = self.memory() {
            memory.clear();
            self.record_usage();
        }
    }

    /// Returns the number of entries in memory, and their weight in bytes.
    pub(crate) fn usage(&self) -> (u64, u64) {
        self.memory().map_or((0, 0), MemoryStore::usage)
    }

    fn record_usage(&self) {
        self.record.usage(Tier::Memory, || self.usage());
    }
}
