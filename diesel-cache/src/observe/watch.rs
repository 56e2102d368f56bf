//! Connections that write although no cache observes them, in a process where a cache watches for such writes.
//!
//! The list belongs to the process, since such a connection belongs to no cache. An entry is removed when the
//! connection is closed, or when a cache is attached to it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::Cache;
use crate::diesel_text::EventText;
use crate::sql::{Dialect, Tables, Writes, analyse_event};

/// The maximum number of connections in the list.
const MAX_LISTED: usize = 1024;

static LIST: Mutex<List> = Mutex::new(List {
    next: 0,
    writers: BTreeMap::new(),
});

struct List {
    next: u64,
    writers: BTreeMap<u64, Writer>,
}

struct Writer {
    /// The cache that watches.
    watcher: u64,
    writer: UnattachedWriter,
}

/// A connection that has sent a write while it was attached to no cache.
///
/// [`Cache::unattached_writers`](crate::Cache::unattached_writers) returns all of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnattachedWriter {
    pub(super) url: Box<str>,
    pub(super) tables: Option<Vec<String>>,
}

impl UnattachedWriter {
    /// Returns the URL that the connection was opened with, without password and parameters; the empty string if it
    /// had none.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the tables that its first write may have changed; `None` if the text does not show them.
    pub fn tables(&self) -> Option<Vec<&str>> {
        let tables = self.tables.as_ref()?;
        Some(tables.iter().map(String::as_str).collect())
    }
}

/// Watches one connection, up to its first write.
#[derive(Debug, Default)]
pub(super) enum Watch {
    /// No cache watches.
    #[default]
    Off,
    /// The connection has not written yet.
    Waiting { cache: Cache, url: Box<str> },
    /// The connection has written, and is on the list if there was room.
    Written { _listed: Option<Listed> },
}

/// An entry of the list. Dropping it removes the entry.
#[derive(Debug)]
pub(super) struct Listed(u64);

impl Watch {
    /// Watches a connection for this cache.
    pub(super) fn of(cache: Cache) -> Self {
        Self::Waiting {
            cache,
            url: Box::default(),
        }
    }

    /// Records the URL, without what must not be shown.
    pub(super) fn opened(&mut self, shown: impl FnOnce() -> String) {
        if let Self::Waiting { url, .. } = self {
            *url = shown().into();
        }
    }

    /// Handles a statement of the connection's user.
    pub(super) fn sent(&mut self, event: &EventText, dialect: Option<Dialect>) {
        let Self::Waiting { cache, url } = self else {
            return;
        };
        let (end, analysis) = analyse_event(event, dialect);
        let analysis = cache.with_side_effects(analysis, &event.text[..end]);
        let writes = &analysis.effects().writes;
        if writes.is_empty() {
            return;
        }
        let writer = UnattachedWriter {
            url: std::mem::take(url),
            tables: names(writes),
        };
        let cache = cache.clone();
        // Listeners find the connection on the list.
        *self = Self::Written {
            _listed: Listed::new(cache.id(), writer.clone()),
        };
        cache.unattached_write(writer.url, writer.tables);
    }

    /// Returns `true` if the statements of the connection still have to be read.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(self, Self::Waiting { .. })
    }
}

fn names(writes: &Writes) -> Option<Vec<String>> {
    match writes.tables() {
        Tables::Known(tables) => Some(tables.iter().map(|table| table.as_str().to_owned()).collect()),
        Tables::Everything => None,
    }
}

impl Listed {
    fn new(watcher: u64, writer: UnattachedWriter) -> Option<Self> {
        let mut list = LIST.lock().unwrap_or_else(PoisonError::into_inner);
        if list.writers.len() == MAX_LISTED {
            return None;
        }
        let id = list.next;
        list.next += 1;
        list.writers.insert(id, Writer { watcher, writer });
        Some(Self(id))
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        let mut list = LIST.lock().unwrap_or_else(PoisonError::into_inner);
        list.writers.remove(&self.0);
    }
}

/// Returns the listed connections that were opened while this cache watched, in the order of their first writes.
pub(crate) fn unattached_writers(watcher: u64) -> Vec<UnattachedWriter> {
    let list = LIST.lock().unwrap_or_else(PoisonError::into_inner);
    let listed = list.writers.values().filter(|listed| listed.watcher == watcher);
    listed.map(|listed| listed.writer.clone()).collect()
}
