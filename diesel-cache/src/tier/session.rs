//! Entries that live as long as one session of one connection.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::entry::Entry;
use crate::key::MemoryKey;

/// The entries of each region, by [`MemoryKey::position`]. If two keys have the same position, the later entry replaces
/// the earlier.
type Entries = HashMap<(Arc<str>, u64), Arc<Entry>>;

/// The entries of one session, over all session regions.
#[derive(Debug, Default)]
pub(crate) struct SessionStore {
    entries: Mutex<Entries>,
}

impl SessionStore {
    pub(crate) fn get(&self, region: &Arc<str>, key: &MemoryKey) -> Option<Arc<Entry>> {
        let entries = self.entries();
        let entry = entries.get(&(Arc::clone(region), key.position()))?;
        (entry.memory_key == *key).then(|| Arc::clone(entry))
    }

    pub(crate) fn put(&self, region: &Arc<str>, entry: Arc<Entry>) {
        self.entries()
            .insert((Arc::clone(region), entry.memory_key.position()), entry);
    }

    pub(crate) fn remove(&self, region: &Arc<str>, key: &MemoryKey) {
        self.entries().remove(&(Arc::clone(region), key.position()));
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        // A panic cannot leave the map half-changed, because every access is a single call.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
