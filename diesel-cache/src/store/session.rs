//! Entries that live as long as one session of one connection.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::entry::Entry;
use crate::key::CacheKey;

type Entries = HashMap<(Arc<str>, CacheKey), Arc<Entry>>;

/// The entries of one session, over all session regions.
#[derive(Debug, Default)]
pub(crate) struct SessionStore {
    entries: Mutex<Entries>,
}

impl SessionStore {
    pub(crate) fn get(&self, region: &Arc<str>, key: CacheKey) -> Option<Arc<Entry>> {
        self.entries().get(&(Arc::clone(region), key)).map(Arc::clone)
    }

    pub(crate) fn put(&self, region: &Arc<str>, entry: Arc<Entry>) {
        self.entries().insert((Arc::clone(region), entry.header.key), entry);
    }

    pub(crate) fn remove(&self, region: &Arc<str>, key: CacheKey) -> Option<Arc<Entry>> {
        self.entries().remove(&(Arc::clone(region), key))
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        // A panic elsewhere cannot leave the map half-changed: every access is one call.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
